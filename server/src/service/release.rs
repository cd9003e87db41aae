//! Releases: what people do with them, and the transitions that time makes.
//!
//! The engine's machine decides; here its decisions take force, each in one
//! transaction: the release's row (only where it is still at the epoch that was seen),
//! the flag's change set, the event, the audit entry.

mod check;
mod create;
mod early;
mod edit;
mod forecast;
pub(crate) mod guard;
pub(crate) mod guarded;
mod held;
mod judgements;
mod older;
mod pipeline;
mod place;
pub(crate) mod propagation;
pub(crate) mod ruleset;
mod schema;
mod sent;
mod signal;
mod site;
pub(crate) mod start;
mod templated;
mod thresholds;
pub(crate) mod transition;
pub(crate) mod turn;
mod unread;
pub(crate) mod view;
pub(crate) mod windows;

use serin_api::{
    page::Page,
    release::{Event, Release},
    session::Role,
};
use serin_engine::validate::Violation;
use uuid::Uuid;

use super::{Actor, Error, Paging, Result};
use crate::{
    app::App,
    store::{self, Tx},
};
pub use judgements::judgements;
pub(crate) use schema::mistakes as misshapen;
use transition::Place;

pub use create::create;
pub use edit::edit;
pub use forecast::forecast;
pub use signal::signal;
pub use unread::Unread;
use view::AsOf;

/// How much of its history comes with a release.
const NEWEST: i64 = 100;

/// Which releases to list.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of this flag.
    pub flag: Option<String>,
    /// Only live ones.
    pub live: bool,
    /// Which page.
    pub paging: Paging,
}

/// Lists an environment's releases, the newest first.
///
/// # Errors
/// As `access::environment`; [`Error::BadRequest`] for a cursor that is none.
pub async fn list(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    filter: Filter,
) -> Result<Page<Release>> {
    let before = filter
        .paging
        .cursor
        .as_deref()
        .map(|cursor| cursor.parse::<Uuid>())
        .transpose()
        .map_err(|_| Error::BadRequest("this cursor is none of ours".to_owned()))?;
    let mut tx = app.db.read().await?;
    let place = Place::open(&mut tx, actor, project, environment, Role::Viewer).await?;
    let narrow = store::release::Narrow {
        flag: filter.flag.as_deref(),
        live: filter.live,
        before,
    };
    let probe = filter.paging.limit() + 1;
    let (rows, unreadable) =
        store::release::list(&mut tx, place.environment_id, narrow, probe).await?;
    app.unread.note(&unreadable);
    let rows = filter
        .paging
        .page(rows, |row| row.release_id.to_string(), |row| row);
    let mut items = Vec::with_capacity(rows.items.len());
    for row in rows.items {
        items.push(told(&mut tx, &place, row, Vec::new(), as_of(app)).await?);
    }
    Ok(Page {
        items,
        next_cursor: rows.next_cursor,
    })
}

/// Reads one release.
///
/// # Errors
/// As `access::environment`; [`Error::NotFound`] where there is none of this id.
pub async fn get(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    release_id: Uuid,
) -> Result<Release> {
    let mut tx = app.db.read().await?;
    let place = Place::open(&mut tx, actor, project, environment, Role::Viewer).await?;
    let row = find(&mut tx, &place, release_id).await?;
    shown(&mut tx, &place, row, as_of(app)).await
}

/// What happened to a release, the newest first.
///
/// # Errors
/// As [`get`]; [`Error::BadRequest`] for a cursor that is none.
pub async fn events(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    release_id: Uuid,
    paging: &Paging,
) -> Result<Page<Event>> {
    let below = match &paging.cursor {
        None => u64::MAX,
        Some(cursor) => cursor
            .parse()
            .map_err(|_| Error::BadRequest("this cursor is none of ours".to_owned()))?,
    };
    let mut tx = app.db.read().await?;
    let place = Place::open(&mut tx, actor, project, environment, Role::Viewer).await?;
    find(&mut tx, &place, release_id).await?;
    let rows = store::release::events(&mut tx, release_id, below, paging.probe()).await?;
    Ok(paging.page(rows, |row| row.epoch.to_string(), view::event))
}

fn unknown_flag(key: &str) -> Error {
    let Violation {
        path,
        code,
        message,
    } = check::unknown_flag(key);
    Error::invalid(path, code, message)
}

/// Every mistake, as one error.
fn refuse_mistakes(mistakes: Vec<Violation>) -> Result<()> {
    if mistakes.is_empty() {
        return Ok(());
    }
    let details = mistakes
        .into_iter()
        .map(|mistake| serin_api::error::Detail {
            path: mistake.path,
            code: mistake.code.to_owned(),
            message: mistake.message,
        });
    Err(Error::Invalid(details.collect()))
}

/// One that is asked for.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Unreadable`] for one that another version wrote.
pub(in crate::service) async fn find(
    tx: &mut Tx,
    place: &Place,
    release_id: Uuid,
) -> Result<store::release::Release> {
    let found = store::release::attempt(tx, place.environment_id, release_id).await?;
    found.ok_or(Error::NotFound)?.map_err(unreadable)
}

/// For one that would have to be read.
pub(in crate::service) fn unreadable(unread: store::release::Unreadable) -> Error {
    Error::Unreadable {
        what: format!("release {}", unread.release_id),
        cause: unread.error,
    }
}

fn as_of(app: &App) -> AsOf {
    AsOf {
        now: app.clock.now(),
        grace: app.evidence_grace,
    }
}

/// A release with the newest of its history.
async fn shown(
    tx: &mut Tx,
    place: &Place,
    row: store::release::Release,
    as_of: AsOf,
) -> Result<Release> {
    let mut events = store::release::events(tx, row.release_id, u64::MAX, NEWEST).await?;
    events.reverse();
    told(tx, place, row, events, as_of).await
}

async fn told(
    tx: &mut Tx,
    place: &Place,
    row: store::release::Release,
    events: Vec<store::release::Event>,
    as_of: AsOf,
) -> Result<Release> {
    let milestones = store::release::milestones(tx, row.release_id, row.epoch).await?;
    let judgement = if row.document.is_guarded() {
        store::judge::judgement(tx, row.release_id).await?
    } else {
        None
    };
    let pipeline = pipeline::steps(tx, place, &row).await?;
    let other = if row.state.is_ahead() {
        start::on_site(tx, place, &row.document).await?
    } else {
        None
    };
    let shown = view::release(place, row, events, judgement.as_ref(), as_of);
    let shown = match other {
        Some(Ok(other)) => view::behind(shown, view::live(&other)),
        Some(Err(held)) => view::behind_unread(shown, held.unread.release_id),
        None => shown,
    };
    Ok(Release {
        pipeline,
        ..view::with_milestones(shown, milestones)
    })
}
