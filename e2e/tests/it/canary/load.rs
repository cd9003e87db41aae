//! A program under way: people come, are served by flags, and things happen to them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use anyhow::{Context as _, Result};
use serin_sdk::{Client, Context};
use tokio::{task::JoinHandle, time::MissedTickBehavior};

use crate::world::PATIENCE;

/// Parts of the program, each with a flag that decides which version of it people get.
pub(super) const FLAGS: [&str; 3] = [CHECKOUT, SEARCH, PROFILE];
pub(super) const CHECKOUT: &str = "checkout";
pub(super) const SEARCH: &str = "search";
/// The one that people stay away from for a while.
pub(super) const PROFILE: &str = "profile";

/// The versions.
pub(super) const VERSIONS: [&str; 4] = [TODAY, WELL, HARMFUL, SLOW];
pub(super) const TODAY: &str = "today";
/// Is as good as what there was.
pub(super) const WELL: &str = "well";
/// Has twice the errors.
pub(super) const HARMFUL: &str = "harmful";
/// Takes half as long again.
pub(super) const SLOW: &str = "slow";

/// How often people come.
const EVERY: Duration = Duration::from_millis(100);
/// How many come then, to each part: fifty a second.
const AT_ONCE: u64 = 5;
/// One of so many has an error.
const ONE_OF: u64 = 12;
/// How many people are asked what they see.
const ASKED: u64 = 200;

/// A part of the program. Its flag has metrics of its own: an event exposes its unit to every
/// release that asks for it.
struct Part {
    flag: &'static str,
    errors: String,
    latency: String,
    /// How many were served each version.
    served: [u64; VERSIONS.len()],
}

impl Part {
    fn new(flag: &'static str) -> Self {
        Self {
            flag,
            errors: metric(flag, "errors"),
            latency: metric(flag, "latency"),
            served: [0; VERSIONS.len()],
        }
    }

    /// Somebody comes. What happens to whom follows from how many got the same version, so that
    /// each has as many errors as it is said to have, and not more or fewer by chance.
    fn visit(&mut self, sdk: &Client, number: u64) {
        let user = Context::new(format!("{}-{number}", self.flag));
        let version = sdk.string(self.flag, &user, TODAY);
        let Some(place) = VERSIONS.iter().position(|one| *one == version) else {
            return;
        };
        self.served[place] += 1;
        let served = self.served[place];
        let one_of = if version == HARMFUL {
            ONE_OF / 2
        } else {
            ONE_OF
        };
        if served.is_multiple_of(one_of) {
            sdk.track(&self.errors, &user);
        }
        let factor = if version == SLOW { 1.5 } else { 1.0 };
        let milliseconds = 100.0 + (served * 37 % 100) as f64;
        sdk.record(&self.latency, &user, factor * milliseconds);
    }
}

pub(super) fn metric(flag: &str, what: &str) -> String {
    format!("{flag}-{what}")
}

/// An SDK that tells the server twice a second what it runs, and within that time after a
/// window's end what it counted.
pub(super) async fn client(url: &str, key: String) -> Result<Client> {
    let client = Client::builder(url, key)
        .telemetry_interval(Duration::from_millis(500))
        .build()?;
    client.ready_within(PATIENCE).await.context("the SDK")?;
    Ok(client)
}

/// The program.
pub(super) struct Load {
    sdk: Client,
    away: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl Load {
    pub(super) fn start(sdk: &Client) -> Self {
        let away = Arc::default();
        Self {
            sdk: sdk.clone(),
            task: tokio::spawn(run(sdk.clone(), Arc::clone(&away))),
            away,
        }
    }

    pub(super) fn sdk(&self) -> &Client {
        &self.sdk
    }

    /// Nobody comes to [`PROFILE`] any more.
    pub(super) fn send_away(&self) {
        self.away.store(true, Ordering::Relaxed);
    }

    /// And now they do.
    pub(super) fn call_back(&self) {
        self.away.store(false, Ordering::Relaxed);
    }

    /// Whether all of some people are served a version.
    pub(super) fn all_are_served(&self, flag: &str, version: &str) -> bool {
        (0..ASKED).all(|number| {
            let user = Context::new(format!("{flag}-{number}"));
            self.sdk.string(flag, &user, TODAY) == version
        })
    }

    pub(super) async fn stop(self) {
        self.task.abort();
        let _ = self.task.await;
    }
}

async fn run(sdk: Client, away: Arc<AtomicBool>) {
    let mut parts = FLAGS.map(Part::new);
    let mut ticks = tokio::time::interval(EVERY);
    // A machine that is busy gets as many people as one that is not.
    ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
    for tick in 0.. {
        ticks.tick().await;
        let away = away.load(Ordering::Relaxed);
        for part in parts
            .iter_mut()
            .filter(|part| !(away && part.flag == PROFILE))
        {
            for number in AT_ONCE * tick..AT_ONCE * (tick + 1) {
                part.visit(&sdk, number);
            }
        }
    }
}
