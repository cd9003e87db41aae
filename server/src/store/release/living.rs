//! Releases that live, and own their sites. One of them may be of another version of Serin, which this
//! one cannot read: as after a step back. It owns its site all the same, and nothing else.

use serin_engine::{
    flag::Serve,
    release::{Document, Site},
};
use uuid::Uuid;

use super::{
    Release, Unreadable,
    row::{Row, read, releases, write},
};
use crate::store::{Result, Tx, on};

/// A live release that cannot be read: what is known of it without its document.
#[derive(Debug)]
pub struct Held {
    /// Where it is.
    pub environment_id: Uuid,
    /// Which it is, and why it cannot be read.
    pub unread: Unreadable,
    /// What it moves; nothing where that cannot be read either.
    pub site: Option<Site>,
    /// What the site served before it started; nothing where that cannot be read either.
    pub restore: Option<Serve>,
}

/// Live releases, oldest first.
#[derive(Debug, Default)]
pub struct Living {
    /// Those that can be read.
    pub read: Vec<Release>,
    /// The others.
    pub unread: Vec<Held>,
}

impl Living {
    fn of(rows: Vec<Row>) -> Self {
        let mut living = Self::default();
        for row in rows {
            let (environment_id, site) = (row.environment_id, read(&row.site).ok());
            let restore = row.restore.as_deref().and_then(|serve| read(serve).ok());
            match row.attempt() {
                Ok(release) => living.read.push(release),
                Err(unread) => living.unread.push(Held {
                    environment_id,
                    unread,
                    site,
                    restore,
                }),
            }
        }
        living
    }

    /// The environment and the id of each.
    pub fn names(&self) -> impl Iterator<Item = (Uuid, Uuid)> {
        let read = self.read.iter();
        let read = read.map(|release| (release.environment_id, release.release_id));
        let unread = self.unread.iter();
        read.chain(unread.map(|held| (held.environment_id, held.unread.release_id)))
    }
}

/// An environment's live releases.
pub async fn live(tx: &mut Tx, environment_id: Uuid) -> Result<Living> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r WHERE r.environment_id = $1 AND r.live ORDER BY r.release_id"
    ))
    .bind(environment_id)
    .fetch_all(c))?;
    Ok(Living::of(rows))
}

/// An environment's live releases on a flag.
pub async fn live_on(tx: &mut Tx, environment_id: Uuid, flag: &str) -> Result<Living> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r WHERE r.environment_id = $1 AND r.flag = $2 AND r.live ORDER BY r.release_id"
    ))
    .bind(environment_id)
    .bind(flag)
    .fetch_all(c))?;
    Ok(Living::of(rows))
}

/// The live release on the site that a document names: at most one lives there.
pub async fn on_site(
    tx: &mut Tx,
    environment_id: Uuid,
    document: &Document,
) -> Result<Option<std::result::Result<Release, Held>>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r
         WHERE r.environment_id = $1 AND r.flag = $2 AND r.site = $3 AND r.live"
    ))
    .bind(environment_id)
    .bind(&document.flag)
    .bind(write(&document.site)?)
    .fetch_all(c))?;
    let living = Living::of(rows);
    let read = living.read.into_iter().map(Ok);
    Ok(read.chain(living.unread.into_iter().map(Err)).next())
}

/// The flags that live releases of a project move: the environment, and the flag's key.
pub async fn live_flags(tx: &mut Tx, project_id: Uuid) -> Result<Vec<(Uuid, String)>> {
    on!(tx, c => sqlx::query_as(
        "SELECT r.environment_id, r.flag
         FROM releases r JOIN environments e ON e.environment_id = r.environment_id
         WHERE e.project_id = $1 AND r.live",
    )
    .bind(project_id)
    .fetch_all(c))
}

/// The live releases of one flag, in all environments of its project.
pub async fn live_of_flag(tx: &mut Tx, project_id: Uuid, flag: &str) -> Result<Living> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r JOIN environments e ON e.environment_id = r.environment_id
         WHERE e.project_id = $1 AND r.flag = $2 AND r.live ORDER BY r.release_id"
    ))
    .bind(project_id)
    .bind(flag)
    .fetch_all(c))?;
    Ok(Living::of(rows))
}

/// The live releases of a project, in all environments.
pub async fn live_of_project(tx: &mut Tx, project_id: Uuid) -> Result<Living> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(releases!(
        "FROM releases r JOIN environments e ON e.environment_id = r.environment_id
         WHERE e.project_id = $1 AND r.live ORDER BY r.release_id"
    ))
    .bind(project_id)
    .fetch_all(c))?;
    Ok(Living::of(rows))
}

/// How many releases live in an environment.
pub async fn living(tx: &mut Tx, environment_id: Uuid) -> Result<i64> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT count(*) FROM releases r WHERE r.environment_id = $1 AND r.live",
    )
    .bind(environment_id)
    .fetch_one(c))
}
