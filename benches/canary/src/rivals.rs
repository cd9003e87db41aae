//! How other systems decide, on the same minutes as the judge: the engine's own list of rules
//! with a fixed threshold, with what each cost until it stopped.

use serin_engine::release::thresholds::{self, Rule, Thresholds};

use crate::traffic::Minute;

/// The rules, in the order of [`Rule::ALL`].
pub const NAMES: [&str; 4] = [
    "Argo-style, success ≥ 99 %, 5 min, 3 failures",
    "Flagger-style, success ≥ 99 %, 1 min, threshold 5",
    "candidate > 1.5 × baseline, 5 min, 3 failures",
    "Kayenta-style, Mann-Whitney each 5 min",
];

/// All of them at once, over the minutes of one release.
#[derive(Default)]
pub struct Rivals {
    rules: Thresholds,
    /// The minute in which each rolled back, and the excess until then.
    pub stopped: [Option<(usize, f64)>; 4],
    excess: f64,
}

impl Rivals {
    pub fn look(&mut self, minute: &Minute) {
        self.excess += minute.excess();
        self.rules.look(thresholds::Minute {
            baseline: minute.baseline,
            candidate: minute.candidate,
        });
        for (stopped, rule) in self.stopped.iter_mut().zip(Rule::ALL) {
            if stopped.is_none() {
                *stopped = self.rules.stopped(rule).map(|at| (at, self.excess));
            }
        }
    }
}
