//! Releases that have not started when a newer one does: what they were written for has been
//! overtaken.

use serin_engine::release::{Signal, State};

use super::{
    held::{self, End},
    start::overtaken,
    transition::{Cause, Place, record},
};
use crate::{
    service::{Result, writer::Work},
    store::{self, release::Release},
};

/// Ends those that were to move the site before, and have not started. Those too that cannot be
/// read: a version of Serin that can would start them one day, with a candidate that may have been
/// taken back since.
pub(super) async fn supersede(
    work: &mut Work,
    place: &Place,
    release: &Release,
    cause: &Cause,
) -> Result<()> {
    let (older, unreadable) = store::release::unstarted(&mut work.tx, release).await?;
    let by_this = Cause {
        reason: Some(format!("release {} started", release.release_id)),
        ..Cause::of(Signal::Supersede, cause.actor.clone())
    };
    for other in older {
        let standing = other.state.clone();
        let moved = Release {
            state: overtaken(&other, &cause.observation)?.next,
            ..other
        };
        record(work, place, &standing, moved, &by_this, None).await?;
    }
    for unread in unreadable {
        let end = End {
            flag: &release.document.flag,
            site: Some(&release.document.site),
            state: State::Superseded,
            serve: None,
        };
        held::end(work, place, &unread, end, &by_this).await?;
    }
    Ok(())
}
