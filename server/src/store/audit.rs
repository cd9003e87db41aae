//! The audit log and the end of its chain.

use chrono::{DateTime, Utc};

use super::{Result, Tx, on, run, signed, unsigned};

/// A row of `audit`.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Entry {
    /// Without gaps from 1.
    #[sqlx(try_from = "i64")]
    pub sequence: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What was done.
    pub action: String,
    /// Where, if in a project: its key.
    pub project: Option<String>,
    /// JSON, character by character as it was hashed.
    pub details: String,
    /// Of the entry before.
    pub previous_hash: String,
    /// Of this one.
    pub hash: String,
}

/// The end of the chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Of the last entry; 0 where there is none.
    pub sequence: u64,
    /// Of the last entry; 64 zeros where there is none.
    pub hash: String,
}

/// Reads the end of the chain.
pub async fn head(tx: &mut Tx) -> Result<Head> {
    let (sequence, hash): (i64, String) = on!(tx, c => sqlx::query_as(
        "SELECT sequence, hash FROM audit_head WHERE audit_head_id = 1",
    )
    .fetch_one(c))?;
    Ok(Head {
        sequence: unsigned(sequence),
        hash,
    })
}

/// Reads the end of the chain and keeps all other writers away until the transaction ends.
pub async fn lock(tx: &mut Tx) -> Result<Head> {
    let (sequence, hash): (i64, String) = on!(tx, c => sqlx::query_as(
        "UPDATE audit_head SET sequence = sequence WHERE audit_head_id = 1 RETURNING sequence, hash",
    )
    .fetch_one(c))?;
    Ok(Head {
        sequence: unsigned(sequence),
        hash,
    })
}

/// Moves the end of the chain.
pub async fn set_head(tx: &mut Tx, head: &Head) -> Result<()> {
    run!(tx, c => sqlx::query("UPDATE audit_head SET sequence = $1, hash = $2 WHERE audit_head_id = 1")
        .bind(signed(head.sequence))
        .bind(&head.hash)
        .execute(c))
    .map(drop)
}

/// Adds an entry.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    run!(tx, c => sqlx::query(
        "INSERT INTO audit (sequence, at, actor, action, project, details, previous_hash, hash)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(signed(entry.sequence))
    .bind(entry.at)
    .bind(&entry.actor)
    .bind(&entry.action)
    .bind(&entry.project)
    .bind(&entry.details)
    .bind(&entry.previous_hash)
    .bind(&entry.hash)
    .execute(c))
    .map(drop)
}

/// The entries after one, oldest first, at most `limit`.
pub async fn after(tx: &mut Tx, sequence: u64, limit: i64) -> Result<Vec<Entry>> {
    on!(tx, c => sqlx::query_as(
        "SELECT sequence, at, actor, action, project, details, previous_hash, hash
         FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT $2",
    )
    .bind(signed(sequence))
    .bind(limit)
    .fetch_all(c))
}

/// The entries before one, newest first, at most `limit`; of one project where given.
pub async fn before(
    tx: &mut Tx,
    project: Option<&str>,
    sequence: u64,
    limit: i64,
) -> Result<Vec<Entry>> {
    on!(tx, c => sqlx::query_as(
        "SELECT sequence, at, actor, action, project, details, previous_hash, hash
         FROM audit WHERE sequence < $1 AND (CAST($2 AS TEXT) IS NULL OR project = $2)
         ORDER BY sequence DESC LIMIT $3",
    )
    .bind(signed(sequence))
    .bind(project)
    .bind(limit)
    .fetch_all(c))
}
