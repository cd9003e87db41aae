//! Windows through a judge, as a runner would enter them.

use chrono::{DateTime, TimeDelta, Utc};
use serde::Serialize;
use serin_engine::release::{
    Action,
    evidence::Window,
    judge::{Hold, Judge, Judgement, Verdict},
};

use super::recording::{Did, Recording};
use crate::{cli::release::document::Standards, store::evidence};

/// Silence that is shorter holds no release.
const SILENCE: TimeDelta = TimeDelta::minutes(5);

/// What came of a replay. Minutes are counted from the release's start (or its first window), and
/// to when a runner would have judged: some time after a window's end.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Replayed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flag: Option<String>,
    /// How many windows there are, and how many of them made no sense.
    pub(super) windows: usize,
    pub(super) refused: usize,
    /// How long the recording is.
    pub(super) minutes: f64,
    /// What it would have done; nothing where it would have gone on.
    pub(super) would: Option<Would>,
    /// What became of the release; nothing where nobody knows, or it still lives.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) serin: Option<Ended>,
    pub(super) stages: Vec<StagePass>,
    pub(super) holds: Vec<Held>,
    /// What was known at the end, or when it would have been stopped.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) judgement: Option<Judgement>,
}

/// What harm would have led to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Would {
    pub(super) action: Action,
    pub(super) minute: f64,
    pub(super) at: DateTime<Utc>,
    pub(super) stage: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) culprit: Option<String>,
    /// `evidence`, or `cap` where only the excess was too much.
    pub(super) because: &'static str,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Ended {
    #[serde(flatten)]
    pub(super) did: Did,
    pub(super) minute: f64,
}

/// A stage as it was passed through.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct StagePass {
    pub(super) stage: usize,
    pub(super) from_minute: f64,
    /// When every guard that asks for it was safe.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) safe_at_minute: Option<f64>,
}

/// For how long something would have held it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Held {
    pub(super) why: String,
    pub(super) from_minute: f64,
    pub(super) minutes: f64,
}

/// Replays a recording.
pub(super) fn run(recording: &Recording, standards: &Standards) -> Replayed {
    let mut windows: Vec<&Window> = recording.windows.iter().collect();
    windows.sort_by_key(|window| (window.at, window.stage));
    let began = recording.told.as_ref().and_then(|told| told.began);
    let began = began.or_else(|| windows.first().map(|window| time(window)));
    let clock = Clock(began.unwrap_or(DateTime::UNIX_EPOCH));
    let mut replayed = Replayed {
        release: recording.release.clone(),
        flag: recording
            .told
            .as_ref()
            .map(|told| told.document.flag.clone()),
        windows: windows.len(),
        refused: 0,
        minutes: windows.last().map_or(0.0, |window| clock.judged(window)),
        would: None,
        serin: recording
            .told
            .as_ref()
            .and_then(|told| told.did.clone())
            .map(|did| Ended {
                minute: clock.minute(did.at),
                did,
            }),
        stages: Vec::new(),
        holds: Vec::new(),
        judgement: None,
    };
    let mut fresh = recording
        .told
        .iter()
        .flat_map(|told| &told.fresh)
        .peekable();
    let mut judge = new(standards);
    for window in windows {
        while fresh.next_if(|at| **at <= time(window)).is_some() {
            judge = new(standards);
        }
        match judge.enter(window) {
            Ok(judgement) => replayed.note(window, judgement, standards, clock),
            Err(_) => replayed.refused += 1,
        }
        let stopped = |would: &Would| would.action == Action::Rollback;
        if replayed.would.as_ref().is_some_and(stopped) {
            break;
        }
    }
    let lasting =
        |held: &Held| held.why != "no_data" || held.minutes * 60.0 >= SILENCE.as_seconds_f64();
    replayed.holds.retain(lasting);
    replayed
}

fn new(standards: &Standards) -> Judge {
    Judge::new(&standards.policy, &standards.guards)
}

fn time(window: &Window) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(window.at.as_nanos())
}

/// When the release began.
#[derive(Clone, Copy)]
struct Clock(DateTime<Utc>);

impl Clock {
    fn minute(self, at: DateTime<Utc>) -> f64 {
        (at - self.0).as_seconds_f64() / 60.0
    }

    /// When a runner judges a window.
    fn judged(self, window: &Window) -> f64 {
        self.minute(judged_at(window))
    }
}

fn judged_at(window: &Window) -> DateTime<Utc> {
    time(window) + TimeDelta::seconds(evidence::SECONDS) + evidence::GRACE
}

impl Replayed {
    fn note(&mut self, window: &Window, judgement: Judgement, standards: &Standards, clock: Clock) {
        let minute = clock.judged(window);
        if self
            .stages
            .last()
            .is_none_or(|last| last.stage != window.stage)
        {
            self.stages.push(StagePass {
                stage: window.stage,
                from_minute: clock.minute(time(window)),
                safe_at_minute: None,
            });
        }
        if judgement.verdict == Verdict::Safe
            && let Some(stage) = self.stages.last_mut()
        {
            stage.safe_at_minute.get_or_insert(minute);
        }
        for hold in &judgement.holds {
            self.hold(hold, clock.minute(time(window)));
        }
        if judgement.verdict == Verdict::Harm && self.would.is_none() {
            let limit = -standards.policy.alpha.ln();
            self.would = Some(Would {
                action: standards.policy.on_harm,
                minute,
                at: judged_at(window),
                stage: window.stage,
                culprit: judgement.culprit.as_ref().map(ToString::to_string),
                because: if judgement.ln_e_harm >= limit {
                    "evidence"
                } else {
                    "cap"
                },
            });
        }
        self.judgement = Some(judgement);
    }

    /// A hold that goes on is one; what comes back after a minute without it is another.
    fn hold(&mut self, hold: &Hold, minute: f64) {
        let why = hold.to_string();
        let length = evidence::SECONDS as f64 / 60.0;
        let goes_on =
            |held: &&mut Held| held.why == why && minute - (held.from_minute + held.minutes) <= 1.0;
        match self.holds.iter_mut().rev().find(goes_on) {
            Some(held) => held.minutes = minute + length - held.from_minute,
            None => self.holds.push(Held {
                why,
                from_minute: minute,
                minutes: length,
            }),
        }
    }
}

#[cfg(test)]
mod tests;
