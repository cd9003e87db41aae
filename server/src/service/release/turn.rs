//! Whose turn it is, where an environment lets only so many releases live at once.

use std::collections::{HashMap, hash_map::Entry};

use chrono::{DateTime, Utc};
use serin_engine::release::{Blocked, State};
use uuid::Uuid;

use super::{start, transition::Place};
use crate::{
    service::Result,
    store::{self, Tx, release::Release},
};

/// Who lives and who waits, environment by environment: each is read once, for all of its releases
/// that are looked at in one transaction, as long as that moves none.
#[derive(Default)]
pub(crate) struct Lines(HashMap<Uuid, Line>);

/// One environment's.
struct Line {
    /// How many may live at once; nothing where all may.
    limit: Option<i64>,
    living: i64,
    /// Those that wait for nothing but their turn, with how long they have, the longest first.
    waiting: Vec<(DateTime<Utc>, Uuid)>,
    /// Of those that were looked at, whether they can be read: who cannot never starts.
    readable: HashMap<Uuid, bool>,
}

impl Lines {
    /// Those of an environment that were passed over, since they cannot be read.
    pub(crate) fn passed_over(&self, environment_id: Uuid) -> Vec<Uuid> {
        let line = self.0.get(&environment_id);
        let waiting = line.into_iter().flat_map(|line| &line.waiting);
        let unread = waiting
            .filter(|(_, id)| line.is_some_and(|line| line.readable.get(id) == Some(&false)));
        unread.map(|(_, id)| *id).collect()
    }

    async fn of(&mut self, tx: &mut Tx, environment_id: Uuid) -> Result<&mut Line> {
        match self.0.entry(environment_id) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => Ok(place.insert(Line::read(tx, environment_id).await?)),
        }
    }
}

impl Line {
    async fn read(tx: &mut Tx, environment_id: Uuid) -> Result<Self> {
        let limit = store::environment::release_limit(tx, environment_id).await?;
        if limit.is_none() {
            return Ok(Self {
                limit,
                living: 0,
                waiting: Vec::new(),
                readable: HashMap::new(),
            });
        }
        let waiting = store::release::waiting(tx, environment_id).await?;
        let in_line = waiting.into_iter().filter(|other| is_in_line(&other.state));
        let mut waiting: Vec<_> = in_line.map(|it| (it.entered_at, it.release_id)).collect();
        waiting.sort_unstable();
        Ok(Self {
            limit,
            living: store::release::living(tx, environment_id).await?,
            waiting,
            readable: HashMap::new(),
        })
    }

    /// Whether so many wait for nothing but their turn, and have for longer than a release: all of them,
    /// where it waits for something else yet.
    async fn has_before(&mut self, tx: &mut Tx, release: &Release, mut many: i64) -> Result<bool> {
        let since = (release.entered_at, release.release_id);
        let in_line = is_in_line(&release.state);
        for other in &self.waiting {
            if many <= 0 {
                break;
            }
            if other.1 == release.release_id || in_line && since < *other {
                continue;
            }
            let readable = match self.readable.entry(other.1) {
                Entry::Occupied(known) => *known.get(),
                Entry::Vacant(place) => {
                    let found = store::release::find(tx, release.environment_id, other.1).await;
                    *place.insert(match found {
                        Ok(found) => found.is_some(),
                        Err(store::Error::Inconsistent { .. }) => false,
                        Err(error) => return Err(error.into()),
                    })
                }
            };
            many -= i64::from(readable);
        }
        Ok(many <= 0)
    }
}

/// Whether a release has to wait until others have ended, or until those have started that
/// wait for longer. One that takes its site over from a live one adds to nothing.
///
/// # Errors
/// Where the database fails.
pub(super) async fn is_limited(
    tx: &mut Tx,
    lines: &mut Lines,
    place: &Place,
    release: &Release,
    takes_over: bool,
) -> Result<bool> {
    let line = lines.of(tx, place.environment_id).await?;
    let Some(limit) = line.limit else {
        return Ok(false);
    };
    let room = limit.saturating_sub(line.living);
    if !line.has_before(tx, release, room).await? {
        return Ok(false);
    }
    Ok(!takes_over
        || start::on_site(tx, place, &release.document)
            .await?
            .is_none())
}

fn is_in_line(state: &State) -> bool {
    matches!(state, State::AwaitingStart { blocked } if blocked[..] == [Blocked::Limit])
}
