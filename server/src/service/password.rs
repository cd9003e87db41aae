//! Passwords: argon2id, on a thread that may block.

use std::sync::{Arc, LazyLock};

use argon2::{
    Argon2,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc::PasswordHash},
};
use tokio::sync::Semaphore;

use super::{Error, Result};
use crate::ids::Random;

/// The fewest characters of a password.
pub(crate) const MIN_CHARS: usize = 10;
/// The most bytes: hashing is slow enough.
pub(crate) const MAX_BYTES: usize = 1024;

/// Each hash takes 19 MiB and a core for some tens of milliseconds: a flood of sign-ins
/// must not take all of either.
static PLACES: Semaphore = Semaphore::const_new(2);

/// A hash that is compared with where there is no user, so that the answer takes as long.
static NOBODY: LazyLock<Option<String>> =
    LazyLock::new(|| hash_with("nobody's password", b"nobody's salt").ok());

/// Hashes a password to a PHC string.
pub(crate) async fn hash(password: &str, random: &Arc<dyn Random>) -> Result<String> {
    let mut salt = [0; 16];
    random.fill(&mut salt);
    let password = password.to_owned();
    on_thread(move || hash_with(&password, &salt)).await?
}

fn hash_with(password: &str, salt: &[u8]) -> Result<String> {
    Argon2::default()
        .hash_password_with_salt(password.as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(|error| Error::Internal(format!("could not hash a password: {error}")))
}

/// Whether a password fits; takes as long where there is no hash to compare with.
pub(crate) async fn fits(password: &str, hash: Option<String>) -> Result<bool> {
    if password.len() > MAX_BYTES {
        return Ok(false);
    }
    let password = password.to_owned();
    on_thread(move || {
        let real = hash.is_some();
        let Some(hash) = hash.or_else(|| NOBODY.clone()) else {
            return false;
        };
        let fits = PasswordHash::new(&hash).is_ok_and(|hash| {
            Argon2::default()
                .verify_password(password.as_bytes(), &hash)
                .is_ok()
        });
        real && fits
    })
    .await
}

async fn on_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let _place = PLACES.acquire().await.map_err(|_| Error::Unavailable)?;
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Internal(error.to_string()))
}
