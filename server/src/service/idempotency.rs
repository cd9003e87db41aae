//! A retried POST is safe: the same key gets the same answer, and the work is done once.

use chrono::TimeDelta;
use serde::{Serialize, de::DeserializeOwned};

use super::{Actor, Error, Result, document, writer::Work};
use crate::{ids, store};

/// For how long an answer is kept.
const KEPT_FOR: TimeDelta = TimeDelta::hours(24);
/// The longest key.
const MAX_KEY: usize = 255;

/// What came in the header `Idempotency-Key`, and the request that it came with.
#[derive(Clone, Debug)]
pub struct Once {
    /// The header.
    pub key: String,
    /// Method, path and body: another request under the same key is refused.
    pub request: String,
}

/// Within a job: the answer of the first time, where there was one.
///
/// # Errors
/// [`Error::IdempotencyMismatch`] where the key came with another request.
pub async fn before<T: DeserializeOwned>(
    work: &mut Work,
    actor: &Actor,
    once: Option<&Once>,
) -> Result<Option<T>> {
    let Some(once) = once else { return Ok(None) };
    if once.key.is_empty() || once.key.len() > MAX_KEY || once.key.contains('\0') {
        let message = format!("an idempotency key has 1 to {MAX_KEY} bytes");
        return Err(Error::BadRequest(message));
    }
    let before = work.now() - KEPT_FOR;
    store::idempotency::prune(&mut work.tx, before).await?;
    let Some(found) = store::idempotency::find(&mut work.tx, actor.user_id, &once.key).await?
    else {
        return Ok(None);
    };
    if found.request_hash != ids::digest(&once.request) {
        return Err(Error::IdempotencyMismatch);
    }
    serde_json::from_str(&found.answer)
        .map(Some)
        .map_err(|error| Error::Store(store::Error::json("idempotency_keys", &error)))
}

/// Within the same job: keeps the answer.
///
/// # Errors
/// Where the database fails.
pub async fn after<T: Serialize>(
    work: &mut Work,
    actor: &Actor,
    once: Option<&Once>,
    answer: &T,
) -> Result<()> {
    let Some(once) = once else { return Ok(()) };
    let answered = store::idempotency::Answered {
        request_hash: ids::digest(&once.request).to_vec(),
        answer: document::text(answer)?,
    };
    let now = work.now();
    store::idempotency::insert(&mut work.tx, actor.user_id, &once.key, &answered, now).await?;
    Ok(())
}
