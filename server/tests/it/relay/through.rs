//! While all is well: what comes through a relay is what the server would say.

use serde_json::{Value, json};
use serin_sdk::Context;
use serin_server::demo::{self, Secrets};

use super::{Relaying, Setup, gate::Gate, key, sdk, toggle, until_sdk_serves};
use crate::{
    harness::{backends, until},
    http::Site,
};

backends! {
    async fn a_toggle_is_seen_behind_one_relay_and_behind_two(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let near = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let far = Relaying::ready(world, near.url(), &secret).await;
        let sdks = [sdk(near.url(), &secret).await, sdk(far.url(), &secret).await];
        for on in [true, false, true] {
            toggle(&site, on).await;
            for sdk in &sdks {
                until_sdk_serves(sdk, on).await;
            }
        }
        let upstream = site.web.anyone.bearer(&secret).get("/sdk/v1/ruleset").await.expect(200);
        let relayed = far.client.bearer(&secret).get("/sdk/v1/ruleset").await.expect(200);
        assert_eq!(relayed.json(), upstream.json());
        for sdk in sdks {
            sdk.shutdown().await;
        }
        far.stop().await;
        near.stop().await;
        site.web.stop().await;
    }

    async fn rulesets_are_conditional_compressed_and_resumed_as_at_the_server(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let relay = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let (server, relayed) = (site.web.anyone.bearer(&secret), relay.client.bearer(&secret));
        for coding in ["identity", "gzip", "br"] {
            let there = server.with("accept-encoding", coding).get("/sdk/v1/ruleset").await.expect(200);
            let here = relayed.with("accept-encoding", coding).get("/sdk/v1/ruleset").await.expect(200);
            assert_eq!((&here.body, here.header("etag")), (&there.body, there.header("etag")), "{coding}");
        }
        let tag = server.get("/sdk/v1/ruleset").await.header("etag").to_owned();
        assert!(relayed.with("if-none-match", &tag).get("/sdk/v1/ruleset").await.expect(304).body.is_empty());
        let revision = server.get("/sdk/v1/ruleset").await.json()["revision"].as_u64().unwrap();
        for on in [true, false] {
            toggle(&site, on).await;
        }
        relay.until_it_stands(|state| state["revision"] == revision + 2).await;
        let mut stream = relayed.with("last-event-id", &revision.to_string()).stream("/sdk/v1/stream").await;
        let missed = stream.next().await.unwrap();
        assert_eq!((missed.name.as_str(), &missed.data["from"]), ("patch", &json!(revision)));
        assert_eq!(missed.data["to"], revision + 2);
        drop(stream);
        relay.stop().await;
        site.web.stop().await;
    }

    async fn openfeature_clients_get_the_answers_of_the_server(world: World) {
        let mut site = Site::new(world);
        let secret = "a server key of production";
        let secrets = Secrets { production: Some(secret.to_owned()), development: None };
        demo::seed(&world.app, secrets).await.unwrap();
        let keys = "/api/v1/projects/demo/environments/production/keys";
        let made = site.admin.post(keys, &json!({"name": "web", "kind": "client"})).await.expect(201).json();
        let relay = Relaying::ready(world, &site.web.anyone.base, secret).await;
        for secret in [secret, made["secret"].as_str().unwrap()] {
            let (server, relayed) = (site.web.anyone.bearer(secret), relay.client.bearer(secret));
            for n in 0..40 {
                let context = context(n);
                let path = "/ofrep/v1/evaluate/flags";
                let there = server.post(path, &context).await.expect(200);
                let here = relayed.post(path, &context).await.expect(200);
                assert_eq!(here.header("etag"), there.header("etag"));
                assert_eq!((&here.json()["flags"], &here.json()["metadata"]), (&there.json()["flags"], &there.json()["metadata"]));
                assert!(!there.json()["flags"].as_array().unwrap().is_empty());
                let tag = there.header("etag").to_owned();
                relayed.with("if-none-match", &tag).post(path, &context).await.expect(304);
            }
            let flags = server.post("/ofrep/v1/evaluate/flags", &context(0)).await.json();
            let flags = flags["flags"].as_array().unwrap().iter().map(|flag| flag["key"].as_str().unwrap().to_owned());
            for flag in flags.chain(["no-such-flag".to_owned()]) {
                let path = format!("/ofrep/v1/evaluate/flags/{flag}");
                let there = server.post(&path, &context(1)).await;
                let here = relayed.post(&path, &context(1)).await;
                assert_eq!((here.status, here.json()), (there.status, there.json()), "{flag}");
            }
        }
        relay.stop().await;
        site.web.stop().await;
    }

    async fn an_upstream_that_fails_hands_over_to_the_next_and_takes_over_again(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let (first, second) = (Gate::before(&site.web.anyone.base).await, Gate::before(&site.web.anyone.base).await);
        let mut setup = Setup::of(&first.url, &secret);
        setup.upstreams.push(second.url.clone());
        let relay = setup.start(world).await;
        relay.until_ready().await;
        let sdk = sdk(relay.url(), &secret).await;
        first.shut();
        toggle(&site, true).await;
        until_sdk_serves(&sdk, true).await;
        first.open();
        // The relay goes back by itself: then the second is not needed any more.
        until(|| async { (relay.metric("serin_relay_streams_lost").await >= 2.0).then_some(()) }).await;
        relay.until_it_stands(|state| state["connected"] == true).await;
        second.shut();
        toggle(&site, false).await;
        until_sdk_serves(&sdk, false).await;
        sdk.shutdown().await;
        relay.stop().await;
        site.web.stop().await;
    }
}

/// A user of the demo: some of everything that its flags ask for.
fn context(n: usize) -> Value {
    let countries = ["DE", "FR", "US", "GB"];
    let plans = ["free", "pro", "enterprise"];
    let context = Context::new(format!("user-{n}"))
        .with("country", countries[n % 4])
        .with("beta", n.is_multiple_of(3))
        .with("version", format!("{}.{}.0", n % 5, n % 7))
        .with("email", format!("user-{n}@example.com"))
        .with(
            "org",
            json!({"id": format!("org-{}", n % 6), "plan": plans[n % 3]}),
        );
    json!({"context": context.as_json()})
}
