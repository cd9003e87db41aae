//! What a client begins with: a bootstrap, the copy on the disk, or nothing.

use std::fs;
use std::time::Duration;

use serde_json::json;
use serin_sdk::{BootstrapError, BuildError, Client, Context, Document, Mode, NotReady, Source};

use crate::ruleset::{patch, put};
use crate::server::{Server, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

fn document(revision: u64, variation: &str) -> Document {
    serde_json::from_value(put(revision, variation)).unwrap()
}

#[tokio::test]
async fn a_bootstrap_serves_until_the_server_is_heard_of() {
    let mut server = Server::start().await;
    let builder = server.client().bootstrap(document(4, "on"));
    let client = builder.build().unwrap();
    // Without waiting.
    assert!(checkout(&client));
    client.ready().await.unwrap();
    let status = client.status();
    assert_eq!(status.source, Some(Source::Bootstrap));
    assert_eq!((status.revision, status.age), (Some(4), None));
    assert!(!status.connected && status.is_stale(Duration::from_secs(3600)));

    // People may have edited it: the server must not go on from it.
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), None);
    let mut stream = request.open().await;
    stream.event("put", put(3, "off")).await;
    let status = within(client.when(|status| status.source == Some(Source::Network))).await;
    assert_eq!(status.revision, Some(3));
    assert!(!checkout(&client));
    assert!(!status.is_stale(Duration::from_secs(3600)));
    // From the server's own ruleset it may.
    stream.end().await;
    assert_eq!(within(server.request()).await.last_event_id(), Some("3"));
}

#[tokio::test]
async fn a_change_does_not_lead_on_from_a_bootstrap_that_does_not_fit() {
    let mut server = Server::start().await;
    let mut edited = document(4, "on");
    edited.fingerprint = None;
    edited.flags.remove("checkout");
    let client = server.client().bootstrap(edited).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("patch", patch(4, "off")).await;
    let mut stream = server.stream().await;
    stream.event("put", put(5, "off")).await;
    within(client.when(|status| status.revision == Some(5))).await;
}

#[tokio::test]
async fn a_bootstrap_comes_from_a_file_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.json");
    fs::write(&path, put(4, "on").to_string()).unwrap();
    let builder = Client::builder("http://127.0.0.1:1", "k");
    let client = builder.clone().bootstrap_file(&path).build().unwrap();
    assert!(checkout(&client));

    let refused = |builder: serin_sdk::ClientBuilder| match builder.build().unwrap_err() {
        BuildError::Bootstrap(error) => error,
        other => panic!("{other}"),
    };
    let small = builder.clone().max_frame_bytes(10).bootstrap_file(&path);
    assert!(matches!(refused(small), BootstrapError::TooLarge(10)));
    fs::write(&path, "{").unwrap();
    let broken = refused(builder.clone().bootstrap_file(&path));
    assert!(matches!(broken, BootstrapError::Ruleset(_)));
    fs::remove_file(&path).unwrap();
    let absent = refused(builder.bootstrap_file(&path));
    assert!(matches!(absent, BootstrapError::File(_)));
}

#[test]
fn offline_needs_neither_runtime_nor_server() {
    let builder = Client::builder("https://flags.example.com", "k").offline();
    let client = builder.bootstrap(document(9, "on")).build().unwrap();
    assert!(checkout(&client));
    let status = client.status();
    assert_eq!((status.mode, status.revision), (Mode::Offline, Some(9)));
    assert!(!status.is_stale(Duration::ZERO) && !status.connected);
}

#[tokio::test]
async fn offline_asks_nobody_and_does_not_wait_for_nothing() {
    let mut server = Server::start().await;
    let client = server.client().offline().build().unwrap();
    assert_eq!(within(client.ready()).await, Err(NotReady::Offline));
    assert!(client.status().is_stale(Duration::from_secs(1)));
    assert!(client.bool("checkout", &Context::new("u"), true));
    crate::server::never(server.request()).await;
    within(client.shutdown()).await;
}

#[test]
fn a_file_does_for_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("flags.json");
    fs::write(&path, put(4, "on").to_string()).unwrap();
    let client = Client::offline_from_file(&path).unwrap();
    assert!(checkout(&client));
    assert_eq!(client.status().mode, Mode::Offline);
    fs::write(&path, json!({"format": 7}).to_string()).unwrap();
    assert!(Client::offline_from_file(&path).is_err());
}
