//! Adds reports to the rows, with the note that they were counted, in one transaction.

use std::collections::{BTreeMap, HashMap, HashSet, btree_map::Entry};

use chrono::{DateTime, Utc};
use serin_api::evidence::{Accepted, EvidenceWindow};
use uuid::Uuid;

use crate::{
    service::{Result, release::guarded, writer::Work},
    store::{
        self,
        evidence::{Counted, Name, SECONDS, Unreadable as UnreadableRow},
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

/// What became of reports.
#[derive(Default)]
pub(super) struct Written {
    /// Of each, in order.
    pub(super) fates: Vec<Accepted>,
    /// Releases that cannot be read: they take no evidence, and keep out that of no other.
    pub(super) releases: Vec<Unreadable>,
    /// The same of rows.
    pub(super) rows: Vec<UnreadableRow>,
}

/// Writes them.
pub(super) async fn all(work: &mut Work, reports: &[Waiting]) -> Result<Written> {
    let now = work.now();
    let environments: HashSet<Uuid> = store::environment::all(&mut work.tx)
        .await?
        .iter()
        .map(|row| row.environment.environment_id)
        .collect();
    let mut releases = HashMap::new();
    let mut written = Written::default();
    // Nothing of those that cannot be read.
    let mut sums: BTreeMap<Name, Option<Counted>> = BTreeMap::new();
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
                    let known = know(work, id, window.release, &mut written.releases).await?;
                    releases.entry(name).or_insert(known)
                }
            };
            let mut fate = fate(known.as_ref(), window);
            if let Some(known) = known
                && let Some(name) = row_of(known, &fate, window)
            {
                let sum = match sums.entry(name) {
                    Entry::Occupied(sum) => sum.into_mut(),
                    Entry::Vacant(place) => {
                        let before = store::evidence::find(&mut work.tx, place.key()).await?;
                        place.insert(readable(before, &mut written.rows))
                    }
                };
                match sum {
                    Some(sum) => add(sum, known, &fate, window),
                    None => fate = Fate::Refused,
                }
            }
            match fate {
                Fate::Taken => accepted.taken += 1,
                Fate::Late | Fate::Early => accepted.late += 1,
                Fate::Refused => accepted.refused += 1,
            }
        }
        written.fates.push(accepted);
    }
    for (name, sum) in sums {
        if let Some(sum) = sum {
            store::evidence::put(&mut work.tx, &name, &sum).await?;
        }
    }
    Ok(written)
}

/// What a row says so far; nothing of one that cannot be read.
pub(super) fn readable(
    row: Option<std::result::Result<Counted, UnreadableRow>>,
    unread: &mut Vec<UnreadableRow>,
) -> Option<Counted> {
    match row {
        None => Some(Counted::default()),
        Some(Ok(counted)) => Some(counted),
        Some(Err(row)) => {
            unread.push(row);
            None
        }
    }
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

/// The row that a window is part of.
fn row_of(known: &Known, fate: &Fate, window: &EvidenceWindow) -> Option<Name> {
    let at = match (fate, known.began_at) {
        (Fate::Refused, _) => return None,
        (Fate::Early, Some(began_at)) => began_at,
        (Fate::Taken | Fate::Late | Fate::Early, _) => window.at,
    };
    Some(Name {
        release_id: window.release,
        seconds: SECONDS,
        at,
        stage: window.stage,
    })
}

fn add(sum: &mut Counted, known: &Known, fate: &Fate, window: &EvidenceWindow) {
    if matches!(fate, Fate::Late | Fate::Early) {
        sum.late = sum.late.saturating_add(1);
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
