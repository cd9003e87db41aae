//! Flags without a server, for the tests of programs that use the SDK.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};
use serin_engine::ruleset::{Document, Ruleset};

use crate::change;
use crate::client::Client;
use crate::protocol::Update;
use crate::shared::Shared;

/// A source of flags that a test sets by hand.
///
/// ```
/// use serin_sdk::{Context, TestData};
///
/// let data = TestData::new();
/// data.set("new-checkout", true);
/// let client = data.client();
/// assert!(client.bool("new-checkout", &Context::new("user-1"), false));
///
/// data.set("new-checkout", false);
/// assert!(!client.bool("new-checkout", &Context::new("user-1"), true));
/// ```
///
/// Each call makes one new revision, which is there for all of its clients when the
/// call returns, and which [`Client::changes`] tells of. Needs no tokio runtime.
#[derive(Clone, Debug)]
pub struct TestData {
    shared: Arc<Shared>,
    entries: Arc<Mutex<Entries>>,
}

#[derive(Debug, Default)]
struct Entries {
    revision: u64,
    flags: BTreeMap<String, Value>,
    segments: BTreeMap<String, Value>,
}

impl TestData {
    /// A source without flags.
    #[must_use]
    pub fn new() -> Self {
        let data = Self {
            shared: Arc::new(Shared::new(None, None)),
            entries: Arc::default(),
        };
        data.change(|_| {});
        data
    }

    /// A client that evaluates these flags, now and after each change.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::without_server(Arc::clone(&self.shared))
    }

    /// Serves everybody one value: a flag of the value's type that is on, with the one
    /// variation `on`.
    ///
    /// Values that no flag can have (an array, null) make a flag that does not compile.
    pub fn set(&self, flag: &str, value: impl Into<Value>) {
        let value = value.into();
        let kind = match &value {
            Value::Bool(_) => "boolean",
            Value::String(_) => "string",
            Value::Number(_) => "number",
            Value::Object(_) | Value::Array(_) | Value::Null => "object",
        };
        self.set_flag(
            flag,
            json!({
                "type": kind,
                "enabled": true,
                "variations": [{"key": "on", "value": value}],
                "default": {"variation": "on"},
            }),
        );
    }

    /// Sets a whole flag, as in a ruleset document; its version is set here. One that
    /// does not compile is an error of its evaluations, as in production.
    pub fn set_flag(&self, flag: &str, definition: Value) {
        self.change(|entries| {
            let definition = with_version(definition, entries.revision);
            entries.flags.insert(flag.to_owned(), definition);
        });
    }

    /// Sets a whole segment, as in a ruleset document; its version is set here.
    pub fn set_segment(&self, segment: &str, definition: Value) {
        self.change(|entries| {
            let definition = with_version(definition, entries.revision);
            entries.segments.insert(segment.to_owned(), definition);
        });
    }

    /// Takes a flag away.
    pub fn remove(&self, flag: &str) {
        self.change(|entries| {
            entries.flags.remove(flag);
        });
    }

    fn change(&self, edit: impl FnOnce(&mut Entries)) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.revision += 1;
        edit(&mut entries);
        let document = Document {
            format: 1,
            project: "test".to_owned(),
            environment: "test".to_owned(),
            revision: entries.revision,
            flags: entries.flags.clone(),
            segments: entries.segments.clone(),
            releases: Vec::new(),
            fingerprint: None,
        };
        match Ruleset::from_document(document) {
            Ok((ruleset, warnings)) => {
                let changed = change::between(self.shared.ruleset().as_deref(), &ruleset);
                self.shared.install(Update {
                    ruleset,
                    warnings,
                    changed,
                });
            }
            // Cannot be: the document is of format 1 and has no fingerprint.
            Err(error) => tracing::error!("test data make no ruleset: {error}"),
        }
    }
}

impl Default for TestData {
    fn default() -> Self {
        Self::new()
    }
}

fn with_version(mut definition: Value, version: u64) -> Value {
    if let Value::Object(members) = &mut definition {
        members.insert("version".to_owned(), version.into());
    }
    definition
}
