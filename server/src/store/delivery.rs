//! The outbox of webhooks, and what became of what was in it.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Result, Script, Tx, on, run, script::Argument, signed};

/// It is to be sent, or to be sent again.
pub const WAITING: &str = "waiting";
/// It was taken.
pub const DELIVERED: &str = "delivered";
/// Nobody tries any more.
pub const DEAD: &str = "dead";

/// An event on its way to one webhook.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Delivery {
    /// Names it.
    pub delivery_id: Uuid,
    /// To whom.
    pub webhook_id: Uuid,
    /// The number of the event's audit entry.
    #[sqlx(try_from = "i64")]
    pub sequence: u64,
    /// The event's name.
    pub event: String,
    /// What it is about.
    pub subject: String,
    /// What is sent.
    pub body: String,
    /// [`WAITING`], [`DELIVERED`] or [`DEAD`].
    pub state: String,
    /// How often it was sent.
    #[sqlx(try_from = "i64")]
    pub attempts: u64,
    /// How often in vain, since it was last put into the outbox.
    #[sqlx(try_from = "i64")]
    pub failures: u64,
    /// When it is to be sent, while it waits.
    pub due_at: Option<DateTime<Utc>>,
    /// When the event happened.
    pub created_at: DateTime<Utc>,
}

/// One time that it was sent.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Attempt {
    /// What was sent.
    pub delivery_id: Uuid,
    /// From 1.
    #[sqlx(try_from = "i64")]
    pub attempt: u64,
    /// When.
    pub at: DateTime<Utc>,
    /// How long it took.
    #[sqlx(try_from = "i64")]
    pub duration_ms: u64,
    /// The status of the answer.
    pub status: Option<i64>,
    /// Why it counts as failed.
    pub error: Option<String>,
}

/// How many deliveries of a webhook are in a state.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Count {
    /// Whose.
    pub webhook_id: Uuid,
    /// The state.
    pub state: String,
    /// How many.
    #[sqlx(try_from = "i64")]
    pub count: u64,
}

/// A delivery that is due, with where it goes.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Due {
    /// What.
    #[sqlx(flatten)]
    pub delivery: Delivery,
    /// Where to.
    pub url: String,
    /// What it is signed with.
    pub secret: String,
}

macro_rules! deliveries {
    ($rest:literal) => {
        concat!(
            "SELECT d.delivery_id, d.webhook_id, d.sequence, d.event, d.subject, d.body, d.state,
                    d.attempts, d.failures, d.due_at, d.created_at ",
            $rest
        )
    };
}

/// Puts some into the outbox.
pub fn insert<'a>(script: &mut Script<'a>, deliveries: impl IntoIterator<Item = &'a Delivery>) {
    let rows = deliveries.into_iter().map(|delivery| {
        [
            Argument::Id(delivery.delivery_id),
            Argument::Id(delivery.webhook_id),
            Argument::Number(signed(delivery.sequence)),
            Argument::Text(&delivery.event),
            Argument::Text(&delivery.subject),
            Argument::Text(&delivery.body),
            Argument::Text(&delivery.state),
            Argument::Number(signed(delivery.attempts)),
            Argument::Number(signed(delivery.failures)),
            Argument::Time(delivery.created_at),
            Argument::Time(delivery.created_at),
        ]
    });
    script.add(
        "INSERT INTO webhook_deliveries (delivery_id, webhook_id, sequence, event, subject, body, state,
             attempts, failures, due_at, created_at) ",
        "",
        rows,
    );
}

/// The enabled webhooks for which something is due.
pub async fn webhooks_due(tx: &mut Tx, now: DateTime<Utc>) -> Result<Vec<Uuid>> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT w.webhook_id FROM webhooks w WHERE w.enabled AND EXISTS (
             SELECT 1 FROM webhook_deliveries d WHERE d.webhook_id = w.webhook_id AND d.due_at <= $1)
         ORDER BY w.webhook_id",
    )
    .bind(now)
    .fetch_all(c))
}

/// What is due for a webhook, the first events first; of each subject only the first that waits.
pub async fn due(
    tx: &mut Tx,
    webhook_id: Uuid,
    now: DateTime<Utc>,
    limit: i64,
) -> Result<Vec<Due>> {
    on!(tx, c => sqlx::query_as(deliveries!(
        ", w.url, w.secret
         FROM webhook_deliveries d JOIN webhooks w ON w.webhook_id = d.webhook_id
         WHERE d.webhook_id = $1 AND d.due_at <= $2 AND NOT EXISTS (
             SELECT 1 FROM webhook_deliveries e
             WHERE e.webhook_id = d.webhook_id AND e.subject = d.subject AND e.due_at IS NOT NULL
               AND e.sequence < d.sequence)
         ORDER BY d.sequence LIMIT $3"
    ))
    .bind(webhook_id)
    .bind(now)
    .bind(limit)
    .fetch_all(c))
}

/// How many wait, in all projects.
pub async fn waiting(tx: &mut Tx) -> Result<u64> {
    let count: i64 = on!(tx, c => sqlx::query_scalar(
        "SELECT count(*) FROM webhook_deliveries WHERE due_at IS NOT NULL",
    )
    .fetch_one(c))?;
    Ok(super::unsigned(count))
}

/// How many deliveries of a project's webhooks wait or are dead.
pub async fn counts(tx: &mut Tx, project_id: Uuid) -> Result<Vec<Count>> {
    on!(tx, c => sqlx::query_as(
        "SELECT d.webhook_id, d.state, count(*) AS count
         FROM webhook_deliveries d JOIN webhooks w ON w.webhook_id = d.webhook_id
         WHERE w.project_id = $1 AND d.state <> 'delivered' GROUP BY d.webhook_id, d.state",
    )
    .bind(project_id)
    .fetch_all(c))
}

/// A webhook's log, the latest events first, at most `limit`.
pub async fn list(
    tx: &mut Tx,
    webhook_id: Uuid,
    state: Option<&str>,
    before: Option<u64>,
    limit: i64,
) -> Result<Vec<Delivery>> {
    on!(tx, c => sqlx::query_as(deliveries!(
        "FROM webhook_deliveries d
         WHERE d.webhook_id = $1 AND (CAST($2 AS TEXT) IS NULL OR d.state = $2) AND d.sequence < $3
         ORDER BY d.sequence DESC LIMIT $4"
    ))
    .bind(webhook_id)
    .bind(state)
    .bind(before.map_or(i64::MAX, signed))
    .bind(limit)
    .fetch_all(c))
}

/// One of a webhook's deliveries.
pub async fn find(tx: &mut Tx, webhook_id: Uuid, delivery_id: Uuid) -> Result<Option<Delivery>> {
    on!(tx, c => sqlx::query_as(deliveries!(
        "FROM webhook_deliveries d WHERE d.webhook_id = $1 AND d.delivery_id = $2"
    ))
    .bind(webhook_id)
    .bind(delivery_id)
    .fetch_optional(c))
}

/// When the last of those that are sent before one, since they are of the same subject, is due.
pub async fn due_ahead(tx: &mut Tx, delivery: &Delivery) -> Result<Option<DateTime<Utc>>> {
    on!(tx, c => sqlx::query_scalar(
        "SELECT due_at FROM webhook_deliveries
         WHERE webhook_id = $1 AND subject = $2 AND sequence < $3 AND due_at IS NOT NULL
         ORDER BY due_at DESC LIMIT 1",
    )
    .bind(delivery.webhook_id)
    .bind(&delivery.subject)
    .bind(signed(delivery.sequence))
    .fetch_optional(c))
}

/// Every time that a delivery was sent, the first one first.
pub async fn attempts(tx: &mut Tx, delivery_id: Uuid) -> Result<Vec<Attempt>> {
    on!(tx, c => sqlx::query_as(
        "SELECT delivery_id, attempt, at, duration_ms, status, error
         FROM webhook_attempts WHERE delivery_id = $1 ORDER BY attempt",
    )
    .bind(delivery_id)
    .fetch_all(c))
}

/// Puts one back into the outbox, with all its chances.
pub async fn send_again(tx: &mut Tx, delivery_id: Uuid, now: DateTime<Utc>) -> Result<()> {
    run!(tx, c => sqlx::query(
        "UPDATE webhook_deliveries SET state = 'waiting', failures = 0, due_at = $2 WHERE delivery_id = $1",
    )
    .bind(delivery_id)
    .bind(now)
    .execute(c))
    .map(drop)
}

/// Notes that one was sent, and what becomes of it; false where it is gone.
pub async fn sent(tx: &mut Tx, after: &Delivery, attempt: &Attempt) -> Result<bool> {
    let there = run!(tx, c => sqlx::query(
        "UPDATE webhook_deliveries SET state = $2, attempts = $3, failures = $4, due_at = $5
         WHERE delivery_id = $1",
    )
    .bind(after.delivery_id)
    .bind(&after.state)
    .bind(signed(after.attempts))
    .bind(signed(after.failures))
    .bind(after.due_at)
    .execute(c))?;
    if there == 0 {
        return Ok(false);
    }
    run!(tx, c => sqlx::query(
        "INSERT INTO webhook_attempts (delivery_id, attempt, at, duration_ms, status, error)
         VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (delivery_id, attempt) DO NOTHING",
    )
    .bind(attempt.delivery_id)
    .bind(signed(attempt.attempt))
    .bind(attempt.at)
    .bind(signed(attempt.duration_ms))
    .bind(attempt.status)
    .bind(&attempt.error)
    .execute(c))?;
    Ok(true)
}

/// Forgets what happened before a time.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64> {
    Ok(
        run!(tx, c => sqlx::query("DELETE FROM webhook_deliveries WHERE created_at < $1")
        .bind(before)
        .execute(c))?,
    )
}
