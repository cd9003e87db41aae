//! Puts old windows together: ten seconds to hours, hours to days, days away.
//!
//! A judge reads windows once, shortly after they came; what is older is for people.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::write::merged;
use crate::{
    service::{
        Result,
        writer::{Work, Writer},
    },
    store::{
        self,
        evidence::{Counted, Name, SECONDS, Stored},
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
    /// Days that began before then go.
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
        let name = Name {
            seconds: to,
            at: floor(row.name.at, to),
            ..row.name.clone()
        };
        let sum = sums.entry(name).or_default();
        *sum = merged(std::mem::take(sum), &row.counted);
    }
    sums
}

fn floor(at: DateTime<Utc>, seconds: i64) -> DateTime<Utc> {
    let second = at.timestamp();
    DateTime::from_timestamp(second - second.rem_euclid(seconds), 0).unwrap_or(at)
}

/// Does what is due, unless another node does.
pub(crate) async fn run(writer: &Writer, now: DateTime<Utc>) -> Result<()> {
    let plan = plan(now);
    let mine = writer.run(move |work| Box::pin(begin(work, plan))).await?;
    if !mine {
        return Ok(());
    }
    for step in plan.steps {
        while writer.run(move |work| Box::pin(pass(work, step))).await? {}
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
    store::evidence::forget(&mut work.tx, DAY, plan.forget).await?;
    store::evidence::forget_sources(&mut work.tx, plan.sources).await?;
    Ok(true)
}

/// Puts some rows together; whether there may be more.
async fn pass(work: &mut Work, step: Step) -> Result<bool> {
    let rows = store::evidence::older(&mut work.tx, step.from, step.before, ROWS).await?;
    for (name, sum) in fold(&rows, step.to) {
        let before = store::evidence::find(&mut work.tx, &name).await?;
        let sum = merged(before.unwrap_or_default(), &sum);
        store::evidence::put(&mut work.tx, &name, &sum).await?;
    }
    for row in &rows {
        store::evidence::remove(&mut work.tx, &row.name).await?;
    }
    Ok(rows.len() as i64 == ROWS)
}

#[cfg(test)]
mod tests;
