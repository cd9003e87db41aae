//! Gathers evaluation counts in memory and writes them every few seconds.

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serin_api::{evidence::Accepted, sdk::Telemetry};
use tokio::{sync::watch, task::JoinHandle, time::MissedTickBehavior};
use uuid::Uuid;

use super::{
    Sink,
    batch::Batch,
    contexts, hour, instances,
    tally::{Tallied, Tally},
    waiting::Contexts,
};
use crate::{
    clock::Clock,
    publish::Publisher,
    service::{
        Error, Result,
        evidence::{Asked, Desk, Report, compact},
        release::Unread,
        writer::{Work, Writer},
    },
    store::{self, usage::Count},
};

/// How often counts are written.
const EVERY: Duration = Duration::from_secs(3);
/// How often old evidence is put together.
const COMPACT_EVERY: Duration = Duration::from_secs(600);
/// How many batches wait at most.
const MAX_BATCHES: usize = 10_000;
/// How many counts wait in them at most, some hundred bytes each. Contexts have a limit of
/// their own, and those that are too many are dropped: they are a sample in any case.
const MAX_WAITING: usize = 1_000_000;
/// For how long batches are known and counts kept.
const KEPT_FOR: TimeDelta = TimeDelta::days(8);
/// For how long an SDK that reports no more is known.
const INSTANCES_KEPT_FOR: TimeDelta = TimeDelta::hours(1);

/// Takes counts, from SDKs and of the server's own evaluations.
pub struct Recorder {
    writer: Writer,
    publisher: Arc<Publisher>,
    clock: Arc<dyn Clock>,
    batches: Mutex<Batches>,
    own: Tally,
    evidence: Arc<Desk>,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

#[derive(Default)]
struct Batches {
    /// Without their contexts.
    waiting: Vec<Batch>,
    /// How many counts wait in them.
    counts: usize,
    known: HashSet<(Uuid, Uuid, u64)>,
    contexts: Contexts,
}

/// What a flush writes, all of it.
#[derive(Clone)]
struct Gathered {
    batches: Vec<Batch>,
    contexts: Contexts,
    own: Sums,
    /// When keys were last used.
    used: Vec<(Uuid, DateTime<Utc>)>,
}

/// Counts by environment, flag, variation and hour.
#[derive(Clone, Default)]
struct Sums {
    counts: BTreeMap<(Uuid, String, String, DateTime<Utc>), u64>,
    last: BTreeMap<(Uuid, String), DateTime<Utc>>,
}

impl Recorder {
    /// Starts the task that writes. What cannot be read is noted in `unread`.
    pub fn start(
        writer: Writer,
        publisher: Arc<Publisher>,
        clock: Arc<dyn Clock>,
        unread: Arc<Unread>,
    ) -> Arc<Self> {
        let evidence = Arc::new(Desk::new(writer.clone(), Arc::clone(&clock), unread));
        let recorder = Arc::new(Self {
            writer,
            publisher,
            clock,
            batches: Mutex::default(),
            own: Tally::default(),
            evidence,
            stop: watch::Sender::new(false),
            tasks: Mutex::default(),
        });
        let flush = flush_often(Arc::downgrade(&recorder), recorder.stop.subscribe());
        let (desk, stopped) = (Arc::clone(&recorder.evidence), recorder.stop.subscribe());
        let serve = async move { desk.serve(stopped).await };
        *lock(&recorder.tasks) = vec![tokio::spawn(flush), tokio::spawn(serve)];
        recorder
    }

    /// What became of evidence, by name.
    pub(crate) fn evidence_counts(&self) -> [(&'static str, u64); 4] {
        self.evidence.counts()
    }

    /// Puts old evidence together, unless another node does.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn compact(&self) -> Result<()> {
        compact::run(&self.writer, self.evidence.unread(), self.clock.now()).await
    }

    /// Takes an SDK's batch. One that came before, known by instance and sequence, is
    /// accepted and not counted again.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is too large, [`Error::Unavailable`] where too many wait.
    pub fn record(&self, environment_id: Uuid, telemetry: Telemetry) -> Result<()> {
        let mut batch = Batch::read(environment_id, telemetry, self.clock.now())?;
        let contexts = contexts::texts(std::mem::take(&mut batch.contexts));
        let mut batches = lock(&self.batches);
        if batches.waiting.len() >= MAX_BATCHES || batches.counts >= MAX_WAITING {
            return Err(Error::Unavailable);
        }
        if batches.known.insert(batch.name()) {
            batches.counts += batch.counts.len();
            batches.waiting.push(batch);
            for (digest, text) in contexts {
                batches.contexts.add(environment_id, digest, text);
            }
        }
        Ok(())
    }

    /// Counts one evaluation of the server's own. The flag must be one that exists, so
    /// that nobody fills the memory with made-up names.
    pub fn count(&self, environment_id: Uuid, flag: &str, variation: Option<&str>) {
        self.own.count(environment_id, flag, variation);
    }

    /// Writes what was gathered. What could not be written waits for the next time.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn flush(&self) -> Result<()> {
        let (batches, contexts) = {
            let mut batches = lock(&self.batches);
            batches.counts = 0;
            (
                std::mem::take(&mut batches.waiting),
                std::mem::take(&mut batches.contexts),
            )
        };
        let own = self.take_own();
        let used = self.publisher.keys().take_used();
        if batches.is_empty() && own.counts.is_empty() && used.is_empty() {
            // No contexts come without a batch.
            return Ok(());
        }
        let gathered = Arc::new(Gathered {
            batches,
            contexts,
            own,
            used,
        });
        let job = Arc::clone(&gathered);
        let written = self
            .writer
            .run(move |work| Box::pin(async move { write(work, &job).await }))
            .await;
        match written {
            Ok(()) => {
                // From now on the database knows them.
                let mut waiting = lock(&self.batches);
                for batch in &gathered.batches {
                    waiting.known.remove(&batch.name());
                }
                Ok(())
            }
            Err(error) => {
                // The writer's share of it is gone by now: as a rule nothing is copied.
                self.put_back(Arc::unwrap_or_clone(gathered));
                Err(error)
            }
        }
    }

    fn take_own(&self) -> Sums {
        let now = self.clock.now();
        let mut sums = Sums::default();
        for tallied in self.own.take() {
            let Tallied {
                environment_id,
                flag,
                variation,
                count,
            } = tallied;
            sums.add(environment_id, &flag, variation, now, count);
        }
        sums
    }

    fn put_back(&self, gathered: Gathered) {
        let Gathered {
            batches,
            contexts,
            own,
            ..
        } = gathered;
        let mut waiting = lock(&self.batches);
        let counts = batches.iter().map(|batch| batch.counts.len());
        waiting.counts += counts.sum::<usize>();
        waiting.waiting.extend(batches);
        waiting.contexts.put_back(contexts);
        drop(waiting);
        for ((environment_id, flag, variation, _), count) in own.counts {
            self.own.put_back(Tallied {
                environment_id,
                flag,
                variation,
                count,
            });
        }
    }

    /// Ends the task and writes what is left.
    pub async fn stop(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *lock(&self.tasks));
        for task in tasks {
            drop(task.await);
        }
        if let Err(error) = self.flush().await {
            tracing::error!(%error, "evaluation counts are lost");
        }
    }
}

impl Sink for Recorder {
    fn record(&self, environment_id: Uuid, telemetry: Telemetry) -> Result<()> {
        Self::record(self, environment_id, telemetry)
    }

    fn count(&self, environment_id: Uuid, flag: &str, variation: Option<&str>) {
        Self::count(self, environment_id, flag, variation);
    }

    fn evidence(&self, environment_id: Uuid, report: Report) -> BoxFuture<'_, Result<Accepted>> {
        let snapshot = self.publisher.snapshot(environment_id);
        let asked = snapshot.map_or_else(Asked::default, |it| Asked::by(&it.ruleset));
        Box::pin(async move { self.evidence.take(environment_id, report, &asked).await })
    }
}

impl Sums {
    fn add(
        &mut self,
        environment_id: Uuid,
        flag: &str,
        variation: String,
        at: DateTime<Utc>,
        count: u64,
    ) {
        let last = self
            .last
            .entry((environment_id, flag.to_owned()))
            .or_insert(at);
        *last = at.max(*last);
        let name = (environment_id, flag.to_owned(), variation, hour(at));
        *self.counts.entry(name).or_default() += count;
    }
}

async fn write(work: &mut Work, gathered: &Gathered) -> Result<()> {
    let now = work.now();
    for (key_id, at) in &gathered.used {
        store::key::touch(&mut work.tx, *key_id, *at).await?;
    }
    // An environment may be gone since: its counts go with it.
    let environments: HashMap<Uuid, u64> = store::environment::all(&mut work.tx)
        .await?
        .iter()
        .map(|row| (row.environment.environment_id, row.environment.revision))
        .collect();
    instances::keep(work, &gathered.batches, &environments).await?;
    let mut sums = gathered.own.clone();
    for batch in &gathered.batches {
        let (id, instance, sequence) = batch.name();
        let there = environments.contains_key(&id);
        if there && store::usage::take_batch(&mut work.tx, id, instance, sequence, now).await? {
            for (flag, variation, count) in &batch.counts {
                sums.add(id, flag, variation.clone(), batch.at, *count);
            }
        }
    }
    for ((id, flag, variation, hour), count) in sums.counts {
        if environments.contains_key(&id) {
            let count = Count {
                flag,
                variation,
                hour,
                count,
            };
            store::usage::add(&mut work.tx, id, &count).await?;
        }
    }
    for ((id, flag), at) in sums.last {
        if environments.contains_key(&id) {
            store::usage::evaluated(&mut work.tx, id, &flag, at).await?;
        }
    }
    for (id, texts) in gathered.contexts.each() {
        if environments.contains_key(&id) {
            contexts::keep(work, id, texts).await?;
        }
    }
    store::instance::forget(&mut work.tx, now - INSTANCES_KEPT_FOR).await?;
    store::context::prune(&mut work.tx, now - KEPT_FOR).await?;
    Ok(store::usage::prune(&mut work.tx, now - KEPT_FOR).await?)
}

async fn flush_often(recorder: std::sync::Weak<Recorder>, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let first = tokio::time::Instant::now() + COMPACT_EVERY;
    let mut seldom = tokio::time::interval_at(first, COMPACT_EVERY);
    seldom.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let compact = tokio::select! {
            _ = ticks.tick() => false,
            _ = seldom.tick() => true,
            _ = stopped.wait_for(|stopped| *stopped) => return,
        };
        let Some(recorder) = recorder.upgrade() else {
            return;
        };
        if compact {
            if let Err(error) = recorder.compact().await {
                tracing::warn!(%error, "could not put old evidence together");
            }
        } else if let Err(error) = recorder.flush().await {
            tracing::warn!(%error, "could not write evaluation counts");
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
