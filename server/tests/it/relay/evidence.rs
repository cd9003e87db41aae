//! Evidence through a relay: what it can say itself it says as the server would, and of the rest it
//! says that it does not know.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_api::paths;
use uuid::Uuid;

use super::{Relaying, key, toggle};
use crate::{
    harness::{World, backends, until},
    http::Site,
    web::Client,
};

const RELEASES: &str = "/api/v1/projects/shop/environments/production/releases";

fn now(world: &World) -> DateTime<Utc> {
    serin_server::clock::Clock::now(&*world.clock)
}

/// A release that lives and counts errors.
async fn release(site: &Site) -> String {
    let metric = json!({"kind": "metric", "key": "errors", "action": "create", "document": {"kind": "count"}});
    let changes = json!({"project": "shop", "changes": [metric]});
    site.admin
        .post("/api/v1/change-sets", &changes)
        .await
        .expect(201);
    let document = json!({
        "flag": "checkout", "baseline": "off", "candidate": "on", "guards": [{"metric": "errors"}],
        "stages": [{"weight": 10, "min_bake": "1h"}, {"weight": 100}],
    });
    let draft = site
        .admin
        .post(RELEASES, &document)
        .await
        .expect(201)
        .json();
    let id = draft["id"].as_str().unwrap().to_owned();
    let start = json!({"signal": "start", "epoch": draft["epoch"]});
    let signals = format!("{RELEASES}/{id}/signals");
    site.admin.post(&signals, &start).await.expect(200);
    id
}

fn window(release: impl Into<Value>, at: DateTime<Utc>, metric: &Value) -> Value {
    json!({"release": release.into(), "stage": 0, "at": at,
        "baseline": {"exposed": 9, "metrics": {"errors": {"events": 1}}},
        "candidate": {"exposed": 1, "metrics": metric}})
}

fn events(sequence: u64, windows: Value) -> Value {
    json!({"instance": Uuid::from_u128(5), "sequence": sequence, "windows": windows})
}

backends! {
    async fn a_relay_says_what_it_knows_of_evidence_and_what_it_does_not(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let config = "/api/v1/projects/shop/environments/production/flags/checkout";
        site.admin.patch(config, &json!({"default": {"variation": "off"}})).await.expect(200);
        toggle(&site, true).await;
        let id = release(&site).await;
        let (secret, _) = key(&site, "server").await;
        let relay = Relaying::ready(world, &site.web.anyone.base, &secret).await;
        let near = relay.client.bearer(&secret);
        let at = now(world);
        let fits = json!({"errors": {"events": 1}});
        let good = window(id.as_str(), at, &fits);

        // What is impossible is refused with the place, as at the server, and takes no number.
        let future = window(id.as_str(), at + TimeDelta::days(1), &fits);
        let mut strange = good.clone();
        strange["candidate"]["frist"] = json!(1);
        for client in [&near, &site.web.anyone.bearer(&secret)] {
            let refused = client.post(paths::SDK_EVENTS, &events(9, json!([future]))).await.fails("invalid");
            assert_eq!(refused["details"][0]["path"], "/windows/0/at");
            let refused = client.post(paths::SDK_EVENTS, &events(9, json!([strange]))).await.fails("bad_request");
            assert!(refused["message"].as_str().unwrap().contains("frist"), "{refused}");
        }

        // Whether a window counts a relay does not know; what its release asks for it does.
        let wrong = json!({"errors": {"histogram": {"3": 1}}, "orders": {"events": 1}});
        let unknown = window(Uuid::from_u128(99).to_string(), at, &fits);
        let early = window(id.as_str(), at - TimeDelta::minutes(5), &fits);
        let sent = events(4, json!([good, window(id.as_str(), at, &wrong), unknown, early]));
        let answer = near.post(paths::SDK_EVENTS, &sent).await.expect(202).json();
        assert_eq!((&answer["taken"], &answer["passed_on"], &answer["duplicate"]), (&json!(0), &json!(4), &json!(false)));
        let left_out: Vec<_> = answer["left_out"].as_array().unwrap().iter()
            .map(|detail| (detail["path"].as_str().unwrap(), detail["code"].as_str().unwrap()))
            .collect();
        let place = "/windows/1/candidate/metrics";
        assert_eq!(left_out, [(&*format!("{place}/errors"), "wrong_kind"), (&*format!("{place}/orders"), "unknown_metric")]);
        // What is not greater than the last came already.
        for sequence in [4, 3] {
            let again = near.post(paths::SDK_EVENTS, &events(sequence, json!([good]))).await.expect(202).json();
            assert_eq!((&again["duplicate"], again.get("passed_on")), (&json!(true), None));
        }

        // Proxies rewrite what is accepted. Who asks for no JSON reads none.
        let upstream = site.web.anyone.bearer(&secret);
        let says = |client: Client, sequence| {
            let metrics = json!({"errors": {"histogram": {"3": 1}}});
            let report = json!({"instance": Uuid::from_u128(6), "sequence": sequence, "revision": 1, "from": at, "to": at,
                "evidence": [window(id.as_str(), at, &metrics)]});
            async move { client.post(paths::SDK_TELEMETRY, &report).await.expect(202).text() }
        };
        for (sequence, client) in [
            (1, upstream.with("accept", "application/json, */*")),
            (2, upstream.with("accept", "text/plain, Application/JSON;q=0.9")),
            (3, upstream.with("accept", "*/*").with("serin-relays", "another")),
        ] {
            assert!(says(client, sequence).await.contains("wrong_kind"), "{sequence}");
        }
        assert_eq!(says(upstream.with("accept", "*/*"), 4).await, "");
        let metrics = site.web.anyone.get("/metrics").await.expect(200).text();
        assert!(metrics.contains("serin_evidence_windows_total{outcome=\"left_out\"} 4"), "{metrics}");

        // What became of it upstream is in the relay's metrics: sums, of one release and window each.
        let metric = |outcome: &str| format!("serin_relay_evidence_windows_total{{outcome=\"{outcome}\"}}");
        for (outcome, count) in [("passed_on", 1.0), ("refused_upstream", 1.0), ("late_upstream", 1.0), ("taken", 4.0), ("refused", 0.0), ("left_out", 1.0), ("left_out_upstream", 0.0)] {
            until(|| async { (relay.metric(&metric(outcome)).await == count).then_some(()) }).await;
        }
        let windows = site.admin.get(&format!("{RELEASES}/{id}/windows")).await.expect(200).json();
        let windows = windows["items"].as_array().unwrap();
        assert_eq!(windows.len(), 1);
        let of = |arm: &str| (&windows[0][arm]["exposed"], &windows[0][arm]["metrics"]["errors"]["events"]);
        assert_eq!((of("baseline"), of("candidate")), ((&json!(54), &json!(6)), (&json!(6), &json!(1))));
        relay.stop().await;
        site.web.stop().await;
    }
}
