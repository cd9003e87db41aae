//! Whether a relay can answer.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use futures_util::future::{self, BoxFuture};
use serde_json::{Value, json};

use super::place::{Given, Places};
use crate::{clock::Clock, front::Health};

/// A relay is ready once it has a ruleset of every environment that its keys open, however
/// old: its SDKs are better off with it than without. A key that the upstream refuses opens
/// none, and does not take the others down with it.
pub(super) struct Standing {
    places: Arc<Places>,
    clock: Arc<dyn Clock>,
}

impl Standing {
    pub(super) fn new(places: Arc<Places>, clock: Arc<dyn Clock>) -> Self {
        Self { places, clock }
    }

    fn look(&self, now: DateTime<Utc>) -> Result<Value, String> {
        let (mut missing, mut refused, mut served) = (Vec::new(), Vec::new(), false);
        for (shown, given) in self.places.all_given() {
            match given {
                Given::Unknown => missing.push(format!("what the key {shown}… opens")),
                Given::Refused => refused.push(format!("{shown}…")),
                Given::Opens(id) if self.places.revision(id).is_some() => served = true,
                Given::Opens(_) => missing.push(format!("the ruleset of the key {shown}…")),
            }
        }
        if !missing.is_empty() {
            return Err(format!(
                "the relay does not have yet: {}",
                missing.join(", ")
            ));
        }
        if !served {
            return Err("the upstream refuses all keys of this relay".to_owned());
        }
        let mut state = json!({"environments": self.places.reports(now)});
        if !refused.is_empty() {
            state["refused_keys"] = json!(refused);
        }
        Ok(state)
    }
}

impl Health for Standing {
    fn ready(&self) -> BoxFuture<'_, Result<Value, String>> {
        Box::pin(future::ready(self.look(self.clock.now())))
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{clock::ManualClock, publish::Publisher};

    #[test]
    fn every_key_counts_and_a_refused_one_takes_no_other_down() {
        let publisher: Arc<Publisher> = Arc::default();
        let places = Arc::new(Places::new(publisher));
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let clock = Arc::new(ManualClock::at(now));
        let standing = Standing::new(Arc::clone(&places), clock);
        // They look alike in what may be shown of them.
        places.given("some-key-one", Given::Unknown);
        places.given("some-key-two", Given::Refused);
        let reason = standing.look(now).unwrap_err();
        assert!(reason.contains("what the key some-k… opens"), "{reason}");
        places.given("some-key-one", Given::Refused);
        assert!(standing.look(now).unwrap_err().contains("refuses all keys"));
        places.given("some-key-one", Given::Opens(Uuid::nil()));
        assert!(standing.look(now).unwrap_err().contains("the ruleset"));
    }
}
