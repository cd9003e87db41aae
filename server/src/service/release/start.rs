//! How a release begins: what is in its way, and what it takes over.

use serin_engine::{
    flag::Serve,
    release::{Blocked, Document, Effect, Observation, Signal, State, Transition, ready, step},
};
use uuid::Uuid;

use super::{
    check, guard, held, older, propagation, refuse_mistakes,
    site::{before_start, change_site},
    transition::{Cause, Place, record},
    turn::{self, Lines},
    unknown_flag,
};
use crate::{
    service::{Error, Result, Use, writer::Work},
    store::{
        self, Tx,
        release::{Held, Release},
    },
};

/// Checks that a release may start as things stand now, takes the site over where that is
/// wished, and notes what the site serves.
///
/// # Errors
/// [`Error::InUse`] where another release lives on the site, [`Error::Invalid`] where the
/// flag does not let it start.
pub(super) async fn begin(
    work: &mut Work,
    place: &Place,
    release: &mut Release,
    cause: &Cause,
) -> Result<()> {
    let mut inherited = None;
    if let Some(other) = on_site(&mut work.tx, place, &release.document).await? {
        if !cause.supersede {
            return Err(Error::InUse {
                what: format!(
                    "the {} of flag {:?}",
                    release.document.site, release.document.flag
                ),
                uses: vec![Use {
                    path: "/signal".to_owned(),
                    by: guard::author_of(name(&other)),
                }],
            });
        }
        inherited = match other {
            Ok(other) => take_over(work, place, release, other, cause).await?,
            Err(held) => {
                held::take_over(work, place, release, held, cause).await?;
                None
            }
        };
    }
    let document = &release.document;
    let (definition, config) = place
        .flag(&mut work.tx, &document.flag)
        .await?
        .ok_or_else(|| unknown_flag(&document.flag))?;
    let mut mistakes = check::names(&mut work.tx, place, document).await?;
    mistakes.extend(ready(document, &definition, &config));
    refuse_mistakes(mistakes)?;
    release.restore = inherited.or_else(|| document.site.serve(&config).cloned());
    older::supersede(work, place, release, cause).await
}

/// What becomes of a release that another one overtakes.
///
/// # Errors
/// [`Error::IllegalTransition`] where it is over.
pub(super) fn overtaken(other: &Release, seen: &Observation) -> Result<Transition> {
    step(&other.document, &other.state, Signal::Supersede, seen)
        .map_err(|refused| Error::IllegalTransition(refused.to_string()))
}

/// What keeps a release that nobody looks after from starting now, beside its window.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn blocked(
    tx: &mut Tx,
    lines: &mut Lines,
    place: &Place,
    release: &Release,
) -> Result<Vec<Blocked>> {
    let mut blocked = Vec::new();
    if on_site(tx, place, &release.document).await?.is_some() {
        // What the site serves is the other release's affair until it is over.
        blocked.push(Blocked::SiteTaken);
        return Ok(blocked);
    }
    if turn::is_limited(tx, lines, place, release, false).await? {
        blocked.push(Blocked::Limit);
    }
    let document = &release.document;
    let suits = match place.flag(tx, &document.flag).await? {
        Some((definition, config)) => {
            ready(document, &definition, &config).is_empty() && has_all(tx, place, document).await?
        }
        None => false,
    };
    if !suits {
        blocked.push(Blocked::Unsuitable);
    }
    Ok(blocked)
}

/// Whether all that a document names is there, and can be read.
async fn has_all(tx: &mut Tx, place: &Place, document: &Document) -> Result<bool> {
    match check::names(tx, place, document).await {
        Err(Error::Unreadable { .. }) => Ok(false),
        missing => Ok(missing?.is_empty()),
    }
}

/// The release that lives where another one wants to. It may be one that cannot be read.
pub(super) async fn on_site(
    tx: &mut Tx,
    place: &Place,
    document: &Document,
) -> Result<Option<std::result::Result<Release, Held>>> {
    Ok(store::release::on_site(tx, place.environment_id, document).await?)
}

fn name(other: &std::result::Result<Release, Held>) -> Uuid {
    match other {
        Ok(release) => release.release_id,
        Err(held) => held.unread.release_id,
    }
}

/// Who is to take a site over does not wait for a window: what was wished is not wished any more by
/// then, or the other is over.
///
/// # Errors
/// [`Error::IllegalTransition`] where another release lives on the site.
pub(super) async fn refuse_late_takeover(
    tx: &mut Tx,
    place: &Place,
    release: &Release,
) -> Result<()> {
    let Some(other) = on_site(tx, place, &release.document).await? else {
        return Ok(());
    };
    Err(Error::IllegalTransition(format!(
        "the window is closed: take the site over from release {} when it is open, or start without that to wait until it is over",
        name(&other),
    )))
}

/// Whether two releases move the same units between the same variations.
pub(super) fn same_people(old: &Document, new: &Document) -> bool {
    (&old.baseline, &old.candidate, &old.unit) == (&new.baseline, &new.candidate, &new.unit)
}

/// Ends the release that lives on the site. Between the same arms and for the same units,
/// whoever has the candidate keeps it, and what the site served before is inherited; else
/// the site is given back first.
async fn take_over(
    work: &mut Work,
    place: &Place,
    release: &Release,
    other: Release,
    cause: &Cause,
) -> Result<Option<Serve>> {
    let standing = other.state.clone();
    let moved = Release {
        state: overtaken(&other, &cause.observation)?.next,
        ..other
    };
    let same_people = same_people(&moved.document, &release.document);
    let cause = Cause {
        reason: Some(format!("release {} took over", release.release_id)),
        ..Cause::of(Signal::Supersede, cause.actor.clone())
    };
    let before = before_start(&moved)?;
    let effect = if same_people {
        Effect::HandOver
    } else {
        Effect::Restore
    };
    let serve = change_site(work, place, &moved, &cause, effect).await?;
    record(work, place, &standing, moved, &cause, Some(serve)).await?;
    Ok(same_people.then_some(before))
}

/// What people send is not observed; of the world around it, this much matters.
///
/// # Errors
/// Where the database fails.
pub(super) async fn around(
    work: &mut Work,
    place: &Place,
    release: &Release,
) -> Result<Observation> {
    let now = work.now();
    Ok(Observation {
        window_open: super::windows::is_open(&release.document, now),
        propagated: propagation::share(&mut work.tx, place, release, now).await?,
        ..Observation::default()
    })
}

/// Whether a release waits for its time or for its turn.
pub(crate) fn is_waiting(state: &State) -> bool {
    matches!(state, State::Scheduled | State::AwaitingStart { .. })
}
