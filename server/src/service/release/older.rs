//! Releases that have not started when a newer one does: what they were written for has been
//! overtaken.

use serin_engine::release::{Signal, State};

use super::{
    start::overtaken,
    transition::{Cause, Place, record, tell},
};
use crate::{
    service::{
        Result,
        webhook::{After, Moved},
        writer::Work,
    },
    store::{
        self,
        release::{Release, Unreadable},
    },
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
        end(work, place, release, &unread, &by_this).await?;
    }
    Ok(())
}

/// Ends one that cannot be read, by what is known of it without its document.
async fn end(
    work: &mut Work,
    place: &Place,
    release: &Release,
    unread: &Unreadable,
    cause: &Cause,
) -> Result<()> {
    let release_id = unread.release_id;
    let (state, now, epoch) = (State::Superseded, work.now(), unread.epoch + 1);
    store::release::end_unread(&mut work.tx, unread, &state, now).await?;
    let event = store::release::Event {
        release_id,
        epoch,
        at: now,
        actor: cause.actor.clone(),
        signal: cause.signal,
        state: state.clone(),
        reason: cause.reason.clone(),
        serve: None,
        evidence: None,
    };
    store::release::insert_event(&mut work.tx, &event).await?;
    let after = After {
        release_id,
        epoch,
        state: &state,
        flag: &release.document.flag,
        site: &release.document.site,
        document: None,
    };
    let told = Moved {
        before: None,
        after,
        signal: Some(cause.signal),
        actor: &cause.actor,
        reason: cause.reason.as_deref(),
        serve: None,
        evidence: None,
    };
    tell(work, place, &told).await
}
