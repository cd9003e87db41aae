//! One environment's ruleset at one revision: compiled, and as bytes.

use std::{
    borrow::Cow,
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

use super::{entries::Entries, frame};
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

impl Snapshot {
    /// Compiles a document.
    ///
    /// # Errors
    /// Where the document is refused as a whole.
    pub fn new(
        environment_id: Uuid,
        document: Document,
    ) -> Result<(Self, Vec<Warning>), RulesetError> {
        let entries = Entries::of(&document);
        let (ruleset, warnings) = Ruleset::from_document(document)?;
        Ok((Self::of(environment_id, ruleset, entries), warnings))
    }

    /// Compiles entries as the document that they make, with the keys of project and
    /// environment and the revision.
    ///
    /// # Errors
    /// Where that document is refused as a whole.
    pub(super) fn compile(
        environment_id: Uuid,
        names: (&str, &str, u64),
        entries: Entries,
    ) -> Result<(Self, Vec<Warning>), RulesetError> {
        let mut json = head(names);
        entries.write(&mut json);
        json.push('}');
        let (ruleset, warnings) = Ruleset::parse(&json)?;
        Ok((Self::of(environment_id, ruleset, entries), warnings))
    }

    /// The snapshot that a patch makes of this one.
    ///
    /// # Errors
    /// Where the patch does not fit.
    pub fn apply(&self, patch: &Patch) -> Result<(Self, Vec<Warning>), PatchError> {
        let (ruleset, warnings) = self.ruleset.apply(patch)?;
        let entries = self.entries.patched(patch);
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
        let mut json = head((&self.project, &self.environment, self.revision));
        self.entries.write(&mut json);
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

/// How a document begins: project, environment, revision.
fn head((project, environment, revision): (&str, &str, u64)) -> String {
    format!(
        r#"{{"format":1,"project":{},"environment":{},"revision":{revision},"#,
        Value::from(project),
        Value::from(environment),
    )
}

fn entry(text: &str) -> Option<Cow<'static, Value>> {
    serde_json::from_str(text).ok().map(Cow::Owned)
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
