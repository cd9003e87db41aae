//! Leases: work that one node does at a time.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run};

/// Who has a lease, and until when by the clock of that node.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Lease {
    /// The holder.
    pub holder: Uuid,
    /// When it runs out.
    pub expires_at: DateTime<Utc>,
}

/// Takes or renews a lease; the other's where another holder's has not run out, unless that
/// is the one that the caller knows to be `dead`.
pub async fn take(
    tx: &mut Tx,
    name: &str,
    holder: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    dead: Option<&Lease>,
) -> Result<Option<Lease>> {
    let taken = on!(tx, c => sqlx::query_scalar::<_, Uuid>(
        "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $4)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
         WHERE leases.holder = excluded.holder OR leases.expires_at <= $3
            OR (leases.holder = $5 AND leases.expires_at = $6)
         RETURNING holder",
    )
    .bind(name)
    .bind(holder)
    .bind(now)
    .bind(until)
    .bind(dead.map(|lease| lease.holder))
    .bind(dead.map(|lease| lease.expires_at))
    .fetch_optional(c))?;
    if taken.is_some() {
        return Ok(None);
    }
    on!(tx, c => sqlx::query_as::<_, Lease>("SELECT holder, expires_at FROM leases WHERE name = $1")
        .bind(name)
        .fetch_optional(c))
}

/// Gives a lease back, so that another node need not wait.
pub async fn give_back(tx: &mut Tx, name: &str, holder: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM leases WHERE name = $1 AND holder = $2")
        .bind(name)
        .bind(holder)
        .execute(c))
    .map(drop)
}
