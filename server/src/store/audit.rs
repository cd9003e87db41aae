//! The audit log and the end of its chain.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Result, Script, Tx, on,
    script::Argument::{Number, OptionalText, Text, Time},
    signed, unsigned,
};

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

/// Adds entries and moves the end of the chain. Tells the other nodes at the commit that there is
/// something to read, and `node` that it was the one itself. SQLite has one node, and the
/// command line's writes are found by asking.
pub async fn append(tx: &mut Tx, entries: &[Entry], head: &Head, node: Uuid) -> Result<()> {
    let mut script = Script::default();
    let rows = entries.iter().map(|entry| {
        [
            Number(signed(entry.sequence)),
            Time(entry.at),
            Text(&entry.actor),
            Text(&entry.action),
            OptionalText(entry.project.as_deref()),
            Text(&entry.details),
            Text(&entry.previous_hash),
            Text(&entry.hash),
        ]
    });
    script.add(
        "INSERT INTO audit (sequence, at, actor, action, project, details, previous_hash, hash) ",
        "",
        rows,
    );
    script.add(
        "UPDATE audit_head SET sequence = v.column1, hash = v.column2 FROM (",
        ") AS v WHERE audit_head_id = 1",
        [[Number(signed(head.sequence)), Text(&head.hash)]],
    );
    script.notify(node.to_string());
    script.run(tx).await.map(drop)
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
