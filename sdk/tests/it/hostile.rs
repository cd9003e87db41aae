//! Servers and networks that mean harm, or are so broken that it comes to the same. The
//! client keeps its ruleset, its memory stays bounded, and it comes back.

use std::time::Duration;

use serde_json::{Value, json};
use serin_sdk::{Client, Context, Problem};

use crate::ruleset::{flag, patch, put};
use crate::server::{Server, Stream, never, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

fn problem(client: &Client) -> Problem {
    client.status().last_error.unwrap().problem
}

/// A client that has revision 4, in which `checkout` is on.
async fn running(
    options: impl FnOnce(serin_sdk::ClientBuilder) -> serin_sdk::ClientBuilder,
) -> (Server, Client, Stream) {
    let mut server = Server::start().await;
    let client = options(server.client()).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    (server, client, stream)
}

/// Five minutes of a network that swallows everything, 150 times as fast: the watchdog
/// notices within its limit, attempts go on, and the client follows again as soon as one
/// gets through.
#[tokio::test]
async fn a_black_hole() {
    let limit = Duration::from_millis(300);
    let (mut server, client, stream) = running(|builder| {
        builder
            .silence_limit(limit)
            .request_timeout(Duration::from_millis(100))
            .backoff(Duration::from_millis(1), Duration::from_millis(200))
    })
    .await;
    let black = tokio::time::Instant::now() + Duration::from_secs(2);
    let mut swallowed = Vec::new();
    while let Ok(request) = tokio::time::timeout_at(black, server.request()).await {
        if swallowed.is_empty() {
            assert_eq!(problem(&client), Problem::Silent(limit));
        }
        assert_eq!(request.last_event_id(), Some("4"));
        swallowed.push(request);
        assert!(checkout(&client));
    }
    assert!(swallowed.len() >= 3, "it gave up");
    assert!(!client.status().connected);

    let mut back = server.stream().await;
    back.event("patch", patch(4, "off")).await;
    let status = within(client.when(|status| status.revision == Some(5))).await;
    assert!(status.connected && status.reconnects >= 1);
    drop((stream, swallowed));
}

/// The program was stopped for longer than a stream may be silent: what came in the
/// meantime counts, and the stream goes on. (Clocks that are set do nothing at all: time
/// is measured on the monotonic one, which `cargo xtask tidy` sees to.)
#[tokio::test]
async fn a_program_that_was_stopped_for_a_while() {
    let limit = Duration::from_millis(200);
    let (mut server, client, mut stream) = running(|builder| builder.silence_limit(limit)).await;
    stream.event("patch", patch(4, "off")).await;
    let stopped = std::time::Instant::now();
    // Nothing else runs on this thread, which is all there is.
    while stopped.elapsed() < limit * 3 {
        std::hint::spin_loop();
    }
    within(client.when(|status| status.revision == Some(5))).await;
    assert_eq!(client.metrics().failures, 0);
    // And then it is as dead as it was.
    assert_eq!(within(server.request()).await.last_event_id(), Some("5"));
}

#[tokio::test]
async fn a_key_that_is_revoked_while_it_is_connected() {
    let (mut server, client, stream) = running(|builder| {
        builder
            .stable_after(Duration::ZERO)
            .unauthorized_retry(Duration::from_millis(300))
    })
    .await;
    stream.end().await;
    let refused = within(server.request()).await;
    let refused_at = tokio::time::Instant::now();
    refused.answer("401 Unauthorized", "").await;
    let status = within(client.when(|status| {
        let error = status.last_error.as_ref();
        error.is_some_and(|error| matches!(error.problem, Problem::Unauthorized { status: 401 }))
    }))
    .await;
    assert_eq!((status.connected, status.revision), (false, Some(4)));
    assert_eq!(client.metrics().unauthorized, 1);

    // Slowly, and for good: the key may be made valid again.
    let request = within(server.request()).await;
    assert!(refused_at.elapsed() >= Duration::from_millis(300));
    assert!(checkout(&client));
    let mut stream = request.open().await;
    stream.event("patch", patch(4, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
}

#[tokio::test]
async fn a_stream_that_drips_without_an_end() {
    let limit = Duration::from_millis(300);
    let (mut server, client, mut stream) = running(|builder| builder.frame_timeout(limit)).await;
    let drip = tokio::spawn(async move {
        loop {
            stream.bytes(b"data").await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let request = within(server.request()).await;
    drip.abort();
    assert_eq!(problem(&client), Problem::Stuck);
    assert_eq!(request.last_event_id(), Some("4"));
}

#[tokio::test]
async fn a_ruleset_that_never_ends() {
    let (mut server, client, mut stream) =
        running(|builder| builder.max_frame_bytes(1 << 16)).await;
    stream.bytes(b"event: put\ndata: {\"flags\":{").await;
    let flood = tokio::spawn(async move {
        loop {
            stream.bytes(&[b' '; 4096]).await;
        }
    });
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), None);
    assert!(matches!(problem(&client), Problem::Senseless(_)));
    let received = client.metrics().bytes_received;
    assert!(received < 1 << 18, "{received} bytes were taken in");
    assert!(flood.await.unwrap_err().is_panic(), "the connection is cut");
    assert!(checkout(&client));
}

#[tokio::test]
async fn changes_that_only_add() {
    let (mut server, client, mut stream) = running(|builder| builder.max_frame_bytes(20_000)).await;
    // Each is small and fits; together they would grow without end.
    let mut flags: Vec<(String, u64)> = vec![("checkout".to_owned(), 4)];
    let flood = tokio::spawn(async move {
        for from in 4.. {
            let key = format!("flag-{from}");
            let mut definition = flag(from + 1, "on");
            definition["description"] = json!("x".repeat(1000));
            flags.push((key.clone(), from + 1));
            let print = serin_engine::ruleset::fingerprint(
                flags
                    .iter()
                    .map(|(key, version)| (serin_engine::ruleset::Kind::Flag, key, *version)),
            );
            let patch = json!({"from": from, "to": from + 1, "flags": {key: definition}, "fingerprint": print});
            stream.event("patch", patch).await;
        }
    });
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), None);
    assert!(problem(&client).to_string().contains("twice"));
    assert!(client.flags().len() < 60);
    assert!(checkout(&client));
    flood.abort();
}

#[tokio::test]
async fn a_revision_beyond_all_others() {
    let (mut server, client, mut stream) = running(|builder| builder).await;
    stream.event("put", put(u64::MAX, "off")).await;
    within(client.when(|status| status.revision == Some(u64::MAX))).await;
    let mut beyond = patch(4, "on");
    beyond["from"] = json!(u64::MAX);
    stream.event("patch", beyond).await;
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), None);
    // The way back is open.
    let mut stream = request.open().await;
    stream.event("put", put(5, "on")).await;
    within(client.when(|status| status.revision == Some(5))).await;
}

/// A server that sends the same thing over and over: programs are told of what changes,
/// and of no more than that.
#[tokio::test]
async fn a_ruleset_over_and_over() {
    let (_server, client, mut stream) = running(|builder| builder).await;
    let mut changes = client.changes();
    for _ in 0..200 {
        stream.event("put", put(4, "on")).await;
        stream
            .bytes(b"retry: 1\nid: 7\nevent: later\ndata: x\n\n:\n")
            .await;
    }
    stream.event("put", put(5, "off")).await;
    let change = within(changes.next()).await.unwrap();
    assert_eq!((change.from, change.to), (Some(4), 5));
}

#[tokio::test]
async fn garbage_and_more_garbage() {
    let (mut server, client, mut stream) = running(|builder| builder.max_frame_bytes(4096)).await;
    let bad: [&[u8]; 6] = [
        b"event: put\ndata: \0\0\0\n\n",
        b"event: put\ndata: {\"format\":1,\"revision\":-1}\n\n",
        b"event: patch\ndata: {\"from\":4,\"to\":18446744073709551616}\n\n",
        b"event: put\ndata: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\n\n",
        &[0xff; 5000],
        &[b'\n', b'd', b'a', b't', b'a', b':', 0xc3, b'\n', b'\n'],
    ];
    for garbage in bad {
        stream.bytes(garbage).await;
        let request = within(server.request()).await;
        assert_eq!(request.last_event_id(), None);
        assert_eq!(client.status().revision, Some(4));
        assert!(checkout(&client));
        stream = request.open().await;
        stream.event("put", put(4, "on")).await;
    }
    assert_eq!(client.metrics().resyncs, 6);
}

#[tokio::test]
async fn the_servers_own_retry_is_heeded() {
    let (mut server, client, mut stream) = running(|builder| builder).await;
    stream.bytes(b"retry: 3600000\n\n").await;
    stream.event("put", put(5, "on")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    stream.end().await;
    within(client.when(|status| !status.connected)).await;
    never(server.request()).await;
}

#[tokio::test]
async fn a_date_to_come_again_is_read_by_the_servers_clock() {
    for (after, comes) in [("00:00:00", true), ("01:00:00", false)] {
        let mut server = Server::start().await;
        let client = server.client().build().unwrap();
        // A server whose clock is years off from this one.
        let headers = format!(
            "date: Fri, 01 Jan 1999 00:00:00 GMT\r\nretry-after: Fri, 01 Jan 1999 {after} GMT\r\n"
        );
        let request = within(server.request()).await;
        request.answer("503 Service Unavailable", &headers).await;
        within(client.when(|status| status.last_error.is_some())).await;
        if comes {
            within(server.request()).await;
        } else {
            never(server.request()).await;
        }
    }
}

#[tokio::test]
async fn nesting_without_end_does_not_end_the_program() {
    let (mut server, _client, mut stream) = running(|builder| builder).await;
    let deep = "[".repeat(200_000);
    stream
        .bytes(format!("event: put\ndata: {deep}\n\n").as_bytes())
        .await;
    assert_eq!(within(server.request()).await.last_event_id(), None);
    let value: Value = put(4, "on");
    assert!(value.is_object());
}
