//! Several addresses of one environment.

use std::time::Duration;

use serin_sdk::{Client, ClientBuilder, Context, Problem};

use crate::ruleset::{patch, put};
use crate::server::{Server, Stream, never, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

fn client(first: &Server, second: &Server) -> ClientBuilder {
    first
        .client()
        .failover(second.url())
        .failback(Duration::from_secs(3600))
}

/// A client that has revision 4 from the first of two servers.
async fn running(builder: ClientBuilder, first: &mut Server) -> (Client, Stream) {
    let client = builder.build().unwrap();
    let mut stream = first.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    assert_eq!(client.status().endpoint, Some(first.url()));
    (client, stream)
}

#[tokio::test]
async fn the_second_takes_over_from_where_the_first_failed() {
    let (mut first, mut second) = (Server::start().await, Server::start().await);
    let (client, stream) = running(client(&first, &second), &mut first).await;
    first.stop().await;
    drop(stream);

    let request = within(second.request()).await;
    assert_eq!(request.headers["authorization"], "Bearer srv_test");
    assert_eq!(request.last_event_id(), Some("4"));
    let mut stream = request.open().await;
    stream.event("patch", patch(4, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    assert!(!checkout(&client));
    assert_eq!(client.status().endpoint, Some(second.url()));
    assert_eq!(client.metrics().failovers, 1);

    // What is counted goes there as well.
    let counts = within(second.telemetry()).await;
    assert!(counts.body.contains("checkout"), "{}", counts.body);
}

#[tokio::test]
async fn one_that_falls_silent_is_not_asked_again_before_the_second() {
    let (mut first, mut second) = (Server::start().await, Server::start().await);
    let builder = client(&first, &second)
        .silence_limit(Duration::from_millis(500))
        // However long it had served well.
        .stable_after(Duration::ZERO);
    let (_client, _silent) = running(builder, &mut first).await;

    let request = within(second.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    never(first.request()).await;
}

#[tokio::test]
async fn a_start_does_not_need_the_first() {
    let (first, mut second) = (Server::start().await, Server::start().await);
    let builder = client(&first, &second);
    first.stop().await;
    let client = builder.build().unwrap();
    let mut stream = second.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
}

#[tokio::test]
async fn a_refused_key_or_a_full_server_is_left_alone_while_the_other_serves() {
    for status in ["401 Unauthorized", "503 Service Unavailable"] {
        let (mut first, mut second) = (Server::start().await, Server::start().await);
        let client = client(&first, &second).build().unwrap();
        let request = within(first.request()).await;
        request.answer(status, "retry-after: 3600\r\n").await;
        // Its stream ends as well: the first is still not asked.
        let stream = second.stream().await;
        within(client.when(|status| status.connected)).await;
        stream.end().await;
        within(second.request()).await;
        never(first.request()).await;
    }
}

#[tokio::test]
async fn the_client_goes_back_when_the_first_is_back() {
    let (first, mut second) = (Server::start().await, Server::start().await);
    let builder = client(&first, &second).failback(Duration::from_millis(100));
    let address = first.stop().await;
    let client = builder.build().unwrap();
    let mut stream = second.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();

    let mut first = Server::start_at(address).await;
    // It looks first, and leaves the second one when there is a stream to be had.
    let look = within(first.request()).await;
    assert!(client.status().connected);
    assert_eq!(client.status().endpoint, Some(second.url()));
    let looked_at = look.open().await;
    within(stream.closed()).await;
    let request = within(first.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    let mut stream = request.open().await;
    within(looked_at.closed()).await;
    stream.event("patch", patch(4, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    assert_eq!(client.status().endpoint, Some(first.url()));
    assert_eq!(client.metrics().failbacks, 1);
    never(second.request()).await;
}

#[tokio::test]
async fn a_first_that_is_not_back_yet_does_not_disturb() {
    let (first, mut second) = (Server::start().await, Server::start().await);
    let builder = client(&first, &second).failback(Duration::from_millis(20));
    let address = first.stop().await;
    let client = builder.build().unwrap();
    let mut stream = second.stream().await;
    stream.event("put", put(4, "on")).await;
    let mut first = Server::start_at(address).await;
    for _ in 0..3 {
        let look = within(first.request()).await;
        look.answer("503 Service Unavailable", "").await;
    }
    stream.event("patch", patch(4, "off")).await;
    let status = within(client.when(|status| status.revision == Some(5))).await;
    assert!(status.connected && status.reconnects == 0);
}

#[tokio::test]
async fn one_that_is_behind_takes_nothing_back() {
    let (mut first, mut second) = (Server::start().await, Server::start().await);
    let (client, stream) = running(client(&first, &second), &mut first).await;
    let address = first.stop().await;
    drop(stream);
    let mut behind = second.stream().await;
    behind.event("put", put(3, "off")).await;
    within(behind.closed()).await;
    let behind = Problem::Behind {
        have: 4,
        offered: 3,
    };
    within(client.when(|status| {
        let error = status.last_error.as_ref();
        error.is_some_and(|error| error.problem == behind)
    }))
    .await;
    assert!(checkout(&client));

    // The one that it came from may go back, as after a restored backup.
    let mut first = Server::start_at(address).await;
    let mut stream = first.stream().await;
    stream.event("put", put(2, "off")).await;
    within(client.when(|status| status.revision == Some(2))).await;
    assert!(!checkout(&client));
}

#[tokio::test]
async fn streams_that_are_blocked_everywhere_are_polled_for_where_that_works() {
    let (mut first, mut second) = (Server::start().await, Server::start().await);
    second.serve_polls();
    let client = client(&first, &second).build().unwrap();
    for _ in 0..3 {
        within(first.request())
            .await
            .answer("404 Not Found", "")
            .await;
        within(second.request())
            .await
            .answer("404 Not Found", "")
            .await;
        // The first one does not serve polls either.
        within(second.poll())
            .await
            .ruleset(put(4, "on"), "\"four\"")
            .await;
    }
    let status = within(client.when(|status| status.mode == serin_sdk::Mode::Poll)).await;
    assert_eq!(status.endpoint, Some(second.url()));
    assert!(checkout(&client));
}
