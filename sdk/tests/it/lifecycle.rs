//! Building, shutting down, and doing without a server.

use std::time::Duration;

use serde_json::{Value, json};
use serin_sdk::{BuildError, Client, Context, Document, NotReady};

use crate::ruleset::put;
use crate::server::{Server, within};

#[test]
fn a_client_needs_a_runtime() {
    let error = Client::builder("http://127.0.0.1:1", "k")
        .build()
        .unwrap_err();
    assert!(matches!(error, BuildError::NoRuntime));
}

#[tokio::test]
async fn addresses_and_keys_that_make_no_sense_are_refused() {
    for url in [
        "",
        "flags.example.com",
        "ftp://example.com",
        "http://x/?a=b",
        "http://x/#a",
    ] {
        let error = Client::builder(url, "k").build().unwrap_err();
        assert!(matches!(error, BuildError::Url { .. }), "{url}: {error}");
    }
    for key in ["", "a\nb"] {
        let error = Client::builder("http://127.0.0.1:1", key)
            .build()
            .unwrap_err();
        assert!(matches!(error, BuildError::Key), "{key:?}: {error}");
    }
    let builder = Client::builder("https://127.0.0.1:1", "k").root_certificates(b"no PEM");
    assert!(matches!(builder.build().unwrap_err(), BuildError::Tls(_)));
}

#[test]
fn a_builder_does_not_show_its_key() {
    let shown = format!("{:?}", Client::builder("http://x", "srv_secret"));
    assert!(!shown.contains("secret"), "{shown}");
}

#[tokio::test]
async fn an_address_may_have_a_path() {
    let mut server = Server::start().await;
    let url = format!("http://{}/flags/", server.address);
    let _client = Client::builder(url, "k").build().unwrap();
    // Whatever is not the stream's own path ends up here.
    let request = within(server.telemetry()).await;
    assert!(
        request.line.starts_with("GET /flags/sdk/v1/stream "),
        "{}",
        request.line
    );
}

#[tokio::test]
async fn a_shutdown_delivers_the_counts_and_evaluation_goes_on() {
    let mut server = Server::start().await;
    let builder = server
        .client()
        .telemetry_interval(Duration::from_secs(3600));
    let client = builder.build().unwrap();
    let mut changes = client.changes();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(changes.next()).await.unwrap();
    assert!(client.bool("checkout", &Context::new("u"), false));

    let clone = client.clone();
    tokio::join!(within(client.shutdown()), async {
        let request = within(server.telemetry()).await;
        assert!(request.body.contains("\"count\":1"), "{}", request.body);
        request.answer("202 Accepted", "").await;
    });
    within(stream.closed()).await;
    assert!(clone.status().shut_down && !clone.status().connected);
    assert!(clone.bool("checkout", &Context::new("u"), false));
    assert_eq!(within(changes.next()).await, None);
    // Once more does no harm.
    within(clone.shutdown()).await;
}

#[tokio::test]
async fn a_shutdown_does_not_wait_for_a_server_that_does_not_answer() {
    let mut server = Server::start().await;
    let builder = server.client().flush_timeout(Duration::from_millis(50));
    let client = builder.build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    assert!(client.bool("checkout", &Context::new("u"), false));
    within(client.shutdown()).await;
    assert!(client.status().shut_down);
}

#[tokio::test]
async fn dropping_the_last_clone_shuts_down() {
    let mut server = Server::start().await;
    let builder = server
        .client()
        .telemetry_interval(Duration::from_secs(3600));
    let client = builder.build().unwrap();
    let clone = client.clone();
    let mut changes = client.changes();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    drop(client);
    assert!(clone.bool("checkout", &Context::new("u"), false));
    drop(clone);
    within(server.telemetry())
        .await
        .answer("202 Accepted", "")
        .await;
    within(stream.closed()).await;
    within(changes.next()).await.unwrap();
    assert_eq!(within(changes.next()).await, None);
}

#[tokio::test]
async fn a_shutdown_before_the_first_ruleset_ends_the_waiting() {
    let server = Server::start().await;
    let client = server.client().build().unwrap();
    let (ready, ()) = tokio::join!(within(client.ready()), within(client.shutdown()));
    assert_eq!(ready, Err(NotReady::ShutDown));
}

#[test]
fn a_client_survives_its_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let client = runtime.block_on(async {
        let mut server = Server::start().await;
        let client = server.client().build().unwrap();
        let mut stream = server.stream().await;
        stream.event("put", put(4, "on")).await;
        within(client.ready()).await.unwrap();
        client
    });
    drop(runtime);
    assert!(client.status().shut_down);
    assert!(client.bool("checkout", &Context::new("u"), false));
}

#[tokio::test]
async fn a_document_does_for_a_server() {
    let document: Document = serde_json::from_value(put(9, "on")).unwrap();
    let client = Client::offline(document).unwrap();
    client.ready().await.unwrap();
    assert_eq!(client.status().revision, Some(9));
    assert!(client.bool("checkout", &Context::new("u"), false));
    client.shutdown().await;
    assert!(client.bool("checkout", &Context::new("u"), false));

    let mut lying = put(9, "on");
    lying["fingerprint"] = json!("0000000000000000");
    let document: Document = serde_json::from_value(lying).unwrap();
    assert!(Client::offline(document).is_err());
    assert!(serde_json::from_value::<Document>(Value::Null).is_err());
}
