//! While the upstream is away, and when it is back.

use std::fs;

use serde_json::json;

use super::{Relaying, Setup, gate::Gate, key, sdk, toggle, until_sdk_serves};
use crate::{
    harness::{backends, until},
    http::Site,
};

const BULK: &str = "/ofrep/v1/evaluate/flags";

backends! {
    async fn relay_and_sdks_go_on_and_converge_after_the_return(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let gate = Gate::before(&site.web.anyone.base).await;
        let relay = Relaying::ready(world, &gate.url, &secret).await;
        let before = sdk(relay.url(), &secret).await;
        toggle(&site, true).await;
        until_sdk_serves(&before, true).await;
        gate.shut();
        let state = relay.until_it_stands(|state| state["connected"] == false).await;
        assert_eq!(state["from_disk"], false);
        toggle(&site, false).await;
        // One that comes now is served all the same, as it was when the upstream went away.
        let during = sdk(relay.url(), &secret).await;
        until_sdk_serves(&during, true).await;
        until_sdk_serves(&before, true).await;
        assert_eq!(relay.metric("serin_relay_connected").await, 0.0);
        gate.open();
        for sdk in [before, during] {
            until_sdk_serves(&sdk, false).await;
            sdk.shutdown().await;
        }
        relay.stop().await;
        site.web.stop().await;
    }

    async fn a_cold_start_serves_the_copy_and_says_so(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        toggle(&site, true).await;
        let (secret, _) = key(&site, "server").await;
        let (client_key, _) = key(&site, "client").await;
        let gate = Gate::before(&site.web.anyone.base).await;
        let folder = tempfile::tempdir().unwrap();
        let start = async || {
            let mut setup = Setup::of(&gate.url, &secret);
            setup.data = Some(folder.path());
            setup.start(world).await
        };
        let relay = start().await;
        relay.until_ready().await;
        relay.client.bearer(&client_key).post(BULK, &json!({})).await.expect(200);
        relay.stop().await;
        let kept = fs::read_dir(folder.path()).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
        for bytes in kept {
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(&secret) && !text.contains(&client_key), "a secret is on the disk");
        }
        gate.shut();
        world.clock.advance(chrono::TimeDelta::seconds(90));
        let relay = start().await;
        let state = relay.until_it_stands(|_| true).await;
        assert_eq!((&state["from_disk"], &state["connected"]), (&json!(true), &json!(false)));
        assert!(state["age_seconds"].as_f64().unwrap() >= 90.0, "{state}");
        assert_eq!(relay.metric("serin_relay_from_disk").await, 1.0);
        let sdk = sdk(relay.url(), &secret).await;
        until_sdk_serves(&sdk, true).await;
        // Keys that were known before still are; about others nobody can be asked.
        relay.client.bearer(&client_key).post(BULK, &json!({})).await.expect(200);
        relay.client.bearer("serin_server_unknown").get("/sdk/v1/ruleset").await.fails("unavailable");
        let refused = relay.client.bearer("serin_client_unknown").post(BULK, &json!({})).await.expect(503);
        assert_eq!(refused.json()["errorCode"], "GENERAL");
        toggle(&site, false).await;
        gate.open();
        until_sdk_serves(&sdk, false).await;
        relay.until_it_stands(|state| state["from_disk"] == false && state["connected"] == true).await;
        sdk.shutdown().await;
        relay.stop().await;
        site.web.stop().await;
    }

    async fn a_damaged_copy_is_refused_and_replaced(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let gate = Gate::before(&site.web.anyone.base).await;
        let folder = tempfile::tempdir().unwrap();
        let start = async || {
            let mut setup = Setup::of(&gate.url, &secret);
            setup.data = Some(folder.path());
            setup.start(world).await
        };
        let relay = start().await;
        relay.until_ready().await;
        relay.stop().await;
        let ruleset = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path())
            .find(|path| path.extension().is_some_and(|kind| kind == "ruleset")).unwrap();
        let good = fs::read(&ruleset).unwrap();
        let text = String::from_utf8(good.clone()).unwrap();
        // A change that leaves it a ruleset: only the checksum tells.
        let bad = text.replace("\"enabled\":false", "\"enabled\":true ");
        assert_ne!(bad, text);
        fs::write(&ruleset, bad).unwrap();
        gate.shut();
        let relay = start().await;
        let reply = relay.client.get("/health/ready").await;
        reply.fails("unavailable");
        relay.client.bearer(&secret).get("/sdk/v1/ruleset").await.fails("unavailable");
        gate.open();
        relay.until_ready().await;
        until(|| async { (fs::read(&ruleset).unwrap() == good).then_some(()) }).await;
        relay.stop().await;
        site.web.stop().await;
    }
}
