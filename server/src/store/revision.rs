//! Revisions: the ruleset patches that lead from one to the next.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Result, Script, Tx, on, run,
    script::Argument::{Id, Number, Text, Time},
    signed,
};

/// A row of `revisions`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Revision {
    /// The number, in its environment.
    #[sqlx(try_from = "i64")]
    pub revision: u64,
    /// The ruleset patch that leads to it, as JSON.
    pub patch: String,
}

/// A row that is to be.
#[derive(Clone, Debug)]
pub struct New {
    /// Of which it is.
    pub environment_id: Uuid,
    /// The number, in its environment.
    pub revision: u64,
    /// Of the ruleset that it leads to.
    pub fingerprint: String,
    /// The ruleset patch that leads to it, as JSON.
    pub patch: String,
    /// When.
    pub created_at: DateTime<Utc>,
}

/// Adds revisions. Their environments are brought to them by [`super::environment::advance`].
pub fn insert<'a>(script: &mut Script<'a>, revisions: &[&'a New]) {
    let rows = revisions.iter().map(|new| {
        [
            Id(new.environment_id),
            Number(signed(new.revision)),
            Text(&new.patch),
            Time(new.created_at),
        ]
    });
    script.add(
        "INSERT INTO revisions (environment_id, revision, patch, created_at) ",
        "",
        rows,
    );
}

/// The revisions after one, oldest first.
pub async fn after(tx: &mut Tx, environment_id: Uuid, revision: u64) -> Result<Vec<Revision>> {
    on!(tx, c => sqlx::query_as(
        "SELECT revision, patch FROM revisions WHERE environment_id = $1 AND revision > $2 ORDER BY revision",
    )
    .bind(environment_id)
    .bind(signed(revision))
    .fetch_all(c))
}

/// Forgets the patches up to a revision, that one included.
pub async fn prune(tx: &mut Tx, environment_id: Uuid, revision: u64) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM revisions WHERE environment_id = $1 AND revision <= $2")
        .bind(environment_id)
        .bind(signed(revision))
        .execute(c))
    .map(drop)
}
