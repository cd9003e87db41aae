//! An upstream that is not what it should be.

use std::{
    net::TcpListener as StdListener,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Value, json};
use serin_engine::ruleset::Ruleset;
use serin_server::relay::Timing;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

use super::{Relaying, Setup, TIMING};
use crate::harness::{World, until};

const SECRET: &str = "serin_server_of_the_hostile_tests";

/// Says what a test tells it to: the first stream brings a good ruleset, each later one
/// the next of `bad`. Of reports it refuses the first, or all that have no counts.
struct Impostor {
    url: String,
    task: JoinHandle<()>,
    said: Arc<Said>,
}

/// What it was asked, and what it answers.
struct Said {
    good: Value,
    bad: Vec<String>,
    streams: AtomicUsize,
    reports: Mutex<Vec<Value>>,
    only_counts: bool,
}

impl Impostor {
    async fn start(good: Value, bad: Vec<String>) -> Self {
        Self::that_takes(false, good, bad).await
    }

    async fn that_takes(only_counts: bool, good: Value, bad: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let said = Arc::new(Said {
            good,
            bad,
            streams: AtomicUsize::new(0),
            reports: Mutex::default(),
            only_counts,
        });
        let answers = Arc::clone(&said);
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(answer(connection, Arc::clone(&answers)));
            }
        });
        Self { url, task, said }
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn answer(connection: TcpStream, said: Arc<Said>) -> Option<()> {
    let mut connection = BufReader::new(connection);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if connection.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let text = if head.starts_with("GET /sdk/v1/key") {
        let body = json!({
            "id": uuid::Uuid::from_u128(1), "kind": "server", "project": "shop", "environment": "production",
            "environment_id": uuid::Uuid::from_u128(2), "allowed_origins": []
        })
        .to_string();
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        )
    } else if head.starts_with("POST /sdk/v1/telemetry") {
        let head = head.to_ascii_lowercase();
        let (_, length) = head.split_once("content-length: ")?;
        let mut body = vec![0; length.lines().next()?.parse().ok()?];
        connection.read_exact(&mut body).await.ok()?;
        let mut reports = said.reports.lock().unwrap();
        reports.push(serde_json::from_slice(&body).unwrap());
        let has_counts = |report: &Value| {
            report["evaluations"]
                .as_array()
                .is_some_and(|of| !of.is_empty())
        };
        let taken = match said.only_counts {
            true => reports.last().is_some_and(has_counts),
            false => reports.len() > 1,
        };
        let status = match taken {
            false => "422 Unprocessable Content",
            true => "202 Accepted",
        };
        format!("HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
    } else {
        let number = said.streams.fetch_add(1, Ordering::SeqCst);
        let content = match number.checked_sub(1) {
            None => event("put", &said.good),
            Some(nth) => said
                .bad
                .get(nth)
                .cloned()
                .unwrap_or_else(|| ": \n\n".to_owned()),
        };
        format!(
            "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n{content}"
        )
    };
    connection.write_all(text.as_bytes()).await.ok()?;
    connection.flush().await.ok()
}

fn event(name: &str, data: &Value) -> String {
    format!("event: {name}\nid: 1\ndata: {data}\n\n")
}

fn document(revision: u64) -> Value {
    with_releases(revision, &json!([]))
}

fn with_releases(revision: u64, releases: &Value) -> Value {
    let mut document = json!({
        "format": 1, "project": "shop", "environment": "production", "revision": revision,
        "flags": {}, "segments": {}, "releases": releases
    });
    let typed = serde_json::from_value(document.clone()).unwrap();
    let (ruleset, _) = Ruleset::from_document(typed).unwrap();
    document["fingerprint"] = Value::from(ruleset.fingerprint());
    document
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_makes_no_sense_is_served() {
    let world = World::sqlite().await;
    let with = |member: &str, value: Value| {
        let mut document = document(9);
        document[member] = value;
        event("put", &document)
    };
    let patch = |from: u64, to: u64, fingerprint: &str| {
        let patch = json!({"from": from, "to": to, "fingerprint": fingerprint});
        event("patch", &patch)
    };
    let bad = vec![
        "garbage\n\n".repeat(100),
        "event: put\ndata: {\"format\":1\n\n".to_owned(),
        "event: put\ndata: \u{fffd}\n\n".to_owned(),
        with("fingerprint", json!("00000000000000000000000000000000")),
        with("project", json!("another")),
        with("flags", json!({"new": {"version": 1}})),
        event("put", &document(6)),
        patch(7, 8, "00000000000000000000000000000000"),
        patch(3, 4, "00000000000000000000000000000000"),
        patch(9, 10, "00000000000000000000000000000000"),
        // Frames that never end.
        format!("data: {}", "x".repeat(1 << 20)),
    ];
    let count = bad.len();
    let impostor = Impostor::start(document(7), bad).await;
    let streams = &impostor.said.streams;
    let relay = Relaying::ready(&world, &impostor.url, SECRET).await;
    let client = relay.client.bearer(SECRET);
    until(|| async {
        let served = client.get("/sdk/v1/ruleset").await.expect(200).json();
        assert_eq!(served["revision"], 7);
        (streams.load(Ordering::SeqCst) > count + 1).then_some(())
    })
    .await;
    assert_eq!(
        client.get("/sdk/v1/ruleset").await.expect(200).json(),
        document(7)
    );
    assert!(relay.metric("serin_relay_events_refused").await >= 7.0);
    relay.stop().await;
    world.close().await;
}

/// A release waits for it at the server.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_sdks_run_is_told_again_where_it_was_refused() {
    let world = World::sqlite().await;
    let lives = json!([{"id": uuid::Uuid::from_u128(3), "flag": "checkout", "stage": 0}]);
    let impostor = Impostor::start(with_releases(7, &lives), Vec::new()).await;
    let relay = Relaying::ready(&world, &impostor.url, SECRET).await;
    let now = serin_server::clock::Clock::now(&*world.clock);
    let acknowledges = json!({"instance": uuid::Uuid::from_u128(5), "sequence": 1, "revision": 7, "from": now, "to": now});
    let client = relay.client.bearer(SECRET);
    client
        .post("/sdk/v1/telemetry", &acknowledges)
        .await
        .expect(202);
    let reports = || impostor.said.reports.lock().unwrap().clone();
    let runs = json!([{"revision": 7, "instances": 1}]);
    until(|| async { (reports().len() == 2).then_some(()) }).await;
    for (report, sequence) in reports().iter().zip([1, 2]) {
        assert_eq!(
            (&report["running"], &report["sequence"]),
            (&runs, &json!(sequence))
        );
    }
    relay.stop().await;
    let last = reports().pop().unwrap();
    assert_eq!(
        (&last["running"], &last["sequence"]),
        (&json!([]), &json!(3))
    );
    world.close().await;
}

/// Evidence that is late is not judged.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn counts_do_not_wait_where_what_sdks_run_is_refused() {
    let world = World::sqlite().await;
    let lives = json!([{"id": uuid::Uuid::from_u128(3), "flag": "checkout", "stage": 0}]);
    let impostor = Impostor::that_takes(true, with_releases(7, &lives), Vec::new()).await;
    let hour = Duration::from_secs(3600);
    let timing = Timing {
        backoff: (hour, hour),
        ..TIMING
    };
    let setup = Setup::of(&impostor.url, SECRET);
    let relay = setup.start_with(&world, timing).await;
    relay.until_ready().await;
    let now = serin_server::clock::Clock::now(&*world.clock);
    let client = relay.client.bearer(SECRET);
    let reports = || impostor.said.reports.lock().unwrap().clone();
    for (sequence, counts) in [
        (1, json!([])),
        (2, json!([{"flag": "checkout", "count": 3}])),
    ] {
        let report = json!({"instance": uuid::Uuid::from_u128(5), "sequence": sequence, "revision": 7,
            "from": now, "to": now, "evaluations": counts});
        client.post("/sdk/v1/telemetry", &report).await.expect(202);
        until(|| async { (reports().len() >= sequence).then_some(()) }).await;
    }
    assert_eq!(
        reports().len(),
        2,
        "what was refused is not said each second"
    );
    assert_eq!(reports()[1]["evaluations"][0]["count"], 3);
    relay.stop().await;
    world.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn relays_in_a_circle_find_out_and_hurt_nobody() {
    let world = World::sqlite().await;
    let (one, other) = (Setup::of("", SECRET), Setup::of("", SECRET));
    let url = |listener: &StdListener| format!("http://{}", listener.local_addr().unwrap());
    let (to_one, to_other) = (url(&one.listener), url(&other.listener));
    let one = Setup {
        upstreams: vec![to_other],
        ..one
    }
    .start(&world)
    .await;
    let other = Setup {
        upstreams: vec![to_one],
        ..other
    }
    .start(&world)
    .await;
    for relay in [&one, &other] {
        relay.client.get("/health/live").await.expect(200);
        relay.client.get("/health/ready").await.fails("unavailable");
        relay
            .client
            .bearer("serin_server_some_other")
            .get("/sdk/v1/ruleset")
            .await
            .fails("unavailable");
    }
    let hops = one
        .client
        .get("/health/live")
        .await
        .header("serin-relays")
        .to_owned();
    one.client
        .with("serin-relays", &hops)
        .get("/sdk/v1/stream")
        .await
        .fails("bad_request");
    other.stop().await;
    one.stop().await;
    world.close().await;
}
