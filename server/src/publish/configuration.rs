//! What the holder of a key sees of a snapshot, by name: whoever has the name can be told
//! whether something changed.

use std::{fmt, str::FromStr};

use serin_api::key::KeyKind;

use super::Snapshot;

/// A configuration as a kind of key sees it, such as `41-9f86d081884c7d65`.
///
/// The fingerprint says whether it is the same: a client key's covers the flags that it
/// may evaluate and all that those lead to. The revision says which one is newer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Configuration {
    /// The environment's revision at which it was looked at.
    pub revision: u64,
    /// The same for as long as nothing is decided otherwise.
    pub fingerprint: Box<str>,
}

impl Configuration {
    /// Whether the two decide alike.
    pub fn is_same(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl fmt::Display for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.revision, self.fingerprint)
    }
}

impl FromStr for Configuration {
    type Err = ();

    /// Takes the name with the quotes of a tag, too.
    fn from_str(text: &str) -> Result<Self, ()> {
        let text = text.trim().trim_start_matches("W/").trim_matches('"');
        let (revision, fingerprint) = text.split_once('-').ok_or(())?;
        if fingerprint.len() != 16 || !fingerprint.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        Ok(Self {
            revision: revision.parse().map_err(drop)?,
            fingerprint: fingerprint.into(),
        })
    }
}

impl Snapshot {
    /// What a kind of key sees. For client keys it is worked out when it is first asked for.
    pub fn configuration(&self, kind: KeyKind) -> Configuration {
        let fingerprint = match kind {
            KeyKind::Server => self.ruleset.fingerprint(),
            KeyKind::Client => self
                .visible
                .get_or_init(|| self.ruleset.fingerprint_of(|flag| flag.client_visible)),
        };
        Configuration {
            revision: self.revision,
            fingerprint: fingerprint.into(),
        }
    }
}
