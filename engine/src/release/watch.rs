//! What a runner remembers from one look to the next: only what it watched itself counts.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Observation, State};

/// Milliseconds of a minute.
const MINUTE: i64 = 60_000;

/// For how many minutes watched time waits for its evidence, which comes some seconds
/// late, and later where an SDK was cut off.
const KEPT: i64 = 15;

/// A release as a runner left it. What passes between looks is measured by how long the
/// runner has been up, whatever its clock is set to.
#[derive(Clone, Debug)]
pub struct Watch {
    epoch: u64,
    state: State,
    at: Duration,
    minutes: Minutes,
}

/// Watched time by minute: what waits for evidence, and which minutes have it.
#[derive(Clone, Debug, Default)]
struct Minutes {
    /// Milliseconds watched that did not count yet.
    waiting: BTreeMap<i64, u64>,
    /// Minutes of which the candidate was seen.
    seen: BTreeSet<i64>,
}

impl Watch {
    /// Begins to watch: nothing counts before.
    pub fn begin(epoch: u64, state: &State, at: Duration) -> Self {
        Self {
            epoch,
            state: state.clone(),
            at,
            minutes: Minutes::default(),
        }
    }

    /// Goes on from what a runner remembers. Where the release is not as it left it,
    /// somebody else moved it or counts for it, and it begins anew.
    pub fn resume(memory: Option<Self>, epoch: u64, state: &State, now: Duration) -> Self {
        memory
            .filter(|memory| memory.epoch == epoch && memory.state == *state && memory.at <= now)
            .unwrap_or_else(|| Self::begin(epoch, state, now))
    }

    /// Looks: how long ago the last look was, and how much of the time that was watched
    /// turned out to be observed. `clock` is the time of day, and `seen_at` when the
    /// candidate was seen according to evidence that is new, both in milliseconds since
    /// 1970.
    pub fn look(
        &mut self,
        now: Duration,
        clock: i64,
        seen_at: impl IntoIterator<Item = i64>,
    ) -> Observation {
        let mut observation = Observation {
            since_last: now.saturating_sub(self.at),
            ..Observation::default()
        };
        self.at = now;
        let watched = u64::try_from(observation.watched().as_millis()).unwrap_or(0);
        let minute = clock.div_euclid(MINUTE);
        let seen_at = seen_at.into_iter().map(|at| at.div_euclid(MINUTE));
        observation.observed = Duration::from_millis(self.minutes.count(minute, watched, seen_at));
        observation
    }

    /// Keeps what the release became by this runner's own look.
    pub fn left_as(&mut self, state: &State) {
        self.state = state.clone();
    }

    /// The epoch at which the release was left.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }
}

impl Minutes {
    /// Adds watched time to a minute; how much time counts now.
    fn count(&mut self, minute: i64, watched: u64, seen: impl Iterator<Item = i64>) -> u64 {
        if watched > 0 {
            *self.waiting.entry(minute).or_default() += watched;
        }
        self.seen.extend(seen);
        // Clocks that are ahead name minutes to come; those wait for their turn.
        let recent = |at: &i64| (minute - KEPT..=minute + KEPT).contains(at);
        self.waiting.retain(|at, _| recent(at));
        self.seen.retain(recent);
        let mut counted = 0;
        self.waiting.retain(|at, waiting| {
            let is_seen = self.seen.contains(at);
            if is_seen {
                counted += *waiting;
            }
            !is_seen
        });
        counted
    }
}
