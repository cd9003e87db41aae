//! Contexts that flags were evaluated for, where an SDK was told to sample them.

use serde_json::Value;
use serin_api::{
    sdk::Telemetry,
    session::Role,
    usage::{SampledContext, SampledContexts},
};
use uuid::Uuid;

use crate::{
    app::App,
    ids,
    service::{Actor, Error, Result, access, writer::Work},
    store,
};

/// How many a batch has at most.
const MAX_IN_BATCH: usize = 50;
/// The longest, in bytes of JSON.
const MAX_BYTES: usize = 4096;
/// How many are kept of an environment.
const KEPT: i64 = 1000;

/// Checks what a batch brings, and takes it out.
///
/// # Errors
/// [`Error::Invalid`] with the place of what is too much or no object.
pub(super) fn take(telemetry: &mut Telemetry) -> Result<Vec<Value>> {
    let contexts = std::mem::take(&mut telemetry.contexts);
    if contexts.len() > MAX_IN_BATCH {
        let message = format!("at most {MAX_IN_BATCH} contexts in a batch");
        return Err(Error::invalid("/contexts", "too_many", message));
    }
    for (index, context) in contexts.iter().enumerate() {
        let refused = |code, message: String| {
            Err(Error::invalid(format!("/contexts/{index}"), code, message))
        };
        if !context.is_object() {
            return refused("wrong_type", "a context is a JSON object".to_owned());
        }
        let text = context.to_string();
        if text.len() > MAX_BYTES {
            return refused(
                "too_long",
                format!("a sampled context has at most {MAX_BYTES} bytes"),
            );
        }
        // PostgreSQL keeps no such text.
        if text.contains("\\u0000") {
            return refused("invalid", "a text has the character U+0000".to_owned());
        }
    }
    Ok(contexts)
}

/// Keeps contexts of an environment that exists.
pub(super) async fn keep(work: &mut Work, environment_id: Uuid, contexts: &[Value]) -> Result<()> {
    if contexts.is_empty() {
        return Ok(());
    }
    let now = work.now();
    for context in contexts {
        let digest = ids::digest(&context.to_string());
        store::context::keep(&mut work.tx, environment_id, &digest, context, now).await?;
    }
    Ok(store::context::keep_newest(&mut work.tx, environment_id, KEPT).await?)
}

/// An environment's sampled contexts, the newest first. They are about people: who may
/// only look at flags does not see them.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] below editors.
pub async fn sampled(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
) -> Result<SampledContexts> {
    let mut tx = app.db.read().await?;
    let (_, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Editor).await?;
    let rows = store::context::newest(&mut tx, environment.environment_id, KEPT).await?;
    let items = rows.into_iter().map(|row| SampledContext {
        context: row.context,
        received_at: row.received_at,
    });
    Ok(SampledContexts {
        items: items.collect(),
    })
}
