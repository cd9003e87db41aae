//! What opens an environment's event stream for somebody who cannot send headers, as a
//! browser's `EventSource` cannot, so that it stands in an address: it runs out soon, and
//! opens nothing else.
//!
//! It is made from the key and kept nowhere. The signature takes the stored hash of the
//! key's secret, so every node can check it, and it goes when the key goes.

use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use uuid::Uuid;

use super::{Cache, Grant};

/// Tells it from other secrets.
const LABEL: &str = "serin_stream_";
/// What is signed besides, so that the signature means this and nothing else.
const PURPOSE: &[u8] = b"serin event stream 1";
/// For so long a key's token stays the same, in seconds; it is good for at least as long,
/// and at most for twice as long.
const PERIOD: i64 = 3600;
/// Half of HMAC-SHA-256.
const SIGNATURE: usize = 16;

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StreamToken {
    key_id: Uuid,
    /// Seconds since 1970.
    expires: u32,
    signature: [u8; SIGNATURE],
}

impl StreamToken {
    /// The token of a key for this moment. `spread` makes those of different readers run
    /// out at different times, so that they don't all come for new ones at once.
    pub fn new(grant: &Grant, now: DateTime<Utc>, spread: u32) -> Self {
        let spread = i64::from(spread) % PERIOD;
        let period = (now.timestamp() - spread).div_euclid(PERIOD);
        let expires = u32::try_from((period + 2) * PERIOD + spread).unwrap_or(u32::MAX);
        let mut signature = [0; SIGNATURE];
        if let Some(mac) = mac(grant, expires) {
            let whole = mac.finalize().into_bytes();
            signature.copy_from_slice(&whole[..SIGNATURE]);
        }
        Self {
            key_id: grant.key_id,
            expires,
            signature,
        }
    }

    /// When it runs out, in seconds since 1970.
    pub fn expires(&self) -> u32 {
        self.expires
    }

    /// The key that it was made from, where that and the token are good.
    pub(super) fn grant<'c>(&self, cache: &'c Cache, now: DateTime<Utc>) -> Option<&'c Grant> {
        let grant = cache.valid(self.key_id, now)?;
        let signed = mac(grant, self.expires)?.verify_truncated_left(&self.signature);
        (signed.is_ok() && now.timestamp() < i64::from(self.expires)).then_some(grant)
    }
}

fn mac(grant: &Grant, expires: u32) -> Option<Hmac<Sha256>> {
    // Any length will do as a key.
    let mut mac = Hmac::<Sha256>::new_from_slice(&grant.secret_hash).ok()?;
    mac.update(PURPOSE);
    mac.update(grant.key_id.as_bytes());
    mac.update(grant.environment_id.as_bytes());
    mac.update(&expires.to_be_bytes());
    Some(mac)
}

impl fmt::Display for StreamToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let signature = u128::from_be_bytes(self.signature);
        let (key, expires) = (self.key_id.simple(), self.expires);
        write!(f, "{LABEL}{key}{expires:08x}{signature:032x}")
    }
}

impl FromStr for StreamToken {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix(LABEL).ok_or(())?;
        if digits.len() != 72 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(());
        }
        let number = |digits| u128::from_str_radix(digits, 16).map_err(drop);
        let (key, rest) = digits.split_at(32);
        let (expires, signature) = rest.split_at(8);
        Ok(Self {
            key_id: Uuid::from_u128(number(key)?),
            expires: u32::from_str_radix(expires, 16).map_err(drop)?,
            signature: number(signature)?.to_be_bytes(),
        })
    }
}

#[cfg(test)]
mod tests {
    use serin_api::key::KeyKind;

    use super::*;

    fn grant(key: u128, environment: u128, secret: u8) -> Grant {
        Grant {
            project: String::new(),
            environment: String::new(),
            environment_id: Uuid::from_u128(environment),
            kind: KeyKind::Client,
            key_id: Uuid::from_u128(key),
            allowed_origins: Vec::new(),
            expires_at: None,
            secret_hash: vec![secret; 32],
            used: Default::default(),
        }
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn cache(grant: Grant) -> Cache {
        let mut cache = Cache::default();
        cache.by_id.insert(grant.key_id, grant.into());
        cache
    }

    #[test]
    fn is_read_as_it_is_written() {
        let token = StreamToken::new(&grant(7, 8, 9), at(1_790_000_000), 12);
        assert_eq!(token.to_string().parse(), Ok(token.clone()));
        let text = token.to_string();
        for broken in [
            &text[1..],
            &text[..text.len() - 1],
            "",
            "serin_stream_",
            &text.replace('7', "é"),
        ] {
            assert_eq!(broken.parse::<StreamToken>(), Err(()), "{broken}");
        }
    }

    #[test]
    fn stays_the_same_for_a_period_and_runs_out_after_the_next() {
        for spread in [0, 1, 3599, 3600, u32::MAX] {
            let start = (1_790_000_000 - i64::from(spread) % PERIOD).div_euclid(PERIOD) * PERIOD
                + i64::from(spread) % PERIOD;
            let token = |second| StreamToken::new(&grant(1, 2, 3), at(start + second), spread);
            assert_eq!(token(0), token(PERIOD - 1));
            assert_ne!(token(0), token(PERIOD));
            let cache = cache(grant(1, 2, 3));
            let good = |second| token(0).grant(&cache, at(start + second)).is_some();
            assert!(good(0) && good(2 * PERIOD - 1));
            assert!(!good(2 * PERIOD));
        }
    }

    #[test]
    fn opens_what_it_was_made_for_only() {
        let now = at(1_790_000_000);
        let token = StreamToken::new(&grant(1, 2, 3), now, 0);
        let opens = |grant| token.grant(&cache(grant), now).is_some();
        assert!(opens(grant(1, 2, 3)));
        // Another secret, another environment, another key, a key that ran out.
        assert!(!opens(grant(1, 2, 4)));
        assert!(!opens(grant(1, 3, 3)));
        assert!(!opens(grant(2, 2, 3)));
        let mut expired = grant(1, 2, 3);
        expired.expires_at = Some(now);
        assert!(!opens(expired));
        let mut longer = token.clone();
        longer.expires += 1;
        assert!(longer.grant(&cache(grant(1, 2, 3)), now).is_none());
    }
}
