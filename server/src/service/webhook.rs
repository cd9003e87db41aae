//! Webhooks: whom to tell of what happens in a project. For its admins alone, since addresses
//! may be secrets.
//!
//! What happens is put into the `outbox` in its own transaction; [`crate::webhook`] sends it.

mod check;
mod delivery;
mod event;
pub(crate) mod outbox;

use base64::{Engine as _, prelude::BASE64_STANDARD};
use serde::Deserialize;
use serde_json::{Value, json};
use serin_api::{
    session::Role,
    webhook::{CreatedWebhook, Delivery, NewWebhook, Webhook, default},
};
use uuid::Uuid;

use super::{Actor, Error, Result, access, audit, fields, writer::Work};
use crate::{
    app::App,
    ids::Random,
    store::{self, Tx, project::Project},
};

use check::checked;
pub use delivery::{deliveries, get_delivery, redeliver};
pub(crate) use event::{After, Moved};
pub(crate) use outbox::Wanted;

/// How many a project may have: each adds to every transition's commit.
const MAX_WEBHOOKS: usize = 50;
/// How a secret begins, by which people and scanners know it.
pub(crate) const SECRET_PREFIX: &str = "whsec_";
/// The key that deliveries are signed with, in bytes.
const SECRET_BYTES: usize = 32;

/// A project's webhooks, oldest first.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins.
pub async fn list(app: &App, actor: &Actor, project: &str) -> Result<Vec<Webhook>> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Admin).await?;
    let id = seen.project.project_id;
    let counts = store::delivery::counts(&mut tx, id).await?;
    let rows = store::webhook::list(&mut tx, id).await?;
    Ok(rows.into_iter().map(|row| shown(row, &counts)).collect())
}

/// One webhook.
///
/// # Errors
/// As [`list`]; [`Error::NotFound`] where there is none of this id.
pub async fn get(app: &App, actor: &Actor, project: &str, webhook_id: Uuid) -> Result<Webhook> {
    let mut tx = app.db.read().await?;
    let (project, row) = find(&mut tx, actor, project, webhook_id).await?;
    let counts = store::delivery::counts(&mut tx, project.project_id).await?;
    Ok(shown(row, &counts))
}

/// Makes a webhook; its secret is shown this once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::Invalid`].
pub async fn create(
    app: &App,
    actor: &Actor,
    project: &str,
    new: NewWebhook,
) -> Result<CreatedWebhook> {
    let (actor, project) = (actor.clone(), project.to_owned());
    let secret = secret(&*app.random);
    app.writer
        .run(move |work| Box::pin(create_in(work, actor, project, new, secret)))
        .await
}

async fn create_in(
    work: &mut Work,
    actor: Actor,
    project: String,
    new: NewWebhook,
    secret: String,
) -> Result<CreatedWebhook> {
    let seen = access::project(&mut work.tx, &actor, &project, Role::Admin).await?;
    let project_id = seen.project.project_id;
    let fields = Fields {
        url: new.url,
        description: new.description,
        enabled: new.enabled,
        events: new.events,
        environments: new.environments,
    };
    let fields = checked(work, project_id, fields, &[]).await?;
    if store::webhook::list(&mut work.tx, project_id).await?.len() >= MAX_WEBHOOKS {
        let message = format!("a project has at most {MAX_WEBHOOKS} webhooks");
        return Err(Error::invalid("", "too_many", message));
    }
    let row = store::webhook::Webhook {
        webhook_id: work.id(),
        project_id,
        url: fields.url,
        description: fields.description,
        secret: secret.clone(),
        enabled: fields.enabled,
        events: fields.events,
        environments: fields.environments,
        version: 1,
        created_by: actor.username.clone(),
        created_at: work.now(),
    };
    store::webhook::insert(&mut work.tx, &row).await?;
    let details = json!({ "webhook": row.webhook_id, "after": own_fields(&row) });
    note(work, &actor, "created", &project, &details).await?;
    Ok(CreatedWebhook {
        webhook: shown(row, &[]),
        secret,
    })
}

/// What people may change of a webhook.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    url: String,
    #[serde(default)]
    description: Option<String>,
    #[serde(default = "default::enabled")]
    enabled: bool,
    #[serde(default = "default::events")]
    events: Vec<String>,
    #[serde(default)]
    environments: Vec<String>,
}

/// Members that a patch may repeat, and that are then ignored.
const KEPT: [&str; 6] = [
    "id",
    "version",
    "created_by",
    "created_at",
    "waiting",
    "dead",
];

/// Changes a webhook by a merge patch. What it takes away is as in a webhook that was made without.
///
/// # Errors
/// As [`get`]; [`Error::VersionConflict`], [`Error::Invalid`].
pub async fn patch(
    app: &App,
    actor: &Actor,
    project: &str,
    webhook_id: Uuid,
    patch: Value,
    version: Option<u64>,
) -> Result<Webhook> {
    let (actor, key) = (actor.clone(), project.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let (project, mut row) = find(&mut work.tx, &actor, &key, webhook_id).await?;
                fields::check_version(row.version, version)?;
                let before = own_fields(&row);
                let changed: Fields = fields::patched(&before, patch, &KEPT)?;
                let changed = checked(work, project.project_id, changed, &row.environments).await?;
                row.url = changed.url;
                row.description = changed.description;
                row.enabled = changed.enabled;
                row.events = changed.events;
                row.environments = changed.environments;
                row.version += 1;
                store::webhook::update(&mut work.tx, &row).await?;
                let details =
                    json!({ "webhook": webhook_id, "before": before, "after": own_fields(&row) });
                note(work, &actor, "changed", &key, &details).await?;
                // What waits for it may go.
                work.posted |= row.enabled;
                let counts = store::delivery::counts(&mut work.tx, project.project_id).await?;
                Ok(shown(row, &counts))
            })
        })
        .await
}

/// Removes a webhook, with what waits for it and its log.
///
/// # Errors
/// As [`get`]; [`Error::VersionConflict`].
pub async fn delete(
    app: &App,
    actor: &Actor,
    project: &str,
    webhook_id: Uuid,
    version: Option<u64>,
) -> Result<()> {
    let (actor, key) = (actor.clone(), project.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let (_, row) = find(&mut work.tx, &actor, &key, webhook_id).await?;
                fields::check_version(row.version, version)?;
                store::webhook::delete(&mut work.tx, webhook_id).await?;
                let details = json!({ "webhook": webhook_id, "before": own_fields(&row) });
                note(work, &actor, "deleted", &key, &details).await
            })
        })
        .await
}

/// Sends an event that says nothing, to try a webhook.
///
/// # Errors
/// As [`get`]; [`Error::Invalid`] where it is disabled.
pub async fn ping(app: &App, actor: &Actor, project: &str, webhook_id: Uuid) -> Result<Delivery> {
    let (asks, key) = (actor.clone(), project.to_owned());
    let delivery_id = app
        .writer
        .run(move |work| {
            Box::pin(async move {
                let (_, row) = find(&mut work.tx, &asks, &key, webhook_id).await?;
                require_enabled(&row)?;
                let details = json!({ "webhook": webhook_id });
                note(work, &asks, "pinged", &key, &details).await?;
                outbox::ping(work, &key, &asks.username, &row).await
            })
        })
        .await?;
    get_delivery(app, actor, project, webhook_id, delivery_id).await
}

fn require_enabled(row: &store::webhook::Webhook) -> Result<()> {
    if row.enabled {
        return Ok(());
    }
    let message = "the webhook is disabled: enable it first";
    Err(Error::invalid("/enabled", "disabled", message))
}

/// Opens a webhook to a project's admin.
async fn find(
    tx: &mut Tx,
    actor: &Actor,
    project: &str,
    webhook_id: Uuid,
) -> Result<(Project, store::webhook::Webhook)> {
    let seen = access::project(tx, actor, project, Role::Admin).await?;
    let row = store::webhook::find(tx, seen.project.project_id, webhook_id)
        .await?
        .ok_or(Error::NotFound)?;
    Ok((seen.project, row))
}

/// Writes the audit entry, and forgets which webhooks there were.
async fn note(
    work: &mut Work,
    actor: &Actor,
    what: &str,
    project: &str,
    details: &Value,
) -> Result<()> {
    work.wanted = None;
    let action = format!("webhook.{what}");
    audit::append(work, &actor.username, &action, Some(project), details).await
}

fn secret(random: &dyn Random) -> String {
    let mut key = [0; SECRET_BYTES];
    random.fill(&mut key);
    format!("{SECRET_PREFIX}{}", BASE64_STANDARD.encode(key))
}

/// What histories have of it: everything but the secret.
fn own_fields(row: &store::webhook::Webhook) -> Value {
    json!({
        "url": row.url,
        "description": row.description,
        "enabled": row.enabled,
        "events": row.events,
        "environments": row.environments,
    })
}

fn shown(row: store::webhook::Webhook, counts: &[store::delivery::Count]) -> Webhook {
    let count = |state: &str| {
        let mut of_state = counts.iter().filter(|it| it.state == state);
        let found = of_state.find(|count| count.webhook_id == row.webhook_id);
        found.map_or(0, |count| count.count)
    };
    Webhook {
        id: row.webhook_id,
        waiting: count(store::delivery::WAITING),
        dead: count(store::delivery::DEAD),
        url: row.url,
        description: row.description,
        enabled: row.enabled,
        events: row.events,
        environments: row.environments,
        version: row.version,
        created_by: row.created_by,
        created_at: row.created_at,
    }
}
