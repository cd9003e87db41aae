//! What answers SDKs and OpenFeature clients, whatever fills it.
//!
//! A server fills it from its database, a relay from its upstream. The routes of rulesets,
//! streams, OFREP, telemetry, health and metrics know nothing else, so that both answer
//! alike: by the same code.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use serde_json::Value;

use crate::{
    clock::Clock,
    ids::Random,
    publish::Publisher,
    service::{key::Cache, usage::Sink},
};

/// What answering SDKs takes. Cheap to clone.
#[derive(Clone)]
pub struct Front {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, fit for secrets.
    pub random: Arc<dyn Random>,
    /// Rulesets and keys.
    pub publisher: Arc<Publisher>,
    /// Where counts go.
    pub usage: Arc<dyn Sink>,
    /// Whether it can answer.
    pub health: Arc<dyn Health>,
}

/// Whether requests may come.
pub trait Health: Send + Sync {
    /// What there is to say of it, as the members of an object; an error where it should
    /// not be sent requests now, for the one who asks.
    fn ready(&self) -> BoxFuture<'_, Result<Value, String>>;
}

impl Front {
    /// The keys of SDKs, from memory.
    pub fn keys(&self) -> Arc<Cache> {
        self.publisher.keys()
    }
}
