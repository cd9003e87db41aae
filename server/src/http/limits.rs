//! How often callers may come: signing in by username and peer, evaluating by key; and how
//! many streams they may have.

pub(crate) mod streams;

use std::{
    collections::HashMap,
    hash::Hash,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use arc_swap::ArcSwap;
use serin_api::key::KeyKind;
use uuid::Uuid;

use crate::{config::RateLimits, ids};

/// Above this many remembered sign-ins those that no longer matter are forgotten.
const REMEMBERED_SIGN_INS: usize = 10_000;

/// A steady rate with a burst: the generic cell rate algorithm, whose whole state is one number.
/// It counts the time that the program has run: a clock that is set back must lock nobody out.
#[derive(Clone, Copy, Debug)]
struct Rate {
    /// Microseconds between requests at the steady rate.
    interval: u64,
    /// How far ahead of the steady rate a caller may be, in microseconds.
    tolerance: u64,
}

impl Rate {
    /// `count` requests in `seconds`, of which as many as `burst` at once; `None` for no limit.
    fn new(count: u32, seconds: u64, burst: u32) -> Option<Self> {
        let interval = (seconds * 1_000_000).checked_div(u64::from(count))?.max(1);
        Some(Self {
            interval,
            tolerance: interval * u64::from(burst.max(1)),
        })
    }

    /// When the caller will be back at the steady rate, were this request let through;
    /// or the seconds to wait.
    fn next(self, due: u64, now: u64) -> Result<u64, u64> {
        let due = due.max(now) + self.interval;
        if due - now > self.tolerance {
            return Err((due - now - self.tolerance).div_ceil(1_000_000));
        }
        Ok(due)
    }

    /// Lets a request through, or says how many seconds to wait.
    fn take(self, cell: &AtomicU64, now: u64) -> Result<(), u64> {
        let mut due = cell.load(Ordering::Relaxed);
        loop {
            let next = self.next(due, now)?;
            match cell.compare_exchange_weak(due, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(actual) => due = actual,
            }
        }
    }
}

/// One cell a key, read without a lock.
struct Cells<K> {
    rate: Rate,
    cells: ArcSwap<HashMap<K, Arc<AtomicU64>>>,
}

impl<K: Clone + Eq + Hash> Cells<K> {
    fn new(rate: Rate) -> Self {
        Self {
            rate,
            cells: ArcSwap::default(),
        }
    }

    fn take(&self, key: &K, now: u64) -> Result<(), u64> {
        if let Some(cell) = self.cells.load().get(key) {
            return self.rate.take(cell, now);
        }
        // A key's first request: its cell is added to a copy, so that readers never wait.
        let fresh = Arc::new(AtomicU64::new(0));
        self.cells.rcu(|cells| {
            let mut cells = HashMap::clone(cells);
            cells
                .entry(key.clone())
                .or_insert_with(|| Arc::clone(&fresh));
            cells
        });
        self.cells
            .load()
            .get(key)
            .map_or(Ok(()), |cell| self.rate.take(cell, now))
    }
}

/// Who tries to sign in: a digest of the name, which may be of any length, and the peer.
type SignIn = ([u8; 32], Option<IpAddr>);

/// All limits of a server.
pub(crate) struct Limits {
    sign_in: Option<Rate>,
    sign_ins: Mutex<HashMap<SignIn, u64>>,
    client_keys: Option<Cells<Uuid>>,
    server_keys: Option<Cells<Uuid>>,
}

impl Limits {
    /// The limits as configured.
    pub(crate) fn new(limits: &RateLimits) -> Self {
        let by_key = |per_second: u32| Rate::new(per_second, 1, per_second).map(Cells::new);
        Self {
            sign_in: Rate::new(limits.sign_ins, 60, limits.sign_ins),
            sign_ins: Mutex::default(),
            client_keys: by_key(limits.client_key),
            server_keys: by_key(limits.server_key),
        }
    }

    /// Lets someone try to sign in, or says how many seconds to wait. `uptime` is the clock's.
    ///
    /// By username and peer: neither can lock others out of an account from elsewhere.
    pub(crate) fn sign_in(
        &self,
        username: &str,
        peer: Option<IpAddr>,
        uptime: Duration,
    ) -> Result<(), u64> {
        let Some(rate) = self.sign_in else {
            return Ok(());
        };
        let now = micros(uptime);
        let mut known = self.sign_ins.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_SIGN_INS {
            known.retain(|_, due| *due > now);
        }
        let due = known.entry((ids::digest(username), peer)).or_default();
        *due = rate.next(*due, now)?;
        Ok(())
    }

    /// Lets a key evaluate, or says how many seconds to wait. `uptime` is the clock's.
    pub(crate) fn evaluate(
        &self,
        key: Uuid,
        kind: KeyKind,
        uptime: impl FnOnce() -> Duration,
    ) -> Result<(), u64> {
        let cells = match kind {
            KeyKind::Client => &self.client_keys,
            KeyKind::Server => &self.server_keys,
        };
        cells
            .as_ref()
            .map_or(Ok(()), |cells| cells.take(&key, micros(uptime())))
    }
}

fn micros(uptime: Duration) -> u64 {
    u64::try_from(uptime.as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);
    const START: Duration = Duration::from_secs(1_000);

    fn limits(sign_ins: u32, client_key: u32) -> Limits {
        Limits::new(&RateLimits {
            sign_ins,
            client_key,
            server_key: 0,
        })
    }

    #[test]
    fn a_burst_passes_and_then_the_steady_rate() {
        let limits = limits(0, 10);
        let key = Uuid::nil();
        let take = |now| limits.evaluate(key, KeyKind::Client, || now);
        for _ in 0..10 {
            assert_eq!(take(START), Ok(()));
        }
        assert_eq!(take(START), Err(1));
        assert_eq!(take(START + SECOND / 10), Ok(()));
        assert_eq!(take(START + SECOND / 10), Err(1));
        assert_eq!(take(START + 100 * SECOND), Ok(()));
    }

    #[test]
    fn another_key_has_its_own_allowance_and_zero_is_no_limit() {
        let limits = limits(0, 1);
        let take = |key, kind| limits.evaluate(Uuid::from_u128(key), kind, || START);
        assert_eq!(take(1, KeyKind::Client), Ok(()));
        assert_eq!(take(1, KeyKind::Client), Err(1));
        assert_eq!(take(2, KeyKind::Client), Ok(()));
        for _ in 0..1000 {
            assert_eq!(take(1, KeyKind::Server), Ok(()));
        }
    }

    #[test]
    fn sign_ins_are_told_apart_by_name_and_peer() {
        let limits = limits(2, 0);
        let here = Some(IpAddr::from([127, 0, 0, 1]));
        assert_eq!(limits.sign_in("ada", here, START), Ok(()));
        assert_eq!(limits.sign_in("ada", here, START), Ok(()));
        assert_eq!(limits.sign_in("ada", here, START), Err(30));
        assert_eq!(limits.sign_in("bob", here, START), Ok(()));
        assert_eq!(limits.sign_in("ada", None, START), Ok(()));
        assert_eq!(limits.sign_in("ada", here, START + 30 * SECOND), Ok(()));
    }

    #[test]
    fn forgets_sign_ins_that_no_longer_matter() {
        let limits = limits(2, 0);
        for n in 0..REMEMBERED_SIGN_INS {
            assert_eq!(limits.sign_in(&n.to_string(), None, START), Ok(()));
        }
        assert_eq!(limits.sign_in("last", None, START + 3600 * SECOND), Ok(()));
        assert_eq!(limits.sign_ins.lock().unwrap().len(), 1);
    }
}
