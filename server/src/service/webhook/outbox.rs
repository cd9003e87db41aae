//! What happens is put into the outbox with the same commit: a row for each webhook that wants it.

use std::sync::Arc;

use serde_json::{Value, json};
use serin_api::{
    change::{AppliedChange, ChangeSet},
    webhook::PING,
};
use uuid::Uuid;

use super::event::{CHANGE_SET, Moved, name, release};
use crate::{
    service::{Result, document, release::transition::Place, writer::Work},
    store::{
        self, Script,
        delivery::{Delivery, WAITING},
        webhook::Webhook,
    },
};

/// All webhooks that are enabled, each with its project's key. The writer keeps them from one
/// transaction to the next, as long as nobody else writes.
pub(crate) type Wanted = Arc<Vec<(String, Webhook)>>;

/// Something that happened.
struct Happening<'h> {
    name: &'h str,
    project: &'h str,
    /// Where; empty where it is the affair of the whole project.
    environments: Vec<&'h str>,
    subject: String,
    data: Value,
}

/// Puts a release's transition into the outbox, after its audit entry.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn transition(work: &mut Work, place: &Place, moved: &Moved<'_>) -> Result<()> {
    let name = name(moved);
    let wanted = wanted(work, &place.project, name, &[&place.environment]).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    let happening = Happening {
        name,
        project: &place.project,
        environments: vec![&place.environment],
        subject: moved.after.release_id.to_string(),
        data: release(moved)?,
    };
    put(work, &wanted, happening).await
}

/// Puts a change set into the outbox, after its audit entry.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn change_set(work: &mut Work, set: &ChangeSet) -> Result<()> {
    let touched = set
        .changes
        .iter()
        .filter_map(|it| it.environment.as_deref());
    let seen = set.revisions.keys().map(String::as_str);
    let mut environments: Vec<&str> = touched.chain(seen).collect();
    environments.sort_unstable();
    environments.dedup();
    let wanted = wanted(work, &set.project, CHANGE_SET, &environments).await?;
    if wanted.is_empty() {
        return Ok(());
    }
    let changes: Vec<Value> = set.changes.iter().map(changed).collect();
    let happening = Happening {
        name: CHANGE_SET,
        project: &set.project,
        environments,
        subject: set.id.to_string(),
        data: document::present(json!({
            "actor": set.author,
            "reason": set.reason,
            "change_set": { "id": set.id, "changes": changes, "revisions": set.revisions },
        })),
    };
    put(work, &wanted, happening).await
}

/// What changed, without the documents: they may be long, and the API has them.
fn changed(change: &AppliedChange) -> Value {
    let action = match (&change.before, &change.after) {
        (None, Some(_)) => "created",
        (Some(_), None) => "deleted",
        (Some(_), Some(_)) | (None, None) => "changed",
    };
    document::present(json!({
        "kind": change.kind,
        "environment": change.environment,
        "key": change.key,
        "version": change.version,
        "action": action,
    }))
}

/// Puts an event that tries a webhook into the outbox, after its audit entry.
///
/// # Errors
/// Where the database fails.
pub(super) async fn ping(
    work: &mut Work,
    project: &str,
    actor: &str,
    webhook: &Webhook,
) -> Result<Uuid> {
    let happening = Happening {
        name: PING,
        project,
        environments: Vec::new(),
        subject: webhook.webhook_id.to_string(),
        data: json!({ "actor": actor, "webhook": webhook.webhook_id }),
    };
    let delivery = delivery(work, webhook, &happening)?;
    insert(work, &[&delivery]).await?;
    Ok(delivery.delivery_id)
}

/// The webhooks that want an event.
async fn wanted(
    work: &mut Work,
    project: &str,
    name: &str,
    environments: &[&str],
) -> Result<Vec<Webhook>> {
    let all = match &work.wanted {
        Some(all) => Arc::clone(all),
        None => {
            let all = Arc::new(store::webhook::enabled(&mut work.tx).await?);
            work.wanted = Some(Arc::clone(&all));
            all
        }
    };
    let here = |webhook: &Webhook| {
        let listed = |key: &&str| webhook.environments.iter().any(|one| one == key);
        environments.is_empty()
            || webhook.environments.is_empty()
            || environments.iter().any(listed)
    };
    let of_project = all.iter().filter(|(of, _)| of == project);
    let wanting = of_project.filter(|(_, webhook)| here(webhook) && wants(webhook, name));
    Ok(wanting.map(|(_, webhook)| webhook.clone()).collect())
}

/// Whether one of the names that a webhook lists is the event's, or how it begins.
fn wants(webhook: &Webhook, name: &str) -> bool {
    webhook
        .events
        .iter()
        .any(|wanted| match wanted.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => wanted == name,
        })
}

async fn put(work: &mut Work, wanted: &[Webhook], happening: Happening<'_>) -> Result<()> {
    let mut deliveries = Vec::with_capacity(wanted.len());
    for webhook in wanted {
        deliveries.push(delivery(work, webhook, &happening)?);
    }
    insert(work, &deliveries.iter().collect::<Vec<_>>()).await
}

async fn insert(work: &mut Work, deliveries: &[&Delivery]) -> Result<()> {
    let mut script = Script::default();
    store::delivery::insert(&mut script, deliveries.iter().copied());
    script.run(&mut work.tx).await?;
    work.posted = true;
    Ok(())
}

fn delivery(work: &mut Work, webhook: &Webhook, happening: &Happening<'_>) -> Result<Delivery> {
    let (delivery_id, now) = (work.id(), work.now());
    // The number of the audit entry that was appended last, which is the event's.
    let sequence = work.head.sequence;
    let mut data = happening.data.clone();
    data["project"] = json!(happening.project);
    if let [environment] = happening.environments[..] {
        data["environment"] = json!(environment);
    }
    data["sequence"] = json!(sequence);
    let body = json!({ "type": happening.name, "timestamp": now, "data": data });
    Ok(Delivery {
        delivery_id,
        webhook_id: webhook.webhook_id,
        sequence,
        event: happening.name.to_owned(),
        subject: happening.subject.clone(),
        body: document::text(&body)?,
        state: WAITING.to_owned(),
        attempts: 0,
        failures: 0,
        due_at: Some(now),
        created_at: now,
    })
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn names_and_beginnings_are_wanted() {
        let webhook = |events: &[&str]| Webhook {
            webhook_id: Uuid::nil(),
            project_id: Uuid::nil(),
            url: String::new(),
            description: None,
            secret: String::new(),
            enabled: true,
            events: events.iter().map(|&event| event.to_owned()).collect(),
            environments: Vec::new(),
            version: 1,
            created_by: String::new(),
            created_at: DateTime::UNIX_EPOCH,
        };
        for (events, name, wanted) in [
            (&["release.held"][..], "release.held", true),
            (&["release.held"], "release.held.again", false),
            (
                &["release.held", "change_set.applied"],
                "change_set.applied",
                true,
            ),
            (&["release.*"], "release.completed", true),
            (&["release.*"], "change_set.applied", false),
            (&["rel*"], "release.completed", true),
            (&["release.c*"], "release.held", false),
            (&["*"], "change_set.applied", true),
            (&[], "release.held", false),
        ] {
            assert_eq!(wants(&webhook(events), name), wanted, "{events:?} {name}");
        }
    }
}
