//! Evidence for releases: what programs counted, from their reports to rows that a judge
//! can read.

mod asked;
mod check;
pub(crate) mod compact;
mod desk;
pub(crate) mod lateness;
mod left_out;
mod write;

use chrono::{DateTime, Utc};
use serin_api::{evidence::EvidenceWindow, page::Page, session::Role};
use serin_engine::release::evidence::{Arm, Window};
use uuid::Uuid;

use super::{
    Actor, Error, Paging, Result,
    release::{self, transition::Place},
};
use crate::{app::App, store};

pub(crate) use asked::Asked;
pub(crate) use check::{Checked, strictly};
pub(crate) use desk::Desk;
pub(crate) use left_out::AllLeftOut;

/// What an instance reports, from telemetry or by itself.
#[derive(Clone, Debug)]
pub struct Report {
    /// Who counted.
    pub instance: Uuid,
    /// Grows with each report of the instance.
    pub sequence: u64,
    /// When it was sent, by the instance's clock.
    pub sent_at: Option<DateTime<Utc>>,
    /// What was counted.
    pub windows: Vec<EvidenceWindow>,
}

/// What was counted for a release, in order of time. What is old is there by the hour and
/// by the day.
///
/// # Errors
/// As `access::environment`; [`Error::NotFound`] where there is no such release,
/// [`Error::BadRequest`] for a cursor that is none.
pub async fn windows(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    release_id: Uuid,
    paging: &Paging,
) -> Result<Page<Window>> {
    let mut tx = app.db.read().await?;
    let place = Place::open(&mut tx, actor, project, environment, Role::Viewer).await?;
    let release = release::find(&mut tx, &place, release_id).await?;
    let after = paging.cursor.as_deref().map(read_cursor).transpose()?;
    let rows = store::evidence::page(&mut tx, release_id, after, paging.probe()).await?;
    let page = paging.page(
        rows,
        |row| {
            let name = store::evidence::name(row);
            format!("{}.{}", name.at.timestamp(), name.stage)
        },
        |row| row,
    );
    let (read, unread) = store::evidence::sorted(page.items);
    app.unread.note_windows(&unread);
    let windows = read
        .into_iter()
        .map(|row| store::evidence::window(&release, row));
    // Of some there is only to say that all reports came too late: nothing was judged there.
    let is_seen =
        |window: &Window| window.baseline != Arm::default() || window.candidate != Arm::default();
    Ok(Page {
        items: windows.filter(is_seen).collect(),
        next_cursor: page.next_cursor,
    })
}

fn read_cursor(cursor: &str) -> Result<(DateTime<Utc>, usize)> {
    let read = || {
        let (at, stage) = cursor.split_once('.')?;
        let at = DateTime::from_timestamp(at.parse().ok()?, 0)?;
        Some((at, stage.parse().ok()?))
    };
    read().ok_or_else(|| Error::BadRequest("the cursor is none of this list".to_owned()))
}
