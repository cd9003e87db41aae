//! Who is let in: whoever the upstream lets in.
//!
//! A key that is not known here is asked of the upstream once, whoever brings it, and the
//! answer kept with the hash of the key. A key in use is asked for again and again, one
//! that was not used for a while when it comes back: so one that is revoked stops working
//! soon. While the upstream is away, what was known last holds.

mod allowance;
mod kept;

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use futures_util::{StreamExt as _, stream};
use serin_api::{key::KeyKind, sdk::KeyInfo};
use tokio::time::{Instant, sleep, timeout};

use super::{
    Timing,
    hops::Hops,
    place::Places,
    upstream::{Failure, Upstream},
};
use crate::{clock::Clock, ids, publish::Publisher, service::key::Cache};
use allowance::Allowance;
pub(super) use kept::Kept;

/// The longest secret that is asked for.
const LONGEST: usize = 255;
/// For how long a refusal is remembered.
const REFUSED_FOR: Duration = Duration::from_secs(10);
/// How many refusals are remembered.
const REFUSED: usize = 10_000;
/// After the upstream did not answer, new keys are turned away for so long.
const AWAY_FOR: Duration = Duration::from_secs(1);
/// How long a key that is known waits for the upstream to confirm it.
const PATIENCE: Duration = Duration::from_secs(1);
/// How many questions are under way at once; the same key is asked for once.
const LANES: usize = 16;

/// The SHA-256 of a secret.
type Digest = [u8; 32];

/// The keys that a relay knows.
pub struct Keys {
    upstream: Arc<Upstream>,
    publisher: Arc<Publisher>,
    places: Arc<Places>,
    clock: Arc<dyn Clock>,
    timing: Timing,
    known: ArcSwap<BTreeMap<Digest, Arc<Known>>>,
    /// Held while `known` and the publisher's keys change.
    changing: Mutex<()>,
    refused: Mutex<HashMap<Digest, Instant>>,
    away: Mutex<Option<Instant>>,
    lanes: [tokio::sync::Mutex<()>; LANES],
    allowance: Allowance,
}

/// The upstream must be asked about a key, and cannot be now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Away;

/// One key.
struct Known {
    info: KeyInfo,
    prefix: String,
    /// Once somebody brought it: only then the upstream can be asked again.
    secret: OnceLock<String>,
    /// When the upstream last let it in.
    checked: Mutex<Option<Instant>>,
    /// Whether the relay was given it.
    given: bool,
}

impl Keys {
    pub(super) fn new(
        upstream: Arc<Upstream>,
        publisher: Arc<Publisher>,
        places: Arc<Places>,
        clock: Arc<dyn Clock>,
        timing: Timing,
    ) -> Self {
        Self {
            upstream,
            publisher,
            places,
            clock,
            timing,
            known: ArcSwap::default(),
            changing: Mutex::default(),
            refused: Mutex::default(),
            away: Mutex::default(),
            lanes: Default::default(),
            allowance: Allowance::default(),
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.known.load().len()
    }

    /// The relays that were passed.
    pub fn hops(&self) -> &Hops {
        self.upstream.hops()
    }

    /// Makes sure that the publisher knows a key if the upstream does. `hops` are the
    /// relays that the request came through.
    ///
    /// # Errors
    /// Where that cannot be found out now.
    pub async fn admit(&self, secret: &str, hops: &str) -> Result<(), Away> {
        if secret.len() > LONGEST {
            return Ok(());
        }
        let digest = ids::digest(secret);
        if let Some(known) = self.find(&digest) {
            if known.secret.get().is_none() {
                drop(known.secret.set(secret.to_owned()));
            }
            if !known.is_fresh(self.timing.recheck * 2) && !self.is_away(self.timing.recheck) {
                // Where there is no answer in time, what was known holds.
                let asking = self.ask(digest, secret, hops, false);
                if timeout(PATIENCE, asking).await.is_err() {
                    self.note_away(true);
                }
            }
            return Ok(());
        }
        if self.was_refused(&digest) {
            return Ok(());
        }
        if self.is_away(AWAY_FOR) || !self.allowance.take() {
            return Err(Away);
        }
        match timeout(self.timing.answer, self.ask(digest, secret, hops, false)).await {
            Ok(Ok(_) | Err(Failure::Unauthorized(_))) => Ok(()),
            _ => Err(Away),
        }
    }

    /// What a key of the relay's own opens.
    pub(super) async fn ask_for(&self, secret: &str) -> Result<KeyInfo, Failure> {
        self.ask(ids::digest(secret), secret, "", true).await
    }

    /// What a key opens as far as is known.
    pub(super) fn known(&self, secret: &str) -> Option<KeyInfo> {
        Some(self.find(&ids::digest(secret))?.info.clone())
    }

    /// The upstream does not accept a key any more.
    pub(super) fn refuse(&self, secret: &str) {
        self.forget(&ids::digest(secret));
    }

    /// Asks for keys in use again, until it is dropped.
    pub(super) async fn recheck(&self) {
        loop {
            sleep(self.timing.recheck).await;
            let known = self.known.load_full();
            let due = known.iter().filter(|(_, known)| self.is_due(known));
            let due: Vec<_> = due
                .filter_map(|(digest, known)| Some((*digest, known.secret.get()?.clone())))
                .collect();
            stream::iter(due)
                .for_each_concurrent(LANES / 2, |(digest, secret)| async move {
                    // A failure leaves all as it is.
                    drop(self.look(digest, &secret, "", false).await);
                })
                .await;
        }
    }

    /// Whether a key is in use, and was not asked for since.
    fn is_due(&self, known: &Known) -> bool {
        let last = self.publisher.keys().last_used(known.info.id);
        let used = last.is_some_and(|at| {
            let idle = (self.clock.now() - at).to_std().unwrap_or_default();
            idle < self.timing.recheck * 2
        });
        (known.given || used) && !known.is_fresh(self.timing.recheck / 2)
    }

    /// Asks the upstream, unless somebody else just did.
    async fn ask(
        &self,
        digest: Digest,
        secret: &str,
        hops: &str,
        given: bool,
    ) -> Result<KeyInfo, Failure> {
        let lane = &self.lanes[usize::from(digest[0]) % LANES];
        let began = Instant::now();
        let _turn = lane.lock().await;
        if let Some(known) = self.find(&digest)
            && known.is_fresh(began.elapsed() + Duration::from_millis(1))
        {
            return Ok(known.info.clone());
        }
        if !given && self.was_refused(&digest) {
            return Err(Failure::Unauthorized(401));
        }
        if !given && self.is_away(began.elapsed()) {
            let reason = "the upstream does not answer";
            return Err(Failure::Away(reason.to_owned(), None));
        }
        self.look(digest, secret, hops, given).await
    }

    /// Asks the upstream.
    async fn look(
        &self,
        digest: Digest,
        secret: &str,
        hops: &str,
        given: bool,
    ) -> Result<KeyInfo, Failure> {
        let answer = self.upstream.key(secret, hops).await;
        self.note_away(matches!(answer, Err(Failure::Away(..))));
        match &answer {
            Ok(info) => self.learn(digest, secret, info, given),
            Err(Failure::Unauthorized(_)) => self.forget(&digest),
            Err(_) => {}
        }
        answer
    }

    fn learn(&self, digest: Digest, secret: &str, info: &KeyInfo, given: bool) {
        let serves = given && info.kind == KeyKind::Server;
        if !serves && self.places.find(info.environment_id).is_none() {
            // Another environment's: it opens nothing here.
            self.remember_refusal(&digest);
            return;
        }
        let before = self.find(&digest);
        let known = Known {
            info: info.clone(),
            prefix: ids::prefix(secret),
            secret: OnceLock::from(secret.to_owned()),
            checked: Mutex::new(Some(Instant::now())),
            given: given || before.as_ref().is_some_and(|before| before.given),
        };
        let same = before.is_some_and(|before| before.info == *info);
        self.change(same, |all| drop(all.insert(digest, Arc::new(known))));
    }

    fn forget(&self, digest: &Digest) {
        self.remember_refusal(digest);
        if let Some(known) = self.find(digest) {
            tracing::warn!("the key {}… is no longer valid", known.prefix);
            self.change(false, |all| drop(all.remove(digest)));
        }
    }

    /// Changes what is known, and what the publisher knows where that is not the same.
    fn change(&self, same: bool, change: impl FnOnce(&mut BTreeMap<Digest, Arc<Known>>)) {
        let _guard = lock(&self.changing);
        let mut all = BTreeMap::clone(&self.known.load());
        change(&mut all);
        if !same {
            let keys = all
                .iter()
                .map(|(digest, known)| (&known.info, digest, known.prefix.as_str()));
            let cache = Cache::told(keys, &self.publisher.keys());
            self.publisher.set_keys(cache);
        }
        self.known.store(Arc::new(all));
    }

    fn find(&self, digest: &Digest) -> Option<Arc<Known>> {
        self.known.load().get(digest).cloned()
    }

    fn was_refused(&self, digest: &Digest) -> bool {
        let refused = lock(&self.refused);
        refused
            .get(digest)
            .is_some_and(|at| at.elapsed() < REFUSED_FOR)
    }

    fn remember_refusal(&self, digest: &Digest) {
        let mut refused = lock(&self.refused);
        if refused.len() >= REFUSED {
            refused.retain(|_, at| at.elapsed() < REFUSED_FOR);
        }
        if refused.len() < REFUSED {
            refused.insert(*digest, Instant::now());
        }
    }

    /// Whether the upstream did not answer within the last so long, and not since.
    fn is_away(&self, within: Duration) -> bool {
        lock(&self.away).is_some_and(|at| at.elapsed() <= within)
    }

    fn note_away(&self, away: bool) {
        *lock(&self.away) = away.then(Instant::now);
    }
}

impl Known {
    fn is_fresh(&self, within: Duration) -> bool {
        lock(&self.checked).is_some_and(|at| at.elapsed() < within)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
