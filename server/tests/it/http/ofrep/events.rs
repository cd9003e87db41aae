//! The event stream, and the token that opens it.

use chrono::TimeDelta;

use serde_json::{Value, json};

use super::{BULK, configure, site_with_flags};
use crate::{
    harness::backends,
    http::Site,
    web::{Client, Events, NO_LIMITS, Web},
};

const ENVIRONMENT: &str = "/api/v1/projects/shop/environments/production";

fn asked() -> Value {
    json!({"context": {"targetingKey": "u"}})
}

/// The tag of a bulk answer, and the path of its event stream.
async fn bulk(client: &Client) -> (String, String) {
    let reply = client.post(BULK, &asked()).await.expect(200);
    let body = reply.json();
    let stream = &body["eventStreams"][0];
    assert_eq!(stream["type"], "sse");
    assert_eq!(stream["inactivityDelaySec"], 120);
    let address = stream["url"].as_str().unwrap();
    let path = address.strip_prefix(client.base.as_str()).unwrap();
    (reply.header("etag").to_owned(), path.to_owned())
}

/// The next event's configuration.
async fn told(events: &mut Events) -> String {
    let event = events.next().await.unwrap();
    assert_eq!(
        (event.name.as_str(), &event.data["type"]),
        ("message", &json!("refetchEvaluation"))
    );
    assert!(event.data["lastModified"].is_u64(), "{event:?}");
    let etag = event.data["etag"].as_str().unwrap();
    assert_eq!(event.id.as_deref(), Some(etag));
    etag.to_owned()
}

fn revision(configuration: &str) -> u64 {
    configuration.split_once('-').unwrap().0.parse().unwrap()
}

async fn a_page_hears_of_a_change_and_fetches_it(site: &mut Site) {
    site_with_flags(site).await;
    let origins = json!({"allowed_origins": ["https://shop.example"]});
    site.admin.patch(ENVIRONMENT, &origins).await.expect(200);
    let browser = site.sdk("client").await;
    let (tag, path) = bulk(&browser).await;
    let page = site.web.anyone.with("origin", "https://shop.example");
    let mut events = page.stream(&path).await;
    assert_eq!(
        events.header("access-control-allow-origin"),
        "https://shop.example"
    );
    configure(site, "number", json!({"default": {"variation": "half"}})).await;
    let etag = told(&mut events).await;
    let fresh = browser
        .with("if-none-match", &tag)
        .post(&format!("{BULK}?flagConfigEtag={etag}"), &asked())
        .await
        .expect(200);
    assert!(fresh.text().contains("2.5"), "{}", fresh.text());
    // Who comes back late hears of what was missed; so does one whose address is older.
    for late in [page.with("last-event-id", "1-0123456789abcdef"), page] {
        assert_eq!(told(&mut late.stream(&path).await).await, etag);
    }
}

async fn a_page_hears_of_nothing_else(site: &mut Site) {
    site_with_flags(site).await;
    let (browser, server) = (site.sdk("client").await, site.sdk("server").await);
    let (_, path) = bulk(&browser).await;
    let (_, path_of_server) = bulk(&server).await;
    let hidden = json!({"enabled": false});
    configure(site, "checkout", hidden).await;
    let page = &site.web.anyone;
    let mut events = page.stream(&path).await;
    let before = revision(&told(&mut page.stream(&path_of_server).await).await);
    configure(site, "number", json!({"default": {"variation": "half"}})).await;
    assert_eq!(revision(&told(&mut events).await), before + 1);
}

async fn a_token_opens_the_stream_only_and_runs_out(site: &mut Site) {
    site_with_flags(site).await;
    let browser = site.sdk("client").await;
    let (tag, path) = bulk(&browser).await;
    let anyone = &site.web.anyone;
    let token = path.split_once("token=").unwrap().1;
    let token = token.split('&').next().unwrap();
    assert!(!path.contains(browser.secret()));
    let holder = anyone.bearer(token);
    holder.post(BULK, &asked()).await.expect(401);
    holder.get("/sdk/v1/ruleset").await.expect(401);
    holder.get("/openfeature/v0/manifest").await.expect(401);
    holder.get("/ofrep/v1/events").await.expect(401);
    for wrong in [
        "",
        "unknown",
        browser.secret(),
        &token.replace("stream_", "stream_0"),
    ] {
        let refused = anyone.get(&format!("/ofrep/v1/events?token={wrong}")).await;
        let refused = refused.expect(401).json();
        assert_eq!(refused["errorCode"], "GENERAL");
        assert!(
            !refused["errorDetails"]
                .as_str()
                .unwrap()
                .contains("run out"),
            "{refused}"
        );
    }
    // Without a token a key will do, as everywhere.
    drop(browser.stream("/ofrep/v1/events").await);
    drop(anyone.stream(&path).await);
    let with_tag = browser.with("if-none-match", &tag);
    with_tag.post(BULK, &asked()).await.expect(304);
    site.clock.advance(TimeDelta::hours(2));
    let over = anyone.get(&path).await.expect(401).json();
    assert!(
        over["errorDetails"].as_str().unwrap().contains("run out"),
        "{over}"
    );
    // No flag changed, but the token did.
    let fresh = with_tag.post(BULK, &asked()).await.expect(200);
    assert_ne!(fresh.header("etag"), tag);
    let (_, path) = bulk(&browser).await;
    drop(anyone.stream(&path).await);
}

async fn a_revoked_key_ends_streams_and_tokens(site: &mut Site) {
    site_with_flags(site).await;
    let keys = format!("{ENVIRONMENT}/keys");
    let new = json!({"name": "page", "kind": "client"});
    let key = site.admin.post(&keys, &new).await.expect(201).json();
    let browser = site.web.anyone.bearer(key["secret"].as_str().unwrap());
    let (_, path) = bulk(&browser).await;
    let mut events = site.web.anyone.stream(&path).await;
    let key = key["id"].as_str().unwrap();
    site.admin
        .delete(&format!("{keys}/{key}"))
        .await
        .expect(204);
    assert_eq!(events.next().await, None);
    site.web.anyone.get(&path).await.expect(401);
}

on_both! {
    a_page_hears_of_a_change_and_fetches_it,
    a_page_hears_of_nothing_else,
    a_token_opens_the_stream_only_and_runs_out,
    a_revoked_key_ends_streams_and_tokens,
}

backends! {
    async fn each_node_takes_the_tokens_of_the_others(world: World) {
        let mut site = Site::new(world);
        site_with_flags(&site).await;
        let browser = site.sdk("client").await;
        let node = world.another_node().await;
        let mut other = Web::start(&node, NO_LIMITS);
        let (tag, path) = bulk(&browser).await;
        let mut events = other.anyone.stream(&path).await;
        let mut here = site.web.anyone.stream(&path).await;
        configure(&site, "number", json!({"default": {"variation": "half"}})).await;
        // At the other node before that is told itself: it waits until it is.
        let etag = told(&mut here).await;
        let again = format!("{BULK}?flagConfigEtag={etag}");
        let there = browser.with("if-none-match", &tag).at(&other);
        let fresh = there.post(&again, &asked()).await.expect(200);
        assert!(fresh.text().contains("2.5"), "{}", fresh.text());
        assert_eq!(told(&mut events).await, etag);
        // The two nodes' tags are the same, and a configuration that never comes is no 304.
        let tag = fresh.header("etag").to_owned();
        let same = browser.with("if-none-match", &tag);
        same.post(BULK, &asked()).await.expect(304);
        let never = format!("{BULK}?flagConfigEtag=999999-0123456789abcdef");
        same.post(&never, &asked()).await.expect(200);
        other.stop().await;
        site.web.stop().await;
        node.shutdown().await;
    }
}
