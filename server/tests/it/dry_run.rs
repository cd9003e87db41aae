//! A dry run: all that a change set would meet, and nothing kept.

use serde_json::json;
use serin_api::{
    change::{Action, ChangeSet, ChangeSetState, NewChangeSet},
    entity::EntityKind::{Flag, FlagConfig},
    session::Role,
};
use serin_server::service::{
    Actor, Error, Result,
    change_set::{self, Filter},
    idempotency::Once,
};

use crate::harness::{World, backends, change, create_flag, mistakes, patch_config};

async fn dry_run(
    world: &World,
    actor: &Actor,
    changes: Vec<serin_api::change::Change>,
) -> Result<ChangeSet> {
    let new = NewChangeSet {
        project: "shop".to_owned(),
        reason: Some("only asking".to_owned()),
        changes,
        dry_run: true,
    };
    change_set::apply(&world.app, actor, new).await
}

fn history() -> Filter {
    Filter {
        project: "shop".to_owned(),
        ..Filter::default()
    }
}

backends! {
    async fn it_says_what_would_become_of_it_and_keeps_nothing(world: World) {
        world.shop().await;
        world.flag("f").await;
        let revision = || world.app.publisher.find("shop", "production").unwrap().revision;
        let before = revision();
        let changes = || vec![create_flag("g"), patch_config("production", "f", json!({"enabled": true}))];

        let checked = dry_run(world, &world.admin, changes()).await.unwrap();
        assert_eq!(checked.state, ChangeSetState::Checked);
        assert_eq!(checked.revisions["production"], before + 1);
        assert!(matches!(world.get(Flag, None, "g").await, Err(Error::NotFound)));
        assert_eq!(world.get(FlagConfig, Some("production"), "f").await.unwrap().document["enabled"], false);
        assert_eq!(revision(), before);
        assert_eq!(change_set::list(&world.app, &world.admin, history()).await.unwrap().items.len(), 1);
        assert!(matches!(change_set::get(&world.app, &world.admin, checked.id).await, Err(Error::NotFound)));

        // The real one is what was foretold, but for its id and its time.
        let applied = world.apply(changes()).await.unwrap();
        assert_eq!(applied.changes, checked.changes);
        assert_eq!(applied.revisions, checked.revisions);
        serin_server::service::audit::verify(&world.app.db).await.unwrap();
    }

    async fn it_is_refused_as_the_real_one_would_be(world: World) {
        world.shop().await;
        world.flag("f").await;
        let unknown = vec![patch_config("production", "f", json!({"off": "maybe"}))];
        assert_eq!(mistakes(dry_run(world, &world.admin, unknown).await)[0].0, "/changes/0/document/off");
        let again = dry_run(world, &world.admin, vec![create_flag("f")]).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })), "{again:?}");
        let mut stale = patch_config("production", "f", json!({"enabled": true}));
        stale.version = Some(9);
        let stale = dry_run(world, &world.admin, vec![stale]).await;
        assert!(matches!(stale, Err(Error::VersionConflict { .. })), "{stale:?}");
        let viewer = world.user("vera", Some(Role::Viewer)).await;
        let allowed = dry_run(world, &viewer, vec![change(Flag, None, "f", Action::Delete, None)]).await;
        assert!(matches!(allowed, Err(Error::Forbidden { .. })), "{allowed:?}");
    }

    async fn it_leaves_no_answer_for_a_retry(world: World) {
        world.shop().await;
        let new = |dry_run| NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag("f")], dry_run };
        let once = || Some(Once { key: "k".to_owned(), request: "the same".to_owned() });
        change_set::apply_once(&world.app, &world.admin, new(true), once()).await.unwrap();
        let applied = change_set::apply_once(&world.app, &world.admin, new(false), once()).await.unwrap();
        assert_eq!(applied.state, ChangeSetState::Applied);
        world.get(Flag, None, "f").await.unwrap();
    }

    async fn those_that_share_a_commit_with_it_are_kept(world: World) {
        world.shop().await;
        let asked = (0..20).map(|n| {
            let new = NewChangeSet {
                project: "shop".to_owned(),
                reason: None,
                changes: vec![create_flag(&format!("f{n}"))],
                dry_run: n % 2 == 0,
            };
            change_set::apply(&world.app, &world.admin, new)
        });
        let answers = futures_util::future::join_all(asked).await;
        for (n, answer) in answers.into_iter().enumerate() {
            let kept = answer.unwrap().state == ChangeSetState::Applied;
            assert_eq!(kept, n % 2 == 1);
            assert_eq!(world.get(Flag, None, &format!("f{n}")).await.is_ok(), kept, "f{n}");
        }
        serin_server::service::audit::verify(&world.app.db).await.unwrap();
    }
}
