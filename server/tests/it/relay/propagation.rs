//! Stages behind relays: what SDKs acknowledge comes to the server without waiting for evidence.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_sdk::Client as Sdk;
use serin_server::{release::Runner, store};

use super::{Relaying, key, toggle, until_sdk_serves};
use crate::{
    harness::{World, backends, until},
    http::Site,
};

const RELEASES: &str = "/api/v1/projects/shop/environments/production/releases";

/// An SDK that would report at once, and has nothing to report.
async fn quiet_sdk(url: &str, secret: &str) -> Sdk {
    let sdk = Sdk::builder(url, secret)
        .telemetry_interval(Duration::from_millis(10))
        .build()
        .unwrap();
    sdk.ready().await.unwrap();
    sdk
}

/// A release with a guard, which SDKs are waited for with.
async fn draft(site: &Site) -> String {
    let metric = json!({"kind": "metric", "key": "errors", "action": "create", "document": {"kind": "count"}});
    let changes = json!({"project": "shop", "changes": [metric]});
    site.admin
        .post("/api/v1/change-sets", &changes)
        .await
        .expect(201);
    let document = json!({
        "flag": "checkout", "baseline": "off", "candidate": "on", "guards": [{"metric": "errors"}],
        "stages": [{"weight": 10, "min_bake": "1h"}, {"weight": 50, "min_bake": "1h"}, {"weight": 100}],
    });
    let draft = site
        .admin
        .post(RELEASES, &document)
        .await
        .expect(201)
        .json();
    draft["id"].as_str().unwrap().to_owned()
}

async fn signal(site: &Site, id: &str, signal: &str) -> Value {
    let release = site
        .admin
        .get(&format!("{RELEASES}/{id}"))
        .await
        .expect(200)
        .json();
    let body = json!({"signal": signal, "epoch": release["epoch"]});
    let path = format!("{RELEASES}/{id}/signals");
    site.admin.post(&path, &body).await.expect(200).json()
}

/// How many SDKs the server knows, and how many of them have the newest revision.
async fn instances(world: &World) -> (u64, u64) {
    world.app.usage.flush().await.unwrap();
    let snapshot = world.app.publisher.find("shop", "production").unwrap();
    let now = serin_server::clock::Clock::now(&*world.clock);
    let mut tx = world.app.db.read().await.unwrap();
    let since = now - TimeDelta::minutes(3);
    store::instance::having(&mut tx, snapshot.environment_id, snapshot.revision, since)
        .await
        .unwrap()
}

/// Lets the runner look until the release is in a phase.
async fn until_phase(world: &World, site: &Site, runner: &mut Runner, id: &str, wanted: &str) {
    let path = format!("{RELEASES}/{id}");
    loop {
        let release = site.admin.get(&path).await.expect(200).json();
        if release["phase"] == wanted {
            return;
        }
        assert_eq!(release["phase"], "propagating", "{release}");
        until(|| async { (instances(world).await == (3, 3)).then_some(()) }).await;
        runner.tick().await.unwrap();
    }
}

backends! {
    /// Two of three SDKs are behind relays, and nobody evaluates anything in the stages: there are no
    /// counts with which it could be said who runs what.
    async fn a_stage_bakes_once_quiet_sdks_behind_relays_have_it(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        toggle(&site, true).await;
        site.admin
            .patch("/api/v1/projects/shop/environments/production/flags/checkout", &json!({"default": {"variation": "off"}}))
            .await
            .expect(200);
        let (secret, _) = key(&site, "server").await;
        let near = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let far = Relaying::ready(world, near.url(), &secret).await;
        let mut sdks = Vec::new();
        for url in [&site.web.anyone.base, near.url(), far.url()] {
            let sdk = quiet_sdk(url, &secret).await;
            until_sdk_serves(&sdk, false).await;
            sdks.push(sdk);
        }
        let mut runner = Runner::new(world.app.clone());
        let id = draft(&site).await;
        // They reported what they evaluated, and are waited for.
        until(|| async { (instances(world).await.1 == 3).then_some(()) }).await;
        let started = signal(&site, &id, "start").await;
        assert_eq!(started["phase"], "propagating", "{started}");
        until_phase(world, &site, &mut runner, &id, "baking").await;
        let next = signal(&site, &id, "advance").await;
        assert_eq!(next["phase"], "propagating", "{next}");
        until_phase(world, &site, &mut runner, &id, "baking").await;
        for sdk in sdks {
            sdk.shutdown().await;
        }
        far.stop().await;
        near.stop().await;
        site.web.stop().await;
    }

    /// A relay tells how many have it, and not what the newest of them has.
    async fn who_lacks_a_stage_behind_a_relay_is_waited_for(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let relay = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let client = relay.client.bearer(&secret);
        let revision = world.app.publisher.find("shop", "production").unwrap().revision;
        let now = serin_server::clock::Clock::now(&*world.clock);
        for (sequence, instance, behind) in [(1, 1, 0), (1, 2, 1), (1, 3, 0), (2, 2, 0)] {
            let telemetry = json!({
                "instance": format!("3f2504e0-4f89-41d3-9a0c-0305e82c{instance:04}"), "sequence": sequence,
                "revision": revision - behind, "from": now, "to": now, "unknown_flags": ["nope"],
            });
            client.post("/sdk/v1/telemetry", &telemetry).await.expect(202);
            let wanted = match (sequence, instance) {
                (1, 1) => (1, 1),
                (1, 2) => (1, 2),
                (1, _) => (2, 3),
                _ => (3, 3),
            };
            until(|| async { (instances(world).await == wanted).then_some(()) }).await;
        }
        relay.stop().await;
        site.web.stop().await;
    }

    /// Its SDKs are behind the next one by then, which counts them.
    async fn a_relay_that_ends_speaks_for_nobody_any_more(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let near = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let far = Relaying::ready(world, near.url(), &secret).await;
        let revision = world.app.publisher.find("shop", "production").unwrap().revision;
        let now = serin_server::clock::Clock::now(&*world.clock);
        let unknown_flag = |sequence| json!({
            "instance": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "sequence": sequence,
            "revision": revision, "from": now, "to": now, "unknown_flags": ["nope"],
        });
        let sdk = far.client.bearer(&secret);
        sdk.post("/sdk/v1/telemetry", &unknown_flag(1)).await.expect(202);
        until(|| async { (instances(world).await == (1, 1)).then_some(()) }).await;
        // No counts wait, of which it could say so.
        far.stop().await;
        // The other one hears of it, and says so with what it says next.
        let other = json!({
            "instance": "3f2504e0-4f89-41d3-9a0c-0305e82c3302", "sequence": 1,
            "revision": revision - 1, "from": now, "to": now, "unknown_flags": ["nope"],
        });
        near.client.bearer(&secret).post("/sdk/v1/telemetry", &other).await.expect(202);
        until(|| async { (instances(world).await == (0, 1)).then_some(()) }).await;
        near.stop().await;
        assert_eq!(instances(world).await, (0, 0));
        site.web.stop().await;
    }
}
