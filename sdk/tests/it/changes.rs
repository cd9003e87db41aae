//! What programs are told of changes.

use std::collections::BTreeSet;

use serde_json::json;
use serin_sdk::TestData;

use crate::ruleset::{flag, patch, put};
use crate::server::{Server, within};

fn keys(keys: &[&str]) -> BTreeSet<String> {
    keys.iter().map(|key| (*key).to_owned()).collect()
}

#[tokio::test]
async fn each_ruleset_is_a_change_with_the_flags_that_changed() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut changes = client.changes();
    let mut stream = server.stream().await;

    let mut document = put(3, "on");
    document["flags"]["other"] = flag(1, "on");
    document["fingerprint"] = json!(null);
    stream.event("put", &document).await;
    let change = within(changes.next()).await.unwrap();
    assert_eq!((change.from, change.to), (None, 3));
    assert_eq!(change.flags, keys(&["checkout", "other"]));
    // A change is told when evaluations have it.
    assert_eq!(client.status().revision, Some(3));

    stream.event("put", put(4, "off")).await;
    let change = within(changes.next()).await.unwrap();
    assert_eq!((change.from, change.to), (Some(3), 4));
    assert_eq!(change.flags, keys(&["checkout", "other"]));

    stream.event("patch", patch(4, "on")).await;
    let change = within(changes.next()).await.unwrap();
    assert_eq!((change.from, change.to), (Some(4), 5));
    assert_eq!(change.flags, keys(&["checkout"]));
}

#[tokio::test]
async fn the_same_ruleset_again_is_no_change() {
    let mut server = Server::start().await;
    let client = server.client().build().unwrap();
    let mut changes = client.changes();
    let mut stream = server.stream().await;
    stream.event("put", put(3, "on")).await;
    stream.event("put", put(3, "on")).await;
    within(changes.next()).await.unwrap();
    stream.event("patch", patch(3, "off")).await;
    assert_eq!(within(changes.next()).await.unwrap().from, Some(3));
}

#[tokio::test]
async fn test_data_tell_of_changes_too() {
    let data = TestData::new();
    data.set("a", 1);
    let mut changes = data.client().changes();
    data.set("b", "x");
    let change = within(changes.next()).await.unwrap();
    assert_eq!(change.flags, keys(&["b"]));
    data.remove("a");
    assert_eq!(within(changes.next()).await.unwrap().flags, keys(&["a"]));
}
