//! What is sent, when, and what becomes of it.

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_api::webhook::{DeliveryState, PING};
use serin_engine::release::Signal;
use serin_server::{
    service::webhook,
    webhook::{Courier, Options, sign},
};

use super::{Stage, courier};
use crate::harness::{backends, patch_config};

/// Longer than any wait between two attempts.
const LONGEST: TimeDelta = TimeDelta::hours(6);

backends! {
    async fn every_transition_is_told_in_order_and_signed(world: World) {
        let mut stage = Stage::new(world, &["a"]).await;
        let (id, secret) = stage.webhook(stage.new_webhook(&["release.*"])).await;
        let release = stage.release("production", "a").await;
        let release = stage.send(&release, Signal::Start).await;
        let release = stage.send(&release, Signal::Advance).await;
        stage.send(&release, Signal::Rollback).await;
        stage.courier.deliver().await.unwrap();
        let heard = stage.receiver.heard();
        let events: Vec<String> = heard.iter().map(|it| it.event()).collect();
        let expected = ["release.created", "release.started", "release.stage_entered", "release.rolled_back"];
        assert_eq!(events, expected);
        for request in &heard {
            let header = |name: &str| request.headers[name].as_str();
            let timestamp = header("webhook-timestamp").parse().unwrap();
            let signature = sign(&secret, header("webhook-id"), timestamp, &request.text);
            assert_eq!(header("webhook-signature"), signature.unwrap());
            assert_eq!(header("content-type"), "application/json");
            assert_eq!(timestamp, serin_server::clock::Clock::now(&*world.clock).timestamp());
        }
        let body = heard[1].body();
        let data = &body["data"];
        assert_eq!(
            (&data["project"], &data["environment"], &data["actor"], &data["reason"], &data["signal"]),
            (&json!("shop"), &json!("production"), &json!("admin"), &json!("as planned"), &json!("start")),
        );
        let told = &data["release"];
        assert_eq!(
            (&told["id"], &told["flag"], &told["state"], &told["stage"], &told["stage_name"], &told["weight"], &told["epoch"]),
            (&json!(release.id), &json!("a"), &json!("running"), &json!(0), &json!("First"), &json!(10.0), &json!(1)),
        );
        assert_eq!(data["before"]["state"], "draft");
        for request in &heard {
            assert!(!request.text.contains(":null"), "{}", request.text);
        }
        let sequences: Vec<Value> = heard.iter().map(|it| it.body()["data"]["sequence"].clone()).collect();
        assert!(sequences.windows(2).all(|pair| pair[0].as_u64() < pair[1].as_u64()), "{sequences:?}");
        // The log has the same, and nothing is left to send.
        let log = stage.log(id).await;
        let ids: Vec<String> = log.iter().map(|it| it.id.to_string()).collect();
        let sent: Vec<&str> = heard.iter().map(|it| it.headers["webhook-id"].as_str()).collect();
        assert_eq!(ids, sent);
        for delivery in &log {
            assert_eq!((delivery.state, delivery.next_at), (DeliveryState::Delivered, None));
            assert_eq!(delivery.attempts.len(), 1);
            assert_eq!((delivery.attempts[0].status, &delivery.attempts[0].error), (Some(204), &None));
        }
        stage.courier.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty());
    }

    async fn what_fails_comes_again_in_order_until_it_is_given_up(world: World) {
        let mut stage = Stage::new(world, &["a", "b", "c"]).await;
        let (id, _) = stage.webhook(stage.new_webhook(&["release.*"])).await;
        stage.receiver.answers("500 Oh");
        let one = stage.release("production", "a").await;
        stage.send(&one, Signal::Start).await;
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), ["release.created"], "the second waits for the first");
        let log = stage.log(id).await;
        let again = log[0].next_at.unwrap();
        assert!(again > serin_server::clock::Clock::now(&*world.clock));
        assert_eq!(log[1].next_at, Some(again), "it is not sent before the first is");
        stage.patch(id, json!({"enabled": false})).await;
        assert_eq!(stage.log(id).await[1].next_at, None);
        stage.patch(id, json!({"enabled": true})).await;
        stage.courier.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty(), "it waits before it comes again");
        // Another release is not held up.
        stage.receiver.answers("200 Fine");
        stage.release("production", "c").await;
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), ["release.created"]);
        world.clock.advance(TimeDelta::seconds(5));
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), ["release.created", "release.started"]);
        let log = stage.log(id).await;
        let (failed, taken) = (&log[0].attempts[0], &log[0].attempts[1]);
        assert_eq!((failed.status, failed.error.as_deref()), (Some(500), Some("HTTP 500")));
        assert_eq!((taken.attempt, taken.status, &taken.error), (2, Some(200), &None));

        stage.receiver.answers("302 Found\r\nlocation: /elsewhere");
        let two = stage.release("production", "b").await;
        for attempt in 1..=10 {
            stage.courier.deliver().await.unwrap();
            assert_eq!(stage.receiver.heard().len(), 1, "attempt {attempt}");
            world.clock.advance(LONGEST);
        }
        stage.courier.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty());
        let log = stage.log(id).await;
        let dead = log.last().unwrap();
        assert_eq!((dead.state, dead.attempts.len(), dead.next_at), (DeliveryState::Dead, 10, None));
        assert_eq!(dead.attempts[9].error.as_deref(), Some("it redirects, which is not followed"));
        assert_eq!(dead.subject, two.id.to_string());
        let shown = webhook::get(&world.app, &world.admin, "shop", id).await.unwrap();
        assert_eq!((shown.waiting, shown.dead), (0, 1));
        // Those after it go on; and it is sent once more where somebody asks for it.
        stage.receiver.answers("200 Fine");
        stage.send(&two, Signal::Start).await;
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), ["release.started"]);
        let (app, admin) = (&world.app, &world.admin);
        webhook::redeliver(app, admin, "shop", id, dead.id).await.unwrap();
        stage.courier.deliver().await.unwrap();
        let again = stage.receiver.heard();
        assert_eq!(again[0].headers["webhook-id"], dead.id.to_string());
        let once_more = webhook::get_delivery(app, admin, "shop", id, dead.id).await.unwrap();
        assert_eq!((once_more.state, once_more.attempts.len()), (DeliveryState::Delivered, 11));
    }

    async fn a_wait_that_is_asked_for_is_kept(world: World) {
        let mut stage = Stage::new(world, &["a"]).await;
        let (id, _) = stage.webhook(stage.new_webhook(&["*"])).await;
        webhook::ping(&world.app, &world.admin, "shop", id).await.unwrap();
        stage.receiver.answers("429 Later\r\nretry-after: 600");
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), [PING]);
        stage.receiver.answers("200 Fine");
        world.clock.advance(TimeDelta::seconds(599));
        stage.courier.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty());
        world.clock.advance(TimeDelta::seconds(1));
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), [PING]);
    }

    async fn a_node_sends_what_one_that_died_committed(world: World) {
        let mut stage = Stage::new(world, &["a"]).await;
        stage.webhook(stage.new_webhook(&["release.*"])).await;
        // The first has the lease, and then is heard of no more.
        stage.courier.deliver().await.unwrap();
        let release = stage.release("production", "a").await;
        let app = world.another_node().await;
        let mut other = courier(&app);
        other.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty(), "the first has the lease");
        world.clock.advance(TimeDelta::seconds(6));
        other.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), ["release.created"]);
        // What is refused is not told.
        stage.try_send(&release, Signal::Resume).await.unwrap_err();
        world.clock.advance(TimeDelta::seconds(6));
        stage.courier.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty());
        app.shutdown().await;
    }

    async fn one_hears_what_one_asked_for(world: World) {
        let mut stage = Stage::new(world, &["a"]).await;
        let mut new = stage.new_webhook(&["release.started", "release.can*"]);
        new.environments = vec!["production".to_owned()];
        let (narrow, _) = stage.webhook(new).await;
        let (changes, _) = stage.webhook(stage.new_webhook(&["change_set.applied"])).await;
        for environment in ["development", "production"] {
            let release = stage.release(environment, "a").await;
            let release = stage.send(&release, Signal::Start).await;
            stage.send(&release, Signal::Cancel).await;
        }
        let names = |log: Vec<serin_api::webhook::Delivery>| -> Vec<String> {
            log.into_iter().map(|delivery| delivery.event).collect()
        };
        assert_eq!(names(stage.log(narrow).await), ["release.started", "release.cancelled"]);
        assert_eq!(names(stage.log(changes).await), ["change_set.applied"; 4]);
        // Of a webhook that is off nothing is kept, and what waits stays until it is on.
        stage.patch(narrow, json!({"enabled": false})).await;
        stage.patch(changes, json!({"enabled": false})).await;
        world.apply(vec![patch_config("production", "a", json!({"enabled": false}))]).await.unwrap();
        stage.courier.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty());
        stage.patch(changes, json!({"enabled": true})).await;
        let change = patch_config("production", "a", json!({"enabled": true}));
        let set = world.apply(vec![change]).await.unwrap();
        stage.courier.deliver().await.unwrap();
        let heard = stage.receiver.heard();
        assert_eq!(heard.len(), 5);
        let of_set = |it: &&crate::webhook::receiver::Heard| it.body()["data"]["change_set"]["id"] == json!(set.id);
        let last = heard.iter().find(of_set).unwrap().body();
        let change = json!({"kind": "flag_config", "environment": "production", "key": "a", "action": "changed",
            "version": set.changes[0].version});
        assert_eq!(last["data"]["change_set"]["changes"], json!([change]));
        assert_eq!(last["data"]["environment"], "production");
    }

    async fn private_addresses_are_refused_where_that_is_wished(world: World) {
        let stage = Stage::new(world, &["a"]).await;
        let (id, _) = stage.webhook(stage.new_webhook(&["release.*"])).await;
        stage.release("production", "a").await;
        let mut careful = Courier::new(world.app.clone(), Options { public_only: true });
        careful.deliver().await.unwrap();
        assert!(stage.receiver.heard().is_empty());
        let attempt = stage.log(id).await[0].attempts[0].clone();
        assert_eq!((attempt.status, attempt.error.as_deref()), (None, Some("the address is not public")));
    }

    async fn who_cannot_be_reached_is_said_in_few_words(world: World) {
        let mut stage = Stage::new(world, &["a"]).await;
        let mut new = stage.new_webhook(&["release.*"]);
        // Nobody listens there: it takes privileges that no test has.
        new.url = "http://127.0.0.1:1/hook".to_owned();
        let (id, _) = stage.webhook(new).await;
        stage.release("production", "a").await;
        stage.courier.deliver().await.unwrap();
        let error = stage.log(id).await[0].attempts[0].error.clone().unwrap();
        assert!(error.starts_with("cannot connect: Connection refused"), "{error}");
    }

    async fn the_log_forgets(world: World) {
        let mut stage = Stage::new(world, &["a"]).await;
        let (id, _) = stage.webhook(stage.new_webhook(&["release.*"])).await;
        stage.release("production", "a").await;
        stage.courier.deliver().await.unwrap();
        world.clock.advance(TimeDelta::days(13));
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.log(id).await.len(), 1);
        world.clock.advance(TimeDelta::days(2));
        stage.courier.deliver().await.unwrap();
        assert!(stage.log(id).await.is_empty());
    }
}
