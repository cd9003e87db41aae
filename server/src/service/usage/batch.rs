//! One telemetry request, checked.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;
use serin_api::sdk::{Running, Telemetry};
use uuid::Uuid;

use super::contexts;
use crate::service::{Error, Result};

/// How many counts a batch has at most.
const MAX_COUNTS: usize = 50_000;
/// How many revisions a relay's SDKs run at most.
const MAX_RUNNING: usize = 100;
/// How many of them there are at most, of all revisions together: as many as a relay knows.
pub(crate) const MAX_INSTANCES: u64 = 100_000;
/// The longest key of a flag or variation, in bytes.
const MAX_KEY: usize = 1020;

/// One telemetry request.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) environment_id: Uuid,
    pub(crate) instance: Uuid,
    pub(crate) sequence: u64,
    /// The revision that it ran.
    pub(crate) revision: u64,
    /// Of a relay: how many SDKs run which revision.
    pub(crate) running: Option<Vec<Running>>,
    /// When it came.
    pub(crate) received_at: DateTime<Utc>,
    /// When its counts ended.
    pub(crate) at: DateTime<Utc>,
    /// Flag, variation (empty where there is none) and how often.
    pub(crate) counts: Vec<(String, String, u64)>,
    pub(crate) contexts: Vec<Value>,
}

impl Batch {
    /// Checks what an SDK sent. What cannot be a flag is left out.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is too large.
    pub(crate) fn read(
        environment_id: Uuid,
        mut telemetry: Telemetry,
        now: DateTime<Utc>,
    ) -> Result<Self> {
        if telemetry.evaluations.len() > MAX_COUNTS {
            let message = format!("at most {MAX_COUNTS} counts in a batch");
            return Err(Error::invalid("/evaluations", "too_many", message));
        }
        let contexts = contexts::take(&mut telemetry)?;
        // A count belongs to the hour in which it ended; clocks that are wrong are not believed.
        let at = telemetry.to.clamp(now - TimeDelta::hours(24), now);
        let counts = telemetry.evaluations.into_iter().filter_map(|count| {
            let variation = count.variation.unwrap_or_default();
            let good = fits(&count.flag) && fits(&variation) && count.count > 0;
            // No honest batch comes near; sums must not overflow.
            good.then(|| (count.flag, variation, count.count.min(1 << 40)))
        });
        Ok(Self {
            environment_id,
            instance: telemetry.instance,
            sequence: telemetry.sequence,
            revision: telemetry.revision,
            running: telemetry.running.map(bounded),
            received_at: now,
            at,
            counts: counts.collect(),
            contexts,
        })
    }

    /// Tells it from all others.
    pub(crate) fn name(&self) -> (Uuid, Uuid, u64) {
        (self.environment_id, self.instance, self.sequence)
    }
}

/// What a relay says of its SDKs, within what is possible: more of them count in proportion.
fn bounded(mut running: Vec<Running>) -> Vec<Running> {
    running.truncate(MAX_RUNNING);
    let all: u128 = running.iter().map(|of| u128::from(of.instances)).sum();
    let most = u128::from(MAX_INSTANCES);
    if all > most {
        for of in &mut running {
            let part = u128::from(of.instances) * most / all;
            of.instances = u64::try_from(part).unwrap_or(MAX_INSTANCES);
        }
    }
    running
}

/// Whether it can be the key of a flag or variation.
pub(crate) fn fits(text: &str) -> bool {
    text.len() <= MAX_KEY && !text.contains('\0')
}
