//! The engines that are measured, each behind the same small interface.

mod eppo;
mod launchdarkly;
mod posthog;
mod serin;
pub use serin::{flag as serin_flag, json as serin_context};
mod yggdrasil;

use anyhow::Result;

use crate::world::{Person, World};

pub use eppo::Eppo;
pub use launchdarkly::LaunchDarkly;
pub use posthog::PostHog;
pub use serin::{Serin, SerinJson, SerinPrepared};
pub use yggdrasil::Yggdrasil;

/// What an engine serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Served {
    Off,
    On,
    /// One of four.
    Variation,
}

/// An engine, used in the way that is fastest for it.
pub trait Engine {
    const NAME: &'static str;
    /// A ruleset, ready to evaluate.
    type Loaded;
    /// A person, ready to be evaluated for.
    type Context<'l>;

    /// Whether it can express a case.
    fn expresses(case: &str) -> bool;

    /// The flags in the engine's own format.
    fn document(world: &World) -> String;

    /// Reads and compiles a document.
    fn load(document: &str) -> Result<Self::Loaded>;

    fn context<'l>(loaded: &'l Self::Loaded, person: &Person) -> Self::Context<'l>;

    fn evaluate(loaded: &Self::Loaded, key: &str, context: &Self::Context<'_>) -> Served;

    /// Evaluates all flags and says how many serve something.
    fn evaluate_all(loaded: &Self::Loaded, keys: &[String], context: &Self::Context<'_>) -> usize {
        keys.iter()
            .filter(|key| Self::evaluate(loaded, key, context) != Served::Off)
            .count()
    }
}
