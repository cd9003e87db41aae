//! Webhooks and their deliveries.

use crate::http::openapi::{operation::Operation, schemas::Schemas};
use serde_json::json;
use serin_api::webhook::{CreatedWebhook, Delivery, NewWebhook, Webhook};

pub(super) fn webhooks(schemas: &mut Schemas) -> Vec<Operation> {
    let operation =
        |method, path: &str, id, summary| Operation::new(method, path, id, "webhooks", summary);
    let all = "/api/v1/projects/{project}/webhooks";
    let one = "/api/v1/projects/{project}/webhooks/{id}";
    let log = "/api/v1/projects/{project}/webhooks/{id}/deliveries";
    let delivery = "/api/v1/projects/{project}/webhooks/{id}/deliveries/{delivery}";
    let shown = schemas.of::<Webhook>();
    let delivered = schemas.of::<Delivery>();
    vec![
        operation(
            "GET",
            all,
            "list_webhooks",
            "A project's webhooks; for its admins",
        )
        .answers(200, "The webhooks.", schemas.page_of::<Webhook>()),
        operation("POST", all, "create_webhook", "Make a webhook")
            .body(schemas.of::<NewWebhook>())
            .answers(
                201,
                "Made; the secret is shown this once.",
                schemas.of::<CreatedWebhook>(),
            ),
        operation("GET", one, "get_webhook", "One webhook").answers(
            200,
            "The webhook.",
            shown.clone(),
        ),
        operation(
            "PATCH",
            one,
            "patch_webhook",
            "Change a webhook, or disable it",
        )
        .versioned()
        .body_of("application/merge-patch+json", json!({"type": "object"}))
        .answers(200, "The webhook.", shown),
        operation(
            "DELETE",
            one,
            "delete_webhook",
            "Remove a webhook, with what waits for it and its log",
        )
        .versioned()
        .answers_empty(204, "Removed."),
        operation(
            "POST",
            &format!("{one}/ping"),
            "ping_webhook",
            "Send an event that says nothing, to try it",
        )
        .answers(202, "It is in the outbox.", delivered.clone())
        .fails(422, "The webhook is disabled."),
        operation(
            "GET",
            log,
            "list_deliveries",
            "The delivery log, the latest first",
        )
        .query(&[(
            "state",
            "Only those that are `waiting`, `delivered` or `dead`.",
        )])
        .paged()
        .answers(200, "The deliveries.", schemas.page_of::<Delivery>()),
        operation(
            "GET",
            delivery,
            "get_delivery",
            "One delivery, with what is sent",
        )
        .answers(200, "The delivery.", delivered.clone()),
        operation(
            "POST",
            &format!("{delivery}/redeliver"),
            "redeliver",
            "Send a delivery again, with all its chances",
        )
        .answers(202, "It is in the outbox.", delivered)
        .fails(422, "The webhook is disabled."),
    ]
}
