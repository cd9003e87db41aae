//! Documents that change after they were written.

mod happened;

use serde_json::Value;
use serin_api::{
    release::{EditRelease, Release},
    session::Role,
};
use serin_engine::{
    release::{Document, Plan, Signal, validate, validate_plan},
    validate::Violation,
};
use uuid::Uuid;

use super::{
    check, find,
    sent::Sent,
    shown, templated,
    transition::{self, Cause, Place},
};
use crate::{
    app::App,
    service::{Actor, Error, Result, fields, writer::Work},
    store,
};

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
    let (actor, project) = (actor.clone(), project.to_owned());
    let environment = environment.to_owned();
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let place =
                    Place::open(&mut work.tx, &actor, &project, &environment, Role::Editor).await?;
                let row = find(&mut work.tx, &place, release_id).await?;
                if row.epoch != sent.epoch {
                    return Err(Error::EpochConflict { current: row.epoch });
                }
                let document = read(work, &place, &row, sent.document).await?;
                let cause = Cause {
                    reason: sent.reason,
                    start_at: row.start_at,
                    ..Cause::of(Signal::Edit, actor.username)
                };
                let edited = store::release::Release { document, ..row };
                let moved = transition::run(work, &place, edited, cause).await?;
                let now = work.now();
                shown(&mut work.tx, &place, moved, now).await
            })
        })
        .await
}

/// The document, with its mistakes placed in the request.
async fn read(
    work: &mut Work,
    place: &Place,
    row: &store::release::Release,
    document: Value,
) -> Result<Document> {
    let filled = templated::fill(&mut work.tx, place, document).await?;
    let sent = Sent::read(filled)?;
    let mistakes = match sent.document() {
        Some(document) if !row.state.is_over() => {
            mistakes(work, place, row, &sent, document).await?
        }
        _ => Vec::new(),
    };
    sent.accept(mistakes).map_err(|error| match error {
        Error::Invalid(mut details) => {
            for detail in &mut details {
                detail.path.insert_str(0, "/document");
            }
            Error::Invalid(details)
        }
        other => other,
    })
}

async fn mistakes(
    work: &mut Work,
    place: &Place,
    row: &store::release::Release,
    sent: &Sent,
    document: &Document,
) -> Result<Vec<Violation>> {
    let mut mistakes = match row.state.position() {
        // The site is the release's own by now: what it serves is as it should be.
        Some(position) => {
            let mut mistakes = validate_plan(&Plan::of(document));
            if !row.document.same_until(document, position.stage) {
                mistakes.extend(happened::rewritten(row, document, position.stage, sent)?);
            }
            mistakes
        }
        None => match place.flag(&mut work.tx, &document.flag).await? {
            Some((definition, config)) => validate(document, &definition, &config),
            None => check::without_flag(document),
        },
    };
    mistakes.extend(check::names(&mut work.tx, place, document).await?);
    Ok(mistakes)
}
