//! Leases: work that one node does at a time.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Tx, on, run};

/// Takes or renews a lease; false where another holder's has not run out.
pub async fn take(
    tx: &mut Tx,
    name: &str,
    holder: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> Result<bool> {
    let taken = on!(tx, c => sqlx::query_scalar::<_, Uuid>(
        "INSERT INTO leases (name, holder, expires_at) VALUES ($1, $2, $4)
         ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at
         WHERE leases.holder = excluded.holder OR leases.expires_at <= $3
         RETURNING holder",
    )
    .bind(name)
    .bind(holder)
    .bind(now)
    .bind(until)
    .fetch_optional(c))?;
    Ok(taken.is_some())
}

/// Gives a lease back, so that another node need not wait.
pub async fn give_back(tx: &mut Tx, name: &str, holder: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM leases WHERE name = $1 AND holder = $2")
        .bind(name)
        .bind(holder)
        .execute(c))
    .map(drop)
}
