//! Documents that change after they were written.

mod happened;

use serin_api::{
    release::{EditRelease, Release},
    session::Role,
};
use serin_engine::{
    release::{Plan, Signal, validate, validate_plan},
    validate::Violation,
};
use uuid::Uuid;

use super::{
    check,
    early::Early,
    find,
    sent::Sent,
    shown,
    transition::{self, Cause, Place},
    view::AsOf,
};
use crate::{
    app::App,
    service::{Actor, Error, Result, fields},
    store::{self, Tx},
};

/// Where the document is in the request.
const DOCUMENT: &str = "/document";

/// Replaces a release's document: all of it before the release starts, and while it lives
/// the stages that it has not come to.
///
/// # Errors
/// [`Error::Invalid`] with every mistake of the document, or where it would rewrite what
/// has happened; [`Error::EpochConflict`], [`Error::IllegalTransition`] where it is over; as
/// `access::environment`.
pub async fn edit(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    release_id: Uuid,
    sent: EditRelease,
) -> Result<Release> {
    let mut details = Vec::new();
    fields::check_text(sent.reason.as_deref(), "/reason", &mut details);
    if !details.is_empty() {
        return Err(Error::Invalid(details));
    }
    let read = {
        let mut tx = app.db.read().await?;
        let place = Place::open(&mut tx, actor, project, environment, Role::Editor).await?;
        let row = at(&mut tx, &place, release_id, sent.epoch).await?;
        match Early::read(&mut tx, &place, sent.document).await? {
            Early::Read(read) => read,
            Early::Misshapen(sent) => {
                let mistakes = mistakes(&mut tx, &place, &row, &sent).await?;
                return Err(sent.refusal(mistakes).within(DOCUMENT));
            }
        }
    };
    let (actor, project) = (actor.clone(), project.to_owned());
    let environment = environment.to_owned();
    let grace = app.evidence_grace;
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let place =
                    Place::open(&mut work.tx, &actor, &project, &environment, Role::Editor).await?;
                let row = at(&mut work.tx, &place, release_id, sent.epoch).await?;
                let written = read.again(&mut work.tx, &place).await?;
                let mistakes = mistakes(&mut work.tx, &place, &row, &written).await?;
                let document = written
                    .accept(mistakes)
                    .map_err(|error| error.within(DOCUMENT))?;
                let cause = Cause {
                    reason: sent.reason,
                    start_at: row.start_at,
                    ..Cause::of(Signal::Edit, actor.username)
                };
                let edited = store::release::Release { document, ..row };
                let moved = transition::run(work, &place, edited, cause).await?;
                let now = work.now();
                shown(&mut work.tx, &place, moved, AsOf { now, grace }).await
            })
        })
        .await
}

/// The release, at the epoch that was seen.
async fn at(
    tx: &mut Tx,
    place: &Place,
    release_id: Uuid,
    epoch: u64,
) -> Result<store::release::Release> {
    let row = find(tx, place, release_id).await?;
    if row.epoch != epoch {
        return Err(Error::EpochConflict { current: row.epoch });
    }
    Ok(row)
}

/// What keeps an edited document from being written, beside its shape.
async fn mistakes(
    tx: &mut Tx,
    place: &Place,
    row: &store::release::Release,
    sent: &Sent,
) -> Result<Vec<Violation>> {
    let Some(document) = sent.document().filter(|_| !row.state.is_over()) else {
        return Ok(Vec::new());
    };
    let mut mistakes = match row.state.position() {
        // The site is the release's own by now: what it serves is as it should be.
        Some(position) => {
            let mut mistakes = validate_plan(&Plan::of(document));
            if !row.document.same_until(document, position.stage) {
                mistakes.extend(happened::rewritten(row, document, position.stage, sent)?);
            }
            mistakes
        }
        None => match place.flag(tx, &document.flag).await? {
            Some((definition, config)) => validate(document, &definition, &config),
            None => check::without_flag(document),
        },
    };
    mistakes.extend(check::names(tx, place, document).await?);
    Ok(mistakes)
}
