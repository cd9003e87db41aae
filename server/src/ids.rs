//! Ids and secrets, made from the application's sources of time and randomness.

use std::sync::Mutex;

use chrono::{DateTime, Utc};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

/// Where randomness comes from. It must be fit for secrets.
pub trait Random: Send + Sync {
    /// Fills the bytes.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's randomness, by way of the thread's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}

/// The same bytes on each run, for tests.
#[derive(Debug)]
pub struct SeededRandom(Mutex<StdRng>);

impl SeededRandom {
    /// A source that repeats itself for the same seed.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new(StdRng::seed_from_u64(seed)))
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
            .fill_bytes(bytes);
    }
}

/// A UUID of version 7: ids made later sort after.
pub fn uuid(now: DateTime<Utc>, random: &dyn Random) -> Uuid {
    let mut bytes = [0; 10];
    random.fill(&mut bytes);
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &bytes).into_uuid()
}

/// How many random characters a secret has: more than 250 bits.
const SECRET_CHARS: usize = 43;
/// How many of them are shown, to know the secret by.
const SHOWN_CHARS: usize = 6;

/// A new secret: `label`, an underscore and random letters and digits.
pub fn secret(label: &str, random: &dyn Random) -> String {
    let mut text = format!("{label}_");
    let mut bytes = [0; 64];
    let mut missing = SECRET_CHARS;
    while missing > 0 {
        random.fill(&mut bytes);
        for byte in bytes {
            // 248 is the largest multiple of 62 in a byte: what is above would favour some.
            if byte < 248 && missing > 0 {
                text.push(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
                missing -= 1;
            }
        }
    }
    text
}

const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// The part of a secret that is shown and that it is found by.
pub fn prefix(secret: &str) -> String {
    let label = secret.rfind('_').map_or(0, |at| at + 1);
    secret.chars().take(label + SHOWN_CHARS).collect()
}

/// What is kept of a secret: its SHA-256. A secret of [`secret`] has too much
/// randomness to be guessed, so that a slow hash would only slow us.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret.as_bytes()).into()
}

/// The SHA-256 of bytes.
pub fn digest_of(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// Bytes in hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into memory does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// The 32 bytes that [`hex`] wrote.
pub fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bytes)
}
