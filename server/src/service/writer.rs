//! The one writer of a node: commits what waits together, so that durable writes scale with
//! their number and not with the disk's sync.
//!
//! A group's transaction begins by locking the end of the audit chain, which orders
//! the writers of all nodes. Jobs run in a savepoint each; change sets are decided one after
//! the other and written together. Whoever asked hears of the outcome only after the commit
//! and after this node's snapshots are up to date.

mod group;

use std::sync::{Arc, atomic::AtomicU64};

use futures_util::future::BoxFuture;
use serin_api::change::ChangeSet;
use tokio::{
    sync::{Mutex, Notify, mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{
    Error, Result,
    change_set::{Asked, Known},
    webhook::Wanted,
};
use crate::{
    clock::Clock,
    ids::{self, Random},
    publish::{Commits, Committed},
    store::{
        Db, Tx,
        audit::{Entry, Head},
    },
};
use group::Groups;

/// How many jobs at most wait; whoever comes then waits to be let in.
const QUEUE: usize = 1024;

/// Takes jobs that write.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Message>,
    node: Uuid,
    counts: Arc<Counts>,
    outbox: Arc<Notify>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What a job works with: the transaction, and what goes with its commit.
pub struct Work {
    /// The transaction. Jobs neither commit nor roll it back.
    pub tx: Tx,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    /// The last id that was given.
    latest: Uuid,
    /// The end of the audit chain, with the entries of this group.
    pub(crate) head: Head,
    /// The group's audit entries, which are written at its end.
    pub(crate) entries: Vec<Entry>,
    pub(crate) committed: Committed,
    /// What change sets are decided by; jobs write without it.
    pub(crate) known: Known,
    /// Who wants to be told of what happens, where that was read.
    pub(crate) wanted: Option<Wanted>,
    /// Whether something was put into the outbox.
    pub(crate) posted: bool,
}

impl Work {
    /// The present time.
    pub fn now(&self) -> chrono::DateTime<chrono::Utc> {
        self.clock.now()
    }

    /// How long the program has been running, whatever the clock was set to.
    pub fn uptime(&self) -> std::time::Duration {
        self.clock.uptime()
    }

    /// A new id, which sorts after those that this node's jobs got before, so that histories
    /// tell what came first also where it was within a millisecond.
    pub fn id(&mut self) -> Uuid {
        let next = Uuid::from_u128(self.latest.as_u128() + 1);
        self.latest = ids::uuid(self.clock.now(), &*self.random).max(next);
        self.latest
    }

    /// Randomness.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }
}

enum Message {
    Job(Job),
    Set(Box<Set>),
    Stop,
}

type Job = Box<dyn for<'w> FnOnce(&'w mut Work) -> BoxFuture<'w, Done> + Send>;

/// A change set, and who waits for it.
struct Set {
    asked: Asked,
    answer: oneshot::Sender<Result<ChangeSet>>,
}

/// What became of a job: whether its writes stay, and how to tell whoever asked.
struct Done {
    keep: bool,
    tell: Tell,
}

/// Tells whoever asked, with what the group's commit failed with, if it did.
type Tell = Box<dyn FnOnce(Option<&'static str>) + Send>;

/// Tells a result once it is certain.
fn telling<T: Send + 'static>(answer: oneshot::Sender<Result<T>>, result: Result<T>) -> Tell {
    Box::new(move |fault| {
        let result = match fault {
            Some(_) => result.and(Err(Error::Unavailable)),
            None => result,
        };
        // Whoever asked may be gone; the write stands all the same.
        drop(answer.send(result));
    })
}

/// How much was written since the start.
#[derive(Debug, Default)]
pub struct Counts {
    /// Transactions.
    pub commits: AtomicU64,
    /// Jobs and change sets, those that were refused too.
    pub writes: AtomicU64,
}

impl Writer {
    /// Starts the writer's task.
    pub fn start(
        db: Db,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        commits: Arc<Commits>,
    ) -> Self {
        let (jobs, queue) = mpsc::channel(QUEUE);
        let node = ids::uuid(clock.now(), &*random);
        let counts = Arc::default();
        let outbox = Arc::new(Notify::new());
        let groups = Groups {
            db,
            clock,
            random,
            commits,
            node,
            counts: Arc::clone(&counts),
            outbox: Arc::clone(&outbox),
            latest: Uuid::nil(),
            known: None,
        };
        let task = tokio::spawn(groups.serve(queue));
        Self {
            jobs,
            node,
            counts,
            outbox,
            task: Arc::new(Mutex::new(Some(task))),
        }
    }

    /// Runs a job: what it writes is durable when this returns, or undone where the job
    /// answers an error.
    ///
    /// ```text
    /// app.writer.run(move |work| Box::pin(async move { … work.tx … })).await
    /// ```
    ///
    /// # Errors
    /// What the job answers; [`Error::Unavailable`] where the commit failed or the
    /// server shuts down.
    pub async fn run<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'w> FnOnce(&'w mut Work) -> BoxFuture<'w, Result<T>> + Send + 'static,
    {
        self.queue(true, job).await
    }

    /// Runs a job as [`Self::run`] does, and undoes what it writes whatever it answers.
    ///
    /// # Errors
    /// As [`Self::run`].
    pub async fn rehearse<T, F>(&self, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'w> FnOnce(&'w mut Work) -> BoxFuture<'w, Result<T>> + Send + 'static,
    {
        self.queue(false, job).await
    }

    async fn queue<T, F>(&self, keep: bool, job: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'w> FnOnce(&'w mut Work) -> BoxFuture<'w, Result<T>> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job: Job = Box::new(move |work| {
            Box::pin(async move {
                let result = job(work).await;
                Done {
                    keep: keep && result.is_ok(),
                    tell: telling(answer, result),
                }
            })
        });
        self.send(Message::Job(job), outcome).await
    }

    /// Applies a change set, together with those that wait at the same time.
    ///
    /// # Errors
    /// Why it was refused; [`Error::Unavailable`] as in [`Self::run`].
    pub(crate) async fn apply(&self, asked: Asked) -> Result<ChangeSet> {
        let (answer, outcome) = oneshot::channel();
        let message = Message::Set(Box::new(Set { asked, answer }));
        self.send(message, outcome).await
    }

    async fn send<T>(&self, message: Message, outcome: oneshot::Receiver<Result<T>>) -> Result<T> {
        let sent = self.jobs.send(message).await;
        sent.map_err(|_| Error::Unavailable)?;
        outcome.await.map_err(|_| Error::Unavailable)?
    }

    /// What names this node in what it tells the others.
    pub fn node(&self) -> Uuid {
        self.node
    }

    /// How much was written.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Waits until this node commits something that may have put a delivery into the outbox.
    pub async fn outbox_filled(&self) {
        self.outbox.notified().await;
    }

    /// How many jobs wait.
    pub fn queued(&self) -> usize {
        self.jobs.max_capacity() - self.jobs.capacity()
    }

    /// Does what waits, and takes nothing more.
    pub async fn stop(&self) {
        let task = self.task.lock().await.take();
        if let Some(task) = task {
            // Where the task is gone already there is nothing to wait for.
            drop(self.jobs.send(Message::Stop).await);
            if let Err(error) = task.await {
                tracing::error!(%error, "the writer ended badly");
            }
        }
    }
}
