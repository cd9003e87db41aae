//! Evaluation counts.

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_api::{
    sdk::{EvaluationCount, Telemetry},
    session::Role,
};
use serin_server::service::{Error, usage};
use uuid::Uuid;

use crate::harness::{backends, mistakes, start_time};

fn batch(sequence: u64, counts: &[(&str, Option<&str>, u64)]) -> Telemetry {
    Telemetry {
        instance: Uuid::from_u128(7),
        sequence,
        revision: 1,
        from: start_time() - TimeDelta::minutes(1),
        to: start_time(),
        evaluations: counts
            .iter()
            .map(|(flag, variation, count)| EvaluationCount {
                flag: (*flag).to_owned(),
                variation: variation.map(str::to_owned),
                count: *count,
            })
            .collect(),
        unknown_flags: Vec::new(),
        contexts: Vec::new(),
        sent_at: None,
        evidence: Vec::new(),
        running: None,
    }
}

backends! {
    async fn a_batch_counts_once(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let recorder = &world.app.usage;
        recorder.record(id, batch(1, &[("f", Some("on"), 3), ("f", None, 1), ("g", Some("off"), 2)])).unwrap();
        recorder.record(id, batch(1, &[("f", Some("on"), 3)])).unwrap();
        recorder.flush().await.unwrap();
        recorder.record(id, batch(1, &[("f", Some("on"), 3)])).unwrap();
        recorder.record(id, batch(2, &[("f", Some("on"), 4)])).unwrap();
        recorder.flush().await.unwrap();

        let all = usage::get(&world.app, &world.admin, "shop", "production", None).await.unwrap();
        let f = &all.flags["f"];
        assert_eq!(f.hourly.len(), 24);
        assert_eq!((f.hourly[23], f.hourly.iter().sum::<u64>()), (8, 8));
        assert_eq!(f.variations, [(String::new(), 1), ("on".to_owned(), 7)].into());
        assert_eq!(f.last_evaluated_at, Some(start_time()));
        let one = usage::get(&world.app, &world.admin, "shop", "production", Some("g")).await.unwrap();
        assert_eq!(one.flags.keys().collect::<Vec<_>>(), ["g"]);
        let elsewhere = usage::get(&world.app, &world.admin, "shop", "development", None).await.unwrap();
        assert!(elsewhere.flags.is_empty());
        assert!(matches!(usage::get(&world.app, &world.admin, "shop", "nowhere", None).await, Err(Error::NotFound)));
    }

    async fn hours_pass(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let recorder = &world.app.usage;
        recorder.count(id, "f", Some("on"));
        recorder.flush().await.unwrap();
        world.clock.advance(TimeDelta::hours(2));
        recorder.count(id, "f", Some("off"));
        recorder.count(id, "f", Some("off"));
        recorder.flush().await.unwrap();
        let f = usage::get(&world.app, &world.admin, "shop", "production", None).await.unwrap().flags.remove("f").unwrap();
        assert_eq!((f.hourly[21], f.hourly[22], f.hourly[23]), (1, 0, 2));
        world.clock.advance(TimeDelta::hours(30));
        let f = usage::get(&world.app, &world.admin, "shop", "production", None).await.unwrap().flags.remove("f").unwrap();
        assert_eq!(f.hourly.iter().sum::<u64>(), 0);
        assert_eq!(f.last_evaluated_at, Some(start_time() + TimeDelta::hours(2)));
    }

    async fn what_waits_is_written_at_the_end(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        world.app.usage.record(id, batch(1, &[("f", Some("on"), 5)])).unwrap();
        world.app.usage.count(id, "f", Some("on"));
        world.app.usage.stop().await;
        let f = usage::get(&world.app, &world.admin, "shop", "production", None).await.unwrap().flags.remove("f").unwrap();
        assert_eq!(f.variations["on"], 6);
    }

    async fn odd_telemetry_does_no_harm(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let counts = vec![("f", Some("on"), 1); 50_001];
        assert_eq!(mistakes(world.app.usage.record(id, batch(1, &counts)))[0].0, "/evaluations");
        let mut odd = batch(2, &[("a\0b", Some("on"), 1), ("f", Some("on"), u64::MAX), ("z", None, 0)]);
        odd.to = start_time() + TimeDelta::days(400);
        world.app.usage.record(id, odd).unwrap();
        // An environment that is gone, or never was.
        world.app.usage.record(Uuid::from_u128(99), batch(3, &[("f", Some("on"), 1)])).unwrap();
        world.app.usage.flush().await.unwrap();
        let usage = usage::get(&world.app, &world.admin, "shop", "production", None).await.unwrap();
        assert_eq!(usage.flags.keys().collect::<Vec<_>>(), ["f"]);
        assert_eq!(usage.flags["f"].last_evaluated_at, Some(start_time()));
    }

    async fn what_waits_has_a_limit(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let counts = vec![("f", Some("on"), 1); 50_000];
        // What waits may be written once in between.
        let refused = (1..45).find_map(|sequence| world.app.usage.record(id, batch(sequence, &counts)).err());
        assert!(matches!(refused, Some(Error::Unavailable)), "{refused:?}");
    }

    async fn sampled_contexts_are_kept_once_and_shown_to_editors(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let recorder = &world.app.usage;
        let with = |sequence, contexts: Value| Telemetry {
            contexts: contexts.as_array().unwrap().clone(),
            ..batch(sequence, &[])
        };
        let (ada, bob) = (json!({"targetingKey": "ada", "n": 1.5}), json!({"targetingKey": "bob"}));
        recorder.record(id, with(1, json!([ada, bob]))).unwrap();
        recorder.flush().await.unwrap();
        world.clock.advance(TimeDelta::minutes(1));
        recorder.record(id, with(2, json!([ada]))).unwrap();
        recorder.record(id, with(2, json!([{"targetingKey": "a repeat"}]))).unwrap();
        recorder.flush().await.unwrap();
        let sampled = usage::sampled(&world.app, &world.admin, "shop", "production").await.unwrap();
        let contexts: Vec<_> = sampled.items.iter().map(|item| item.context.clone()).collect();
        assert_eq!(contexts, [ada, bob]);
        let viewer = world.user("vic", Some(Role::Viewer)).await;
        let refused = usage::sampled(&world.app, &viewer, "shop", "production").await;
        assert!(matches!(refused, Err(Error::Forbidden { .. })));

        let many: Vec<_> = (0..40).map(|n| json!({"targetingKey": n.to_string()})).collect();
        for sequence in 3..33 {
            let part = many.iter().map(|it| json!({"targetingKey": format!("{sequence}-{}", it["targetingKey"])}));
            recorder.record(id, with(sequence, part.collect())).unwrap();
        }
        recorder.flush().await.unwrap();
        let sampled = usage::sampled(&world.app, &world.admin, "shop", "production").await.unwrap();
        assert_eq!(sampled.items.len(), 1000);
        world.clock.advance(TimeDelta::days(9));
        recorder.count(id, "f", Some("on"));
        recorder.flush().await.unwrap();
        let sampled = usage::sampled(&world.app, &world.admin, "shop", "production").await.unwrap();
        assert!(sampled.items.is_empty());
    }

    async fn contexts_that_are_none_are_refused_by_place(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        for (contexts, path) in [
            (json!([{}, "u"]), "/contexts/1"),
            (json!([{"a": "x".repeat(5000)}]), "/contexts/0"),
            (json!([{"a\u{0}": 1}]), "/contexts/0"),
            (json!(vec![json!({}); 51]), "/contexts"),
        ] {
            let telemetry = Telemetry { contexts: contexts.as_array().unwrap().clone(), ..batch(1, &[]) };
            let refused = world.app.usage.record(id, telemetry);
            assert_eq!(mistakes(refused)[0].0, path);
        }
    }
}
