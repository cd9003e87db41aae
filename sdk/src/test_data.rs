//! Flags without a server, for the tests of programs that use the SDK.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::Value;
use serin_engine::ruleset::{Document, Ruleset};

use crate::change;
use crate::client::Client;
use crate::protocol::Update;
use crate::shared::Shared;
use crate::status::Source;

mod by_hand;

use by_hand::{ByHand, Whom};

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
    /// What the flags are made of that were not set as a whole.
    by_hand: BTreeMap<String, ByHand>,
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
    /// variation `on`. It takes the place of what was set for the flag before.
    ///
    /// Values that no flag can have (an array, null) make a flag that does not compile.
    pub fn set(&self, flag: &str, value: impl Into<Value>) {
        let value = value.into();
        self.change(|entries| {
            let by_hand = ByHand::new(value);
            let definition = by_hand.definition(entries.revision);
            entries.flags.insert(flag.to_owned(), definition);
            entries.by_hand.insert(flag.to_owned(), by_hand);
        });
    }

    /// Serves one unit, known by its targeting key, another value than everybody else:
    /// beside what [`set`](Self::set) says, or beside the same value for everybody where
    /// it was not called.
    ///
    /// ```
    /// # use serin_sdk::{Context, TestData};
    /// let data = TestData::new();
    /// data.set("limit", 10);
    /// data.set_for("limit", "user-1", 100);
    /// let client = data.client();
    /// assert_eq!(client.number("limit", &Context::new("user-1"), 0.0), 100.0);
    /// assert_eq!(client.number("limit", &Context::new("user-2"), 0.0), 10.0);
    /// ```
    pub fn set_for(&self, flag: &str, targeting_key: &str, value: impl Into<Value>) {
        self.serve(flag, Whom::Unit(targeting_key.to_owned()), value.into());
    }

    /// Serves another value where an attribute of the context has a value: a dotted path
    /// such as `org.plan`, or a JSON pointer. The first of several that fits decides,
    /// after those of [`set_for`](Self::set_for).
    ///
    /// ```
    /// # use serin_sdk::{Context, TestData};
    /// let data = TestData::new();
    /// data.set("banner", "none");
    /// data.set_where("banner", "country", "DE", "hallo");
    /// let client = data.client();
    /// let german = Context::new("user-1").with("country", "DE");
    /// assert_eq!(client.string("banner", &german, ""), "hallo");
    /// assert_eq!(client.string("banner", &Context::new("user-1"), ""), "none");
    /// ```
    pub fn set_where(
        &self,
        flag: &str,
        attribute: &str,
        equals: impl Into<Value>,
        value: impl Into<Value>,
    ) {
        let whom = Whom::Having(attribute.to_owned(), equals.into());
        self.serve(flag, whom, value.into());
    }

    fn serve(&self, flag: &str, whom: Whom, value: Value) {
        self.change(|entries| {
            let by_hand = entries.by_hand.entry(flag.to_owned());
            let by_hand = by_hand.or_insert_with(|| ByHand::new(value.clone()));
            by_hand.serve(whom, value);
            let definition = by_hand.definition(entries.revision);
            entries.flags.insert(flag.to_owned(), definition);
        });
    }

    /// Sets a whole flag, as in a ruleset document; its version is set here. One that
    /// does not compile is an error of its evaluations, as in production.
    pub fn set_flag(&self, flag: &str, definition: Value) {
        self.change(|entries| {
            let definition = with_version(definition, entries.revision);
            entries.by_hand.remove(flag);
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
            entries.by_hand.remove(flag);
            entries.flags.remove(flag);
        });
    }

    /// Takes a segment away.
    pub fn remove_segment(&self, segment: &str) {
        self.change(|entries| {
            entries.segments.remove(segment);
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
                let update = Update {
                    ruleset,
                    warnings,
                    changed,
                };
                self.shared.install(update, Source::Test);
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
