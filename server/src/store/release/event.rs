//! What happened to releases. A history grows as long as a release lives, and has the evidence of
//! each decision: nobody reads all of it at once.

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_engine::{
    flag::Serve,
    release::{Signal, State},
};
use uuid::Uuid;

use super::row::{read, unreadable, write};
use crate::store::{Result, Tx, on, signed, unsigned};

/// One transition.
#[derive(Clone, Debug)]
pub struct Event {
    /// The release.
    pub release_id: Uuid,
    /// The epoch that it led to.
    pub epoch: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// What moved it.
    pub signal: Signal,
    /// Where it led to.
    pub state: State,
    /// Why.
    pub reason: Option<String>,
    /// What the site served from then on, where that changed.
    pub serve: Option<Serve>,
    /// What it was decided on, where no person decided.
    pub evidence: Option<Value>,
}

/// A transition that the whole of a release is told by: its site changed, or a stage began again.
#[derive(Clone, Debug)]
pub struct Milestone {
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: String,
    /// Where it led to.
    pub state: State,
}

#[derive(sqlx::FromRow)]
struct EventRow {
    release_id: Uuid,
    epoch: i64,
    at: DateTime<Utc>,
    actor: String,
    signal: String,
    state: String,
    reason: Option<String>,
    serve: Option<String>,
    evidence: Option<String>,
}

#[derive(sqlx::FromRow)]
struct MilestoneRow {
    at: DateTime<Utc>,
    actor: String,
    state: String,
}

impl EventRow {
    fn read(self) -> Result<Event> {
        let signal = Value::String(self.signal);
        Ok(Event {
            release_id: self.release_id,
            epoch: unsigned(self.epoch),
            at: self.at,
            actor: self.actor,
            signal: serde_json::from_value(signal).map_err(|error| unreadable(&error))?,
            state: read(&self.state)?,
            reason: self.reason,
            serve: self.serve.as_deref().map(read).transpose()?,
            evidence: self.evidence.as_deref().map(read).transpose()?,
        })
    }
}

impl MilestoneRow {
    fn read(self) -> Result<Milestone> {
        Ok(Milestone {
            at: self.at,
            actor: self.actor,
            state: read(&self.state)?,
        })
    }
}

/// Adds an event.
pub async fn insert_event(tx: &mut Tx, event: &Event) -> Result<()> {
    let serve = event.serve.as_ref().map(write).transpose()?;
    let evidence = event.evidence.as_ref().map(write).transpose()?;
    on!(tx, c => sqlx::query_scalar::<_, i64>(
        "INSERT INTO release_events (release_id, epoch, at, actor, signal, state, reason, serve, evidence)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING epoch",
    )
    .bind(event.release_id)
    .bind(signed(event.epoch))
    .bind(event.at)
    .bind(&event.actor)
    .bind(event.signal.name())
    .bind(write(&event.state)?)
    .bind(&event.reason)
    .bind(serve)
    .bind(evidence)
    .fetch_one(c))
    .map(drop)
}

/// A release's events below an epoch, the newest first, at most `limit`.
pub async fn events(tx: &mut Tx, release_id: Uuid, below: u64, limit: i64) -> Result<Vec<Event>> {
    let rows: Vec<EventRow> = on!(tx, c => sqlx::query_as(
        "SELECT release_id, epoch, at, actor, signal, state, reason, serve, evidence
         FROM release_events WHERE release_id = $1 AND epoch < $2 ORDER BY epoch DESC LIMIT $3",
    )
    .bind(release_id)
    .bind(signed(below))
    .bind(limit)
    .fetch_all(c))?;
    rows.into_iter().map(EventRow::read).collect()
}

/// When a release began; nothing where it did not.
pub async fn began_at(tx: &mut Tx, release_id: Uuid) -> Result<Option<DateTime<Utc>>> {
    // As the index of milestones has it. What comes first is that its site was written.
    on!(tx, c => sqlx::query_scalar(
        "SELECT at FROM release_events
         WHERE release_id = $1 AND (serve IS NOT NULL OR signal = 'retry') ORDER BY epoch LIMIT 1",
    )
    .bind(release_id)
    .fetch_optional(c))
}

/// A release's milestones, and its last transition, whatever that was; oldest first. Two reads,
/// since SQLite goes through all events for an `OR`.
pub async fn milestones(tx: &mut Tx, release_id: Uuid, last: u64) -> Result<Vec<Milestone>> {
    let rows: Vec<MilestoneRow> = on!(tx, c => sqlx::query_as(
        "SELECT epoch, at, actor, state FROM release_events
         WHERE release_id = $1 AND (serve IS NOT NULL OR signal = 'retry')
         UNION ALL
         SELECT epoch, at, actor, state FROM release_events
         WHERE release_id = $1 AND epoch = $2 AND serve IS NULL AND signal <> 'retry'
         ORDER BY epoch",
    )
    .bind(release_id)
    .bind(signed(last))
    .fetch_all(c))?;
    rows.into_iter().map(MilestoneRow::read).collect()
}
