//! Who is let in by a relay: whoever the server lets in.

use std::time::Duration;

use chrono::TimeDelta;
use serde_json::json;
use tokio::time::timeout;

use super::{Relaying, Setup, key, sdk, toggle, until_sdk_serves};
use crate::{
    harness::{backends, until},
    http::Site,
};

const RULESET: &str = "/sdk/v1/ruleset";
const BULK: &str = "/ofrep/v1/evaluate/flags";

backends! {
    async fn keys_that_the_relay_was_not_given_work_and_see_what_they_may(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let relay = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let (other, _) = key(&site, "server").await;
        let (client_key, _) = key(&site, "client").await;
        relay.client.bearer(&other).get(RULESET).await.expect(200);
        let page = relay.client.bearer(&client_key);
        page.get(RULESET).await.fails("forbidden");
        assert_eq!(page.post(BULK, &json!({})).await.expect(200).json()["flags"], json!([]));
        site.admin.patch("/api/v1/projects/shop/flags/checkout", &json!({"client_visible": true})).await.expect(200);
        until(|| async {
            let flags = page.post(BULK, &json!({})).await.expect(200).json()["flags"].clone();
            (flags[0]["key"] == "checkout").then_some(())
        }).await;
        relay.client.bearer("serin_server_nonsense").get(RULESET).await.fails("unauthenticated");
        relay.client.get(RULESET).await.fails("unauthenticated");
        let elsewhere = "/api/v1/projects/shop/environments/development/keys";
        let elsewhere = site.admin.post(elsewhere, &json!({"name": "x", "kind": "server"})).await.expect(201).json();
        relay.client.bearer(elsewhere["secret"].as_str().unwrap()).get(RULESET).await.fails("unauthenticated");
        relay.client.get("/api/v1/projects").await.fails("not_found");
        relay.stop().await;
        site.web.stop().await;
    }

    async fn origins_of_web_pages_are_those_of_the_environment(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let page = "https://shop.example.com";
        let production = "/api/v1/projects/shop/environments/production";
        site.admin.patch(production, &json!({"allowed_origins": [page]})).await.expect(200);
        let (secret, _) = key(&site, "server").await;
        let (client_key, _) = key(&site, "client").await;
        let relay = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        // A preflight comes without a key, and before any page's key is known.
        for (origin, allowed) in [(page, true), ("https://elsewhere.example.com", false)] {
            let preflight = relay.client.with("origin", origin).raw(reqwest::Method::OPTIONS, BULK, "", "").await;
            assert_eq!(preflight.headers.contains_key("access-control-allow-origin"), allowed, "{origin}");
            let answer = relay.client.bearer(&client_key).with("origin", origin).post(BULK, &json!({})).await;
            assert_eq!(answer.headers.contains_key("access-control-allow-origin"), allowed, "{origin}");
        }
        relay.stop().await;
        site.web.stop().await;
    }

    async fn a_revoked_key_soon_opens_nothing_and_ends_its_streams(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let near = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let far = Relaying::ready(world, near.url(), &secret).await;
        let (other, address) = key(&site, "server").await;
        let mut streams = Vec::new();
        for relay in [&near, &far] {
            let mut stream = relay.client.bearer(&other).stream("/sdk/v1/stream").await;
            stream.next().await.unwrap();
            streams.push(stream);
        }
        let kept = sdk(far.url(), &secret).await;
        site.admin.delete(&address).await.expect(204);
        for (relay, mut stream) in [&near, &far].into_iter().zip(streams) {
            // Sooner than the test's client gives up, which looks the same.
            let end = timeout(Duration::from_secs(15), stream.next()).await;
            assert_eq!(end.expect("the stream goes on"), None);
            relay.client.bearer(&other).get(RULESET).await.fails("unauthenticated");
        }
        toggle(&site, true).await;
        until_sdk_serves(&kept, true).await;
        kept.shutdown().await;
        far.stop().await;
        near.stop().await;
        site.web.stop().await;
    }

    /// It is all that the key is used for, and the relay asks for it again all the same.
    async fn an_event_stream_tells_of_changes_and_ends_with_its_key(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        site.admin.patch("/api/v1/projects/shop/flags/checkout", &json!({"client_visible": true})).await.expect(200);
        let (secret, _) = key(&site, "server").await;
        let (client_key, address) = key(&site, "client").await;
        let near = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let far = Relaying::ready(world, near.url(), &secret).await;
        let mut streams = Vec::new();
        for relay in [&near, &far] {
            let bulk = relay.client.bearer(&client_key).post(BULK, &json!({"context": {}})).await.expect(200).json();
            let url = bulk["eventStreams"][0]["url"].as_str().unwrap();
            streams.push((relay, url.strip_prefix(relay.url()).unwrap().to_owned()));
        }
        world.clock.advance(TimeDelta::minutes(10));
        let mut open = Vec::new();
        for (relay, path) in &streams {
            open.push(relay.client.stream(path).await);
        }
        toggle(&site, true).await;
        for events in &mut open {
            assert_eq!(events.next().await.unwrap().data["type"], "refetchEvaluation");
        }
        site.admin.delete(&address).await.expect(204);
        for (events, (relay, path)) in open.iter_mut().zip(&streams) {
            assert_eq!(timeout(Duration::from_secs(15), events.next()).await.expect("the stream goes on"), None);
            relay.client.get(path).await.expect(401);
        }
        far.stop().await;
        near.stop().await;
        site.web.stop().await;
    }

    async fn a_key_of_the_relay_that_is_revoked_hands_over_to_another_of_the_environment(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (first, address) = key(&site, "server").await;
        let (second, _) = key(&site, "server").await;
        let mut setup = Setup::of(&site.web.anyone.base, &first);
        setup.keys.push(second.clone());
        let relay = setup.start(world).await;
        relay.until_ready().await;
        let sdk = sdk(relay.url(), &second).await;
        site.admin.delete(&address).await.expect(204);
        until(|| async {
            let reply = relay.client.bearer(&first).get(RULESET).await;
            (reply.status == 401).then_some(())
        }).await;
        toggle(&site, true).await;
        until_sdk_serves(&sdk, true).await;
        let state = relay.until_ready().await;
        assert!(state.get("refused_keys").is_none_or(|keys| keys.as_array().unwrap().len() == 1), "{state}");
        sdk.shutdown().await;
        relay.stop().await;
        site.web.stop().await;
    }
}
