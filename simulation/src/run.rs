//! One release, from its start to its end.

use std::{sync::Arc, time::Duration};

use serin_engine::{
    release::{
        Action, Document, Guard, Hold, Observation, Phase, Refused, Signal, State,
        evidence::{Tally, Window},
        judge::{self, Judge, Judgement, Verdict},
        step,
    },
    slots::SLOTS,
};

use crate::{Behaviour, Scenario, traffic::Random};

/// More ticks than a release has phases follow from no window.
const MOST_TICKS: usize = 10;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// Everybody has the candidate.
    Completed,
    /// It was taken back.
    RolledBack,
    /// It still lived when it was given up.
    Unfinished,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// How long it took.
    pub took: Duration,
    /// The stage that it was in last.
    pub stage: usize,
    /// When harm was found, whatever followed from it.
    pub found: Option<Duration>,
    /// The metric that showed it.
    pub culprit: Option<Arc<str>>,
    /// The candidate's events above what the baseline's rates would have given, until then.
    pub excess: f64,
    /// How long it was held.
    pub held: Duration,
}

/// Simulates one run. Approvals are given at once, windows are open, and SDKs have every
/// stage as soon as it begins.
///
/// # Errors
/// Where the release does not start or go on: its document makes no sense.
pub fn run(scenario: &Scenario, name: &str, number: u64) -> Result<Outcome, Refused> {
    let mut random = Random::new(&format!("{name} {}", scenario.seed), number);
    let document = &scenario.release;
    let length = scenario.window.0;
    let mut judge = Judge::new(&document.policy, &document.guards);
    let mut state = step(
        document,
        &State::Draft,
        Signal::Start,
        &Observation::default(),
    )?
    .next;
    let mut outcome = Outcome {
        ended: Ended::Unfinished,
        took: Duration::ZERO,
        stage: 0,
        found: None,
        culprit: None,
        excess: 0.0,
        held: Duration::ZERO,
    };
    let limit = scenario.limit();
    while outcome.took < limit {
        let Some(position) = state.position() else {
            break;
        };
        outcome.stage = position.stage;
        let slots = document
            .stage(position.stage)
            .map_or(0, |stage| stage.slots());
        let weight = f64::from(slots) / f64::from(SLOTS);
        let stage = (position.stage, weight);
        let window = scenario.traffic.window(
            &mut random,
            &scenario.metrics,
            stage,
            (outcome.took, length),
        );
        outcome.took += length;
        if matches!(state, State::Held(_)) {
            outcome.held += length;
        }
        let Ok(judgement) = judge.enter(&window) else {
            continue;
        };
        outcome.note(scenario, &window, &judgement);
        state = ticked(
            scenario,
            state,
            &seen(document, &window, &judgement, length),
        )?;
    }
    outcome.ended = match state {
        State::Completed => Ended::Completed,
        State::RolledBack => Ended::RolledBack,
        _ => Ended::Unfinished,
    };
    Ok(outcome)
}

impl Outcome {
    fn note(&mut self, scenario: &Scenario, window: &Window, judgement: &Judgement) {
        self.excess += excess(scenario, window);
        if self.found.is_none() && judgement.verdict == Verdict::Harm {
            self.found = Some(self.took);
            self.culprit.clone_from(&judgement.culprit);
        }
    }
}

/// The candidate's events above what the true rate of the baseline would have given.
fn excess(scenario: &Scenario, window: &Window) -> f64 {
    let of = |metric: &str| {
        let count = |tally: Option<&Tally>| match tally {
            Some(Tally::Events(events)) => *events,
            _ => 0.0,
        };
        let (own, other) = (&window.candidate, &window.baseline);
        let expected = match other.exposed {
            0.0 => 0.0,
            exposed => count(other.metrics.get(metric)) * own.exposed / exposed,
        };
        count(own.metrics.get(metric)) - expected
    };
    let counts = scenario.metrics.iter();
    counts
        .filter(|(_, behaviour)| matches!(behaviour, Behaviour::Events(_)))
        .map(|(metric, _)| of(metric))
        .sum()
}

/// What the runner of a server would see.
fn seen(
    document: &Document,
    window: &Window,
    judgement: &Judgement,
    length: Duration,
) -> Observation {
    let guards = || document.guards.iter().filter_map(Guard::metric);
    let of = |metric: &str| judgement.guards.get(metric);
    let stage = document.stage(window.stage);
    let mut required = stage.into_iter().flat_map(|stage| document.required(stage));
    Observation {
        // What is not guarded bakes by what was watched, which is never more than a few seconds.
        since_last: length.min(Observation::LONGEST_GAP),
        observed: if window.candidate.exposed > 0.0 {
            length
        } else {
            Duration::ZERO
        },
        harm: judgement.verdict == Verdict::Harm,
        notice: guards().any(|guard| {
            guard.action == Some(Action::Notify) && of(&guard.metric).is_some_and(|of| of.harm)
        }),
        safe: required.all(|guard| of(&guard.metric).is_some_and(|of| of.safe)),
        holds: judgement.holds.iter().filter_map(hold).collect(),
        ..Observation::default()
    }
}

fn hold(hold: &judge::Hold) -> Option<Hold> {
    match hold {
        // Silence is measured over more than a window.
        judge::Hold::NoData => None,
        judge::Hold::SampleMismatch => Some(Hold::SampleMismatch),
        judge::Hold::Harm(_) => Some(Hold::Harm),
    }
}

/// The ticks that follow from a window: one stage at the most.
fn ticked(scenario: &Scenario, state: State, seen: &Observation) -> Result<State, Refused> {
    let document = &scenario.release;
    let mut state = state;
    let mut seen = seen.clone();
    let stage = |state: &State| state.position().map(|position| position.stage);
    for _ in 0..MOST_TICKS {
        let waits = state.position().is_some_and(|position| {
            position.phase == Phase::AwaitingApproval && !position.approved
        });
        let signal = if waits && matches!(state, State::Running(_)) {
            Signal::Approve
        } else {
            Signal::Tick
        };
        let next = step(document, &state, signal, &seen)?.next;
        let settled = next == state || stage(&next) != stage(&state);
        state = next;
        if settled {
            break;
        }
        // Time counts once.
        seen.observed = Duration::ZERO;
        seen.since_last = Duration::ZERO;
    }
    Ok(state)
}
