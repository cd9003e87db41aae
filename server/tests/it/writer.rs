//! The writer: many jobs, one commit, none hurts another.

use std::sync::{Arc, atomic::Ordering};

use futures_util::future::join_all;
use serde_json::json;
use serin_api::{
    change::{Action, Change, ChangeSet, NewChangeSet},
    entity::EntityKind::{Flag, FlagConfig, Segment},
    session::Role,
};
use serin_server::{
    service::{Error, audit, change_set, environment, idempotency::Once, member},
    store,
};
use tokio::sync::Notify;

use crate::harness::{World, backends, change, create_flag, mistakes, patch_config};

/// Lets writes wait until they are all there, so that they become one group.
async fn together<F: Future>(world: &World, writes: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let (job_begun, job_go) = (Arc::clone(&begun), Arc::clone(&go));
    let holder = world.app.writer.run(move |_| {
        Box::pin(async move {
            job_begun.notify_one();
            job_go.notified().await;
            Ok(())
        })
    });
    let writes = async {
        begun.notified().await;
        let release = async {
            go.notify_one();
        };
        tokio::join!(join_all(writes), release).0
    };
    let (held, outcomes) = tokio::join!(holder, writes);
    held.unwrap();
    outcomes
}

fn commits(world: &World) -> u64 {
    world.app.writer.counts().commits.load(Ordering::Relaxed)
}

/// A change of the configuration of `f` in production, with the version that its author saw.
fn toggle(enabled: bool, version: u64) -> Change {
    Change {
        version: Some(version),
        ..patch_config("production", "f", json!({ "enabled": enabled }))
    }
}

/// What the node serves is what another one loads.
async fn another_node_serves_the_same(world: &World) {
    audit::verify(&world.app.db).await.unwrap();
    let other = world.another_node().await;
    for environment in ["development", "production"] {
        let live = world.app.publisher.find("shop", environment).unwrap();
        let loaded = other.publisher.find("shop", environment).unwrap();
        assert_eq!((&live.etag, live.json()), (&loaded.etag, loaded.json()));
        let mut tx = world.app.db.read().await.unwrap();
        let id = live.environment_id;
        let patches = store::revision::after(&mut tx, id, 0).await.unwrap();
        let revisions: Vec<u64> = patches.iter().map(|row| row.revision).collect();
        assert_eq!(revisions, (2..=live.revision).collect::<Vec<_>>());
    }
    other.shutdown().await;
}

backends! {
    async fn concurrent_changes_share_commits_and_fail_alone(world: World) {
        world.shop().await;
        let before = commits(world);
        let outcomes = together(world, (0..20).map(|n| {
            let key = if n % 4 == 3 { " bad key".to_owned() } else { format!("flag-{n}") };
            world.apply(vec![create_flag(&key)])
        }))
        .await;
        assert_eq!(commits(world) - before, 2, "that of the job that held them up, and theirs");

        for (n, outcome) in outcomes.into_iter().enumerate() {
            match outcome {
                Ok(set) if n % 4 != 3 => assert_eq!(set.changes.len(), 3),
                failed @ Err(_) if n % 4 == 3 => assert_eq!(mistakes(failed)[0].1, "invalid_key"),
                other => panic!("{n}: {other:?}"),
            }
        }
        let snapshot = world.app.publisher.find("shop", "production").unwrap();
        assert_eq!(snapshot.ruleset.flags().count(), 15);
        assert_eq!(snapshot.revision, 16);
        audit::verify(&world.app.db).await.unwrap();
    }

    async fn changes_of_one_entity_see_each_other_in_a_group(world: World) {
        world.shop().await;
        world.flag("f").await;
        let asked = [toggle(true, 1), toggle(false, 2), toggle(true, 1), toggle(true, 3)];
        let outcomes = together(world, asked.map(|change| world.apply(vec![change]))).await;
        let [Ok(first), Ok(second), Err(late), Ok(third)] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert!(matches!(late, Error::VersionConflict { current: 3, .. }), "{late:?}");
        for (set, version, revision, enabled) in [(first, 2, 3, true), (second, 3, 4, false), (third, 4, 5, true)] {
            let change = &set.changes[0];
            assert_eq!((change.version, set.revisions["production"]), (version, revision));
            assert_eq!(change.before.as_ref().unwrap()["enabled"], json!(!enabled));
            assert_eq!(change.after.as_ref().unwrap()["enabled"], json!(enabled));
            assert_eq!(&change_set::get(&world.app, &world.admin, set.id).await.unwrap(), set);
        }
        assert!(first.id < second.id && second.id < third.id);
        let config = world.get(FlagConfig, Some("production"), "f").await.unwrap();
        assert_eq!((config.version, &config.document["enabled"]), (4, &json!(true)));
        another_node_serves_the_same(world).await;
    }

    async fn what_one_of_a_group_makes_the_next_may_name(world: World) {
        world.shop().await;
        let segment = change(Segment, None, "s", Action::Create, Some(json!({})));
        let rule = json!({"rules": [{"id": "r", "when": {"segment": "s"}, "serve": {"variation": "on"}}]});
        let rename = change(Flag, None, "f", Action::Patch, Some(json!({"client_visible": true})));
        let asked = [
            vec![create_flag("f")],
            vec![patch_config("production", "f", rule.clone())],
            vec![segment],
            vec![patch_config("production", "f", rule)],
            vec![create_flag("f")],
            vec![rename],
            vec![patch_config("production", "f", json!({"prerequisites": [{"flag": "f", "variations": ["on"]}]}))],
        ];
        let outcomes = together(world, asked.map(|changes| world.apply(changes))).await;
        let stands: Vec<bool> = outcomes.iter().map(Result::is_ok).collect();
        assert_eq!(stands, [true, false, true, true, false, true, false], "{outcomes:?}");
        assert!(matches!(outcomes[4], Err(Error::AlreadyExists { .. })));
        another_node_serves_the_same(world).await;
    }

    async fn what_another_of_the_group_uses_stays(world: World) {
        world.shop().await;
        world.flag("f").await;
        world.flag("g").await;
        let before = commits(world);
        let delete = change(Flag, None, "f", Action::Delete, None);
        let needs = patch_config("production", "g", json!({"prerequisites": [{"flag": "f", "variations": ["on"]}]}));
        let gone = change(Flag, None, "h", Action::Delete, None);
        let asked = [vec![delete], vec![needs], vec![create_flag("h")], vec![gone]];
        let outcomes = together(world, asked.map(|changes| world.apply(changes))).await;
        assert!(matches!(&outcomes[..], [Err(Error::InUse { .. }), Ok(_), Ok(_), Ok(_)]), "{outcomes:?}");
        assert_eq!(commits(world) - before, 2);
        assert!(matches!(world.get(Flag, None, "h").await, Err(Error::NotFound)));
        another_node_serves_the_same(world).await;
    }

    async fn a_statement_that_fails_is_the_failure_of_one(world: World) {
        world.shop().await;
        // What no change set can come to, and a database might refuse all the same.
        world.sql("CREATE UNIQUE INDEX once ON change_sets (reason) WHERE reason = 'once'").await;
        let asked = ["a", "once", "once", "b"].into_iter().enumerate().map(|(n, reason)| {
            let new = NewChangeSet { project: "shop".to_owned(), reason: Some(reason.to_owned()), changes: vec![create_flag(&format!("f{n}"))], dry_run: false };
            change_set::apply(&world.app, &world.admin, new)
        });
        let outcomes = together(world, asked).await;
        let refused = |outcome: &Result<ChangeSet, Error>| matches!(outcome, Err(Error::Store(store::Error::Unique)));
        assert!(matches!(&outcomes[..], [Ok(_), Ok(_), third, Ok(_)] if refused(third)), "{outcomes:?}");
        assert!(matches!(world.get(Flag, None, "f2").await, Err(Error::NotFound)));
        another_node_serves_the_same(world).await;

        let new = NewChangeSet { project: "shop".to_owned(), reason: Some("once".to_owned()), changes: vec![create_flag("g")], dry_run: false };
        assert!(refused(&change_set::apply(&world.app, &world.admin, new).await));
        world.flag("g").await;
        another_node_serves_the_same(world).await;
    }

    async fn an_idempotency_key_does_it_once_in_a_group(world: World) {
        world.shop().await;
        let once = Once { key: "k".to_owned(), request: "r".to_owned() };
        let new = || NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag("f")], dry_run: false };
        let asked = (0..3).map(|_| change_set::apply_once(&world.app, &world.admin, new(), Some(once.clone())));
        let outcomes = together(world, asked).await;
        let [Ok(one), Ok(other), Ok(third)] = &outcomes[..] else { panic!("{outcomes:?}") };
        assert_eq!((one, one), (other, third));
        assert_eq!(world.app.publisher.find("shop", "production").unwrap().revision, 2);
        another_node_serves_the_same(world).await;
    }

    async fn whoever_may_not_is_told_so_in_a_group(world: World) {
        world.shop().await;
        let (stranger, viewer) = (world.user("mallory", None).await, world.user("vera", Some(Role::Viewer)).await);
        let new = |key: &str| NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag(key)], dry_run: false };
        let asked = [&stranger, &world.admin, &viewer].map(|actor| change_set::apply(&world.app, actor, new("f")));
        let outcomes = together(world, asked).await;
        assert!(matches!(&outcomes[..], [Err(Error::NotFound), Ok(_), Err(Error::Forbidden { .. })]), "{outcomes:?}");
    }

    async fn a_job_that_fails_after_writing_leaves_nothing(world: World) {
        world.shop().await;
        let admin = world.admin.clone();
        let outcome: Result<(), Error> = world
            .app
            .writer
            .run(move |work| Box::pin(async move {
                let write = change_set::Write {
                    project: "shop".to_owned(),
                    changes: vec![create_flag("ghost")],
                    ..Default::default()
                };
                change_set::apply_in(work, &admin, write).await?;
                Err(Error::BadRequest("on second thoughts".to_owned()))
            }))
            .await;
        assert!(matches!(outcome, Err(Error::BadRequest(_))));
        assert!(world.app.publisher.find("shop", "production").unwrap().ruleset.flag("ghost").is_none());
        world.flag("real").await;
        let verified = audit::verify(&world.app.db).await.unwrap();
        assert!(verified.entries > 0);
        assert_eq!(world.app.publisher.find("shop", "production").unwrap().revision, 2);
    }

    async fn a_job_that_panics_hurts_nobody_else(world: World) {
        world.shop().await;
        let bad = world.app.writer.run::<(), _>(|_| Box::pin(async { panic!("a fault of this job") }));
        let (bad, good) = tokio::join!(bad, world.apply(vec![create_flag("f")]));
        assert!(matches!(bad, Err(Error::Unavailable)));
        good.unwrap();
        audit::verify(&world.app.db).await.unwrap();
    }

    async fn optimists_lose_to_whoever_was_first(world: World) {
        world.shop().await;
        world.flag("f").await;
        let outcomes = join_all((0..8).map(|n| {
            let mut change = patch_config("production", "f", json!({"rules": [{"id": format!("r{n}"), "when": {"all": []}, "serve": {"variation": "on"}}]}));
            change.version = Some(1);
            world.apply(vec![change])
        }))
        .await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let conflict = |outcome: &Result<_, Error>| matches!(outcome, Err(Error::VersionConflict { current: 2, .. }));
        assert_eq!(outcomes.iter().filter(|outcome| conflict(outcome)).count(), 7);
        assert_eq!(world.get(FlagConfig, Some("production"), "f").await.unwrap().version, 2);
    }

    async fn two_nodes_write_one_chain(world: World) {
        world.shop().await;
        let other = world.another_node().await;
        let new = |key: String| NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag(&key)], dry_run: false };
        let here = join_all((0..10).map(|n| change_set::apply(&world.app, &world.admin, new(format!("here-{n}")))));
        let there = join_all((0..10).map(|n| change_set::apply(&other, &world.admin, new(format!("there-{n}")))));
        let (here, there) = tokio::join!(here, there);
        assert!(here.into_iter().chain(there).all(|outcome| outcome.is_ok()));
        audit::verify(&world.app.db).await.unwrap();
        for app in [&world.app, &other] {
            app.commits.refresh().await.unwrap();
            let snapshot = app.publisher.find("shop", "production").unwrap();
            assert_eq!((snapshot.revision, snapshot.ruleset.flags().count()), (21, 20));
        }
        other.shutdown().await;
    }

    async fn what_another_node_changed_is_seen(world: World) {
        world.shop().await;
        world.flag("f").await;
        let eve = world.user("eve", Some(Role::Editor)).await;
        let other = world.another_node().await;
        let new = |change: Change| NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![change], dry_run: false };
        for version in 1..6 {
            let app = if version % 2 == 0 { &world.app } else { &other };
            let set = change_set::apply(app, &eve, new(toggle(version % 2 == 1, version))).await.unwrap();
            assert_eq!(set.changes[0].version, version + 1);
            let late = change_set::apply(app, &eve, new(toggle(false, version))).await;
            assert!(matches!(late, Err(Error::VersionConflict { current, .. }) if current == version + 1), "{late:?}");
        }
        // Each node has seen that she may, and that there is such an environment.
        member::delete(&other, &world.admin, "shop", "eve").await.unwrap();
        environment::delete(&world.app, &world.admin, "shop", "development", None).await.unwrap();
        for app in [&world.app, &other] {
            let gone = change_set::apply(app, &eve, new(toggle(true, 6))).await;
            assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
            let nowhere = change_set::apply(app, &world.admin, new(patch_config("development", "f", json!({})))).await;
            assert!(matches!(nowhere, Err(Error::Missing { .. })), "{nowhere:?}");
        }
        audit::verify(&world.app.db).await.unwrap();
        other.shutdown().await;
    }

    async fn nothing_is_taken_after_the_end(world: World) {
        world.shop().await;
        world.app.writer.stop().await;
        assert!(matches!(world.apply(vec![create_flag("late")]).await, Err(Error::Unavailable)));
    }

    async fn reads_that_are_dropped_on_their_way_leave_no_trace(world: World) {
        world.shop().await;
        for step in 0..60_u64 {
            for _ in 0..4 {
                let limit = std::time::Duration::from_micros(step * 25);
                drop(tokio::time::timeout(limit, world.app.db.read()).await);
                let glance = async {
                    let mut glance = world.app.db.glance().await.unwrap();
                    store::token::with_prefix(&mut glance, "nobody's").await
                };
                drop(tokio::time::timeout(limit, glance).await);
            }
            let key = format!("f{step}");
            let created = world.apply(vec![create_flag(&key)]).await;
            assert!(created.is_ok(), "after {step}: {created:?}");
            // Where one was left within its transaction, it would read what was there then.
            for _ in 0..4 {
                assert_eq!(world.get(Flag, None, &key).await.unwrap().version, 1);
            }
        }
    }
}
