//! The stream as it should be.

use std::time::Duration;

use serde_json::json;
use serin_sdk::{Client, Context, Problem, Reason};

use crate::ruleset::{flag, patch, put};
use crate::server::{Server, never, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

#[tokio::test]
async fn a_put_makes_the_client_ready() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    assert_eq!(client.status().revision, None);

    let request = within(server.request()).await;
    assert!(request.line.starts_with("GET /sdk/v1/stream HTTP/1.1"));
    assert_eq!(request.headers["authorization"], "Bearer srv_test");
    assert_eq!(request.headers["accept"], "text/event-stream");
    assert_eq!(request.last_event_id(), None);
    let mut stream = request.open().await;
    within(client.when(|status| status.connected)).await;
    never(client.ready()).await;

    stream.event("put", put(7, "on")).await;
    within(client.ready()).await.unwrap();
    let detail = client.bool_detail("checkout", &Context::new("user-1"), false);
    assert!(detail.value);
    assert_eq!(detail.variation.as_deref(), Some("on"));
    assert_eq!(detail.reason, Reason::Static);
    assert_eq!((detail.flag_version, detail.revision), (Some(7), Some(7)));
    let status = client.status();
    assert!(status.connected && status.last_error.is_none());
    assert!(status.age.unwrap() < Duration::from_secs(20));
}

#[tokio::test]
async fn patches_follow() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(1, "off")).await;
    for (from, variation) in [(1, "on"), (2, "off"), (3, "on")] {
        stream.event("patch", patch(from, variation)).await;
        within(client.when(|status| status.revision == Some(from + 1))).await;
        assert_eq!(checkout(&client), variation == "on");
    }
}

#[tokio::test]
async fn pieces_of_any_size_make_the_same_ruleset() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut stream = server.stream().await;
    let text = format!(": hello\r\nevent: put\r\ndata: {}\r\n\r\n", put(3, "on"));
    for piece in text.as_bytes().chunks(7) {
        stream.bytes(piece).await;
    }
    within(client.ready()).await.unwrap();
    assert!(checkout(&client));
}

#[tokio::test]
async fn a_large_ruleset_comes_through() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut stream = server.stream().await;
    let flags: serde_json::Map<_, _> = (0..2000)
        .map(|number| (format!("flag-{number}"), flag(1, "on")))
        .collect();
    let document =
        json!({"format": 1, "project": "p", "environment": "e", "revision": 1, "flags": flags});
    stream.event("put", document).await;
    within(client.ready()).await.unwrap();
    assert_eq!(client.flags().len(), 2000);
    assert!(client.bool("flag-1999", &Context::new("u"), false));
}

#[tokio::test]
async fn later_kinds_of_event_and_bad_flags_do_not_matter() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut stream = server.stream().await;
    stream.event("later", "{").await;
    let mut document = put(1, "on");
    document["flags"]["odd"] = json!({"version": 0, "type": "dream"});
    document["fingerprint"] = json!(null);
    stream.event("put", document).await;
    within(client.ready()).await.unwrap();
    assert!(checkout(&client));
    let detail = client.bool_detail("odd", &Context::new("u"), true);
    assert!(detail.value);
    assert_eq!(detail.error.unwrap().code.as_str(), "PARSE_ERROR");
}

#[tokio::test]
async fn a_reconnect_says_what_the_client_has_and_goes_on_from_there() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "off")).await;
    within(client.ready()).await.unwrap();
    stream.end().await;

    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    assert_eq!(client.status().last_error.unwrap().problem, Problem::Closed);
    let mut stream = request.open().await;
    stream.event("patch", patch(4, "on")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    assert!(checkout(&client));
}

#[tokio::test]
async fn a_goodbye_is_obeyed_to_the_letter() {
    let mut server = Server::start().await;
    let hour = Duration::from_secs(3600);
    let client = server.client().backoff(hour, hour).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    stream.event("goodbye", json!({"retry_ms": 5})).await;

    // The client's own wait would be minutes.
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    assert_eq!(
        client.status().last_error.unwrap().problem,
        Problem::Goodbye
    );
    let mut stream = request.open().await;
    stream
        .event("goodbye", json!({"retry_ms": 3_600_000}))
        .await;
    within(stream.closed()).await;
    within(client.when(|status| !status.connected)).await;
    never(server.request()).await;
    assert!(checkout(&client));
}

#[tokio::test]
async fn heartbeats_keep_a_stream_alive_and_silence_ends_it() {
    let mut server = Server::start().await;
    let limit = Duration::from_millis(1500);
    let client = server.client().silence_limit(limit).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();

    let until = tokio::time::Instant::now() + limit * 3 / 2;
    while tokio::time::Instant::now() < until {
        stream.bytes(b":\n\n").await;
        never(server.request()).await;
    }
    assert!(client.status().connected);

    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    let problem = client.status().last_error.unwrap().problem;
    assert_eq!(problem, Problem::Silent(limit));
    assert!(checkout(&client));
}
