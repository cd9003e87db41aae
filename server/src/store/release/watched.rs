//! Which releases time moves.

use uuid::Uuid;

use super::{
    Placed,
    row::{PlacedRow, releases},
};
use crate::store::{Error, Result, Tx, on};

/// A release that cannot be read.
#[derive(Debug)]
pub struct Unreadable {
    /// Which.
    pub release_id: Uuid,
    /// The number of its last transition.
    pub epoch: u64,
    /// Why.
    pub error: Error,
}

/// The releases that a look may move, in all environments, and those that cannot be read: they keep
/// nobody from looking at the others.
pub async fn watched(tx: &mut Tx) -> Result<(Vec<Placed>, Vec<Unreadable>)> {
    let rows: Vec<PlacedRow> = on!(tx, c => sqlx::query_as(releases!(
        ", e.key AS environment, p.project_id, p.key AS project
         FROM releases r JOIN environments e ON e.environment_id = r.environment_id
              JOIN projects p ON p.project_id = e.project_id
         WHERE r.next_at IS NOT NULL ORDER BY r.release_id"
    ))
    .fetch_all(c))?;
    let (mut watched, mut unreadable) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        let (release_id, epoch) = row.name();
        match row.read() {
            Ok(placed) => watched.push(placed),
            Err(error) => unreadable.push(Unreadable {
                release_id,
                epoch,
                error,
            }),
        }
    }
    Ok((watched, unreadable))
}
