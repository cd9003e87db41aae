//! A program that answers like Prometheus, from counters that are functions of time.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_server::{
    clock::{Clock as _, ManualClock},
    prometheus::Settings,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
};

use super::super::node::Node;

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mood {
    Well,
    /// Nobody listens, as far as whoever asks can tell.
    Down,
    /// It takes the question and is silent.
    Dumb,
    Senseless,
    Refusing,
}

/// What it knows.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) mood: Mood,
    /// How far its clock is ahead, in seconds.
    pub(crate) ahead: i64,
    /// How often its counters begin anew, in seconds.
    pub(crate) restarts_each: Option<i64>,
    /// The candidate's errors over the baseline's.
    ratio: f64,
    /// The part of the baseline's requests that fail.
    pub(crate) failing: f64,
    queries: Vec<String>,
    first_asked: Option<DateTime<Utc>>,
}

/// The program.
pub(crate) struct Fake {
    address: String,
    world: Arc<Mutex<World>>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Fake {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Fake {
    pub(crate) async fn start(node: &Node, ratio: f64) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(Mutex::new(World {
            mood: Mood::Well,
            ahead: 0,
            restarts_each: None,
            ratio,
            failing: 0.005,
            queries: Vec::new(),
            first_asked: None,
        }));
        let (known, clock) = (Arc::clone(&world), Arc::clone(&node.clock));
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&known), Arc::clone(&clock)));
            }
        });
        Self {
            address,
            world,
            server,
        }
    }

    pub(crate) fn settings(&self) -> Settings {
        Settings {
            url: Some(self.address.clone()),
            token: Some("secret".to_owned()),
            patience: Some(Duration::from_millis(300)),
            ..Settings::default()
        }
    }

    pub(crate) fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world.lock().unwrap());
    }

    pub(crate) fn queries(&self) -> Vec<String> {
        self.world.lock().unwrap().queries.clone()
    }

    /// What its clock showed when it was asked first.
    pub(crate) fn first_asked(&self) -> DateTime<Utc> {
        self.world.lock().unwrap().first_asked.unwrap()
    }
}

/// One request, and its answer.
async fn serve(mut stream: TcpStream, world: Arc<Mutex<World>>, clock: Arc<ManualClock>) {
    let mut request = Vec::new();
    let mut piece = [0; 4096];
    let body = loop {
        let Ok(read) = stream.read(&mut piece).await else {
            return;
        };
        request.extend_from_slice(&piece[..read]);
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let head = head.to_lowercase();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.unwrap().parse::<usize>().unwrap() {
                assert!(head.contains("authorization: bearer secret"), "{head}");
                break body.to_owned();
            }
        }
        if read == 0 {
            return;
        }
    };
    let mood = world.lock().unwrap().mood;
    let (status, answer) = match mood {
        Mood::Down => return,
        Mood::Dumb => {
            world.lock().unwrap().queries.push(body);
            std::future::pending::<()>().await;
            return;
        }
        Mood::Senseless => (200, "<html>".to_owned()),
        Mood::Refusing => (
            400,
            json!({"status": "error", "error": "parse error"}).to_string(),
        ),
        Mood::Well => {
            let form = read_form(&body);
            let result = world.lock().unwrap().answer(&form, clock.now());
            (
                200,
                json!({"status": "success", "data": result}).to_string(),
            )
        }
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    drop(stream.write_all((head + &answer).as_bytes()).await);
    drop(stream.shutdown().await);
}

fn read_form(body: &str) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let Some((first, after)) = rest.split_first() {
            if *first == b'%' {
                let hex = std::str::from_utf8(&after[..2]).unwrap();
                bytes.push(u8::from_str_radix(hex, 16).unwrap());
                rest = &after[2..];
            } else {
                bytes.push(*first);
                rest = after;
            }
        }
        String::from_utf8(bytes).unwrap()
    };
    let pairs = body.split('&').filter_map(|pair| pair.split_once('='));
    pairs
        .map(|(name, value)| (name.to_owned(), decode(value)))
        .collect()
}

impl World {
    fn answer(&mut self, form: &BTreeMap<String, String>, now: DateTime<Utc>) -> Value {
        let now = now + TimeDelta::seconds(self.ahead);
        let query = form["query"].clone();
        if query == "time()" {
            self.first_asked.get_or_insert(now);
            let shown = now.timestamp_micros() as f64 / 1e6;
            return json!({"resultType": "scalar", "result": [shown, shown.to_string()]});
        }
        self.queries.push(query.clone());
        let number = |name: &str| form[name].parse::<f64>().unwrap();
        if let Some(length) = query
            .split('[')
            .nth(1)
            .and_then(|rest| rest.split("s]").next())
        {
            let (to, length) = (number("time"), length.parse::<f64>().unwrap());
            let increase = self.rate(&query) * length;
            return json!({"resultType": "vector", "result": [{"metric": {}, "value": [to, increase.to_string()]}]});
        }
        let (mut at, end, step) = (number("start"), number("end"), number("step"));
        let mut values = Vec::new();
        while at <= end + 0.001 {
            values.push(json!([at, self.counter(&query, at).to_string()]));
            at += step;
        }
        json!({"resultType": "matrix", "result": [{"metric": {}, "values": values}]})
    }

    /// What a query counts in a second.
    fn rate(&self, query: &str) -> f64 {
        let is_candidate = query.contains(r#""on""#);
        let requests = if is_candidate { 100.0 } else { 900.0 };
        let errors = if is_candidate {
            self.failing * self.ratio
        } else {
            self.failing
        };
        if query.contains("errors") {
            requests * errors
        } else {
            requests
        }
    }

    /// How far a counter is at a time. It restarts on a beat, so that what is lost of it is less
    /// than what is counted between two values.
    fn counter(&self, query: &str, at: f64) -> f64 {
        let since = match self.restarts_each {
            Some(each) => at.rem_euclid(each as f64),
            None => at - 1_700_000_000.0,
        };
        self.rate(query) * since
    }
}
