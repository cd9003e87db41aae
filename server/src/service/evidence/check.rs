//! What a report may say. Instances are programs of the team's own, but one of them may be
//! wrong, and must not drown what the others say, nor fill the database.

use chrono::{DateTime, TimeDelta, Utc};
use serin_api::{error::Detail, evidence::EvidenceWindow};
use serin_engine::{
    key,
    release::evidence::{Arm, At, Tally, Window},
};

use super::{Asked, Report, left_out::LeftOut};
use crate::{
    service::{Error, Result},
    store::evidence::{SECONDS, window_of},
};

/// How many windows a report has at most.
pub(super) const MAX_WINDOWS: usize = 2000;
/// How much of what was left out is told.
const MAX_TOLD: usize = 100;
/// How many metrics an arm has at most.
const MAX_METRICS: usize = 100;
/// How many buckets a histogram has at most; they grow by a twentieth each.
const MAX_BUCKETS: usize = 2000;
/// What is measured lies in these, from 10⁻²⁰ to 10³⁰ and some: a sum has no more of them than all
/// instances name together.
const BUCKETS: std::ops::RangeInclusive<i32> = -1000..=1500;
/// No instance sees more units, or values, in ten seconds.
const MAX_COUNT: f64 = 1e8;
/// Older windows say nothing any more.
const ANCIENT: TimeDelta = TimeDelta::hours(1);
/// How far ahead a window may begin: clocks differ a little.
const AHEAD: TimeDelta = TimeDelta::seconds(SECONDS);
/// Clocks that differ by less are taken to be right.
const RIGHT: TimeDelta = TimeDelta::seconds(2);

/// A report with its windows checked and dated by this server's clock.
#[derive(Clone, Debug)]
pub(crate) struct Checked {
    /// Possible, and of the last hour.
    pub(crate) good: Vec<EvidenceWindow>,
    /// What is wrong with the others.
    pub(crate) mistakes: Vec<Detail>,
    /// What releases do not ask for, and was left out of those that are good: for who reports.
    pub(crate) told: Vec<Detail>,
    /// The same for who runs this.
    pub(crate) left_out: LeftOut,
}

impl Checked {
    /// Checks windows one by one: one that is wrong does not take the others with it.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there are too many to look at.
    pub(crate) fn read(report: &Report, asked: &Asked, now: DateTime<Utc>) -> Result<Self> {
        if report.windows.len() > MAX_WINDOWS {
            let message = format!("at most {MAX_WINDOWS} windows in a report");
            return Err(Error::invalid("/windows", "too_many", message));
        }
        let clock = report.sent_at.map_or(TimeDelta::zero(), |sent| now - sent);
        let mut checked = Self {
            good: Vec::with_capacity(report.windows.len()),
            mistakes: Vec::new(),
            told: Vec::new(),
            left_out: LeftOut::default(),
        };
        for (index, window) in report.windows.iter().enumerate() {
            let detail = |(place, code, message): Mistake| Detail {
                path: format!("/windows/{index}{place}"),
                code: code.to_owned(),
                message,
            };
            match good(window, clock, now) {
                Ok(mut window) => {
                    let misfits = asked.narrow(&mut window);
                    if !misfits.is_empty() {
                        checked.left_out.window();
                    }
                    for misfit in misfits {
                        let left_out = &mut checked.left_out;
                        left_out.metric(window.release, &misfit.metric, misfit.code);
                        if checked.told.len() < MAX_TOLD {
                            checked.told.push(detail(misfit.told()));
                        }
                    }
                    checked.good.push(window);
                }
                Err(mistake) => checked.mistakes.push(detail(mistake)),
            }
        }
        Ok(checked)
    }
}

/// The same for whoever wants to be told: all mistakes, and nothing is taken.
///
/// # Errors
/// [`Error::Invalid`].
pub(crate) fn strictly(report: &Report, now: DateTime<Utc>) -> Result<()> {
    if report.windows.is_empty() {
        return Err(Error::invalid(
            "/windows",
            "too_few",
            "there is no window in it",
        ));
    }
    let mistakes = Checked::read(report, &Asked::default(), now)?.mistakes;
    if mistakes.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(mistakes))
    }
}

type Mistake = (String, &'static str, String);

fn good(
    window: &EvidenceWindow,
    clock: TimeDelta,
    now: DateTime<Utc>,
) -> std::result::Result<EvidenceWindow, Mistake> {
    let at = dated(window.at, clock).ok_or_else(|| time("no time of this calendar"))?;
    if at > now + AHEAD {
        return Err(time("it lies in the future"));
    }
    if at < now - ANCIENT {
        return Err(time("it is more than an hour ago"));
    }
    possible(window)?;
    for (name, arm) in [
        ("baseline", &window.baseline),
        ("candidate", &window.candidate),
    ] {
        bounded(arm)
            .map_err(|(place, message)| (format!("/{name}{place}"), "out_of_range", message))?;
    }
    Ok(EvidenceWindow {
        at,
        ..window.clone()
    })
}

/// When a window began by this server's clock, on the grid that all share.
fn dated(at: DateTime<Utc>, clock: TimeDelta) -> Option<DateTime<Utc>> {
    let at = if clock.abs() < RIGHT {
        at
    } else {
        at.checked_add_signed(clock)?
    };
    Some(window_of(at))
}

fn time(message: &str) -> Mistake {
    ("/at".to_owned(), "out_of_range", message.to_owned())
}

/// What the judge would refuse.
fn possible(window: &EvidenceWindow) -> std::result::Result<(), Mistake> {
    let judged = Window {
        release: None,
        at: At::default(),
        stage: window.stage,
        weight: 0.5,
        baseline: window.baseline.clone(),
        candidate: window.candidate.clone(),
    };
    judged.check().map_err(|bad| {
        let place = bad.place.replace('.', "/");
        (format!("/{place}"), "impossible", bad.reason)
    })
}

/// What no honest instance comes near.
fn bounded(arm: &Arm) -> std::result::Result<(), (String, String)> {
    let most = |place: &str, number: f64| {
        if number <= MAX_COUNT {
            return Ok(());
        }
        Err((
            place.to_owned(),
            format!("no instance counts {number} in {SECONDS} seconds"),
        ))
    };
    most("/exposed", arm.exposed)?;
    if arm.metrics.len() > MAX_METRICS {
        return Err((
            "/metrics".to_owned(),
            format!("at most {MAX_METRICS} metrics"),
        ));
    }
    for (name, tally) in &arm.metrics {
        // A body's whole length may be one key: it is neither logged nor told.
        if name.chars().count() > key::MAX_CHARS {
            let message = format!("a metric's key has at most {} characters", key::MAX_CHARS);
            return Err(("/metrics".to_owned(), message));
        }
        let place = format!("/metrics/{}", name.replace('~', "~0").replace('/', "~1"));
        match tally {
            Tally::Events(_) => {}
            Tally::Histogram(histogram) if histogram.0.len() > MAX_BUCKETS => {
                return Err((place, format!("at most {MAX_BUCKETS} buckets")));
            }
            Tally::Histogram(histogram) => {
                if let Some(bucket) = histogram.0.keys().find(|bucket| !BUCKETS.contains(bucket)) {
                    return Err((
                        place,
                        format!("nothing is measured that is of bucket {bucket}"),
                    ));
                }
                most(&place, histogram.total() as f64)?;
            }
            Tally::Counter(_) => {
                let message = "a counter is what the server asks another system for";
                return Err((place, message.to_owned()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
