//! The delivery of evaluation counts.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use serin_api::sdk::Telemetry;
use serin_sdk::{Client, Context};

use crate::ruleset::put;
use crate::server::{Request, Server, Stream, never, within};

async fn running(interval: Duration) -> (Server, Client, Stream) {
    let mut server = Server::start().await;
    let client = server
        .client()
        .telemetry_interval(interval)
        .build()
        .unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    (server, client, stream)
}

fn batch(request: &Request) -> Telemetry {
    assert!(
        request.line.starts_with("POST /sdk/v1/telemetry HTTP/1.1"),
        "{}",
        request.line
    );
    assert_eq!(request.headers["authorization"], "Bearer srv_test");
    assert_eq!(request.headers["content-type"], "application/json");
    serde_json::from_str(&request.body).unwrap()
}

fn counts(batch: &Telemetry) -> BTreeMap<(&str, Option<&str>), u64> {
    let counts = batch.evaluations.iter();
    counts
        .map(|count| {
            (
                (count.flag.as_str(), count.variation.as_deref()),
                count.count,
            )
        })
        .collect()
}

fn evaluate(client: &Client, times: u64) {
    for _ in 0..times {
        assert!(client.bool("checkout", &Context::new("u"), false));
    }
}

#[tokio::test]
async fn all_kinds_of_getters_are_counted() {
    let (mut server, client, _stream) = running(Duration::from_secs(3600)).await;
    let user = Context::new("u");
    evaluate(&client, 2);
    assert!(client.bool_detail("checkout", &user, false).value);
    assert_eq!(client.string("checkout", &user, "other type"), "other type");
    assert!(
        client
            .snapshot()
            .evaluate("checkout", &user)
            .error
            .is_none()
    );
    assert!(!client.bool("missing", &user, false));

    let ((), request) = tokio::join!(within(client.shutdown()), async {
        let request = within(server.telemetry()).await;
        let sent = batch(&request);
        request.answer("202 Accepted", "").await;
        sent
    });
    assert_eq!((request.sequence, request.revision), (1, 4));
    assert!(request.from <= request.to);
    let expected = BTreeMap::from([(("checkout", Some("on")), 4), (("checkout", None), 1)]);
    assert_eq!(counts(&request), expected);
    assert_eq!(request.unknown_flags, ["missing"]);
}

#[tokio::test]
async fn a_batch_is_the_same_until_it_is_taken() {
    let (mut server, client, _stream) = running(Duration::from_millis(20)).await;
    evaluate(&client, 3);
    let request = within(server.telemetry()).await;
    let first = batch(&request);
    request.answer("503 Service Unavailable", "").await;

    // What is counted in the meantime is for the next batch. A connection that breaks
    // before the answer leaves open whether the server has it: the number tells.
    evaluate(&client, 2);
    let request = within(server.telemetry()).await;
    assert_eq!(batch(&request), first);
    drop(request);
    let request = within(server.telemetry()).await;
    assert_eq!(batch(&request), first);
    assert_eq!(
        (first.sequence, counts(&first)[&("checkout", Some("on"))]),
        (1, 3)
    );
    request.answer("204 No Content", "").await;

    let request = within(server.telemetry()).await;
    let second = batch(&request);
    assert_eq!(
        (second.sequence, counts(&second)[&("checkout", Some("on"))]),
        (2, 2)
    );
    assert_eq!(second.instance, first.instance);
    assert!(first.to <= second.from);
}

#[tokio::test]
async fn a_batch_that_is_refused_for_good_is_given_up() {
    let (mut server, client, _stream) = running(Duration::from_millis(20)).await;
    evaluate(&client, 1);
    within(server.telemetry())
        .await
        .answer("422 Unprocessable Content", "")
        .await;
    evaluate(&client, 1);
    assert_eq!(batch(&within(server.telemetry()).await).sequence, 2);
}

#[tokio::test]
async fn a_limited_client_waits_as_long_as_it_is_told() {
    let (mut server, client, _stream) = running(Duration::from_millis(20)).await;
    evaluate(&client, 1);
    let request = within(server.telemetry()).await;
    request
        .answer("429 Too Many Requests", "retry-after: 3600\r\n")
        .await;
    never(server.telemetry()).await;
}

#[tokio::test]
async fn nothing_to_tell_is_not_told() {
    let (mut server, _client, _stream) = running(Duration::from_millis(20)).await;
    never(server.telemetry()).await;
}

#[tokio::test]
async fn telemetry_can_be_off() {
    let mut server = Server::start().await;
    let client = server.client().without_telemetry().build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    evaluate(&client, 5);
    within(client.shutdown()).await;
    never(server.telemetry()).await;
}

#[tokio::test]
async fn evaluating_does_not_wait_for_a_server_that_does_not_answer() {
    let (mut server, client, _stream) = running(Duration::from_millis(20)).await;
    evaluate(&client, 1);
    let unanswered = within(server.telemetry()).await;
    evaluate(&client, 10_000);
    drop(unanswered);
    let request = within(server.telemetry()).await;
    assert_eq!(counts(&batch(&request))[&("checkout", Some("on"))], 1);
    request.answer("202 Accepted", "").await;
    let request = within(server.telemetry()).await;
    assert_eq!(counts(&batch(&request))[&("checkout", Some("on"))], 10_000);
}

/// A ruleset in which releases live.
fn live(revision: u64, releases: Value) -> Value {
    let mut whole = put(revision, "on");
    whole["releases"] = releases;
    whole
}

/// The server waits for SDKs to have a stage: one that counts nothing says so by itself.
#[tokio::test]
async fn a_stage_is_acknowledged_though_nothing_was_counted() {
    let (mut server, client, mut stream) = running(Duration::from_millis(20)).await;
    let release = |stage: u64| {
        json!([{"id": "0190a1b2-0000-7000-8000-000000000001", "flag": "checkout", "site": "default",
            "baseline": "off", "candidate": "on", "stage": stage, "epoch": stage + 1}])
    };
    for (sequence, revision) in [(1, 5), (2, 6)] {
        stream
            .event("put", live(revision, release(revision - 5)))
            .await;
        let request = within(server.telemetry()).await;
        let told = batch(&request);
        assert_eq!((told.sequence, told.revision), (sequence, revision));
        assert!(told.evaluations.is_empty() && told.evidence.is_empty() && told.running.is_none());
        request.answer("202 Accepted", "").await;
    }
    // Nobody waits for SDKs to know that it is over.
    let mut changes = client.changes();
    stream.event("put", live(7, json!([]))).await;
    assert_eq!(within(changes.next()).await.unwrap().to, 7);
    never(server.telemetry()).await;
}
