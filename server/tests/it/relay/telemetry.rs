//! Counts through a relay: each once, whatever happens on the way.

use serde_json::{Value, json};
use serin_sdk::Context;

use super::{Relaying, gate::Gate, key, sdk, toggle, until_sdk_serves};
use crate::{
    harness::{World, backends, until},
    http::Site,
    web::Client,
};

fn batch(world: &World, instance: u32, sequence: u32, on: u32) -> Value {
    let now = serin_server::clock::Clock::now(&*world.clock);
    json!({
        "instance": format!("3f2504e0-4f89-41d3-9a0c-0305e82c{instance:04}"), "sequence": sequence,
        "revision": 1, "from": now, "to": now,
        "evaluations": [{"flag": "checkout", "variation": "on", "count": on}, {"flag": "checkout", "count": 1}],
        "unknown_flags": ["nope"],
        "contexts": [{"targetingKey": format!("user-{instance}-{sequence}")}],
    })
}

/// Waits until the server has counted so many of `checkout` by variation.
async fn until_counted(site: &Site, wanted: Value) {
    until(|| async {
        site.web.app.usage.flush().await.unwrap();
        let path = "/api/v1/projects/shop/environments/production/usage?flag=checkout";
        let usage = site.admin.get(path).await.expect(200).json();
        (usage["flags"]["checkout"]["variations"] == wanted).then_some(())
    })
    .await;
}

async fn send(relay: &Client, batch: &Value) {
    relay.post("/sdk/v1/telemetry", batch).await.expect(202);
}

backends! {
    async fn counts_of_many_arrive_once_with_the_right_sums(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let gate = Gate::before(&site.web.anyone.base).await;
        let near = Relaying::ready(world, &gate.url, &secret).await;
        let far = Relaying::ready(world, near.url(), &secret).await;
        let client = far.client.bearer(&secret);
        for instance in 0..5 {
            for sequence in [1, 2, 2, 1] {
                send(&client, &batch(world, instance, sequence, 10)).await;
            }
        }
        until_counted(&site, json!({"": 10, "on": 100})).await;
        // Over an outage they are kept.
        gate.shut();
        send(&client, &batch(world, 1, 3, 7)).await;
        client.post("/ofrep/v1/evaluate/flags/checkout", &json!({})).await.expect(200);
        until(|| async { (near.metric("serin_relay_counts_waiting").await > 0.0).then_some(()) }).await;
        gate.open();
        until_counted(&site, json!({"": 11, "on": 107, "off": 1})).await;
        // Contexts are written after the counts that they came with.
        let contexts = "/api/v1/projects/shop/environments/production/contexts";
        until(|| async {
            let contexts = site.admin.get(contexts).await.expect(200).json();
            (contexts["items"].as_array().unwrap().len() == 11).then_some(())
        })
        .await;
        far.stop().await;
        near.stop().await;
        site.web.stop().await;
    }

    async fn a_report_whose_answer_is_lost_counts_once(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let gate = Gate::before(&site.web.anyone.base).await;
        let relay = Relaying::ready(world, &gate.url, &secret).await;
        gate.mute(true);
        send(&relay.client.bearer(&secret), &batch(world, 1, 1, 10)).await;
        until_counted(&site, json!({"": 1, "on": 10})).await;
        gate.mute(false);
        // A later one says that the first, which is sent again before it, was taken.
        send(&relay.client.bearer(&secret), &batch(world, 1, 2, 5)).await;
        until_counted(&site, json!({"": 2, "on": 15})).await;
        relay.stop().await;
        site.web.stop().await;
    }

    async fn the_last_counts_are_forwarded_at_a_shutdown(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        toggle(&site, true).await;
        let (secret, _) = key(&site, "server").await;
        let relay = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let sdk = sdk(relay.url(), &secret).await;
        until_sdk_serves(&sdk, true).await;
        let before = sdk.bool("checkout", &Context::new("user-1"), false);
        assert!(before);
        sdk.shutdown().await;
        relay.stop().await;
        site.web.app.usage.flush().await.unwrap();
        let path = "/api/v1/projects/shop/environments/production/usage?flag=checkout";
        let usage = site.admin.get(path).await.expect(200).json();
        assert!(usage["flags"]["checkout"]["variations"]["on"].as_u64() >= Some(2), "{usage}");
        site.web.stop().await;
    }
}
