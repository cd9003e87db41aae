//! A project's webhooks and their deliveries.

use serde_json::{Value, json};
use serin_api::{
    page::Page,
    paths,
    webhook::{CreatedWebhook, Delivery, NewWebhook, Webhook},
};

use super::{Error, all_pages, delete, get, patch, post};

/// How many deliveries a log shows.
const SHOWN: usize = 50;

/// A project's webhooks.
pub(crate) async fn webhooks(project: &str) -> Result<Vec<Webhook>, Error> {
    all_pages(&paths::webhooks(project)).await
}

/// Makes a webhook; its secret is in the answer and nowhere else.
pub(crate) async fn create_webhook(
    project: &str,
    webhook: NewWebhook,
) -> Result<CreatedWebhook, Error> {
    post(&paths::webhooks(project), &webhook).await
}

/// Changes a webhook, if it still is at `version`.
pub(crate) async fn patch_webhook(
    project: &str,
    id: &str,
    change: &Value,
    version: u64,
) -> Result<Webhook, Error> {
    patch(&paths::webhook(project, id), change, Some(version)).await
}

/// Removes a webhook.
pub(crate) async fn delete_webhook(project: &str, id: &str) -> Result<(), Error> {
    delete(&paths::webhook(project, id), None).await
}

/// Sends an event that says nothing.
pub(crate) async fn ping_webhook(project: &str, id: &str) -> Result<Delivery, Error> {
    post(&paths::webhook_ping(project, id), &json!({})).await
}

/// A webhook's latest deliveries.
pub(crate) async fn deliveries(project: &str, id: &str) -> Result<Vec<Delivery>, Error> {
    let path = format!("{}?limit={SHOWN}", paths::deliveries(project, id));
    let page: Page<Delivery> = get(&path).await?;
    Ok(page.items)
}

/// Sends a delivery again.
pub(crate) async fn redeliver(
    project: &str,
    webhook: &str,
    delivery: &str,
) -> Result<Delivery, Error> {
    post(&paths::redeliver(project, webhook, delivery), &json!({})).await
}
