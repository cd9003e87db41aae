//! The writer: many jobs, one commit, none hurts another.

use std::sync::Arc;

use futures_util::future::join_all;
use serde_json::json;
use serin_api::entity::EntityKind::FlagConfig;
use serin_server::service::{Error, audit, change_set};
use tokio::sync::Notify;

use crate::harness::{backends, create_flag, mistakes, patch_config};

backends! {
    async fn concurrent_changes_share_commits_and_fail_alone(world: World) {
        world.shop().await;
        // A job that holds the writer until the others wait, so that they become one group.
        let (begun, go) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let (job_begun, job_go) = (Arc::clone(&begun), Arc::clone(&go));
        let writer = world.app.writer.clone();
        let blocker = tokio::spawn(async move {
            writer
                .run(move |_| Box::pin(async move {
                    job_begun.notify_one();
                    job_go.notified().await;
                    Ok(())
                }))
                .await
        });
        begun.notified().await;
        let jobs = join_all((0..20).map(|n| {
            let key = if n % 4 == 3 { " bad key".to_owned() } else { format!("flag-{n}") };
            world.apply(vec![create_flag(&key)])
        }));
        let release = async {
            go.notify_one();
        };
        let (outcomes, ()) = tokio::join!(jobs, release);
        blocker.await.unwrap().unwrap();

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
        let new = |key: String| serin_api::change::NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag(&key)], dry_run: false };
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
            }
            let created = world.apply(vec![create_flag(&format!("f{step}"))]).await;
            assert!(created.is_ok(), "after {step}: {created:?}");
        }
    }
}
