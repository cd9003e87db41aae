//! The delivery log of a webhook.

use serde_json::{Value, json};
use serin_api::{
    page::Page,
    webhook::{Attempt, DeliveredRelease, Delivery, DeliveryState},
};
use uuid::Uuid;

use super::{find, note, require_enabled};
use crate::{
    app::App,
    service::{Actor, Error, Paging, Result},
    store::{self, Tx},
};

/// A webhook's deliveries, the latest events first; those in a state where one is given.
///
/// # Errors
/// As `webhook::get`; [`Error::BadRequest`] for a cursor that is none.
pub async fn deliveries(
    app: &App,
    actor: &Actor,
    project: &str,
    webhook_id: Uuid,
    state: Option<DeliveryState>,
    paging: &Paging,
) -> Result<Page<Delivery>> {
    let cursor = paging.cursor.as_deref();
    let before = cursor.map(str::parse::<u64>).transpose();
    let before = before.map_err(|_| Error::BadRequest("this cursor is none of ours".to_owned()))?;
    let mut tx = app.db.read().await?;
    let (_, webhook) = find(&mut tx, actor, project, webhook_id).await?;
    let state = state.map(state_name);
    let rows = store::delivery::list(&mut tx, webhook_id, state, before, paging.probe()).await?;
    let page = paging.page(rows, |row| row.sequence.to_string(), |row| row);
    let mut items = Vec::with_capacity(page.items.len());
    for row in page.items {
        items.push(shown(&mut tx, &webhook, row, false).await?);
    }
    Ok(Page {
        items,
        next_cursor: page.next_cursor,
    })
}

/// One delivery, with what is sent.
///
/// # Errors
/// As `webhook::get`; [`Error::NotFound`] where the log has none of this id.
pub async fn get_delivery(
    app: &App,
    actor: &Actor,
    project: &str,
    webhook_id: Uuid,
    delivery_id: Uuid,
) -> Result<Delivery> {
    let mut tx = app.db.read().await?;
    let (_, webhook) = find(&mut tx, actor, project, webhook_id).await?;
    let row = store::delivery::find(&mut tx, webhook_id, delivery_id).await?;
    shown(&mut tx, &webhook, row.ok_or(Error::NotFound)?, true).await
}

/// Sends a delivery again, whatever became of it, with all its chances; one that waits goes at
/// once.
///
/// # Errors
/// As [`get_delivery`]; [`Error::Invalid`] where the webhook is disabled.
pub async fn redeliver(
    app: &App,
    actor: &Actor,
    project: &str,
    webhook_id: Uuid,
    delivery_id: Uuid,
) -> Result<Delivery> {
    let (asks, key) = (actor.clone(), project.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let (_, webhook) = find(&mut work.tx, &asks, &key, webhook_id).await?;
                require_enabled(&webhook)?;
                let row = store::delivery::find(&mut work.tx, webhook_id, delivery_id).await?;
                let row = row.ok_or(Error::NotFound)?;
                let now = work.now();
                store::delivery::send_again(&mut work.tx, row.delivery_id, now).await?;
                let details = json!({ "webhook": webhook_id, "delivery": delivery_id });
                note(work, &asks, "redelivered", &key, &details).await?;
                work.posted = true;
                Ok(())
            })
        })
        .await?;
    get_delivery(app, actor, project, webhook_id, delivery_id).await
}

async fn shown(
    tx: &mut Tx,
    webhook: &store::webhook::Webhook,
    row: store::delivery::Delivery,
    whole: bool,
) -> Result<Delivery> {
    let next_at = match row.due_at {
        Some(due) if webhook.enabled => {
            let ahead = store::delivery::due_ahead(tx, &row).await?;
            Some(ahead.map_or(due, |ahead| ahead.max(due)))
        }
        _ => None,
    };
    let attempts = match row.attempts {
        0 => Vec::new(),
        _ => store::delivery::attempts(tx, row.delivery_id).await?,
    };
    let body: Value = serde_json::from_str(&row.body)
        .map_err(|error| store::Error::json("webhook_deliveries", &error))?;
    Ok(Delivery {
        id: row.delivery_id,
        event: row.event,
        subject: row.subject,
        release: release_of(&body),
        state: state_of(&row.state),
        created_at: row.created_at,
        next_at,
        attempts: attempts.into_iter().map(attempt).collect(),
        body: whole.then_some(body),
    })
}

/// The release that an event is of.
fn release_of(body: &Value) -> Option<DeliveredRelease> {
    let data = &body["data"];
    let release = &data["release"];
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Some(DeliveredRelease {
        environment: text(&data["environment"])?,
        flag: text(&release["flag"])?,
        rule: text(&release["site"]["rule"]),
    })
}

fn attempt(row: store::delivery::Attempt) -> Attempt {
    Attempt {
        attempt: row.attempt,
        at: row.at,
        duration_ms: row.duration_ms,
        status: row.status.and_then(|status| u16::try_from(status).ok()),
        error: row.error,
    }
}

fn state_name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Waiting => store::delivery::WAITING,
        DeliveryState::Delivered => store::delivery::DELIVERED,
        DeliveryState::Dead => store::delivery::DEAD,
    }
}

fn state_of(name: &str) -> DeliveryState {
    match name {
        store::delivery::DELIVERED => DeliveryState::Delivered,
        store::delivery::DEAD => DeliveryState::Dead,
        _ => DeliveryState::Waiting,
    }
}
