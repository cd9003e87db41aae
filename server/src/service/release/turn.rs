//! Whose turn it is, where an environment lets only so many releases live at once.

use serin_engine::release::{Blocked, State};

use super::{start, transition::Place};
use crate::{
    service::Result,
    store::{self, Tx, release::Release},
};

/// Whether a release has to wait until others have ended, or until those have started that
/// wait for longer. One that takes its site over from a live one adds to nothing.
///
/// # Errors
/// Where the database fails.
pub(super) async fn is_limited(
    tx: &mut Tx,
    place: &Place,
    release: &Release,
    takes_over: bool,
) -> Result<bool> {
    let limit = store::environment::release_limit(tx, place.environment_id).await?;
    let Some(limit) = limit else {
        return Ok(false);
    };
    if takes_over
        && start::on_site(tx, place, &release.document)
            .await?
            .is_some()
    {
        return Ok(false);
    }
    let live = store::release::living(tx, place.environment_id).await?;
    let waiting = store::release::waiting(tx, place.environment_id).await?;
    let before = waiting.iter().filter(|other| goes_first(other, release));
    let before = i64::try_from(before.count()).unwrap_or(i64::MAX);
    Ok(live.saturating_add(before) >= limit)
}

/// Whether another waits for nothing but its turn, and has for longer.
fn goes_first(other: &Release, release: &Release) -> bool {
    let since = |release: &Release| (release.entered_at, release.release_id);
    let comes_later = is_in_line(release) && since(release) < since(other);
    is_in_line(other) && other.release_id != release.release_id && !comes_later
}

fn is_in_line(release: &Release) -> bool {
    matches!(&release.state, State::AwaitingStart { blocked } if blocked[..] == [Blocked::Limit])
}
