//! Puts old windows together: ten seconds to hours, hours to days, days away.
//!
//! A judge reads windows once, shortly after they came; what is older is for people.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, TimeDelta, Utc};

use super::write::{merged, readable};
use crate::{
    service::{
        Result,
        release::Unread,
        writer::{Work, Writer},
    },
    store::{
        self,
        evidence::{Counted, Name, SECONDS, Stored, Unreadable},
    },
};

/// The lease's name.
const LEASE: &str = "evidence";
/// For how long; a turn is over in seconds.
const LEASE_FOR: TimeDelta = TimeDelta::minutes(5);
/// How many rows share a transaction, so that no other writer waits for long.
const ROWS: i64 = 500;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Rows of one length that become rows of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Step {
    from: i64,
    to: i64,
    /// Those that began before then. A whole number of `to`, so that none is put together
    /// before all its parts are old.
    before: DateTime<Utc>,
}

/// What is due at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    steps: [Step; 2],
    /// What began before then goes.
    forget: DateTime<Utc>,
    /// Instances that were not heard of since then go.
    sources: DateTime<Utc>,
}

/// Plans: windows for a week, hours for ninety days, days for two years.
pub(crate) fn plan(now: DateTime<Utc>) -> Plan {
    let step = |from, to, age| Step {
        from,
        to,
        before: floor(now - age, to),
    };
    Plan {
        steps: [
            step(SECONDS, HOUR, TimeDelta::days(7)),
            step(HOUR, DAY, TimeDelta::days(90)),
        ],
        forget: floor(now - TimeDelta::days(731), DAY),
        // Its reports are refused by their age long before.
        sources: now - TimeDelta::days(2),
    }
}

/// Sums rows by the longer stretch that they are of.
pub(crate) fn fold(rows: &[Stored], to: i64) -> BTreeMap<Name, Counted> {
    let mut sums: BTreeMap<Name, Counted> = BTreeMap::new();
    for row in rows {
        let sum = sums.entry(longer(&row.name, to)).or_default();
        *sum = merged(std::mem::take(sum), &row.counted);
    }
    sums
}

/// The stretch that a row is part of.
fn longer(name: &Name, to: i64) -> Name {
    Name {
        seconds: to,
        at: floor(name.at, to),
        ..name.clone()
    }
}

fn floor(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    let second = at.timestamp();
    DateTime::from_timestamp(second - second.rem_euclid(seconds), 0).unwrap_or(at)
}

/// Does what is due, unless another node does.
pub(crate) async fn run(writer: &Writer, unread: &Unread, now: DateTime<Utc>) -> Result<()> {
    let plan = plan(now);
    let mine = writer.run(move |work| Box::pin(begin(work, plan))).await?;
    if !mine {
        return Ok(());
    }
    for step in plan.steps {
        let mut after = None;
        loop {
            let passed = writer
                .run(move |work| Box::pin(pass(work, step, after)))
                .await?;
            unread.note_windows(&passed.unread);
            after = passed.last;
            if after.is_none() {
                break;
            }
        }
    }
    Ok(())
}

async fn begin(work: &mut Work, plan: Plan) -> Result<bool> {
    let (holder, now) = (work.id(), work.now());
    let until = now + LEASE_FOR;
    let other = store::lease::take(&mut work.tx, LEASE, holder, now, until, None).await?;
    if other.is_some() {
        return Ok(false);
    }
    // The shorter ones of that time are those that could not be put together.
    for seconds in [SECONDS, HOUR, DAY] {
        store::evidence::forget(&mut work.tx, seconds, plan.forget).await?;
    }
    store::evidence::forget_sources(&mut work.tx, plan.sources).await?;
    Ok(true)
}

/// What became of some rows.
struct Passed {
    /// The last of them, where there may be more.
    last: Option<Name>,
    /// Those that cannot be read.
    unread: Vec<Unreadable>,
}

/// Puts some rows together, of those after one. What cannot be read stays as it is, and so do those
/// that would have to be added to it.
async fn pass(work: &mut Work, step: Step, after: Option<Name>) -> Result<Passed> {
    let rows =
        store::evidence::older(&mut work.tx, step.from, step.before, after.as_ref(), ROWS).await?;
    let last = rows.last().map(store::evidence::name).cloned();
    let last = last.filter(|_| rows.len() as i64 == ROWS);
    let (rows, mut unread) = store::evidence::sorted(rows);
    let mut stay = BTreeSet::new();
    for (name, sum) in fold(&rows, step.to) {
        let before = store::evidence::find(&mut work.tx, &name).await?;
        match readable(before, &mut unread) {
            Some(before) => {
                store::evidence::put(&mut work.tx, &name, &merged(before, &sum)).await?;
            }
            None => drop(stay.insert(name)),
        }
    }
    for row in rows {
        if !stay.contains(&longer(&row.name, step.to)) {
            store::evidence::remove(&mut work.tx, &row.name).await?;
        }
    }
    Ok(Passed { last, unread })
}

#[cfg(test)]
mod tests;
