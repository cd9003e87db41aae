//! Proxies that refuse streams, or hold back what they bring.

use std::time::Duration;

use serin_sdk::{Client, ClientBuilder, Context, Mode, Problem};

use crate::ruleset::{patch, put};
use crate::server::{Request, Server, Stream, never, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

fn impatient(server: &Server) -> ClientBuilder {
    server
        .client()
        .request_timeout(Duration::from_millis(500))
        .first_byte_limit(Duration::from_millis(250))
        .poll_interval(Duration::from_millis(50))
}

/// What a proxy does with a stream.
enum Proxy {
    Refuses,
    SendsAPage,
    HoldsBackAll,
    HoldsBackTheHead,
    Cuts,
}

impl Proxy {
    /// Gives what has to be held for the time being.
    async fn treat(&self, request: Request) -> (Option<Request>, Option<Stream>) {
        match self {
            Self::Refuses => request.answer("405 Method Not Allowed", "").await,
            Self::SendsAPage => {
                request
                    .answer("200 OK", "content-type: text/html\r\n")
                    .await;
            }
            Self::HoldsBackAll => return (None, Some(request.open().await)),
            Self::HoldsBackTheHead => return (Some(request), None),
            Self::Cuts => drop(request.open().await),
        }
        (None, None)
    }
}

/// The client fetches after each stream that brought nothing, and polls after three.
async fn falls_back(proxy: Proxy) {
    let mut server = Server::start().await;
    server.serve_polls();
    let client = impatient(&server).build().unwrap();
    let mut held = Vec::new();
    for round in 1..=3 {
        let request = within(server.request()).await;
        assert_eq!(request.last_event_id().is_some(), round > 1);
        held.push(proxy.treat(request).await);
        let poll = within(server.poll()).await;
        assert_eq!(poll.headers["authorization"], "Bearer srv_test");
        let tag = poll.headers.get("if-none-match").map(String::as_str);
        if round == 1 {
            // A ruleset is there before the client has made up its mind.
            assert_eq!(tag, None);
            poll.ruleset(put(4, "on"), "\"four\"").await;
            within(client.ready()).await.unwrap();
            assert!(checkout(&client));
        } else {
            assert_eq!(tag, Some("\"four\""));
            poll.answer("304 Not Modified", "").await;
        }
    }
    let status = within(client.when(|status| status.mode == Mode::Poll)).await;
    assert!(status.connected && status.last_error.is_some());

    let poll = within(server.poll()).await;
    poll.ruleset(put(5, "off"), "\"five\"").await;
    within(client.when(|status| status.revision == Some(5))).await;
    assert!(!checkout(&client));
    let poll = within(server.poll()).await;
    assert_eq!(poll.headers["if-none-match"], "\"five\"");
    never(server.request()).await;
}

#[tokio::test]
async fn a_proxy_that_refuses_streams() {
    falls_back(Proxy::Refuses).await;
}

#[tokio::test]
async fn a_proxy_that_answers_with_a_page() {
    falls_back(Proxy::SendsAPage).await;
}

#[tokio::test]
async fn a_proxy_that_holds_back_what_streams_bring() {
    falls_back(Proxy::HoldsBackAll).await;
}

#[tokio::test]
async fn a_proxy_that_does_not_even_answer() {
    falls_back(Proxy::HoldsBackTheHead).await;
}

#[tokio::test]
async fn a_proxy_that_cuts_streams() {
    falls_back(Proxy::Cuts).await;
}

/// A client that polls and has revision 4.
async fn polling(builder: ClientBuilder, server: &mut Server) -> Client {
    server.serve_polls();
    let client = builder.build().unwrap();
    for _ in 0..3 {
        Proxy::Refuses.treat(within(server.request()).await).await;
        let poll = within(server.poll()).await;
        poll.ruleset(put(4, "on"), "\"four\"").await;
    }
    within(client.when(|status| status.mode == Mode::Poll)).await;
    client
}

#[tokio::test]
async fn streams_are_tried_again_now_and_then() {
    let mut server = Server::start().await;
    let retry = Duration::from_millis(300);
    let builder = impatient(&server)
        .stream_retry(retry)
        .poll_interval(Duration::from_secs(3600));
    let client = polling(builder, &mut server).await;
    // One that is refused still leads back to polls at once.
    Proxy::Refuses.treat(within(server.request()).await).await;
    let poll = within(server.poll()).await;
    let status = client.status();
    assert_eq!((status.mode, status.connected), (Mode::Poll, true));
    poll.answer("304 Not Modified", "").await;

    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    let mut stream = request.open().await;
    within(client.when(|status| status.mode == Mode::Stream)).await;
    stream.event("patch", patch(4, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
    stream.end().await;
    // The blockade is over: the next stream may fail as streams do.
    drop(within(server.request()).await);
    within(server.poll())
        .await
        .ruleset(put(5, "off"), "\"five\"")
        .await;
    within(server.request()).await;
    assert_eq!(client.status().mode, Mode::Stream);
}

#[tokio::test]
async fn a_poll_that_fails_is_told_and_tried_again() {
    let mut server = Server::start().await;
    let client = polling(impatient(&server), &mut server).await;
    let poll = within(server.poll()).await;
    poll.answer("500 Internal Server Error", "").await;
    let status = within(client.when(|status| !status.connected)).await;
    let problem = status.last_error.unwrap().problem;
    assert!(matches!(problem, Problem::Refused { status: 500, .. }));
    assert!(checkout(&client));
    within(server.poll())
        .await
        .ruleset(put(6, "off"), "\"six\"")
        .await;
    let status = within(client.when(|status| status.connected)).await;
    assert_eq!((status.revision, status.mode), (Some(6), Mode::Poll));
}

#[tokio::test]
async fn a_poll_brings_no_nonsense() {
    let mut server = Server::start().await;
    let builder = impatient(&server).max_frame_bytes(4096);
    let client = polling(builder, &mut server).await;
    let large = put(6, "off").to_string() + &" ".repeat(5000);
    for body in ["{", "[]", &large] {
        within(server.poll()).await.ruleset(body, "\"bad\"").await;
        within(client.when(|status| !status.connected)).await;
        assert_eq!(client.status().revision, Some(4));
        let poll = within(server.poll()).await;
        // What was there may be what is wrong.
        assert!(!poll.headers.contains_key("if-none-match"));
        poll.ruleset(put(4, "on"), "\"four\"").await;
        within(client.when(|status| status.connected)).await;
    }
    assert_eq!(client.metrics().resyncs, 3);
}

#[tokio::test]
async fn a_server_that_is_overloaded_is_not_asked_for_more() {
    for status in [
        "503 Service Unavailable",
        "429 Too Many Requests",
        "401 Unauthorized",
    ] {
        let mut server = Server::start().await;
        server.serve_polls();
        let client = server.client().build().unwrap();
        within(server.request()).await.answer(status, "").await;
        within(client.when(|status| status.last_error.is_some())).await;
        never(server.poll()).await;
    }
}

/// A stream with nothing to say is silent until the first heartbeat: one that ends before,
/// as connections do, says nothing about proxies.
#[tokio::test]
async fn a_quiet_stream_that_breaks_is_not_a_blocked_one() {
    let mut server = Server::start().await;
    server.serve_polls();
    let builder = server.client().stable_after(Duration::ZERO);
    let builder = builder.first_byte_limit(Duration::from_secs(1));
    let client = builder.build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    drop(stream);
    for _ in 0..4 {
        let quiet = server.stream().await;
        within(client.when(|status| status.connected)).await;
        never(server.poll()).await;
        drop(quiet);
    }
    let _unanswered = within(server.request()).await;
    never(server.poll()).await;
    assert_eq!(client.status().mode, Mode::Stream);
}
