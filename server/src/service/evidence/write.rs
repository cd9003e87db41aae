//! Adds reports to the rows, with the note that they were counted, in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet};

use chrono::{DateTime, Utc};
use serin_api::evidence::{Accepted, EvidenceWindow};
use uuid::Uuid;

use crate::{
    service::{Result, release::guarded, writer::Work},
    store::{
        self,
        evidence::{Counted, Name, SECONDS},
        release::{Release, Unreadable},
    },
};

/// A report that was checked by itself.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) environment_id: Uuid,
    pub(super) instance: Uuid,
    pub(super) sequence: u64,
    pub(super) windows: Vec<EvidenceWindow>,
}

/// What windows are held against.
struct Known {
    /// Stages that were entered.
    stages: usize,
    /// When the window began in which it started.
    began_at: Option<DateTime<Utc>>,
    /// Windows that began later say nothing of it.
    over_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    metrics: HashSet<String>,
}

/// What becomes of a window.
enum Fate {
    Taken,
    Late,
    /// What was measured before the release began is none of it. That it came is counted with its first
    /// window: it may be that the clock of who started it was ahead.
    Early,
    Refused,
}

/// Writes them; what became of each, in order, and the releases that cannot be read. Those take no
/// evidence, and keep out that of no other.
pub(super) async fn all(
    work: &mut Work,
    reports: &[Waiting],
) -> Result<(Vec<Accepted>, Vec<Unreadable>)> {
    let now = work.now();
    let environments: HashSet<Uuid> = store::environment::all(&mut work.tx)
        .await?
        .iter()
        .map(|row| row.environment.environment_id)
        .collect();
    let mut releases = HashMap::new();
    let mut unreadable = Vec::new();
    let mut sums: BTreeMap<Name, Counted> = BTreeMap::new();
    let mut fates = Vec::with_capacity(reports.len());
    for report in reports {
        let mut accepted = Accepted::default();
        let id = report.environment_id;
        // An environment may be gone since the key was looked up.
        let new = environments.contains(&id)
            && store::evidence::take_report(
                &mut work.tx,
                id,
                report.instance,
                report.sequence,
                now,
            )
            .await?;
        accepted.duplicate = !new;
        for window in report.windows.iter().filter(|_| new) {
            // What one environment does not have another may: a key opens its own alone.
            let name = (id, window.release);
            let known = match releases.get(&name) {
                Some(known) => known,
                None => {
                    let known = know(work, id, window.release, &mut unreadable).await?;
                    releases.entry(name).or_insert(known)
                }
            };
            let fate = fate(known.as_ref(), window);
            match fate {
                Fate::Taken => accepted.taken += 1,
                Fate::Late | Fate::Early => accepted.late += 1,
                Fate::Refused => accepted.refused += 1,
            }
            if let Some(known) = known {
                add(&mut sums, known, &fate, window);
            }
        }
        fates.push(accepted);
    }
    for (name, sum) in sums {
        let before = store::evidence::find(&mut work.tx, &name).await?;
        let merged = merged(before.unwrap_or_default(), &sum);
        store::evidence::put(&mut work.tx, &name, &merged).await?;
    }
    Ok((fates, unreadable))
}

async fn know(
    work: &mut Work,
    environment_id: Uuid,
    release_id: Uuid,
    unreadable: &mut Vec<Unreadable>,
) -> Result<Option<Known>> {
    let release = match store::release::attempt(&mut work.tx, environment_id, release_id).await? {
        Some(Ok(release)) => release,
        Some(Err(unread)) => {
            unreadable.push(unread);
            return Ok(None);
        }
        None => return Ok(None),
    };
    let Some((stages, over_at)) = started(&release) else {
        return Ok(None);
    };
    let closed_at = store::evidence::closed_at(&mut work.tx, release_id).await?;
    let began_at = store::release::began_at(&mut work.tx, release_id).await?;
    // A clock that was ahead when it began, and is right again, keeps no evidence out.
    let began_at = began_at.filter(|began| *began <= work.now());
    Ok(Some(Known {
        stages,
        began_at: began_at.map(store::evidence::window_of),
        over_at,
        closed_at,
        metrics: wanted(&release),
    }))
}

/// How many stages a release entered, and since when it is over; nothing of one that did
/// not start.
fn started(release: &Release) -> Option<(usize, Option<DateTime<Utc>>)> {
    match release.state.position() {
        Some(position) => Some((position.stage + 1, None)),
        None if release.restore.is_some() => {
            Some((release.document.stages.len(), Some(release.entered_at)))
        }
        None => None,
    }
}

/// The metrics that its guards name: nothing else is kept.
fn wanted(release: &Release) -> HashSet<String> {
    guarded::metrics(&release.document)
        .map(str::to_owned)
        .collect()
}

fn fate(known: Option<&Known>, window: &EvidenceWindow) -> Fate {
    let Some(known) = known else {
        return Fate::Refused;
    };
    if window.stage >= known.stages || known.over_at.is_some_and(|over| window.at > over) {
        return Fate::Refused;
    }
    if known.began_at.is_some_and(|began| window.at < began) {
        return Fate::Early;
    }
    if known.closed_at.is_some_and(|closed| window.at <= closed) {
        return Fate::Late;
    }
    Fate::Taken
}

fn add(sums: &mut BTreeMap<Name, Counted>, known: &Known, fate: &Fate, window: &EvidenceWindow) {
    let at = match (fate, known.began_at) {
        (Fate::Refused, _) => return,
        (Fate::Early, Some(began_at)) => began_at,
        (Fate::Taken | Fate::Late | Fate::Early, _) => window.at,
    };
    let name = Name {
        release_id: window.release,
        seconds: SECONDS,
        at,
        stage: window.stage,
    };
    let sum = sums.entry(name).or_default();
    if matches!(fate, Fate::Late | Fate::Early) {
        sum.late += 1;
        return;
    }
    let mut window = window.clone();
    for arm in [&mut window.baseline, &mut window.candidate] {
        arm.metrics.retain(|key, _| known.metrics.contains(key));
    }
    sum.baseline.merge(&window.baseline);
    sum.candidate.merge(&window.candidate);
}

/// Two sums of one row.
pub(super) fn merged(mut one: Counted, other: &Counted) -> Counted {
    one.baseline.merge(&other.baseline);
    one.candidate.merge(&other.candidate);
    one.late = one.late.saturating_add(other.late);
    one
}
