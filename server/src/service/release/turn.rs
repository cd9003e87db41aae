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
    /// Those that wait for nothing but their turn, with how long they have.
    waiting: Vec<(DateTime<Utc>, Uuid)>,
}

impl Lines {
    async fn of(&mut self, tx: &mut Tx, environment_id: Uuid) -> Result<&Line> {
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
            });
        }
        let waiting = store::release::waiting(tx, environment_id).await?;
        let in_line = waiting.into_iter().filter(|other| is_in_line(&other.state));
        Ok(Self {
            limit,
            living: store::release::living(tx, environment_id).await?,
            waiting: in_line.map(|it| (it.entered_at, it.release_id)).collect(),
        })
    }

    /// How many wait for nothing but their turn, and have for longer than a release: all of them,
    /// where it waits for something else yet.
    fn before(&self, release: &Release) -> usize {
        let since = (release.entered_at, release.release_id);
        let comes_later =
            |other: &(DateTime<Utc>, Uuid)| is_in_line(&release.state) && since < *other;
        let others = self
            .waiting
            .iter()
            .filter(|other| other.1 != release.release_id);
        others.filter(|other| !comes_later(other)).count()
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
    let before = i64::try_from(line.before(release)).unwrap_or(i64::MAX);
    if line.living.saturating_add(before) < limit {
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
