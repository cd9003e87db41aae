//! What a client says about itself.

use std::time::Duration;

use serin_sdk::{Client, Mode, Source, TestData};

use crate::ruleset::{patch, put};
use crate::server::{Server, within};

#[tokio::test]
async fn a_status_tells_where_flags_come_from_and_since_when() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let status = client.status();
    assert_eq!((status.source, status.mode), (None, Mode::Stream));
    assert_eq!((status.endpoint, status.connected_for), (None, None));
    assert!(status.last_error.is_none());

    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    let status = client.status();
    assert_eq!(status.source, Some(Source::Network));
    assert_eq!(status.endpoint, Some(server.url()));
    assert!(status.connected_for.is_some() && status.reconnects == 0);

    stream.end().await;
    let status = within(client.when(|status| !status.connected)).await;
    assert_eq!(status.connected_for, None);
    let _stream = server.stream().await;
    let status = within(client.when(|status| status.connected)).await;
    assert_eq!(status.reconnects, 1);
}

#[tokio::test]
async fn a_ruleset_grows_stale_while_nothing_is_heard() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let hour = Duration::from_secs(3600);
    assert!(client.status().is_stale(hour));
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    assert!(!client.status().is_stale(hour));
    let moment = Duration::from_millis(200);
    within(async {
        while !client.status().is_stale(moment) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert!(client.status().connected);
    stream.bytes(b":\n\n").await;
    within(client.when(|status| !status.is_stale(moment))).await;
}

#[tokio::test]
async fn metrics_count_what_happened() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    assert!(client.metrics().iter().all(|(_, count)| count == 0));
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    stream.event("patch", patch(4, "off")).await;
    stream.event("patch", patch(9, "on")).await;
    let mut stream = server.stream().await;
    stream.event("put", put(6, "on")).await;
    within(client.when(|status| status.revision == Some(6))).await;
    let metrics = client.metrics();
    assert_eq!((metrics.puts, metrics.patches), (2, 1));
    assert_eq!((metrics.streams_opened, metrics.resyncs), (2, 1));
    assert_eq!((metrics.failures, metrics.polls), (1, 0));
    assert!(metrics.bytes_received > 500);
    assert!(metrics.iter().any(|count| count == ("patches", 1)));
}

#[test]
fn test_data_are_ready_without_a_runtime_and_say_so() {
    let client: Client = TestData::new().client();
    let status = client.status();
    assert_eq!(
        (status.source, status.mode),
        (Some(Source::Test), Mode::Offline)
    );
    assert!(!status.is_stale(Duration::ZERO));
}
