//! The same over real HTTP: routes, statuses and bodies.

use serde_json::json;
use serin_api::paths;

use super::Stage;
use crate::{
    harness::{ADMIN_TOKEN, backends},
    web::{NO_LIMITS, Web},
};

backends! {
    async fn webhooks_over_http(world: World) {
        let mut stage = Stage::new(world, &[]).await;
        let mut web = Web::start(&world.app, NO_LIMITS);
        let admin = web.anyone.bearer(ADMIN_TOKEN);
        let all = paths::webhooks("shop");
        web.anyone.get(&all).await.fails("unauthenticated");
        let made = admin.post(&all, &json!({"url": stage.receiver.url})).await.expect(201);
        let location = made.header("location").to_owned();
        let made = made.json();
        let id = made["id"].as_str().unwrap();
        assert_eq!(location, paths::webhook("shop", id));
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        assert_eq!((&made["events"], &made["enabled"]), (&json!(["release.*"]), &json!(true)));
        let one = admin.get(&location).await.expect(200);
        assert_eq!(one.header("etag"), "\"1\"");
        assert_eq!(one.json().get("secret"), None);
        let patched = admin.patch(&location, &json!({"description": "Chat"})).await.expect(200).json();
        assert_eq!((&patched["description"], &patched["version"]), (&json!("Chat"), &json!(2)));

        let ping = admin.post(&paths::webhook_ping("shop", id), &json!({})).await.expect(202).json();
        assert_eq!((&ping["state"], &ping["body"]["type"]), (&json!("waiting"), &json!("webhook.ping")));
        stage.courier.deliver().await.unwrap();
        assert_eq!(stage.receiver.events(), ["webhook.ping"]);
        let log = paths::deliveries("shop", id);
        let listed = admin.get(&log).await.expect(200).json();
        assert_eq!(listed["items"][0]["attempts"][0]["status"], 204);
        assert_eq!(listed["items"][0].get("body"), None);
        let dead = admin.get(&format!("{log}?state=dead&limit=1")).await.expect(200).json();
        assert_eq!(dead["items"], json!([]));
        admin.get(&format!("{log}?state=odd")).await.fails("bad_request");
        admin.get(&format!("{log}?cursor=odd")).await.fails("bad_request");
        let delivery = ping["id"].as_str().unwrap();
        let again = paths::redeliver("shop", id, delivery);
        assert_eq!(admin.post(&again, &json!({})).await.expect(202).json()["state"], "waiting");
        let text = web.anyone.get("/metrics").await.expect(200).text();
        for line in [
            "serin_webhook_attempts_total{outcome=\"delivered\"} 1",
            "serin_webhook_attempts_total{outcome=\"failed\"} 0",
            "serin_webhook_deliveries_dead_total 0",
        ] {
            assert!(text.contains(line), "{line}: {text}");
        }
        admin.patch(&location, &json!({"enabled": false})).await.expect(200);
        admin.post(&again, &json!({})).await.fails("invalid");
        admin.post(&paths::webhook_ping("shop", id), &json!({})).await.fails("invalid");
        admin.delete(&location).await.expect(204);
        admin.get(&location).await.fails("not_found");
        web.stop().await;
    }
}
