//! Keeps evaluating all flags of an environment for a crowd of made-up users, and says what
//! happened to them at the checkout, so that a demo and its release have something to show:
//! `cargo run -p serin-sdk --example demo_traffic -- URL KEY`, or SERIN_URL and SERIN_KEY.

#![expect(
    clippy::print_stdout,
    reason = "it tells the person who started it how it goes"
)]

use std::error::Error;
use std::time::Duration;

use rand::rngs::{StdRng, SysRng};
use rand::seq::IndexedRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};
use serin_sdk::{Client, Context};

const USERS: u32 = 5000;
const COUNTRIES: [&str; 8] = ["DE", "FR", "US", "US", "IN", "BR", "JP", "GB"];
const PLANS: [&str; 4] = ["free", "free", "pro", "enterprise"];
const VERSIONS: [&str; 5] = ["2.3.0", "2.4.1", "3.0.0-rc.1", "3.0.0", "3.1.2"];
const PLATFORMS: [&str; 3] = ["web", "ios", "android"];
/// The flag that the demo releases, and the metrics that it is judged by.
const CHECKOUT: &str = "new-checkout";
const ERRORS: &str = "checkout-errors";
const LATENCY: &str = "checkout-latency";
/// How often a checkout fails, old or new.
const FAILURES: f64 = 0.04;
/// Visits come in this rhythm on average.
const PAUSE: Duration = Duration::from_millis(50);

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |variable: &str| arguments.next().or_else(|| std::env::var(variable).ok());
    let (Some(url), Some(key)) = (argument("SERIN_URL"), argument("SERIN_KEY")) else {
        return Err("usage: demo_traffic URL KEY (or SERIN_URL and SERIN_KEY)".into());
    };
    let client = Client::builder(&url, key)
        .telemetry_interval(Duration::from_secs(2))
        .build()?;
    if let Err(error) = client.ready_within(Duration::from_secs(10)).await {
        println!("{error}; still trying");
        client.ready().await?;
    }
    println!(
        "evaluating {} flags of {url}; stop with Ctrl-C",
        client.flags().len()
    );
    let mut rng = StdRng::try_from_rng(&mut SysRng)?;
    tokio::select! {
        () = traffic(&client, &mut rng) => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    client.shutdown().await;
    Ok(())
}

async fn traffic(client: &Client, rng: &mut StdRng) {
    loop {
        let user = visitor(rng);
        // One page view looks at all flags, at one revision.
        let snapshot = client.snapshot();
        for flag in snapshot.flags() {
            let _ = snapshot.evaluate(&flag.key, &user);
        }
        let is_new = client.bool(CHECKOUT, &user, false);
        check_out(client, rng, &user, is_new);
        tokio::time::sleep(PAUSE.mul_f64(rng.random_range(0.2..1.8))).await;
    }
}

/// The new checkout fails as often as the old one, and is a little faster.
fn check_out(client: &Client, rng: &mut StdRng, user: &Context, is_new: bool) {
    if rng.random_bool(FAILURES) {
        client.track(ERRORS, user);
    }
    let usual = if is_new { 180.0 } else { 200.0 };
    // Most take about as long, and a few much longer.
    let slowness = 1.0 / (1.0 - rng.random_range(0.0..0.98_f64)).sqrt();
    client.record(LATENCY, user, usual * slowness);
}

/// A user always has the same country, plan and organisation; the device varies.
fn visitor(rng: &mut StdRng) -> Context {
    let number = rng.random_range(0..USERS);
    let mut own = StdRng::seed_from_u64(u64::from(number));
    let plan = pick(&mut own, &PLANS);
    let country = pick(&mut own, &COUNTRIES);
    let organisation = own.random_range(0..200_u32);
    Context::new(format!("user-{number}"))
        .with("email", format!("user-{number}@example.com"))
        .with("country", country)
        .with("plan", plan.clone())
        .with(
            "org",
            json!({"id": format!("org-{organisation}"), "plan": plan}),
        )
        .with("beta", own.random_bool(0.1))
        .with("age", own.random_range(16..90_u32))
        .with("platform", pick(rng, &PLATFORMS))
        .with("version", pick(rng, &VERSIONS))
}

fn pick(rng: &mut StdRng, choices: &[&str]) -> Value {
    choices.choose(rng).copied().into()
}
