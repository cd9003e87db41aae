//! Made-up traffic: seeded, so that every run sees the same.
//!
//! `cargo xtask bench canary` goes by it, and the engine's own tests include this file, for a smaller
//! version of that.

use std::collections::BTreeMap;

use serin_engine::release::evidence::{Arm, At, Tally, Window};

/// A generator of random numbers (SplitMix64): small, quick, and good enough for counts.
pub struct Random(u64);

impl Random {
    /// One for each release of each scenario, whoever simulates it.
    pub fn new(scenario: &str, release: u64) -> Self {
        let seed = scenario
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        let mut random = Self(seed ^ release.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        random.bits();
        random
    }

    fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// From 0 to 1.
    pub fn share(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// How many of so many have an event of this probability: exact, by going through the
    /// outcomes from none on, in parts that doubles can hold.
    pub fn binomial(&mut self, of: f64, rate: f64) -> f64 {
        let most = (400.0 / rate.max(1e-12)).floor();
        let (mut left, mut events) = (of, 0.0);
        while left > 0.0 {
            let part = left.min(most.max(1.0));
            events += self.small_binomial(part, rate);
            left -= part;
        }
        events
    }

    fn small_binomial(&mut self, of: f64, rate: f64) -> f64 {
        if rate > 0.5 {
            return of - self.small_binomial(of, 1.0 - rate);
        }
        let mut left = self.share();
        let mut probability = (of * (-rate).ln_1p()).exp();
        let odds = rate / (1.0 - rate);
        let mut events = 0.0;
        while left > probability && events < of {
            left -= probability;
            probability *= odds * (of - events) / (events + 1.0);
            events += 1.0;
        }
        events
    }
}

/// A ramp: weights, and for how many minutes each.
pub const RAMP: [(f64, usize); 5] = [(0.01, 30), (0.05, 30), (0.10, 30), (0.25, 30), (0.50, 30)];

/// The stage of a minute.
pub fn stage_of(ramp: &[(f64, usize)], minute: usize) -> Option<(usize, f64)> {
    let mut end = 0;
    ramp.iter()
        .enumerate()
        .find_map(|(stage, (weight, minutes))| {
            end += minutes;
            (minute < end).then_some((stage, *weight))
        })
}

/// What both arms had in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Minute {
    pub stage: usize,
    pub weight: f64,
    pub baseline: (f64, f64),
    pub candidate: (f64, f64),
}

impl Minute {
    /// A minute of so many requests, split by the weight.
    pub fn new(
        random: &mut Random,
        (stage, weight): (usize, f64),
        requests: f64,
        (base, rate): (f64, f64),
    ) -> Self {
        let candidate = random.binomial(requests, weight);
        let baseline = requests - candidate;
        Self {
            stage,
            weight,
            baseline: (baseline, random.binomial(baseline, base)),
            candidate: (candidate, random.binomial(candidate, rate)),
        }
    }

    /// As evidence of the metric `errors`.
    pub fn window(&self, minute: usize) -> Window {
        let arm = |(exposed, events)| Arm {
            exposed,
            first: None,
            metrics: BTreeMap::from([("errors".to_owned(), Tally::Events(events))]),
        };
        Window {
            release: None,
            at: At::from_millis(i64::try_from(minute).unwrap_or(0) * 60_000),
            stage: self.stage,
            weight: self.weight,
            baseline: arm(self.baseline),
            candidate: arm(self.candidate),
        }
    }

    /// The candidate's events above what the baseline's rate would have given.
    pub fn excess(&self) -> f64 {
        let (exposed, events) = self.candidate;
        let (other, other_events) = self.baseline;
        if other > 0.0 {
            events - other_events * exposed / other
        } else {
            0.0
        }
    }
}

/// How the baseline's rate moves over the minutes of the ramp.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Base {
    Steady(f64),
    /// From one to the other, evenly.
    Moving(f64, f64),
    /// Ten times as high in both arms for a quarter of an hour.
    Incident(f64),
}

impl Base {
    pub fn at(self, minute: usize, of: usize) -> f64 {
        match self {
            Self::Steady(rate) => rate,
            Self::Moving(from, to) => from + (to - from) * minute as f64 / of as f64,
            Self::Incident(rate) if (40..55).contains(&minute) => 10.0 * rate,
            Self::Incident(rate) => rate,
        }
    }
}

/// A ramp of one minute after the other.
pub fn ramp(
    random: &mut Random,
    (base, requests, ratio): (Base, f64, f64),
) -> impl Iterator<Item = Minute> {
    (0..150).map_while(move |minute| {
        let stage = stage_of(&RAMP, minute)?;
        let rate = base.at(minute, 150);
        Some(Minute::new(random, stage, requests, (rate, ratio * rate)))
    })
}
