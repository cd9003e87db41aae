//! Rulesets, streams and telemetry, as the SDK sees them.

use std::io::Read as _;

use serde_json::{Value, json};

use super::Site;

const RULESET: &str = "/sdk/v1/ruleset";
const STREAM: &str = "/sdk/v1/stream";
const CONFIG: &str = "/api/v1/projects/shop/environments/production/flags/checkout";

async fn toggle(site: &Site, enabled: bool) {
    site.admin
        .patch(CONFIG, &json!({"enabled": enabled}))
        .await
        .expect(200);
}

async fn a_ruleset_has_a_tag_and_comes_compressed(site: &mut Site) {
    site.shop().await;
    let sdk = site.sdk("server").await;
    let plain = sdk.get(RULESET).await.expect(200);
    let tag = plain.header("etag").to_owned();
    assert!(
        sdk.with("if-none-match", &tag)
            .get(RULESET)
            .await
            .expect(304)
            .body
            .is_empty()
    );
    let gzip = sdk
        .with("accept-encoding", "gzip")
        .get(RULESET)
        .await
        .expect(200);
    assert_eq!(gzip.header("content-encoding"), "gzip");
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(&*gzip.body)
        .read_to_end(&mut unpacked)
        .unwrap();
    assert_eq!(unpacked, plain.body);
    let br = sdk
        .with("accept-encoding", "gzip, br")
        .get(RULESET)
        .await
        .expect(200);
    assert_eq!(br.header("content-encoding"), "br");
    let mut unpacked = Vec::new();
    brotli::BrotliDecompress(&mut &*br.body, &mut unpacked).unwrap();
    assert_eq!(unpacked, plain.body);
    toggle(site, true).await;
    let changed = sdk
        .with("if-none-match", &tag)
        .get(RULESET)
        .await
        .expect(200);
    assert_eq!(changed.json()["flags"]["checkout"]["enabled"], true);
    assert_eq!(
        changed.json()["revision"].as_u64(),
        plain.json()["revision"]
            .as_u64()
            .map(|revision| revision + 1)
    );
}

async fn a_stream_brings_the_ruleset_and_each_patch_and_resumes(site: &mut Site) {
    site.shop().await;
    let sdk = site.sdk("server").await;
    let mut stream = sdk.stream(STREAM).await;
    let put = stream.next().await.unwrap();
    assert_eq!(put.name, "put");
    assert_eq!(put.data, sdk.get(RULESET).await.json());
    let revision: u64 = put.id.unwrap().parse().unwrap();
    toggle(site, true).await;
    let patch = stream.next().await.unwrap();
    assert_eq!(
        (patch.name.as_str(), patch.id.as_deref()),
        ("patch", Some((revision + 1).to_string().as_str()))
    );
    assert_eq!(
        (&patch.data["from"], &patch.data["to"]),
        (&json!(revision), &json!(revision + 1))
    );
    assert_eq!(patch.data["flags"]["checkout"]["enabled"], true);
    drop(stream);
    toggle(site, false).await;
    site.admin
        .post(
            "/api/v1/projects/shop/flags",
            &json!({"key": "other", "type": "string", "variations": [{"key": "a", "value": ""}]}),
        )
        .await
        .expect(201);
    let mut resumed = sdk
        .with("last-event-id", &(revision + 1).to_string())
        .stream(STREAM)
        .await;
    let missed = resumed.next().await.unwrap();
    assert_eq!(
        (
            missed.name.as_str(),
            &missed.data["from"],
            &missed.data["to"]
        ),
        ("patch", &json!(revision + 1), &json!(revision + 3))
    );
    assert_eq!(
        (
            &missed.data["flags"]["checkout"]["enabled"],
            missed.data["flags"]["other"].is_object()
        ),
        (&json!(false), true)
    );
    // Who is up to date hears of the next change, and of nothing before.
    let mut current = sdk
        .with("last-event-id", &(revision + 3).to_string())
        .stream(STREAM)
        .await;
    toggle(site, true).await;
    assert_eq!(
        current.next().await.unwrap().data["from"],
        json!(revision + 3)
    );
    let mut stranger = sdk.with("last-event-id", "999999").stream(STREAM).await;
    assert_eq!(stranger.next().await.unwrap().name, "put");
}

async fn a_revoked_key_ends_its_streams_and_opens_nothing(site: &mut Site) {
    site.shop().await;
    let keys = "/api/v1/projects/shop/environments/production/keys";
    let key = site
        .admin
        .post(keys, &json!({"name": "sdk", "kind": "server"}))
        .await
        .expect(201)
        .json();
    let sdk = site
        .web
        .anyone
        .with("x-api-key", key["secret"].as_str().unwrap());
    let (mut stream, mut other) = (
        sdk.stream(STREAM).await,
        site.sdk("server").await.stream(STREAM).await,
    );
    stream.next().await.unwrap();
    other.next().await.unwrap();
    site.admin
        .delete(&format!("{keys}/{}", key["id"].as_str().unwrap()))
        .await
        .expect(204);
    assert_eq!(stream.next().await, None);
    sdk.get(RULESET).await.fails("unauthenticated");
    toggle(site, true).await;
    assert_eq!(other.next().await.unwrap().name, "patch");
}

async fn telemetry_is_counted_once_and_shown(site: &mut Site) {
    site.shop().await;
    let sdk = site.sdk("server").await;
    let now = site.web.app.clock.now();
    let batch = json!({
        "instance": "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "sequence": 1, "revision": 1, "from": now, "to": now,
        "evaluations": [{"flag": "checkout", "variation": "on", "count": 3}, {"flag": "checkout", "count": 1}],
        "unknown_flags": ["nope"]
    });
    for _ in 0..2 {
        sdk.post("/sdk/v1/telemetry", &batch).await.expect(202);
    }
    sdk.post("/ofrep/v1/evaluate/flags/checkout", &json!({"context": {}}))
        .await
        .expect(200);
    sdk.post("/sdk/v1/telemetry", &json!({"instance": "x"}))
        .await
        .fails("bad_request");
    site.web.app.usage.flush().await.unwrap();
    let usage = site
        .admin
        .get("/api/v1/projects/shop/environments/production/usage?flag=checkout")
        .await
        .expect(200)
        .json();
    let variations = &usage["flags"]["checkout"]["variations"];
    assert_eq!(
        (&variations["on"], &variations[""], &variations["off"]),
        (&json!(3), &json!(1), &json!(1)),
        "{usage}"
    );
}

async fn people_are_told_what_changes(site: &mut Site) {
    site.shop().await;
    let events = "/api/v1/projects/shop/environments/production/events";
    let mut stream = site.admin.stream(events).await;
    let hello = stream.next().await.unwrap();
    assert_eq!(hello.name, "hello");
    site.admin
        .with("serin-reason", "try")
        .patch(CONFIG, &json!({"enabled": true}))
        .await
        .expect(200);
    let change = stream.next().await.unwrap();
    assert_eq!(
        (change.name.as_str(), change.id.as_deref()),
        ("change", change.data["change_set"].as_str())
    );
    assert_eq!(
        change.data["revision"].as_u64(),
        hello.data["revision"].as_u64().map(|revision| revision + 1)
    );
    assert_eq!(
        (&change.data["author"], &change.data["reason"]),
        (&json!("admin"), &json!("try"))
    );
    assert_eq!(
        change.data["entities"][0],
        json!({"kind": "flag_config", "environment": "production", "key": "checkout", "version": 2})
    );
}

async fn a_shutdown_says_goodbye(site: &mut Site) {
    site.shop().await;
    let mut sdk = site.sdk("server").await.stream(STREAM).await;
    sdk.next().await.unwrap();
    let mut people = site
        .admin
        .stream("/api/v1/projects/shop/environments/production/events")
        .await;
    people.next().await.unwrap();
    site.web.stop().await;
    for stream in [&mut sdk, &mut people] {
        let goodbye = stream.next().await.unwrap();
        assert_eq!(goodbye.name, "goodbye");
        assert!(
            (500..10_500).contains(&goodbye.data["retry_ms"].as_u64().unwrap()),
            "{goodbye:?}"
        );
        assert_eq!(stream.next().await, None);
    }
}

async fn health_and_metrics(site: &mut Site) {
    site.shop().await;
    let anyone = &site.web.anyone;
    assert_eq!(
        anyone.get("/health/live").await.expect(200).json(),
        json!({"status": "live"})
    );
    assert_eq!(
        anyone.get("/health/ready").await.expect(200).json(),
        json!({"status": "ready"})
    );
    let sdk = site.sdk("server").await;
    sdk.post("/ofrep/v1/evaluate/flags/checkout", &json!({"context": {}}))
        .await
        .expect(200);
    let mut stream = sdk.stream(STREAM).await;
    stream.next().await.unwrap();
    let metrics = anyone.get("/metrics").await.expect(200).text();
    for line in [
        "serin_http_requests_total{method=\"POST\",route=\"/ofrep/v1/evaluate/flags/{flag}\",status=\"200\"} 1",
        "serin_http_requests_total{method=\"POST\",route=\"/api/v1/projects\",status=\"201\"} 1",
        "serin_http_request_duration_seconds_bucket{le=\"0.001\",route=\"/ofrep/v1/evaluate/flags/{flag}\"}",
        "serin_evaluations_total{protocol=\"ofrep\"} 1",
        "serin_streams{protocol=\"sdk\"} 1",
        "serin_snapshot_revision{project=\"shop\",environment=\"production\"} 2",
        "serin_writer_queue 0",
        "# EOF",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let _: Value = anyone.get("/openapi.json").await.expect(200).json();
}

on_both! {
    a_ruleset_has_a_tag_and_comes_compressed,
    a_stream_brings_the_ruleset_and_each_patch_and_resumes,
    a_revoked_key_ends_its_streams_and_opens_nothing,
    telemetry_is_counted_once_and_shown,
    people_are_told_what_changes,
    a_shutdown_says_goodbye,
    health_and_metrics,
}
