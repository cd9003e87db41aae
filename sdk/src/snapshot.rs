//! Several evaluations from one ruleset.

use std::sync::Arc;

use serde_json::Value;
use serin_engine::context::{Context, PreparedContext};
use serin_engine::evaluation::Evaluation;
use serin_engine::flag::FlagType;
use serin_engine::ruleset::Ruleset;

use crate::detail::Detail;
use crate::shared::{Shared, no_ruleset};
use crate::traces;
use crate::typed::Any;

/// The ruleset of one moment: evaluations from it all use the same revision, whatever
/// comes in the meantime. It keeps that ruleset in memory, so don't keep it for long.
#[derive(Clone, Debug)]
pub struct Snapshot {
    shared: Arc<Shared>,
    ruleset: Option<Arc<Ruleset>>,
}

/// A flag of a ruleset.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FlagInfo {
    /// Its key.
    pub key: String,
    /// Its type; absent where it does not compile.
    pub kind: Option<FlagType>,
    /// The revision at which it last changed.
    pub version: u64,
    /// Whether it is on at all.
    pub enabled: bool,
}

impl Snapshot {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let ruleset = shared.ruleset();
        Self { shared, ruleset }
    }

    /// The ruleset's revision; absent before the first one.
    #[must_use]
    pub fn revision(&self) -> Option<u64> {
        self.ruleset.as_ref().map(|ruleset| ruleset.revision())
    }

    /// The ruleset's flags by key.
    #[must_use]
    pub fn flags(&self) -> Vec<FlagInfo> {
        let Some(ruleset) = &self.ruleset else {
            return Vec::new();
        };
        ruleset
            .flags()
            .map(|flag| FlagInfo {
                key: flag.key.to_owned(),
                kind: flag.kind,
                version: flag.version,
                enabled: flag.enabled,
            })
            .collect()
    }

    /// Evaluates without copying anything: the fastest way, and the engine's own words.
    /// It counts like a getter. Before the first ruleset it is `FLAG_NOT_FOUND`.
    #[must_use]
    pub fn evaluate(&self, flag: &str, context: &Context) -> Evaluation<'_> {
        let Some(ruleset) = &self.ruleset else {
            traces::tell(None, flag, Some(context), &no_ruleset());
            return no_ruleset();
        };
        self.shared.sample(context);
        let Some(found) = ruleset.find(flag) else {
            self.shared.not_found(ruleset, flag, Some(context));
            return Evaluation::not_found(flag);
        };
        let evaluation = found.evaluate(context);
        self.shared.count(found, &evaluation);
        self.shared.expose(found, context, &evaluation);
        traces::tell(Some(ruleset), flag, Some(context), &evaluation);
        evaluation
    }

    /// Looks up once all attributes of a context that the flags ask for, for many
    /// evaluations with [`Client::evaluate_prepared`](crate::Client::evaluate_prepared).
    /// It goes on to fit while the ruleset changes, and costs speed only where a change
    /// asks for new attributes. Absent before the first ruleset.
    #[must_use]
    pub fn prepare<'c>(&self, context: &'c Context) -> Option<PreparedContext<'c>> {
        self.ruleset
            .as_ref()
            .map(|ruleset| ruleset.prepare(context))
    }

    /// A flag of any type, with all that is known about its value.
    #[must_use]
    pub fn value_detail(&self, flag: &str, context: &Context, default: Value) -> Detail<Value> {
        let ruleset = self.ruleset.as_deref();
        self.shared
            .detail_from::<Any>(ruleset, flag, context, || default)
    }
}
