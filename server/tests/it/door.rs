//! What goes through the door.

use serde_json::json;
use serin_api::{
    change::Action,
    entity::EntityKind::{Flag, FlagConfig, ReleaseTemplate, Segment, SegmentConfig},
};
use serin_server::service::{
    Actor, Error, Paging,
    change_set::{self, Filter},
    entity, flag,
    idempotency::Once,
};

use crate::harness::{backends, change, create_flag, patch_config};

backends! {
    async fn a_new_flag_is_off_everywhere(world: World) {
        world.shop().await;
        let set = world.flag("new-checkout").await;

        assert_eq!(set.changes.len(), 3);
        assert_eq!(set.revisions, [("development".to_owned(), 2), ("production".to_owned(), 2)].into());
        for environment in ["development", "production"] {
            let config = world.get(FlagConfig, Some(environment), "new-checkout").await.unwrap();
            assert_eq!(config.document, json!({"enabled": false, "off": "off", "default": {"variation": "on"}}));
            assert_eq!(config.version, 1);
        }
        let snapshot = world.app.publisher.find("shop", "production").unwrap();
        assert!(!snapshot.ruleset.flag("new-checkout").unwrap().enabled);
        assert_eq!(snapshot.ruleset.flag("new-checkout").unwrap().version, 2);
    }

    async fn a_toggle_reaches_one_environment_and_the_history(world: World) {
        world.shop().await;
        world.flag("f").await;
        let set = world.apply(vec![patch_config("production", "f", json!({"enabled": true}))]).await.unwrap();

        assert_eq!(set.revisions, [("production".to_owned(), 3)].into());
        assert_eq!(set.changes[0].version, 2);
        assert_eq!(set.changes[0].before.as_ref().unwrap()["enabled"], false);
        assert_eq!(set.changes[0].after.as_ref().unwrap()["enabled"], true);
        let find = |environment| world.app.publisher.find("shop", environment).unwrap().ruleset.flag("f").unwrap().enabled;
        assert!(find("production"));
        assert!(!find("development"));

        let filter = Filter {
            project: "shop".to_owned(),
            environment: Some("production".to_owned()),
            kind: Some(FlagConfig),
            key: Some("f".to_owned()),
            ..Filter::default()
        };
        let history = change_set::list(&world.app, &world.admin, filter).await.unwrap();
        assert_eq!(history.items.len(), 2);
        assert_eq!(history.items[0], set);
        assert_eq!(change_set::get(&world.app, &world.admin, set.id).await.unwrap(), set);
    }

    async fn weights_are_shown_and_allocations_are_kept(world: World) {
        world.shop().await;
        world.flag("f").await;
        let split = |on: u32| json!({"enabled": true, "default": {"variation": null, "split": {"weights": {"on": on, "off": 100_000 - on}}}});
        world.apply(vec![patch_config("production", "f", split(25_000))]).await.unwrap();
        let served = || {
            let snapshot = world.app.publisher.find("shop", "production").unwrap();
            (0..5000)
                .filter(|n| {
                    let context = serin_engine::context::Context::new(format!("user-{n}"));
                    snapshot.ruleset.evaluate("f", &context).variation == Some("on")
                })
                .collect::<std::collections::BTreeSet<u32>>()
        };
        let quarter = served();
        assert!((1150..1350).contains(&quarter.len()), "{}", quarter.len());

        world.apply(vec![patch_config("production", "f", split(50_000))]).await.unwrap();
        let half = served();
        assert!(quarter.is_subset(&half));
        assert!((2350..2650).contains(&half.len()), "{}", half.len());

        let config = world.get(FlagConfig, Some("production"), "f").await.unwrap();
        assert_eq!(config.document["default"], json!({"split": {"weights": {"off": 50_000, "on": 50_000}}}));
        let id = world.environment_id("production");
        let mut tx = world.app.db.read().await.unwrap();
        let stored = serin_server::store::entity::in_environment(&mut tx, id, "flag_config", "f").await.unwrap().unwrap();
        assert!(stored.document["default"]["split"]["allocation"].is_array());
    }

    async fn a_patch_of_the_default_needs_not_take_the_other_form_away(world: World) {
        world.shop().await;
        world.flag("f").await;
        let default = |default| vec![patch_config("production", "f", json!({"default": default}))];
        world.apply(default(json!({"split": {"by": "org.id", "weights": {"on": 1, "off": 99_999}}}))).await.unwrap();
        world.apply(default(json!({"split": {"weights": {"on": 2, "off": 99_998}}}))).await.unwrap();
        let config = world.get(FlagConfig, Some("production"), "f").await.unwrap();
        assert_eq!(config.document["default"], json!({"split": {"by": "org.id", "weights": {"on": 2, "off": 99_998}}}));
        world.apply(default(json!({"variation": "off"}))).await.unwrap();
        let config = world.get(FlagConfig, Some("production"), "f").await.unwrap();
        assert_eq!(config.document["default"], json!({"variation": "off"}));
    }

    async fn many_changes_are_one(world: World) {
        world.shop().await;
        let set = world
            .apply(vec![
                create_flag("a"),
                change(Segment, None, "beta", Action::Create, Some(json!({"name": "Beta"}))),
                change(SegmentConfig, Some("production"), "beta", Action::Patch, Some(json!({"included": [{"values": ["u1"]}]}))),
                patch_config("production", "a", json!({"enabled": true, "rules": [{"id": "r", "when": {"segment": "beta"}, "serve": {"variation": "on"}}]})),
                create_flag("b"),
                patch_config("production", "b", json!({"prerequisites": [{"flag": "a", "variations": ["on"]}]})),
            ])
            .await
            .unwrap();

        assert_eq!(set.revisions["production"], 2);
        let config = world.get(FlagConfig, Some("production"), "a").await.unwrap();
        assert_eq!(config.version, 1);
        let snapshot = world.app.publisher.find("shop", "production").unwrap();
        let evaluation = snapshot.ruleset.evaluate("a", &serin_engine::context::Context::new("u1"));
        assert_eq!(evaluation.rule, Some("r"));
        assert!(snapshot.ruleset.warnings().is_empty());
    }

    async fn what_evaluators_cannot_see_makes_no_revision(world: World) {
        world.shop().await;
        world.flag("f").await;
        let patch = json!({"name": "Checkout", "description": "The new one", "tags": ["shop"], "owner": "ann"});
        let set = world.apply(vec![change(Flag, None, "f", Action::Patch, Some(patch))]).await.unwrap();
        assert_eq!(set.revisions, [].into());
        assert_eq!(set.changes.len(), 1);

        let patch = json!({"client_visible": true});
        let set = world.apply(vec![change(Flag, None, "f", Action::Patch, Some(patch))]).await.unwrap();
        assert_eq!(set.revisions.len(), 2);
        assert!(world.app.publisher.find("shop", "production").unwrap().ruleset.flag("f").unwrap().client_visible);
    }

    async fn nothing_changed_is_nothing_written(world: World) {
        world.shop().await;
        world.flag("f").await;
        let shown = world.get(FlagConfig, Some("production"), "f").await.unwrap();
        let mut document = shown.document.clone();
        // What the server keeps may be repeated.
        document["version"] = json!(7);
        document["key"] = json!("other");
        let set = world.apply(vec![change(FlagConfig, Some("production"), "f", Action::Put, Some(document))]).await.unwrap();

        assert!(set.changes.is_empty() && set.revisions.is_empty());
        assert_eq!(world.get(FlagConfig, Some("production"), "f").await.unwrap(), shown);
        assert!(matches!(change_set::get(&world.app, &world.admin, set.id).await, Err(Error::NotFound)));
    }

    async fn archived_flags_leave_the_ruleset_and_come_back(world: World) {
        world.shop().await;
        world.flag("f").await;
        let archive = |archived| change(Flag, None, "f", Action::Patch, Some(json!({"archived": archived})));
        let set = world.apply(vec![archive(true)]).await.unwrap();
        assert_eq!(set.revisions["production"], 3);
        assert!(world.app.publisher.find("shop", "production").unwrap().ruleset.flag("f").is_none());

        world.apply(vec![archive(false)]).await.unwrap();
        let snapshot = world.app.publisher.find("shop", "production").unwrap();
        assert_eq!(snapshot.ruleset.flag("f").unwrap().version, 4);
    }

    async fn a_deleted_flag_is_gone_with_its_configurations(world: World) {
        world.shop().await;
        world.flag("f").await;
        let set = world.apply(vec![change(Flag, None, "f", Action::Delete, None)]).await.unwrap();
        assert_eq!(set.changes.len(), 3);
        assert!(set.changes.iter().all(|change| change.after.is_none()));
        assert!(matches!(world.get(FlagConfig, Some("production"), "f").await, Err(Error::NotFound)));
        assert!(world.app.publisher.find("shop", "production").unwrap().ruleset.flag("f").is_none());
        world.flag("f").await;
    }

    async fn lists_are_paged_and_filtered(world: World) {
        world.shop().await;
        for key in ["c", "a.b/ü🙂", "b", "Z"] {
            world.flag(key).await;
        }
        world.apply(vec![change(Flag, None, "b", Action::Patch, Some(json!({"name": "Payment", "tags": ["pay"]})))]).await.unwrap();
        let page = |cursor: Option<String>| flag::Filter { paging: Paging { cursor, limit: Some(3) }, ..flag::Filter::default() };
        let first = flag::list(&world.app, &world.admin, "shop", page(None)).await.unwrap();
        let keys: Vec<_> = first.items.iter().map(|item| item.flag.key.as_str()).collect();
        assert_eq!(keys, ["Z", "a.b/ü🙂", "b"]);
        assert_eq!(first.items[0].environments.len(), 2);
        let second = flag::list(&world.app, &world.admin, "shop", page(first.next_cursor)).await.unwrap();
        assert_eq!(second.items[0].flag.key, "c");
        assert_eq!(second.next_cursor, None);

        for filter in [
            flag::Filter { query: Some("PAY".to_owned()), ..flag::Filter::default() },
            flag::Filter { tag: Some("pay".to_owned()), environment: Some("production".to_owned()), ..flag::Filter::default() },
        ] {
            let found = flag::list(&world.app, &world.admin, "shop", filter).await.unwrap();
            assert_eq!(found.items.len(), 1);
            assert_eq!(found.items[0].flag.key, "b");
        }
        let list = entity::list(&world.app, &world.admin, "shop", FlagConfig, Some("production"), &Paging::default()).await.unwrap();
        assert_eq!(list.items.len(), 4);
    }

    async fn templates_are_seeded_and_editable(world: World) {
        world.shop().await;
        let list = entity::list(&world.app, &world.admin, "shop", ReleaseTemplate, None, &Paging::default()).await.unwrap();
        let names: Vec<_> = list.items.iter().map(|item| item.document["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["Blue-green", "Canary", "Careful", "Rings"]);
        for item in list.items {
            // Each is one that could be written by hand.
            let put = change(ReleaseTemplate, None, &item.key, Action::Put, Some(item.document));
            assert!(world.apply(vec![put]).await.unwrap().changes.is_empty());
        }
    }

    async fn an_idempotency_key_does_it_once(world: World) {
        world.shop().await;
        let new = |key: &str| serin_api::change::NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag(key)], dry_run: false };
        let once = |request: &str| Some(Once { key: "k1".to_owned(), request: request.to_owned() });
        let first = change_set::apply_once(&world.app, &world.admin, new("f"), once("r1")).await.unwrap();
        let again = change_set::apply_once(&world.app, &world.admin, new("f"), once("r1")).await.unwrap();
        assert_eq!(first, again);
        let other = change_set::apply_once(&world.app, &world.admin, new("g"), once("r2")).await;
        assert!(matches!(other, Err(Error::IdempotencyMismatch)));
        let system = Actor::system("serin");
        change_set::apply_once(&world.app, &system, new("g"), once("r2")).await.unwrap();
    }
}
