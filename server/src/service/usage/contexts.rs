//! Contexts that flags were evaluated for, where an SDK was told to sample them.

use serde_json::Value;
use serin_api::{
    sdk::Telemetry,
    session::Role,
    usage::{SampledContext, SampledContexts},
};
use uuid::Uuid;

use super::waiting::{Digest, KEPT};
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

/// Contexts as JSON text, each with its digest.
pub(super) fn texts(contexts: Vec<Value>) -> Vec<(Digest, String)> {
    let texts = contexts.iter().map(Value::to_string);
    texts.map(|text| (ids::digest(&text), text)).collect()
}

/// Keeps contexts of an environment that exists, and forgets all but the newest.
pub(super) async fn keep<'t>(
    work: &mut Work,
    environment_id: Uuid,
    texts: impl Iterator<Item = (&'t Digest, &'t str)>,
) -> Result<()> {
    let now = work.now();
    for (digest, text) in texts {
        let context: Value =
            serde_json::from_str(text).map_err(|error| Error::Internal(error.to_string()))?;
        store::context::keep(&mut work.tx, environment_id, digest, &context, now).await?;
    }
    let most = KEPT as i64;
    Ok(store::context::keep_newest(&mut work.tx, environment_id, most).await?)
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
    let rows = store::context::newest(&mut tx, environment.environment_id, KEPT as i64).await?;
    let items = rows.into_iter().map(|row| SampledContext {
        context: row.context,
        received_at: row.received_at,
    });
    Ok(SampledContexts {
        items: items.collect(),
    })
}
