//! One environment's ruleset at one revision: compiled, and as bytes.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    io::Write as _,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use serde_json::Value;
use serin_api::{key::KeyKind, sdk::stream};
use serin_engine::{
    explain::Source,
    ruleset::{Document, Patch, PatchError, Ruleset, RulesetError, Warning},
};
use uuid::Uuid;

use super::frame;
use crate::ofrep::Sheet;

/// One environment's ruleset at one revision. The bytes are made when they are first
/// asked for, once, and shared by all who ask.
pub struct Snapshot {
    /// The environment.
    pub environment_id: Uuid,
    /// The project's key.
    pub project: String,
    /// The environment's key.
    pub environment: String,
    /// Grows with every change.
    pub revision: u64,
    /// Compiled.
    pub ruleset: Arc<Ruleset>,
    /// With its quotes; another one for each content.
    pub etag: String,
    pub(super) entries: Entries,
    json: OnceLock<Bytes>,
    gzip: OnceLock<Bytes>,
    br: OnceLock<Bytes>,
    put_frame: OnceLock<Bytes>,
    /// The fingerprint of what client keys see.
    pub(super) visible: OnceLock<String>,
    /// What OFREP says of all flags, and of those that client keys see.
    sheet: OnceLock<Sheet>,
    visible_sheet: OnceLock<Sheet>,
}

/// How bytes are compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Not at all.
    Identity,
    /// `gzip`
    Gzip,
    /// `br`
    Brotli,
}

/// The document's parts as JSON texts, shared between revisions.
#[derive(Clone, Default)]
pub(super) struct Entries {
    flags: BTreeMap<Arc<str>, Arc<str>>,
    segments: BTreeMap<Arc<str>, Arc<str>>,
    releases: Arc<str>,
}

impl Entries {
    /// The flags that are others in `next`, and those that are gone.
    pub(super) fn flags_to(&self, next: &Self) -> BTreeMap<String, Option<Value>> {
        changes(&self.flags, &next.flags)
    }

    /// The same of segments.
    pub(super) fn segments_to(&self, next: &Self) -> BTreeMap<String, Option<Value>> {
        changes(&self.segments, &next.segments)
    }
}

impl Snapshot {
    /// Compiles a document.
    ///
    /// # Errors
    /// Where the document is refused as a whole.
    pub fn new(
        environment_id: Uuid,
        document: Document,
    ) -> Result<(Self, Vec<Warning>), RulesetError> {
        let entries = Entries {
            flags: texts(&document.flags),
            segments: texts(&document.segments),
            releases: text(&document.releases),
        };
        let (ruleset, warnings) = Ruleset::from_document(document)?;
        Ok((Self::of(environment_id, ruleset, entries), warnings))
    }

    /// The snapshot that a patch makes of this one.
    ///
    /// # Errors
    /// Where the patch does not fit.
    pub fn apply(&self, patch: &Patch) -> Result<(Self, Vec<Warning>), PatchError> {
        let (ruleset, warnings) = self.ruleset.apply(patch)?;
        let mut entries = self.entries.clone();
        replace(&mut entries.flags, &patch.flags);
        replace(&mut entries.segments, &patch.segments);
        entries.releases = text(&patch.releases);
        Ok((Self::of(self.environment_id, ruleset, entries), warnings))
    }

    fn of(environment_id: Uuid, ruleset: Ruleset, entries: Entries) -> Self {
        Self {
            environment_id,
            project: ruleset.project().to_owned(),
            environment: ruleset.environment().to_owned(),
            revision: ruleset.revision(),
            etag: format!("W/\"{}-{}\"", ruleset.revision(), ruleset.fingerprint()),
            ruleset: Arc::new(ruleset),
            entries,
            json: OnceLock::new(),
            gzip: OnceLock::new(),
            br: OnceLock::new(),
            put_frame: OnceLock::new(),
            visible: OnceLock::new(),
            sheet: OnceLock::new(),
            visible_sheet: OnceLock::new(),
        }
    }

    /// What OFREP says of the flags that a kind of key sees.
    pub(crate) fn sheet(&self, kind: KeyKind) -> &Sheet {
        match kind {
            KeyKind::Server => self
                .sheet
                .get_or_init(|| Sheet::new(&self.ruleset, |_| true)),
            KeyKind::Client => self
                .visible_sheet
                .get_or_init(|| Sheet::new(&self.ruleset, |flag| flag.client_visible)),
        }
    }

    /// The ruleset document as JSON.
    pub fn json(&self) -> &Bytes {
        self.json.get_or_init(|| Bytes::from(self.document()))
    }

    /// The document compressed. Whoever asks first compresses, which takes some
    /// milliseconds for a large one.
    pub fn encoded(&self, encoding: Encoding) -> &Bytes {
        match encoding {
            Encoding::Identity => self.json(),
            Encoding::Gzip => self.gzip.get_or_init(|| gzip(self.json())),
            Encoding::Brotli => self.br.get_or_init(|| brotli(self.json())),
        }
    }

    /// The document as the event `put`.
    pub fn put_frame(&self) -> &Bytes {
        self.put_frame.get_or_init(|| {
            let json = String::from_utf8_lossy(self.json());
            frame::event(stream::PUT, self.revision, &json)
        })
    }

    fn document(&self) -> String {
        let mut json = format!(
            r#"{{"format":1,"project":{},"environment":{},"revision":{},"flags":"#,
            Value::from(self.project.as_str()),
            Value::from(self.environment.as_str()),
            self.revision,
        );
        object(&mut json, &self.entries.flags);
        json.push_str(r#","segments":"#);
        object(&mut json, &self.entries.segments);
        json.push_str(r#","releases":"#);
        json.push_str(&self.entries.releases);
        json.push_str(r#","fingerprint":""#);
        json.push_str(self.ruleset.fingerprint());
        json.push_str("\"}");
        json
    }
}

impl Source for Snapshot {
    fn flag(&self, key: &str) -> Option<Cow<'_, Value>> {
        entry(self.entries.flags.get(key)?)
    }

    fn segment(&self, key: &str) -> Option<Cow<'_, Value>> {
        entry(self.entries.segments.get(key)?)
    }
}

fn entry(text: &str) -> Option<Cow<'static, Value>> {
    serde_json::from_str(text).ok().map(Cow::Owned)
}

fn text(values: &[Value]) -> Arc<str> {
    Value::from(values.to_vec()).to_string().into()
}

fn texts(entries: &BTreeMap<String, Value>) -> BTreeMap<Arc<str>, Arc<str>> {
    let pair = |(key, value): (&String, &Value)| (key.as_str().into(), value.to_string().into());
    entries.iter().map(pair).collect()
}

fn replace(texts: &mut BTreeMap<Arc<str>, Arc<str>>, patch: &BTreeMap<String, Option<Value>>) {
    for (key, value) in patch {
        match value {
            Some(value) => {
                texts.insert(key.as_str().into(), value.to_string().into());
            }
            None => {
                texts.remove(key.as_str());
            }
        }
    }
}

fn changes(
    before: &BTreeMap<Arc<str>, Arc<str>>,
    after: &BTreeMap<Arc<str>, Arc<str>>,
) -> BTreeMap<String, Option<Value>> {
    let gone = before
        .keys()
        .filter(|key| !after.contains_key(*key))
        .map(|key| (key.to_string(), None));
    let changed = after
        .iter()
        .filter(|(key, text)| before.get(*key) != Some(*text))
        .filter_map(|(key, text)| Some((key.to_string(), Some(serde_json::from_str(text).ok()?))));
    gone.chain(changed).collect()
}

fn object(json: &mut String, entries: &BTreeMap<Arc<str>, Arc<str>>) {
    json.push('{');
    for (index, (key, value)) in entries.iter().enumerate() {
        if index > 0 {
            json.push(',');
        }
        json.push_str(&Value::from(&**key).to_string());
        json.push(':');
        json.push_str(value);
    }
    json.push('}');
}

/// Writing into memory does not fail; were it to, the bytes would be empty and refused
/// by every client, so that the plain ones are the better answer then.
fn gzip(json: &[u8]) -> Bytes {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    match encoder.write_all(json).and_then(|()| encoder.finish()) {
        Ok(bytes) => Bytes::from(bytes),
        Err(error) => {
            tracing::error!(%error, "could not compress a ruleset");
            Bytes::new()
        }
    }
}

fn brotli(json: &[u8]) -> Bytes {
    let mut bytes = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 5,
        ..Default::default()
    };
    if let Err(error) = brotli::BrotliCompress(&mut &*json, &mut bytes, &params) {
        tracing::error!(%error, "could not compress a ruleset");
    }
    Bytes::from(bytes)
}
