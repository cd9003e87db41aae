//! Keys on the disk: their hashes, and what they open.

use std::sync::{Arc, Mutex, OnceLock};

use serde::{Deserialize, Serialize};
use serin_api::sdk::KeyInfo;

use super::{Digest, Keys, Known};
use crate::ids;

/// What is kept of a key on the disk.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(in crate::relay) struct Kept {
    /// The SHA-256 of its secret, in hexadecimal digits.
    pub(in crate::relay) hash: String,
    prefix: String,
    pub(in crate::relay) info: KeyInfo,
}

impl Keys {
    /// What is to be kept.
    pub(in crate::relay) fn kept(&self) -> Vec<Kept> {
        let known = self.known.load();
        let kept = known.iter().map(|(digest, known)| Kept {
            hash: ids::hex(digest),
            prefix: known.prefix.clone(),
            info: known.info.clone(),
        });
        kept.collect()
    }

    /// Takes what was kept, as known but not confirmed.
    pub(in crate::relay) fn restore(&self, kept: Vec<(Digest, Kept)>, secrets: &[String]) {
        self.change(false, |all| {
            for (digest, kept) in kept {
                let given = secrets.iter().find(|secret| ids::digest(secret) == digest);
                let known = Known {
                    info: kept.info,
                    prefix: kept.prefix,
                    secret: given.cloned().map(OnceLock::from).unwrap_or_default(),
                    checked: Mutex::new(None),
                    given: given.is_some(),
                };
                all.insert(digest, Arc::new(known));
            }
        });
    }
}
