//! What a release's windows say of its candidate: harm, safety, or neither yet.
//!
//! A [`Judge`] enters windows one by one and says after each what is known. Its evidence are
//! e-processes: whoever looks after each window, and acts on the first that looks bad, is wrong
//! with at most the probability that the policy names. `docs/statistics.md` gives formulas,
//! conditions and sources; the modules below have one test each.
//!
//! The judge is what the runner, `serin release judge`, replays, simulations and the benchmark
//! have in common. It can be written out in the middle of a stream and goes on to the last bit.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

mod block;
pub mod burn;
mod confidence;
pub mod forecast;
mod grid;
mod judgement;
mod label;
mod lane;
mod latency;
mod lines;
mod numeric;
pub mod planner;
mod process;
mod restart;
mod sample_ratio;
mod seen;
mod watch;

#[cfg(test)]
mod tests;

pub use confidence::Ratio;
pub use judgement::{GuardJudgement, Hold, Judgement, Quantiles, Values, Verdict};
pub use lines::Lines;

use numeric::{ln, log_add};
use sample_ratio::SampleRatio;
use seen::Seen;
use watch::Watch;

use super::{
    Action, Guard, Policy,
    evidence::{BadWindow, Window},
};

/// The evidence of one release.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judge {
    alpha: f64,
    beta: f64,
    max_excess_events: Option<f64>,
    watches: Vec<Watch>,
    sample_ratio: SampleRatio,
    seen: Seen,
    /// Of which guard harm was found; it stays.
    harm: Option<Arc<str>>,
}

impl Judge {
    /// A fresh start. Guards of objectives are not the judge's: see [`burn`].
    pub fn new(policy: &Policy, guards: &[Guard]) -> Self {
        Self {
            alpha: policy.alpha,
            beta: policy.beta,
            max_excess_events: policy.max_excess_events,
            watches: guards
                .iter()
                .filter_map(Guard::metric)
                .map(Watch::new)
                .collect(),
            sample_ratio: SampleRatio::NEW,
            seen: Seen::default(),
            harm: None,
        }
    }

    /// Takes a window in and says what is known then. A window is known by its stage and time:
    /// one that was there before is judged, and changes nothing.
    ///
    /// # Errors
    /// If it is no window; then it changes nothing either.
    pub fn enter(&mut self, window: &Window) -> Result<Judgement, BadWindow> {
        window.check()?;
        for watch in &self.watches {
            watch.check(window)?;
        }
        if self.seen.insert(window.stage, window.at) {
            for watch in &mut self.watches {
                watch.enter(window, self.beta);
            }
            self.sample_ratio.enter(
                window.weight,
                window.candidate.first(),
                window.baseline.first(),
            );
            let ln_e_harm = self.ln_e_harm();
            if self.harm.is_none() {
                self.harm = self.find_harm(ln_e_harm);
            }
            return Ok(self.judgement(window, ln_e_harm));
        }
        Ok(self.judgement(window, self.ln_e_harm()))
    }

    /// Adds where the values of each metric lie to a judgement. Nothing is decided by them, and they
    /// take about as long as a window: they are for those whose judgements people read.
    pub fn add_values(&self, judgement: &mut Judgement) {
        for watch in &self.watches {
            if let Some(guard) = judgement.guards.get_mut(&watch.key()) {
                guard.values = watch.values();
            }
        }
    }

    /// The guard that shows harm: the one with the most evidence where the mean suffices, or
    /// with the most excess where that is above the cap.
    fn find_harm(&self, ln_e_harm: f64) -> Option<Arc<str>> {
        let largest = |of: fn(&Watch) -> f64| {
            let watches = self.watches.iter();
            let found = watches.max_by(|a, b| of(a).total_cmp(&of(b)));
            found.map(Watch::key)
        };
        if ln_e_harm >= self.ln_limit() {
            let in_mean = |watch: &Watch| match watch.action() {
                None | Some(Action::Rollback) => watch.ln_e_harm(),
                Some(Action::Hold | Action::Notify) => f64::NEG_INFINITY,
            };
            largest(in_mean)
        } else if self
            .max_excess_events
            .is_some_and(|cap| self.excess_events() > cap)
        {
            largest(Watch::excess_events)
        } else {
            None
        }
    }

    /// ln of the mean over the guards of a mean; any dependence between them is allowed, since
    /// the mean of e-values is an e-value.
    fn ln_e_harm(&self) -> f64 {
        let in_mean = self.watches.iter().filter(|watch| watch.is_in_mean());
        let logs = in_mean.map(Watch::ln_e_harm);
        let count = logs.clone().count() as f64;
        logs.reduce(log_add).map_or(0.0, |sum| sum - ln(count))
    }

    /// ln 1/α.
    fn ln_limit(&self) -> f64 {
        -ln(self.alpha)
    }

    /// Added up from 0: a sum of nothing would be −0.
    fn excess_events(&self) -> f64 {
        let excess = self.watches.iter().map(Watch::excess_events);
        excess.fold(0.0, |sum, excess| sum + excess)
    }

    fn judgement(&self, window: &Window, ln_e_harm: f64) -> Judgement {
        let holds = self.holds(window);
        let mut asking = self
            .watches
            .iter()
            .filter(|watch| watch.asks_for_safety())
            .peekable();
        // Where nobody asks, nobody claims that it is safe.
        let is_safe = asking.peek().is_some() && asking.all(|watch| watch.is_safe_in(window.stage));
        let verdict = match (&self.harm, holds.is_empty(), is_safe) {
            (Some(_), _, _) => Verdict::Harm,
            (None, false, _) => Verdict::Hold,
            (None, true, true) => Verdict::Safe,
            (None, true, false) => Verdict::Continue,
        };
        let guards = self.watches.iter();
        Judgement {
            verdict,
            ln_e_harm,
            ln_e_sample_ratio: self.sample_ratio.ln_e(),
            excess_events: self.excess_events(),
            culprit: self.harm.clone(),
            holds,
            guards: guards
                .map(|watch| (watch.key(), watch.judgement(window.stage, self.alpha)))
                .collect(),
        }
    }

    fn holds(&self, window: &Window) -> Vec<Hold> {
        let mut holds = Vec::new();
        if window.is_one_sided() {
            holds.push(Hold::NoData);
        }
        if self.sample_ratio.is_mismatch() {
            holds.push(Hold::SampleMismatch);
        }
        for watch in &self.watches {
            if watch.action() == Some(Action::Hold) && watch.ln_e_harm() >= self.ln_limit() {
                holds.push(Hold::Harm(watch.key()));
            }
        }
        holds
    }
}
