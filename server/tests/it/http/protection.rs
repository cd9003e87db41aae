//! What keeps one caller from taking what all need.

use std::num::NonZeroU64;

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_server::config::{Protection, RateLimits};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpSocket, TcpStream},
    time::timeout,
};

use super::Site;
use crate::{
    harness::until,
    web::{Client, NO_LIMITS, PATIENCE, Web},
};

const STREAM: &str = "/sdk/v1/stream";
const BULK: &str = "/ofrep/v1/evaluate/flags";
const ONE: &str = "/ofrep/v1/evaluate/flags/checkout";
const FLAGS: &str = "/api/v1/projects/shop/flags";
const ENVIRONMENT: &str = "/api/v1/projects/shop/environments/production";

fn protected(site: &Site, protection: Protection) -> Web {
    Web::protected(&site.web.app, NO_LIMITS, protection)
}

async fn metric(web: &Web, line: &str) -> bool {
    web.anyone
        .get("/metrics")
        .await
        .expect(200)
        .text()
        .contains(line)
}

async fn streams_are_limited_by_key_and_in_all(site: &mut Site) {
    site.shop().await;
    let mut web = protected(
        site,
        Protection {
            key_streams: 1,
            streams: 2,
            ..Protection::NONE
        },
    );
    let [one, other, third] = [
        site.sdk("server").await,
        site.sdk("server").await,
        site.sdk("server").await,
    ]
    .map(|sdk| sdk.at(&web));
    let first = one.stream(STREAM).await;
    let refused = one.get(STREAM).await;
    let seconds: u64 = refused.header("retry-after").parse().unwrap();
    assert!((5..15).contains(&seconds), "{seconds}");
    assert!(
        refused.fails("rate_limited")["message"]
            .as_str()
            .unwrap()
            .contains("with this key")
    );
    let _second = other.stream(STREAM).await;
    assert!(
        third.get(STREAM).await.fails("rate_limited")["message"]
            .as_str()
            .unwrap()
            .contains("on this server")
    );
    assert!(metric(&web, "serin_refused_total{what=\"stream_of_key\"} 1\n").await);
    assert!(metric(&web, "serin_refused_total{what=\"stream\"} 1\n").await);
    // Who goes makes room.
    drop(first);
    until(|| async {
        (one.request(reqwest::Method::GET, STREAM)
            .send()
            .await
            .unwrap()
            .status()
            == 200)
            .then_some(())
    })
    .await;
    web.stop().await;
}

/// A connection that takes only a little at a time, and has sent a request.
async fn narrow(web: &Web, request: &str) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4096).unwrap();
    let address = web.anyone.base.strip_prefix("http://").unwrap();
    let mut stream = socket.connect(address.parse().unwrap()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    stream
}

async fn key(site: &Site) -> String {
    let new = json!({"name": "sdk", "kind": "server"});
    let key = site
        .admin
        .post(&format!("{ENVIRONMENT}/keys"), &new)
        .await
        .expect(201)
        .json();
    key["secret"].as_str().unwrap().to_owned()
}

/// A flag whose patch has 300 kB.
fn large(value: char) -> Value {
    let text: String = std::iter::repeat_n(value, 60_000).collect();
    let variation = |key: &str| json!({"key": key, "value": text});
    let variations: Vec<_> = ["a", "b", "c", "d", "e"].map(variation).into();
    json!({"key": "large", "type": "string", "variations": variations})
}

async fn a_reader_that_does_not_read_is_dropped_and_others_are_not_held_up(site: &mut Site) {
    site.shop().await;
    let mut web = protected(
        site,
        Protection {
            stall_timeout: NonZeroU64::new(2).unwrap(),
            ..Protection::NONE
        },
    );
    let sdk = site.sdk("server").await.at(&web);
    let mut reader = sdk.stream(STREAM).await;
    let put = reader.next().await.unwrap();
    let mut revision: u64 = put.id.unwrap().parse().unwrap();
    let secret = key(site).await;
    let mut stalled = narrow(
        &web,
        &format!("GET {STREAM} HTTP/1.1\r\nhost: it\r\nx-api-key: {secret}\r\n\r\n"),
    )
    .await;
    stalled.read_exact(&mut [0; 64]).await.unwrap();
    // From the put on: the flag is made, and changed twice.
    let last = revision + 3;
    let write = async {
        site.admin.post(FLAGS, &large('a')).await.expect(201);
        // More than the narrow one takes.
        for n in 0..2_u8 {
            let change = large(char::from(b'b' + n));
            let document = json!({"variations": change["variations"]});
            let path = format!("{FLAGS}/large");
            site.admin.patch(&path, &document).await.expect(200);
        }
    };
    let read = async {
        while revision < last {
            let patch = reader.next().await.unwrap();
            assert_eq!(
                (patch.name.as_str(), &patch.data["from"]),
                ("patch", &json!(revision))
            );
            revision = patch.data["to"].as_u64().unwrap();
        }
    };
    tokio::join!(write, read);
    until(|| async {
        metric(&web, "serin_streams{protocol=\"sdk\"} 1\n")
            .await
            .then_some(())
    })
    .await;
    web.stop().await;
}

async fn requests_that_come_drop_by_drop_are_ended(site: &mut Site) {
    site.shop().await;
    let mut web = protected(
        site,
        Protection {
            request_timeout: NonZeroU64::MIN,
            ..Protection::NONE
        },
    );
    let secret = key(site).await;
    let head = format!(
        "POST {BULK} HTTP/1.1\r\nhost: it\r\nx-api-key: {secret}\r\ncontent-type: application/json\r\n"
    );
    for begun in [
        head.clone(),
        format!("{head}content-length: 20\r\n\r\n{{\"con"),
    ] {
        let mut socket = narrow(&web, &begun).await;
        let mut answer = Vec::new();
        let end = timeout(PATIENCE / 2, socket.read_to_end(&mut answer)).await;
        end.expect("the connection to end").unwrap();
        assert!(
            answer.starts_with(b"HTTP/1.1 4"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
    }
    web.stop().await;
}

/// Asks again and again, until one of many answers is a refusal.
async fn flood(sdk: &Client, clients: usize) -> crate::web::Reply {
    let (refused, mut first) = tokio::sync::mpsc::channel(clients);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..clients {
        let (sdk, refused) = (sdk.clone(), refused.clone());
        tasks.spawn(async move {
            loop {
                let reply = sdk
                    .post(BULK, &json!({"context": {"targetingKey": "u"}}))
                    .await;
                if reply.status != 200 && refused.send(reply).await.is_err() {
                    return;
                }
            }
        });
    }
    timeout(PATIENCE, first.recv())
        .await
        .expect("a refusal")
        .unwrap()
}

async fn evaluations_are_refused_before_all_wait_too_long(site: &mut Site) {
    site.shop().await;
    let changes: Vec<Value> = (0..300)
        .map(|n| json!({"kind": "flag", "action": "create", "key": format!("f{n}"), "document": {"type": "boolean", "variations": [{"key": "on", "value": true}]}}))
        .collect();
    let set = json!({"project": "shop", "changes": changes});
    site.admin
        .post("/api/v1/change-sets", &set)
        .await
        .expect(201);
    let mut web = protected(
        site,
        Protection {
            delay_limit: 100,
            ..Protection::NONE
        },
    );
    let sdk = site.sdk("server").await.at(&web);
    let refused = flood(&sdk, 96).await;
    assert_eq!((refused.status, refused.header("retry-after")), (503, "1"));
    assert_eq!(refused.json()["errorCode"], "GENERAL");
    // What SDKs need to evaluate by themselves goes on, and when it is over so does all.
    sdk.get("/sdk/v1/ruleset").await.expect(200);
    let over = async {
        let mut in_a_row = 0;
        while in_a_row < 20 {
            let reply = sdk.post(ONE, &json!({"context": {}})).await;
            in_a_row = if reply.status == 200 { in_a_row + 1 } else { 0 };
        }
    };
    timeout(PATIENCE, over)
        .await
        .expect("all to be let in again");
    assert!(!metric(&web, "serin_refused_total{what=\"evaluation\"} 0\n").await);
    web.stop().await;
}

/// Rates are counted by the time that passes, which no clock is asked for.
async fn a_clock_that_is_set_locks_nobody_out(site: &mut Site) {
    site.shop().await;
    let limits = RateLimits {
        sign_ins: 2,
        client_key: 2,
        server_key: 0,
    };
    let mut web = Web::start(&site.web.app, limits);
    let page = site.sdk("client").await.at(&web);
    let sign_in = json!({"username": "nobody", "password": "no password of anybody"});
    for (hours, evaluates, signs_in) in [(0, 200, 401), (-24, 200, 401), (48, 429, 429)] {
        site.clock.set(TimeDelta::hours(hours));
        let evaluated = page.post(BULK, &json!({"context": {}})).await;
        let signed_in = web.anyone.post("/api/v1/session", &sign_in).await;
        assert_eq!(
            (evaluated.status, signed_in.status),
            (evaluates, signs_in),
            "{hours}"
        );
    }
    web.stop().await;
}

on_both! {
    a_clock_that_is_set_locks_nobody_out,
    streams_are_limited_by_key_and_in_all,
    a_reader_that_does_not_read_is_dropped_and_others_are_not_held_up,
    requests_that_come_drop_by_drop_are_ended,
    evaluations_are_refused_before_all_wait_too_long,
}
