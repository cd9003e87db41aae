//! The copy on the disk.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use serin_sdk::{Client, ClientBuilder, Context, Document, Mode, Source};
use tempfile::TempDir;

use crate::ruleset::{flag, patch, put};
use crate::server::{Server, within};

fn checkout(client: &Client) -> bool {
    client.bool("checkout", &Context::new("user-1"), false)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn only_file(folder: &Path) -> PathBuf {
    let files = files(folder);
    assert_eq!(files.len(), 1, "{files:?}");
    files[0].clone()
}

/// A client that was there before, so that there is a copy of a ruleset. Gives the
/// options of clients that find it, and no server.
async fn after_a_run(events: &[(&str, Value)]) -> (TempDir, ClientBuilder) {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start().await;
    let builder = server.client().cache(folder.path());
    let client = builder.clone().build().unwrap();
    let mut stream = server.stream().await;
    for (name, event) in events {
        stream.event(name, event).await;
    }
    let metrics = |client: &Client| client.metrics().puts + client.metrics().patches;
    within(client.when(|_| metrics(&client) == events.len() as u64)).await;
    within(client.shutdown()).await;
    server.stop().await;
    (folder, builder)
}

#[tokio::test]
async fn a_start_without_a_network_begins_where_the_last_run_ended() {
    let (_folder, builder) =
        after_a_run(&[("put", put(4, "off")), ("patch", patch(4, "on"))]).await;
    let client = builder.clone().build().unwrap();
    assert!(checkout(&client));
    within(client.ready()).await.unwrap();
    let status = client.status();
    assert_eq!(status.source, Some(Source::Cache));
    assert_eq!((status.revision, status.age), (Some(5), None));

    let offline = builder.offline().build().unwrap();
    assert!(checkout(&offline));
    let status = offline.status();
    assert_eq!(
        (status.mode, status.source),
        (Mode::Offline, Some(Source::Cache))
    );
}

#[tokio::test]
async fn the_server_goes_on_from_the_copy_and_the_copy_goes_on_from_there() {
    let mut whole = put(4, "off");
    whole["flags"]["other"] = flag(1, "on");
    whole["releases"] = json!([{"id": "r1"}]);
    whole["fingerprint"] = json!(null);
    let (folder, builder) = after_a_run(&[("put", whole)]).await;
    let written = fs::read_to_string(only_file(folder.path())).unwrap();
    assert!(written.contains(r#""releases":[{"id":"r1"}]"#), "{written}");

    let mut server = Server::start().await;
    // The address is a part of what a copy is bound to; so the test moves the copy.
    let address = server.url();
    drop(builder);
    let folder = tempfile::tempdir().unwrap();
    let builder = Client::builder(&address, "srv_test").cache(folder.path());
    let client = builder.clone().build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "off")).await;
    within(client.ready()).await.unwrap();
    within(client.shutdown()).await;

    let client = builder.clone().build().unwrap();
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), Some("4"));
    let mut stream = request.open().await;
    stream.event("patch", patch(4, "on")).await;
    within(client.when(|status| status.source == Some(Source::Network))).await;
    within(client.shutdown()).await;

    let client = builder.offline().build().unwrap();
    assert_eq!(client.status().revision, Some(5));
    assert!(checkout(&client));
}

#[tokio::test]
async fn the_first_ruleset_is_written_at_once_and_for_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let inside = folder.path().join("made/for/it");
    let mut server = Server::start().await;
    let client = server.client().cache(&inside).build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    within(async {
        while client.metrics().cache_writes == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let file = only_file(&inside);
    let text = fs::read_to_string(&file).unwrap();
    assert!(!text.contains("srv_test"), "the key is on the disk");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&file), 0o600);
        assert_eq!(mode(&inside), 0o700);
    }
}

/// A copy that was tampered with is not taken, and the next ruleset takes its place.
async fn is_replaced(tamper: impl FnOnce(&str) -> Vec<u8>) {
    let (folder, builder) = after_a_run(&[("put", put(4, "on"))]).await;
    let file = only_file(folder.path());
    let text = fs::read_to_string(&file).unwrap();
    let bad = tamper(&text);
    assert_ne!(bad, text.as_bytes());
    fs::write(&file, &bad).unwrap();
    let client = builder.clone().offline().build().unwrap();
    assert_eq!(client.status().revision, None);
    assert!(!checkout(&client));
    drop(client);

    // The same address again.
    let address = builder_address(&builder);
    let mut server = Server::start_at(address).await;
    let client = builder.clone().build().unwrap();
    let request = within(server.request()).await;
    assert_eq!(request.last_event_id(), None);
    let mut stream = request.open().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    within(client.shutdown()).await;
    assert_eq!(fs::read_to_string(only_file(folder.path())).unwrap(), text);
}

fn builder_address(builder: &ClientBuilder) -> std::net::SocketAddr {
    let shown = format!("{builder:?}");
    let (_, rest) = shown.split_once("http://").unwrap();
    rest.split('"').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_copy_that_was_edited() {
    is_replaced(|text| {
        text.replace(r#""enabled":true"#, r#""enabled":null"#)
            .into_bytes()
    })
    .await;
}

#[tokio::test]
async fn a_copy_that_was_cut_short() {
    is_replaced(|text| text.as_bytes()[..text.len() - 5].to_vec()).await;
}

#[tokio::test]
async fn a_copy_that_is_empty_or_garbage() {
    is_replaced(|_| Vec::new()).await;
    is_replaced(|_| vec![0xff; 3000]).await;
}

#[tokio::test]
async fn a_copy_of_a_later_format() {
    is_replaced(|text| text.replacen("copy 1", "copy 2", 1).into_bytes()).await;
}

#[tokio::test]
async fn a_copy_is_bound_to_its_address_and_key() {
    let (folder, builder) = after_a_run(&[("put", put(4, "on"))]).await;
    let file = only_file(folder.path());
    let address = format!("http://{}", builder_address(&builder));
    for (url, key) in [(&*address, "srv_other"), ("http://127.0.0.1:1", "srv_test")] {
        let other = Client::builder(url, key).cache(folder.path()).offline();
        assert_eq!(other.build().unwrap().status().revision, None);
    }
    // Not even where it is put under the other one's name.
    let other = tempfile::tempdir().unwrap();
    let mut server = Server::start().await;
    let builder = server.client().cache(other.path());
    let client = builder.clone().build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(1, "off")).await;
    within(client.ready()).await.unwrap();
    within(client.shutdown()).await;
    fs::copy(&file, only_file(other.path())).unwrap();
    assert_eq!(builder.offline().build().unwrap().status().revision, None);
}

#[tokio::test]
async fn a_copy_is_bounded() {
    let (folder, builder) = after_a_run(&[("put", put(4, "on"))]).await;
    let small = builder.max_frame_bytes(100).offline();
    assert_eq!(small.build().unwrap().status().revision, None);
    drop(folder);
}

#[tokio::test]
async fn of_a_copy_and_a_bootstrap_the_newer_is_taken() {
    let (_folder, builder) = after_a_run(&[("put", put(4, "on"))]).await;
    let with = |revision, environment: &str| {
        let mut document = put(revision, "off");
        document["environment"] = json!(environment);
        let document: Document = serde_json::from_value(document).unwrap();
        let client = builder.clone().offline().bootstrap(document).build();
        client.unwrap().status().source
    };
    assert_eq!(with(3, "test"), Some(Source::Cache));
    assert_eq!(with(5, "test"), Some(Source::Bootstrap));
    // Revisions of different environments cannot be compared.
    assert_eq!(with(5, "another"), Some(Source::Cache));
}

/// Whatever is in the copy's place must not hold up a start.
#[cfg(unix)]
#[tokio::test]
async fn what_is_no_file_is_no_copy() {
    let (folder, builder) = after_a_run(&[("put", put(4, "on"))]).await;
    let file = only_file(folder.path());
    fs::remove_file(&file).unwrap();
    let made = std::process::Command::new("mkfifo").arg(&file).status();
    assert!(made.unwrap().success());
    // Opening it for reading would wait for somebody who writes.
    assert_eq!(builder.offline().build().unwrap().status().revision, None);
}

#[tokio::test]
async fn a_disk_that_refuses_does_no_harm() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    let mut server = Server::start().await;
    // A folder below a file can neither be read nor made.
    let builder = server.client().without_telemetry();
    let builder = builder.cache(file.join("folder"));
    let client = builder.build().unwrap();
    let mut stream = server.stream().await;
    stream.event("put", put(4, "on")).await;
    within(client.ready()).await.unwrap();
    assert!(checkout(&client));
    within(async {
        while client.metrics().cache_failures == 0 {
            tokio::task::yield_now().await;
        }
    })
    .await;
    within(client.shutdown()).await;
}
