//! What evidence says of a release.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_engine::release::{
    Action, Guard, Hold, Observation, Phase, Position, Stage, State,
    evidence::Window,
    judge::{self, Judge, Judgement, Verdict},
};

use crate::{
    service::{Result, document, writer::Work},
    store::{
        self,
        evidence::{Unreadable, window_of},
        judge::Judged,
        release::Release,
    },
};

/// How long nobody may be seen in one of the arms before that is a reason to hold: a
/// quarter of the bake, within these bounds.
const SHORTEST_SILENCE: TimeDelta = TimeDelta::seconds(30);
const LONGEST_SILENCE: TimeDelta = TimeDelta::minutes(5);

/// What is known of a release by its evidence.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// When the candidate was seen, of windows that are new, in milliseconds since 1970.
    pub(super) seen_at: Vec<i64>,
    judged: Option<Judged>,
    /// How late what was counted may come.
    grace: TimeDelta,
    /// Windows that cannot be read: as if nobody had been seen in them.
    pub(super) unread: Vec<Unreadable>,
}

/// Judges the windows that are complete by now, `grace` after their end, and were not
/// judged yet.
///
/// # Errors
/// Where the database fails.
pub(super) async fn judge(work: &mut Work, release: &Release, grace: TimeDelta) -> Result<Known> {
    let Some(position) = release.state.position() else {
        return Ok(Known::default());
    };
    if !release.document.is_guarded() {
        return Ok(Known::default());
    }
    let mut kept = store::judge::find(&mut work.tx, release.release_id).await?;
    let now = work.now();
    // Evidence is looked at once a window.
    let until = window_of(store::evidence::complete_until(now, grace));
    if let Some(kept) = &mut kept
        && kept.watermark > now
    {
        // Somebody judged by a clock that was ahead. Evidence is not to be late until that time
        // comes: it goes on from here, and what was entered is not entered again.
        kept.watermark = until - TimeDelta::seconds(store::evidence::SECONDS);
        store::evidence::reopen(&mut work.tx, release.release_id, until).await?;
    }
    let after = kept.as_ref().map(|kept| kept.watermark);
    // What is known of the stage or the attempt before is not known of this one.
    let is_of_this =
        |kept: &Judged| (kept.stage, kept.attempt) == (position.stage, position.attempt);
    if kept
        .as_ref()
        .is_some_and(|kept| is_of_this(kept) && kept.watermark >= until)
    {
        return Ok(Known {
            judged: kept,
            grace,
            ..Known::default()
        });
    }
    let (mut windows, unread) =
        store::evidence::windows(&mut work.tx, release, after, until).await?;
    let judged = begin(release, position, kept, until);
    if judged.watermark > until {
        windows.clear();
    }
    let mut known = Known {
        judged: Some(judged),
        grace,
        unread,
        ..Known::default()
    };
    known.enter(position, &windows);
    if let Some(judged) = &known.judged
        && store::judge::keep(&mut work.tx, release, judged).await?
    {
        store::evidence::close(&mut work.tx, release.release_id, until).await?;
    }
    Ok(known)
}

/// Where judging goes on. A retry begins with evidence of its own, that was measured after it
/// began. A stage that is entered goes on with the release's, and has to be seen and to be safe by
/// itself.
fn begin(
    release: &Release,
    position: &Position,
    kept: Option<Judged>,
    until: DateTime<Utc>,
) -> Judged {
    let document = &release.document;
    let fresh = || Judge::new(&document.policy, &document.guards);
    let (stage, attempt) = (position.stage, position.attempt);
    match kept {
        Some(kept) if (kept.stage, kept.attempt) == (stage, attempt) => Judged {
            watermark: until,
            ..kept
        },
        Some(kept) if attempt == 1 => Judged {
            stage,
            attempt,
            judgement: None,
            watermark: until.max(kept.watermark),
            seen_at: None,
            ..kept
        },
        Some(_) => Judged {
            stage,
            attempt,
            judge: fresh(),
            judgement: None,
            watermark: until.max(window_of(release.entered_at)),
            seen_at: None,
        },
        None => Judged {
            stage,
            attempt,
            judge: fresh(),
            judgement: None,
            watermark: until,
            seen_at: None,
        },
    }
}

impl Known {
    fn enter(&mut self, position: &Position, windows: &[Window]) {
        let Some(judged) = &mut self.judged else {
            return;
        };
        for window in windows {
            let judgement = match judged.judge.enter(window) {
                Ok(judgement) => judgement,
                Err(error) => {
                    tracing::warn!(%error, at = %window.at, "evidence that makes no sense");
                    continue;
                }
            };
            // What was measured at the end of the last stage may show harm; that this stage is
            // safe, or that somebody was seen in it, it does not say.
            let of_this_stage = window.stage == position.stage;
            if of_this_stage || judgement.verdict == Verdict::Harm {
                judged.judgement = Some(judgement);
            }
            if of_this_stage && window.candidate.is_seen() {
                self.seen_at.extend(seen_at(window));
                if window.baseline.is_seen() {
                    judged.seen_at = DateTime::from_timestamp_millis(window.at.as_millis());
                }
            }
        }
        // Once, whatever was judged: they take as long as a window.
        if let Some(judgement) = &mut judged.judgement {
            judged.judge.add_values(judgement);
        }
    }

    fn judgement(&self) -> Option<&Judgement> {
        self.judged.as_ref()?.judgement.as_ref()
    }

    /// Puts what is known into what was seen.
    pub(super) fn tell(&self, release: &Release, now: DateTime<Utc>, seen: &mut Observation) {
        if let Some(judgement) = self.judgement() {
            seen.harm = judgement.verdict == Verdict::Harm;
            seen.holds.extend(judgement.holds.iter().filter_map(hold));
            for guard in release.document.guards.iter().filter_map(Guard::metric) {
                let of = judgement.guards.get(guard.metric.as_str());
                seen.notice |= guard.action == Some(Action::Notify) && of.is_some_and(|of| of.harm);
            }
            let stage = release
                .state
                .position()
                .and_then(|at| release.document.stage(at.stage));
            let mut required = stage
                .into_iter()
                .flat_map(|stage| release.document.required(stage));
            seen.safe = required.all(|guard| {
                let of = judgement.guards.get(guard.metric.as_str());
                of.is_some_and(|of| of.safe)
            });
        }
        if self.is_silent(release, now) {
            seen.holds.push(Hold::NoData);
        }
    }

    /// Whether nobody was seen in one of the arms for too long.
    fn is_silent(&self, release: &Release, now: DateTime<Utc>) -> bool {
        let Some(position) = release.state.position() else {
            return false;
        };
        if !release.document.is_guarded() || position.phase == Phase::Propagating {
            return false;
        }
        let seen_at = self.judged.as_ref().and_then(|judged| judged.seen_at);
        // What is held for silence goes on when somebody is seen, and not before.
        let since = match &release.state {
            State::Held(position) if position.holds.contains(&Hold::NoData) => {
                seen_at.unwrap_or(DateTime::UNIX_EPOCH)
            }
            _ => seen_at.map_or(release.entered_at, |at| at.max(release.entered_at)),
        };
        now - since > longest_silence(release.document.stage(position.stage), self.grace)
    }

    /// What a transition was decided on.
    pub(super) fn evidence(&self, seen: &Observation) -> Option<Value> {
        let judged = self.judged.as_ref()?;
        Some(document::present(json!({
            "judged_until": judged.watermark,
            "seen_at": judged.seen_at,
            "judgement": judged.judgement,
            "propagated": seen.propagated,
            "window_open": seen.window_open,
        })))
    }
}

/// How long after the last window in which both arms were seen a stage is held, where evidence may
/// be so late.
pub(crate) fn longest_silence(stage: Option<&Stage>, grace: TimeDelta) -> TimeDelta {
    let bake = stage
        .and_then(|stage| stage.watch.or(stage.min_bake))
        .and_then(|span| TimeDelta::from_std(span.0).ok())
        .unwrap_or(LONGEST_SILENCE);
    let allowed = (bake / 4).clamp(SHORTEST_SILENCE, LONGEST_SILENCE);
    allowed + grace + TimeDelta::seconds(2 * store::evidence::SECONDS)
}

/// When the candidate was seen. What another system counts comes at the end of the time in which it
/// was.
fn seen_at(window: &Window) -> impl Iterator<Item = i64> {
    let at = window.at.as_millis();
    let since = at - 1000 * i64::from(window.candidate.seen_for());
    (since..at).step_by(60_000).chain([at])
}

/// Silence is measured over more than the one window that the judge looks at.
fn hold(hold: &judge::Hold) -> Option<Hold> {
    match hold {
        judge::Hold::NoData => None,
        judge::Hold::SampleMismatch => Some(Hold::SampleMismatch),
        judge::Hold::Harm(_) => Some(Hold::Harm),
    }
}
