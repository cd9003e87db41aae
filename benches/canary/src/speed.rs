//! How many windows a second one core judges, from a line of text to a line of text: what
//! `serin release judge` does between reading and writing. What counts is the processor's time,
//! so that a machine that has something else to do judges no slower.

use std::{fs, time::Duration};

use serde_json::json;
use serin_engine::{
    json::read,
    release::{Guard, Policy, judge::Lines},
};

use crate::{figure::Figure, traffic::Random};

/// The windows of each release: a day and a bit, by the ten seconds.
const WINDOWS: u64 = 10_000;
const RELEASES: u64 = 20;
const ROUNDS: usize = 5;

/// Windows of two metrics, errors and latencies, of several releases one after the other.
pub fn judge(_: u64) -> Vec<Figure> {
    let lines: Vec<String> = (0..RELEASES)
        .flat_map(|release| {
            let mut random = Random::new("speed", release);
            (0..WINDOWS).map(move |number| line(&mut random, release, number))
        })
        .collect();
    let guards: Vec<Guard> = read(json!([
        {"metric": "checkout-errors", "margin": {"relative": 0.05, "absolute": 0.0005}, "require_safe": 0.5},
        {"metric": "checkout-latency", "margin": {"relative": 0.05}},
    ]))
    .unwrap_or_default();
    let mut rates: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let mut judge = Lines::new(&Policy::default(), &guards);
            let mut answer = Vec::new();
            let begun = worked();
            for line in &lines {
                answer.clear();
                if judge.answer(line.as_bytes(), &mut answer).is_err()
                    || answer.starts_with(b"{\"error")
                {
                    return f64::NAN;
                }
            }
            lines.len() as f64 / (worked() - begun).as_secs_f64()
        })
        .collect();
    rates.sort_by(f64::total_cmp);
    let (low, high) = (rates[0], rates[ROUNDS - 1]);
    vec![
        Figure::new(
            "windows judged, lines of text to lines of text, one core",
            rates[ROUNDS / 2],
            (low, high),
            "a second",
        )
        .at_least(200_000.0),
    ]
}

/// For how long this thread has had a processor.
fn worked() -> Duration {
    let told = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = told.split(' ').next().and_then(|nanos| nanos.parse().ok());
    Duration::from_nanos(nanos.unwrap_or_default())
}

fn line(random: &mut Random, release: u64, number: u64) -> String {
    let (day, second) = (1 + number / 8640, 10 * (number % 8640));
    let at = format!(
        "2026-11-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    );
    let mut arm = |exposed: f64| {
        let histogram: serde_json::Map<_, _> = (100..106)
            .map(|bucket| {
                (
                    bucket.to_string(),
                    json!(random.binomial(exposed, 0.1) as u64),
                )
            })
            .filter(|(_, count)| count != 0)
            .collect();
        json!({
            "exposed": exposed as u64, "first": (0.4 * exposed) as u64,
            "metrics": {
                "checkout-errors": {"events": random.binomial(exposed, 0.005) as u64},
                "checkout-latency": {"histogram": histogram},
            },
        })
    };
    json!({
        "release": format!("r{release}"), "at": at, "stage": 1, "weight": 0.1,
        "baseline": arm(900.0), "candidate": arm(100.0),
    })
    .to_string()
}
