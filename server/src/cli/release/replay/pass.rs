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
use silence::Silence;
use stage::{StagePass, Stages};

mod silence;
mod stage;

/// What came of a replay. Minutes are counted from the release's start (or its first window), and
/// to when a runner would have judged: some time after a window's end.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Replayed {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) release: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) flag: Option<String>,
    /// How many windows there are from its start on, and how many of them made no sense.
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
    /// The objectives among the guards: windows do not tell of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) not_judged: Vec<String>,
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

/// For how long something would have held it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Held {
    pub(super) why: String,
    pub(super) from_minute: f64,
    pub(super) minutes: f64,
}

/// Replays a recording.
pub(super) fn run(recording: &Recording, standards: &Standards) -> Replayed {
    let told = recording.told.as_ref();
    let mut windows: Vec<&Window> = recording.windows.iter().collect();
    windows.sort_by_key(|window| (window.at, window.stage));
    if let Some(until) = told.and_then(|told| told.judged_until) {
        windows.retain(|window| time(window) <= until);
    }
    // What somebody counted before there was a release has nobody in it.
    let began = told.and_then(|told| told.began).map(|began| {
        let until = began - TimeDelta::seconds(evidence::SECONDS);
        let is_before = |window: &&&Window| is_empty(window) && time(window) <= until;
        (began, windows.iter().take_while(is_before).count())
    });
    let (began, before) = began.unwrap_or_else(|| {
        let before = windows.iter().take_while(|window| is_empty(window)).count();
        let first = windows.get(before).or(windows.first());
        (
            first.map_or(DateTime::UNIX_EPOCH, |window| time(window)),
            before,
        )
    });
    let mut pass = Pass {
        standards,
        clock: Clock(began),
        judge: new(standards),
        stages: Stages::new(told.map(|told| &told.document), standards),
        silence: Silence::default(),
        replayed: Replayed::before(recording, standards, Clock(began)),
    };
    let (before, windows) = windows.split_at(before);
    for window in before {
        // It says nothing; but the judge of the server was told of it, too.
        let _ = pass.judge.enter(window);
    }
    pass.replayed.windows = windows.len();
    pass.replayed.minutes = windows.last().map_or(0.0, |last| pass.clock.judged(last));
    let mut fresh = told.iter().flat_map(|told| &told.fresh).peekable();
    for window in windows {
        while fresh.next_if(|at| **at <= time(window)).is_some() {
            pass.begin_again();
        }
        pass.enter(window);
        if pass.is_stopped() {
            return pass.done();
        }
    }
    if let Some(did) = told.and_then(|told| told.did.as_ref()) {
        pass.be_silent_until(did.at);
    }
    pass.done()
}

fn new(standards: &Standards) -> Judge {
    Judge::new(&standards.policy, &standards.guards)
}

fn time(window: &Window) -> DateTime<Utc> {
    DateTime::from_timestamp_nanos(window.at.as_nanos())
}

fn is_empty(window: &Window) -> bool {
    !window.baseline.is_seen() && !window.candidate.is_seen()
}

/// When the release began.
#[derive(Clone, Copy)]
struct Clock(DateTime<Utc>);

impl Clock {
    /// What is a few seconds before its beginning, since windows are on a grid, is at it.
    fn minute(self, at: DateTime<Utc>) -> f64 {
        ((at - self.0).as_seconds_f64() / 60.0).max(0.0)
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
    fn before(recording: &Recording, standards: &Standards, clock: Clock) -> Self {
        let told = recording.told.as_ref();
        let ended = |did: &Did| Ended {
            minute: clock.minute(did.at),
            did: did.clone(),
        };
        Self {
            release: recording.release.clone(),
            flag: told.map(|told| told.document.flag.clone()),
            windows: 0,
            refused: 0,
            minutes: 0.0,
            would: None,
            serin: told.and_then(|told| told.did.as_ref()).map(ended),
            stages: Vec::new(),
            holds: Vec::new(),
            not_judged: standards.objectives().map(str::to_owned).collect(),
            judgement: None,
        }
    }
}

/// A recording as it is replayed.
struct Pass<'s> {
    standards: &'s Standards,
    clock: Clock,
    judge: Judge,
    stages: Stages,
    silence: Silence,
    replayed: Replayed,
}

impl Pass<'_> {
    /// A stage is begun again, with evidence of its own.
    fn begin_again(&mut self) {
        self.judge = new(self.standards);
        self.stages.begin_again();
    }

    fn enter(&mut self, window: &Window) {
        let Ok(mut judgement) = self.judge.enter(window) else {
            self.replayed.refused += 1;
            return;
        };
        self.judge.add_values(&mut judgement);
        let minute = self.clock.judged(window);
        if self
            .stages
            .enter(window.stage, self.clock.minute(time(window)))
        {
            self.silence.begin(time(window));
        }
        self.stages.note(window.stage, &judgement, minute);
        // What is measured of an earlier stage may show harm, and holds the present one for nothing.
        if self.stages.is_present(window.stage) {
            if !window.is_one_sided() {
                self.be_silent_until(judged_at(window));
                self.silence.begin(time(window));
            }
            let compares = self.stages.compares();
            let holds = judgement.holds.iter().filter(|hold| match hold {
                // By how long it lasts, and not by one window.
                Hold::NoData => false,
                Hold::SampleMismatch => compares,
                Hold::Harm(_) => true,
            });
            for hold in holds {
                self.hold(hold, self.clock.minute(time(window)));
            }
        }
        if judgement.verdict == Verdict::Harm && self.replayed.would.is_none() {
            self.replayed.would = Some(self.harm(window, &judgement));
        }
        self.replayed.judgement = Some(judgement);
    }

    fn harm(&self, window: &Window, judgement: &Judgement) -> Would {
        let policy = &self.standards.policy;
        let limit = -policy.alpha.ln();
        Would {
            action: policy.on_harm,
            minute: self.clock.judged(window),
            at: judged_at(window),
            stage: window.stage,
            culprit: judgement.culprit.as_ref().map(ToString::to_string),
            because: if judgement.ln_e_harm >= limit {
                "evidence"
            } else {
                "cap"
            },
        }
    }

    fn is_stopped(&self) -> bool {
        let stopped = |would: &Would| would.action == Action::Rollback;
        self.replayed.would.as_ref().is_some_and(stopped)
    }

    /// A hold that goes on is one; what comes back after a minute without it is another.
    fn hold(&mut self, hold: &Hold, minute: f64) {
        let why = hold.to_string();
        let length = evidence::SECONDS as f64 / 60.0;
        let goes_on =
            |held: &&mut Held| held.why == why && minute - (held.from_minute + held.minutes) <= 1.0;
        let holds = &mut self.replayed.holds;
        match holds.iter_mut().rev().find(goes_on) {
            Some(held) => held.minutes = minute + length - held.from_minute,
            None => holds.push(Held {
                why,
                from_minute: minute,
                minutes: length,
            }),
        }
    }

    /// Where nobody was seen in one of the arms for too long it would have been held.
    fn be_silent_until(&mut self, until: DateTime<Utc>) {
        let longest = self.stages.longest_silence();
        if let Some(from) = self.silence.held_from(until, longest)
            && self.stages.compares()
        {
            let from_minute = self.clock.minute(from);
            self.replayed.holds.push(Held {
                why: Hold::NoData.to_string(),
                from_minute,
                minutes: self.clock.minute(until) - from_minute,
            });
        }
    }

    fn done(self) -> Replayed {
        Replayed {
            stages: self.stages.passed(),
            ..self.replayed
        }
    }
}

#[cfg(test)]
mod tests;
