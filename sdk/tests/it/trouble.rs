//! Servers and networks that do not behave.

use std::time::Duration;

use serde_json::{Value, json};
use serin_sdk::{Client, Context, NotReady, Problem};

use crate::ruleset::{patch, put};
use crate::server::{Server, Stream, never, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

fn problem(client: &Client) -> Problem {
    client.status().last_error.unwrap().problem
}

/// A client that has revision 4, in which `checkout` is on.
async fn running(max_frame_bytes: usize) -> (Server, Client, Stream) {
    let mut server = Server::start().await;
    let client = server
        .client()
        .max_frame_bytes(max_frame_bytes)
        .build()
        .unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    (server, client, stream)
}

/// Sends bytes that make no sense, and expects the client to ask for all anew while it
/// evaluates from what it has.
async fn resynchronises(bytes: &[u8]) {
    let (mut server, client, mut stream) = running(4096).await;
    stream.bytes(bytes).await;
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), None);
    assert!(
        matches!(problem(&client), Problem::Senseless(_)),
        "{:?}",
        problem(&client)
    );
    assert_eq!(client.status().revision, Some(4));
    assert!(checkout(&client));

    let mut stream = request.open().await;
    stream.event("put", put(6, "off")).await;
    within(client.when(|status| status.revision == Some(6))).await;
    assert!(!checkout(&client));
}

async fn bad_patch(member: &str, value: Value) {
    let mut patch = patch(4, "off");
    patch[member] = value;
    resynchronises(format!("event: patch\ndata: {patch}\n\n").as_bytes()).await;
}

#[tokio::test]
async fn a_gap_in_the_revisions() {
    bad_patch("from", json!(5)).await;
}

#[tokio::test]
async fn a_patch_that_leads_backwards() {
    bad_patch("to", json!(2)).await;
}

#[tokio::test]
async fn a_lying_fingerprint() {
    bad_patch("fingerprint", json!("0123456789abcdef")).await;
}

#[tokio::test]
async fn a_patch_of_another_shape() {
    bad_patch("flags", json!(["checkout"])).await;
}

#[tokio::test]
async fn a_patch_that_is_not_json() {
    resynchronises(b"event: patch\ndata: {\"from\": 4, \"to\n\n").await;
}

#[tokio::test]
async fn a_put_of_another_format() {
    resynchronises(b"event: put\ndata: {\"format\": 99}\n\n").await;
}

#[tokio::test]
async fn an_event_that_is_not_utf8() {
    resynchronises(b"event: patch\ndata: \xff\xfe\n\n").await;
}

#[tokio::test]
async fn a_frame_without_end() {
    resynchronises(&[b'x'; 5000]).await;
}

#[tokio::test]
async fn a_frame_of_too_many_lines() {
    resynchronises("data: 0123456789\n".repeat(500).as_bytes()).await;
}

#[tokio::test]
async fn a_server_that_always_lies_is_not_asked_in_a_frenzy() {
    let mut server = Server::start().await;
    let hour = Duration::from_secs(3600);
    let client = server.client().backoff(hour, hour).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", json!({"format": 2})).await;
    within(client.when(|status| status.last_error.is_some())).await;
    never(server.request()).await;
}

#[tokio::test]
async fn a_long_lived_stream_that_stops_making_sense_is_mended_at_once() {
    let mut server = Server::start().await;
    let hour = Duration::from_secs(3600);
    let builder = server.client().backoff(hour, hour);
    let client = builder.stable_after(Duration::ZERO).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    stream.event("patch", patch(9, "off")).await;
    assert_eq!(within(server.request()).await.last_event_id(), None);
    assert!(checkout(&client));
}

#[tokio::test]
async fn a_connection_cut_in_the_middle_of_a_frame() {
    let (mut server, client, mut stream) = running(1 << 20).await;
    let event = format!("event: patch\ndata: {}\n", patch(4, "off"));
    stream.bytes(event.as_bytes()).await;
    drop(stream);

    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    assert!(checkout(&client));
    // The half frame is forgotten.
    let mut stream = request.open().await;
    stream.bytes(b"\n").await;
    stream.event("patch", patch(4, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    assert!(!checkout(&client));
}

#[tokio::test]
async fn evaluation_goes_on_while_the_server_is_away() {
    let (server, client, stream) = running(1 << 20).await;
    let address = server.stop().await;
    drop(stream);
    within(client.when(|status| {
        matches!(
            status.last_error.as_ref().map(|error| &error.problem),
            Some(Problem::Unreachable(reason)) if reason.contains("refused")
        )
    }))
    .await;
    assert!(checkout(&client));
    let status = client.status();
    assert!(!status.connected);
    assert_eq!(status.revision, Some(4));

    let mut server = Server::start_at(address).await;
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    let mut stream = request.open().await;
    stream.event("patch", patch(4, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    assert!(client.status().connected);
}

#[tokio::test]
async fn a_refused_key_is_told_and_tried_again() {
    for status in ["401 Unauthorized", "403 Forbidden"] {
        let mut server = Server::start().await;
        let builder = server
            .client()
            .unauthorized_retry(Duration::from_millis(10));
        let client = builder.build().unwrap();
        within(server.request()).await.answer(status, "").await;
        let request = within(server.request()).await;
        let status = status[..3].parse().unwrap();
        assert_eq!(problem(&client), Problem::Unauthorized { status });
        let mut stream = request.open().await;
        stream.event("put", put(1, "on")).await;
        within(client.ready()).await.unwrap();
    }
}

#[tokio::test]
async fn a_refused_key_is_tried_slowly() {
    let mut server = Server::start().await;
    let builder = server
        .client()
        .unauthorized_retry(Duration::from_secs(3600));
    let client = builder.build().unwrap();
    within(server.request())
        .await
        .answer("401 Unauthorized", "")
        .await;
    within(client.when(|status| status.last_error.is_some())).await;
    never(server.request()).await;
    let error = client
        .ready_within(Duration::from_millis(1))
        .await
        .unwrap_err();
    assert!(matches!(
        &error,
        NotReady::Timeout {
            last_error: Some(_),
            ..
        }
    ));
    assert!(
        error.to_string().contains("does not accept the key"),
        "{error}"
    );
}

#[tokio::test]
async fn an_overloaded_server_says_when_to_come_again() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let request = within(server.request()).await;
    request
        .answer("503 Service Unavailable", "retry-after: 3600\r\n")
        .await;
    within(client.when(|status| status.last_error.is_some())).await;
    assert!(matches!(
        problem(&client),
        Problem::Refused { status: 503, .. }
    ));
    never(server.request()).await;
}

#[tokio::test]
async fn answers_that_are_no_stream_are_told_apart() {
    for (status, headers, reason) in [
        ("404 Not Found", "", "404"),
        (
            "200 OK",
            "content-type: text/html\r\n",
            "without an event stream",
        ),
        (
            "307 Temporary Redirect",
            "location: https://new.example\r\n",
            "https://new.example",
        ),
    ] {
        let mut server = Server::start().await;
        let client = server.client().build().unwrap();
        within(server.request()).await.answer(status, headers).await;
        let request = within(server.request()).await;
        assert!(
            problem(&client).to_string().contains(reason),
            "{}",
            problem(&client)
        );
        let mut stream = request.open().await;
        stream.event("put", put(1, "on")).await;
        within(client.ready()).await.unwrap();
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let mut server = Server::start().await;
    let builder = server.client().request_timeout(Duration::from_millis(50));
    let client = builder.build().unwrap();
    let unanswered = within(server.request()).await;
    let request = within(server.request()).await;
    assert!(matches!(problem(&client), Problem::Unreachable(reason) if reason.contains("50ms")));
    drop((unanswered, request));
}
