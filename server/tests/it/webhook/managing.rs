//! Who may have webhooks, and what they may be.

use serde_json::json;
use serin_api::{session::Role, webhook::NewWebhook};
use serin_engine::release::Signal;
use serin_server::{
    service::{Error, Paging, audit, environment, release, webhook},
    store,
};

use super::Stage;
use crate::harness::{backends, mistakes, patch_config};

backends! {
    async fn webhooks_are_for_admins_and_keep_their_secret(world: World) {
        let stage = Stage::new(world, &[]).await;
        let editor = world.user("eve", Some(Role::Editor)).await;
        let stranger = world.user("stan", None).await;
        let app = &world.app;
        let refused = webhook::create(app, &editor, "shop", stage.new_webhook(&["*"])).await;
        assert!(matches!(refused, Err(Error::Forbidden { needs: Role::Admin })), "{refused:?}");
        let (id, secret) = stage.webhook(stage.new_webhook(&["*"])).await;
        let refused = webhook::list(app, &editor, "shop").await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })), "addresses may be secrets");
        let refused = webhook::deliveries(app, &editor, "shop", id, None, &Paging::default()).await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));
        assert!(matches!(webhook::get(app, &stranger, "shop", id).await, Err(Error::NotFound)));
        let shown = serde_json::to_string(&webhook::list(app, &world.admin, "shop").await.unwrap());
        assert!(!shown.unwrap().contains(&secret));
        stage.patch(id, json!({"events": ["release.held"], "secret": null, "id": id})).await;
        // What a patch takes away is as where nothing was said.
        stage.patch(id, json!({"events": null, "description": null, "environments": null})).await;
        let bare = webhook::get(app, &world.admin, "shop", id).await.unwrap();
        assert_eq!((bare.events, bare.description), (vec!["release.*".to_owned()], None));
        let deleted = webhook::delete(app, &world.admin, "shop", id, Some(1)).await;
        assert!(matches!(deleted, Err(Error::VersionConflict { current: 3, .. })), "{deleted:?}");
        webhook::delete(app, &world.admin, "shop", id, Some(3)).await.unwrap();
        assert!(matches!(webhook::get(app, &world.admin, "shop", id).await, Err(Error::NotFound)));
        let log = audit::list(app, &world.admin, Some("shop"), &Paging::default()).await.unwrap();
        let actions: Vec<&str> = log.items.iter().take(3).map(|it| it.action.as_str()).collect();
        assert_eq!(actions, ["webhook.deleted", "webhook.changed", "webhook.changed"]);
        assert!(!serde_json::to_string(&log).unwrap().contains(&secret));
    }

    async fn mistakes_in_webhooks_are_listed(world: World) {
        let stage = Stage::new(world, &[]).await;
        let new = NewWebhook {
            url: "ftp://example.com".to_owned(),
            description: Some("\0".to_owned()),
            enabled: true,
            events: vec!["x*".to_owned(), "release.*".to_owned(), "release.exploded".to_owned()],
            environments: vec!["nowhere".to_owned()],
        };
        let refused = webhook::create(&world.app, &world.admin, "shop", new).await;
        let expected = [
            ("/url", "url"),
            ("/description", "nul_character"),
            ("/events/0", "unknown_event"),
            ("/events/2", "unknown_event"),
            ("/environments/0", "unknown_environment"),
        ];
        let expected = expected.map(|(path, code)| (path.to_owned(), code.to_owned()));
        assert_eq!(mistakes(refused), expected);
        let refused = webhook::create(&world.app, &world.admin, "shop", stage.new_webhook(&[])).await;
        assert_eq!(mistakes(refused), [("/events".to_owned(), "required".to_owned())]);
    }

    async fn an_environment_that_is_gone_keeps_nobody_from_changing_a_webhook(world: World) {
        let stage = Stage::new(world, &[]).await;
        let (app, admin) = (&world.app, &world.admin);
        let mut new = stage.new_webhook(&["*"]);
        new.environments = vec!["development".to_owned(), "production".to_owned()];
        let (id, _) = stage.webhook(new).await;
        environment::delete(app, admin, "shop", "development", None).await.unwrap();
        stage.patch(id, json!({"enabled": false})).await;
        let patch = json!({"environments": ["development", "nowhere"]});
        let refused = webhook::patch(app, admin, "shop", id, patch, None).await;
        let unknown = ("/environments/1".to_owned(), "unknown_environment".to_owned());
        assert_eq!(mistakes(refused), [unknown]);
        // Once it is not named any more it is as unknown as any.
        stage.patch(id, json!({"environments": ["production"]})).await;
        let patch = json!({"environments": ["development"]});
        let refused = webhook::patch(app, admin, "shop", id, patch, None).await;
        let unknown = ("/environments/0".to_owned(), "unknown_environment".to_owned());
        assert_eq!(mistakes(refused), [unknown]);
    }

    async fn the_log_names_what_releases_move_also_when_they_are_over(world: World) {
        let stage = Stage::new(world, &["a"]).await;
        let when = json!({"attribute": "country", "op": "in", "values": ["DE"]});
        let rule = json!({"id": "de", "when": when, "serve": {"variation": "off"}});
        let (id, _) = stage.webhook(stage.new_webhook(&["*"])).await;
        world.apply(vec![patch_config("production", "a", json!({"rules": [rule]}))]).await.unwrap();
        let one = stage.release("development", "a").await;
        stage.send(&one, Signal::Cancel).await;
        let document = json!({"flag": "a", "site": {"rule": "de"}, "baseline": "off", "candidate": "on",
            "stages": [{"weight": 100}]});
        release::create(&world.app, &world.admin, "shop", "production", document).await.unwrap();
        webhook::ping(&world.app, &world.admin, "shop", id).await.unwrap();
        let log = stage.log(id).await;
        let named = log.iter().map(|it| (it.event.as_str(), json!(it.release)));
        let default = json!({"environment": "development", "flag": "a"});
        assert_eq!(
            named.collect::<Vec<_>>(),
            [
                ("change_set.applied", json!(null)),
                ("release.created", default.clone()),
                ("release.cancelled", default),
                ("release.created", json!({"environment": "production", "flag": "a", "rule": "de"})),
                ("webhook.ping", json!(null)),
            ]
        );
        assert!(log.iter().all(|it| it.body.is_none()));
    }

    async fn a_webhook_that_goes_takes_what_waits_with_it(world: World) {
        let stage = Stage::new(world, &["a"]).await;
        let (id, _) = stage.webhook(stage.new_webhook(&["release.*"])).await;
        stage.release("production", "a").await;
        webhook::delete(&world.app, &world.admin, "shop", id, None).await.unwrap();
        let mut tx = world.app.db.read().await.unwrap();
        assert_eq!(store::delivery::waiting(&mut tx).await.unwrap(), 0);
        drop(tx);
        // Nor is anything put into the outbox for it any more.
        stage.release("production", "a").await;
    }
}
