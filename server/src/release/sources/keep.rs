//! What was answered, added to the windows that the runner judges.

use chrono::{DateTime, TimeDelta, Utc};
use serin_engine::release::evidence::{Arm, Counter, Tally};

use super::{ask::Answer, plan::Wanted};
use crate::{
    service::{Error, Result, writer::Work},
    store::{
        self,
        evidence::{Counted, Name, SECONDS},
        source::Reading,
    },
};

/// Keeps all answers that are still wanted, in one transaction.
pub(super) async fn all(
    work: &mut Work,
    asked: Vec<(Wanted, std::result::Result<Answer, String>)>,
) -> Result<()> {
    for (wanted, answer) in asked {
        match one(work, &wanted, answer).await {
            // What is kept of one and cannot be read costs no other its answers. The runner, which
            // cannot read it either, tells of it.
            Err(Error::Store(store::Error::Inconsistent { .. })) => {}
            kept => kept?,
        }
    }
    Ok(())
}

async fn one(
    work: &mut Work,
    wanted: &Wanted,
    answer: std::result::Result<Answer, String>,
) -> Result<()> {
    if is_wanted(work, wanted).await? {
        keep(work, wanted, answer).await?;
    }
    Ok(())
}

/// Whether the release is where it was, and nobody else has read on: what was asked for a stage
/// that is over, or twice, would count twice.
async fn is_wanted(work: &mut Work, wanted: &Wanted) -> Result<bool> {
    let id = wanted.name.release_id;
    let release = store::release::find(&mut work.tx, wanted.environment_id, id).await?;
    let is_there = release.is_some_and(|release| {
        let position = release.state.position();
        position.is_some_and(|at| (at.stage, at.attempt) == (wanted.stage, wanted.attempt))
    });
    let readings = store::source::of(&mut work.tx, id).await?;
    let stands = readings.into_iter().find(|(name, _)| *name == wanted.name);
    let as_it_was = match (&wanted.before, stands) {
        (Some(before), Some((_, stands))) => before.read_until == stands.read_until,
        (Some(_), None) => false,
        (None, Some((_, stands))) => {
            (stands.stage, stands.attempt) != (wanted.stage, wanted.attempt)
        }
        (None, None) => true,
    };
    Ok(is_there && as_it_was)
}

async fn keep(
    work: &mut Work,
    wanted: &Wanted,
    answer: std::result::Result<Answer, String>,
) -> Result<()> {
    let now = work.now();
    let reading = |read_until| Reading {
        stage: wanted.stage,
        attempt: wanted.attempt,
        read_until,
        answered_at: now,
        failing: None,
        burn: None,
    };
    let reading = match answer {
        Ok(Answer::Begun(from)) => reading(from),
        Ok(Answer::Counted {
            until,
            baseline,
            candidate,
        }) => {
            add(work, wanted, baseline, candidate).await?;
            reading(until)
        }
        Ok(Answer::Burn(at, burn)) => Reading {
            burn: Some(burn),
            ..reading(at)
        },
        Err(problem) => match failing(wanted, problem, now) {
            Some(reading) => reading,
            // It is known already.
            None => return Ok(()),
        },
    };
    store::source::put(&mut work.tx, &wanted.name, &reading).await?;
    Ok(())
}

/// A source that does not answer, since when it does not.
fn failing(wanted: &Wanted, problem: String, now: DateTime<Utc>) -> Option<Reading> {
    let Some(before) = &wanted.before else {
        return Some(Reading {
            stage: wanted.stage,
            attempt: wanted.attempt,
            read_until: DateTime::UNIX_EPOCH,
            answered_at: now,
            failing: Some((now, problem)),
            burn: None,
        });
    };
    let since = match &before.failing {
        Some((_, known)) if *known == problem => return None,
        Some((since, _)) => *since,
        None => now,
    };
    Some(Reading {
        failing: Some((since, problem)),
        ..before.clone()
    })
}

/// Adds to the window of this moment, or to the first that nobody has judged yet where that is
/// later: the clocks of nodes may differ, and what was counted is not to wait for them.
async fn add(
    work: &mut Work,
    wanted: &Wanted,
    baseline: Counter,
    candidate: Counter,
) -> Result<()> {
    let second = work.now().timestamp();
    let at = DateTime::from_timestamp(second - second.rem_euclid(SECONDS), 0).unwrap_or_default();
    let release_id = wanted.name.release_id;
    let closed = store::evidence::closed_at(&mut work.tx, release_id).await?;
    let open = closed.map(|closed| closed + TimeDelta::seconds(SECONDS));
    let at = open.map_or(at, |open| at.max(open));
    let mut name = Name {
        release_id,
        seconds: SECONDS,
        at,
        stage: wanted.stage,
    };
    let mut row = loop {
        match store::evidence::find(&mut work.tx, &name).await? {
            Some(Ok(row)) => break row,
            None => break Counted::default(),
            // Nothing is added to what cannot be read: the next one takes it.
            Some(Err(_)) => name.at += TimeDelta::seconds(SECONDS),
        }
    };
    count(&mut row.baseline, &wanted.name.metric, baseline);
    count(&mut row.candidate, &wanted.name.metric, candidate);
    store::evidence::put(&mut work.tx, &name, &row).await?;
    Ok(())
}

/// What a program reported of a metric that has a source does not count.
fn count(arm: &mut Arm, metric: &str, counter: Counter) {
    // A row without reports says so: nobody was seen for the first time.
    arm.first.get_or_insert(arm.exposed);
    let tally = Tally::Counter(counter);
    match arm.metrics.get_mut(metric) {
        Some(known @ Tally::Counter(_)) => known.merge(&tally),
        _ => drop(arm.metrics.insert(metric.to_owned(), tally)),
    }
}
