//! One guard of a metric: what it has seen, and what it knows.

use std::{collections::BTreeSet, sync::Arc};

use serde::{Deserialize, Serialize};

use super::{
    block,
    confidence::Ratios,
    grid::{Grid, HARM, SAFE, SHIFTS},
    judgement::{GuardJudgement, Values},
    label::{Counts, gains},
    latency::{Latency, shift},
    numeric::ln,
    process::{Harm, Safe},
    restart::start_weight,
};
use crate::release::{
    Action, Direction, MetricGuard, Test,
    evidence::{Arm, BadWindow, Counter, Histogram, Tally, Window, bad},
};

/// Up to here the absolute part of a margin reaches: a silent baseline must not blind the test.
const WIDEST: f64 = 10.0;

/// A guard and its evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Watch {
    key: Arc<str>,
    guard: MetricGuard,
    /// Nothing before the first window that has the metric.
    data: Option<Data>,
    /// The stages in which it was found to be safe.
    safe_in: BTreeSet<usize>,
}

/// What kind of metric it is shows with the first window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Data {
    Counts(Box<Counted>),
    Values(Box<Latency>),
}

/// The evidence of a metric that comes as counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Counted {
    harm: Harm,
    safe: Safe,
    ratios: Ratios,
    /// Windows that said something.
    informative: u64,
    /// Past exposures and events, which margins and alternatives are made of.
    baseline: Past,
    candidate: Past,
    /// Σ x_c − x_s e_c / e_s.
    excess: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Past {
    exposed: f64,
    events: f64,
}

impl Past {
    fn add(&mut self, exposed: f64, events: f64) {
        self.exposed += exposed;
        self.events += events;
    }

    /// The rate, drawn a little towards a half.
    fn rate(self) -> f64 {
        (self.events + 0.5) / (self.exposed + 1.0)
    }
}

/// What a window has of a metric.
enum Found<'w> {
    Nothing,
    Counts(Counts),
    Values {
        baseline: &'w Histogram,
        candidate: &'w Histogram,
    },
}

static NO_VALUES: Histogram = Histogram::EMPTY;

impl Watch {
    pub(super) fn new(guard: &MetricGuard) -> Self {
        Self {
            key: guard.metric.as_str().into(),
            guard: guard.clone(),
            data: None,
            safe_in: BTreeSet::new(),
        }
    }

    /// The metric's key.
    pub(super) fn key(&self) -> Arc<str> {
        Arc::clone(&self.key)
    }

    pub(super) fn action(&self) -> Option<Action> {
        self.guard.action
    }

    pub(super) fn is_in_mean(&self) -> bool {
        self.guard.is_in_mean()
    }

    pub(super) fn asks_for_safety(&self) -> bool {
        self.guard.require_safe.is_some()
    }

    pub(super) fn is_safe_in(&self, stage: usize) -> bool {
        self.safe_in.contains(&stage)
    }

    /// ln E of harm; an e-value of 1 without data.
    pub(super) fn ln_e_harm(&self) -> f64 {
        match &self.data {
            None => 0.0,
            Some(Data::Counts(counted)) => counted.harm.ln_e(),
            Some(Data::Values(latency)) => latency.ln_e(),
        }
    }

    /// Events above what the baseline's rate would have given, where up is bad. What is held against
    /// a limit of its own has none: in a shadow stage it costs nobody anything.
    pub(super) fn excess_events(&self) -> f64 {
        match (&self.data, self.guard.bad) {
            (Some(Data::Counts(counted)), Direction::Up) if self.guard.limit.is_none() => {
                counted.excess
            }
            _ => 0.0,
        }
    }

    /// Checks that a window has the metric in one kind, the same as before.
    pub(super) fn check(&self, window: &Window) -> Result<(), BadWindow> {
        let is_same = match (self.find(window), &self.data) {
            (None, _) => false,
            (Some(Found::Counts(_)), Some(Data::Values(_))) => false,
            (Some(Found::Values { .. }), Some(Data::Counts(_))) => false,
            (Some(_), _) => true,
        };
        if is_same {
            return Ok(());
        }
        let place = format!("metrics.{}", self.key);
        Err(bad(
            &place,
            "comes in two forms: as events, values or a counter",
        ))
    }

    /// What a window has of the metric, unless it is of two kinds. What only one arm has is
    /// nothing in the other.
    fn find<'w>(&self, window: &'w Window) -> Option<Found<'w>> {
        let (baseline, candidate) = (&window.baseline, &window.candidate);
        let metric = &*self.key;
        let compared = |other: Counter, own: Counter| {
            Found::Counts(Counts {
                exposed: own.exposed,
                events: own.events,
                other_exposed: other.exposed,
                other_events: other.events,
            })
        };
        let units = |arm: &Arm, events: f64| Counter {
            exposed: arm.exposed,
            events,
            seconds: 0,
        };
        let counts = |other_events, events| {
            compared(units(baseline, other_events), units(candidate, events))
        };
        let values = |baseline, candidate| Found::Values {
            baseline,
            candidate,
        };
        let found = match (baseline.metrics.get(metric), candidate.metrics.get(metric)) {
            (None, None) => Found::Nothing,
            (Some(Tally::Events(other)), Some(Tally::Events(events))) => counts(*other, *events),
            (Some(Tally::Events(other)), None) => counts(*other, 0.0),
            (None, Some(Tally::Events(events))) => counts(0.0, *events),
            (Some(Tally::Histogram(other)), Some(Tally::Histogram(own))) => values(other, own),
            (Some(Tally::Histogram(other)), None) => values(other, &NO_VALUES),
            (None, Some(Tally::Histogram(own))) => values(&NO_VALUES, own),
            (Some(Tally::Counter(other)), Some(Tally::Counter(own))) => compared(*other, *own),
            (Some(Tally::Counter(other)), None) => compared(*other, Counter::default()),
            (None, Some(Tally::Counter(own))) => compared(Counter::default(), *own),
            (Some(_), Some(_)) => return None,
        };
        Some(found)
    }

    /// The candidate's units that were new in the stage, where the window says so of those that
    /// events are of.
    fn first(&self, window: &Window) -> Option<f64> {
        match window.candidate.metrics.get(&*self.key) {
            Some(Tally::Counter(_)) => None,
            Some(Tally::Events(_) | Tally::Histogram(_)) | None => window.candidate.first,
        }
    }

    /// Takes a window that was checked.
    pub(super) fn enter(&mut self, window: &Window, beta: f64) {
        let guard = &self.guard;
        match self.find(window) {
            None | Some(Found::Nothing) => {}
            Some(Found::Counts(counts)) => {
                let new = || Data::Counts(Box::new(Counted::NEW));
                let first = self.first(window);
                if let Data::Counts(counted) = self.data.get_or_insert_with(new) {
                    counted.enter(guard, &counts, first);
                }
            }
            Some(Found::Values {
                baseline,
                candidate,
            }) => {
                let new = || Data::Values(Box::new(Latency::NEW));
                if let Data::Values(latency) = self.data.get_or_insert_with(new) {
                    let shift = shift(guard.margin.relative);
                    latency.enter(baseline, candidate, guard.bad, shift);
                }
            }
        }
        if self.ln_e_safe().is_some_and(|ln_e| ln_e >= -ln(beta)) && !self.is_safe_in(window.stage)
        {
            self.safe_in.insert(window.stage);
        }
    }

    /// Where both arms' values lie; nothing for counts.
    pub(super) fn values(&self) -> Option<Values> {
        match &self.data {
            Some(Data::Values(latency)) => latency.values(),
            Some(Data::Counts(_)) | None => None,
        }
    }

    fn ln_e_safe(&self) -> Option<f64> {
        self.guard.require_safe?;
        match &self.data {
            None => Some(0.0),
            Some(Data::Counts(counted)) => Some(counted.safe.ln_e()),
            Some(Data::Values(_)) => None,
        }
    }

    pub(super) fn judgement(&self, stage: usize, alpha: f64) -> GuardJudgement {
        let ln_e_harm = self.ln_e_harm();
        GuardJudgement {
            ln_e_harm,
            ln_e_safe: self.ln_e_safe(),
            ratio: match &self.data {
                Some(Data::Counts(counted)) => Some(counted.ratios.ratio(alpha)),
                Some(Data::Values(_)) | None => None,
            },
            values: None,
            harm: ln_e_harm >= -ln(alpha),
            safe: self.is_safe_in(stage),
        }
    }
}

impl Counted {
    const NEW: Self = Self {
        harm: Harm::NEW,
        safe: Safe::NEW,
        ratios: Ratios::NEW,
        informative: 0,
        baseline: Past {
            exposed: 0.0,
            events: 0.0,
        },
        candidate: Past {
            exposed: 0.0,
            events: 0.0,
        },
        excess: 0.0,
    };

    fn enter(&mut self, guard: &MetricGuard, counts: &Counts, first: Option<f64>) {
        if counts.is_informative() {
            self.informative += 1;
            match guard.limit {
                Some(limit) => self.enter_limit(guard, limit, counts, first),
                None => self.enter_tests(guard, counts),
            }
            if counts.total() > 0.0 {
                self.ratios.enter(counts);
                self.excess +=
                    counts.events - counts.other_events * (counts.exposed / counts.other_exposed);
            }
        }
        // Only now: margins are made of the past, or they would follow what they are to judge.
        self.baseline.add(counts.other_exposed, counts.other_events);
        self.candidate.add(counts.exposed, counts.events);
    }

    fn enter_tests(&mut self, guard: &MetricGuard, counts: &Counts) {
        let (counts, other) = match guard.bad {
            Direction::Up => (*counts, self.baseline),
            Direction::Down => (counts.swapped(), self.candidate),
        };
        let gains_at = |grid: &Grid<SHIFTS>, ratio: f64| match guard.test {
            Test::Label => gains(grid, counts.share(ratio), counts.events, counts.total()),
            Test::Block => block::gains(grid, ratio, other.rate(), &counts),
        };
        // Without events the label form says nothing; the block form does.
        let speaks = counts.total() > 0.0 || guard.test == Test::Block;
        let harm = speaks.then(|| gains_at(&HARM, self.bound(guard)));
        self.harm.enter(harm, start_weight(self.informative));
        if let Some(worse) = guard.require_safe
            && speaks
        {
            self.safe.enter(&gains_at(&SAFE, 1.0 + worse));
        }
    }

    /// The candidate's own outcomes against a rate: the likelihood of an event is tilted as that of
    /// an arm is. Where it is known who is new, each unit is one outcome of its stage, whenever its
    /// event comes: who comes back neither adds to the evidence nor thins it out.
    fn enter_limit(
        &mut self,
        guard: &MetricGuard,
        limit: f64,
        counts: &Counts,
        first: Option<f64>,
    ) {
        let units = first.unwrap_or(counts.exposed);
        let gains_at = |grid: &Grid<SHIFTS>, rate: f64| gains(grid, rate, counts.events, units);
        let harm = gains_at(&HARM, limit);
        match first {
            Some(_) => self.harm.enter_whole(&harm),
            None => self.harm.enter(Some(harm), start_weight(self.informative)),
        }
        if let Some(worse) = guard.require_safe {
            let bound = (limit * (1.0 + worse)).min(1.0 - 1e-9);
            self.safe.enter(&gains_at(&SAFE, bound));
        }
    }

    /// r₀, the largest ratio that is no harm, from what the baseline did in past windows:
    /// max(1 + relative, min(10, 1 + absolute · (N + 1)/(X + ½))).
    fn bound(&self, guard: &MetricGuard) -> f64 {
        let past = self.baseline;
        let part = guard.margin.absolute * (past.exposed + 1.0) / (past.events + 0.5);
        (1.0 + part).min(WIDEST).max(1.0 + guard.margin.relative)
    }
}
