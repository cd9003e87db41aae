//! Webhooks: whom to tell of what happens in a project.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{Error, Result, Tx, on, run, signed};

/// A webhook as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Webhook {
    /// Names it.
    pub webhook_id: Uuid,
    /// Whose events it wants.
    pub project_id: Uuid,
    /// Where they are posted to.
    pub url: String,
    /// For people.
    pub description: Option<String>,
    /// What deliveries are signed with.
    pub secret: String,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Which events it wants.
    pub events: Vec<String>,
    /// The environments whose events it wants; all where empty.
    pub environments: Vec<String>,
    /// Grows with every change.
    pub version: u64,
    /// Who made it.
    pub created_by: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct Row {
    webhook_id: Uuid,
    project_id: Uuid,
    url: String,
    description: Option<String>,
    secret: String,
    enabled: bool,
    events: String,
    environments: String,
    #[sqlx(try_from = "i64")]
    version: u64,
    created_by: String,
    created_at: DateTime<Utc>,
}

#[derive(sqlx::FromRow)]
struct InProject {
    #[sqlx(flatten)]
    row: Row,
    project: String,
}

impl Row {
    fn read(self) -> Result<Webhook> {
        Ok(Webhook {
            webhook_id: self.webhook_id,
            project_id: self.project_id,
            url: self.url,
            description: self.description,
            secret: self.secret,
            enabled: self.enabled,
            events: texts(&self.events)?,
            environments: texts(&self.environments)?,
            version: self.version,
            created_by: self.created_by,
            created_at: self.created_at,
        })
    }
}

fn texts(json: &str) -> Result<Vec<String>> {
    serde_json::from_str(json).map_err(|error| Error::json("webhooks", &error))
}

fn json(texts: &[String]) -> Result<String> {
    serde_json::to_string(texts).map_err(|error| Error::json("webhooks", &error))
}

macro_rules! webhooks {
    ($rest:literal) => {
        concat!(
            "SELECT webhook_id, project_id, url, description, secret, enabled, events, environments,
                    version, created_by, created_at
             FROM webhooks ",
            $rest
        )
    };
}

/// A project's webhooks, oldest first.
pub async fn list(tx: &mut Tx, project_id: Uuid) -> Result<Vec<Webhook>> {
    let rows: Vec<Row> = on!(tx, c => sqlx::query_as(webhooks!("WHERE project_id = $1 ORDER BY webhook_id"))
        .bind(project_id)
        .fetch_all(c))?;
    rows.into_iter().map(Row::read).collect()
}

/// All that are enabled, in all projects, each with the project's key.
pub async fn enabled(tx: &mut Tx) -> Result<Vec<(String, Webhook)>> {
    let rows: Vec<InProject> = on!(tx, c => sqlx::query_as(
        "SELECT w.webhook_id, w.project_id, w.url, w.description, w.secret, w.enabled, w.events,
                w.environments, w.version, w.created_by, w.created_at, p.key AS project
         FROM webhooks w JOIN projects p ON p.project_id = w.project_id
         WHERE w.enabled ORDER BY w.webhook_id",
    )
    .fetch_all(c))?;
    let each = rows.into_iter();
    each.map(|row| Ok((row.project, row.row.read()?))).collect()
}

/// One of a project's.
pub async fn find(tx: &mut Tx, project_id: Uuid, webhook_id: Uuid) -> Result<Option<Webhook>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(webhooks!("WHERE project_id = $1 AND webhook_id = $2"))
        .bind(project_id)
        .bind(webhook_id)
        .fetch_optional(c))?;
    row.map(Row::read).transpose()
}

/// Adds one.
pub async fn insert(tx: &mut Tx, webhook: &Webhook) -> Result<()> {
    let (events, environments) = (json(&webhook.events)?, json(&webhook.environments)?);
    run!(tx, c => sqlx::query(
        "INSERT INTO webhooks (webhook_id, project_id, url, description, secret, enabled, events,
             environments, version, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(webhook.webhook_id)
    .bind(webhook.project_id)
    .bind(&webhook.url)
    .bind(&webhook.description)
    .bind(&webhook.secret)
    .bind(webhook.enabled)
    .bind(events)
    .bind(environments)
    .bind(signed(webhook.version))
    .bind(&webhook.created_by)
    .bind(webhook.created_at)
    .execute(c))
    .map(drop)
}

/// Changes what people may change of it, and its version.
pub async fn update(tx: &mut Tx, webhook: &Webhook) -> Result<()> {
    let (events, environments) = (json(&webhook.events)?, json(&webhook.environments)?);
    run!(tx, c => sqlx::query(
        "UPDATE webhooks SET url = $2, description = $3, enabled = $4, events = $5, environments = $6, version = $7
         WHERE webhook_id = $1",
    )
    .bind(webhook.webhook_id)
    .bind(&webhook.url)
    .bind(&webhook.description)
    .bind(webhook.enabled)
    .bind(events)
    .bind(environments)
    .bind(signed(webhook.version))
    .execute(c))
    .map(drop)
}

/// Removes one with its deliveries.
pub async fn delete(tx: &mut Tx, webhook_id: Uuid) -> Result<()> {
    run!(tx, c => sqlx::query("DELETE FROM webhooks WHERE webhook_id = $1").bind(webhook_id).execute(c))
        .map(drop)
}
