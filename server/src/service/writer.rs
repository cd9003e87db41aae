//! The one writer of a node: commits the jobs that wait together, each in a
//! savepoint of its own, so that durable writes scale with their number and not with
//! the disk's sync.
//!
//! A group's transaction begins by locking the end of the audit chain, which orders
//! the writers of all nodes. Whoever asked hears of the outcome only after the commit
//! and after this node's snapshots are up to date.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt as _, future::BoxFuture};
use tokio::{
    sync::{Mutex, mpsc, oneshot},
    task::JoinHandle,
};
use uuid::Uuid;

use super::{Error, Result};
use crate::{
    clock::Clock,
    ids::{self, Random},
    publish::{Commits, Committed},
    store::{self, Db, Tx, audit::Head},
};

/// How many jobs at most share a commit.
const GROUP: usize = 128;
/// How many jobs at most wait; whoever comes then waits to be let in.
const QUEUE: usize = 1024;

/// Takes jobs that write.
#[derive(Clone)]
pub struct Writer {
    jobs: mpsc::Sender<Message>,
    task: Arc<Mutex<Option<JoinHandle<()>>>>,
}

/// What a job works with: the transaction, and what goes with its commit.
pub struct Work {
    /// The transaction. Jobs neither commit nor roll it back.
    pub tx: Tx,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    pub(crate) head: Head,
    pub(crate) committed: Committed,
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

    /// A new id.
    pub fn id(&self) -> Uuid {
        ids::uuid(self.clock.now(), &*self.random)
    }

    /// Randomness.
    pub fn random(&self) -> &dyn Random {
        &*self.random
    }
}

enum Message {
    Job(Job),
    Stop,
}

type Job = Box<dyn for<'w> FnOnce(&'w mut Work) -> BoxFuture<'w, Done> + Send>;

/// What became of a job: whether its writes stay, and how to tell whoever asked, with
/// what the group's commit failed with, if it did.
struct Done {
    keep: bool,
    tell: Box<dyn FnOnce(Option<&'static str>) + Send>,
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
        let group = Group {
            db,
            clock,
            random,
            commits,
        };
        let task = tokio::spawn(group.serve(queue));
        Self {
            jobs,
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
                    tell: Box::new(move |fault| {
                        let result = match fault {
                            Some(_) => result.and(Err(Error::Unavailable)),
                            None => result,
                        };
                        // Whoever asked may be gone; the write stands all the same.
                        drop(answer.send(result));
                    }),
                }
            })
        });
        self.jobs
            .send(Message::Job(job))
            .await
            .map_err(|_| Error::Unavailable)?;
        outcome.await.map_err(|_| Error::Unavailable)?
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

struct Group {
    db: Db,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    commits: Arc<Commits>,
}

impl Group {
    async fn serve(self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(GROUP);
        while queue.recv_many(&mut messages, GROUP).await > 0 {
            let mut stop = false;
            let mut jobs = Vec::with_capacity(messages.len());
            for message in messages.drain(..) {
                match message {
                    Message::Job(job) => jobs.push(job),
                    Message::Stop => stop = true,
                }
            }
            if !jobs.is_empty() {
                self.commit(jobs).await;
            }
            if stop {
                queue.close();
            }
        }
    }

    /// Runs jobs in one transaction. A failure of the transaction itself fails them all.
    async fn commit(&self, jobs: Vec<Job>) {
        let mut told = Vec::with_capacity(jobs.len());
        match self.run(jobs, &mut told).await {
            Ok(committed) => {
                self.commits.committed(committed).await;
                told.into_iter().for_each(|tell| tell(None));
            }
            Err(error) => {
                tracing::error!(%error, jobs = told.len(), "a group of writes failed");
                told.into_iter().for_each(|tell| tell(Some("commit")));
            }
        }
    }

    async fn run(
        &self,
        jobs: Vec<Job>,
        told: &mut Vec<Box<dyn FnOnce(Option<&'static str>) + Send>>,
    ) -> std::result::Result<Committed, store::Error> {
        let mut tx = self.db.write().await?;
        let head = store::audit::lock(&mut tx).await?;
        let mut work = Work {
            tx,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            committed: Committed::after(head.sequence),
            head: head.clone(),
        };
        // A job alone needs no savepoint: the transaction is its own.
        let alone = jobs.len() == 1;
        for job in jobs {
            if !alone {
                work.tx.savepoint().await?;
            }
            let before = (work.head.clone(), work.committed.mark());
            let done = AssertUnwindSafe(job(&mut work)).catch_unwind().await;
            let keep = match done {
                Ok(done) => {
                    told.push(done.tell);
                    done.keep
                }
                // Whoever asked sees its channel closed; the panic's message is on standard error.
                Err(_) => false,
            };
            match (alone, keep) {
                (true, true) => {}
                (true, false) => return Ok(Committed::after(head.sequence)),
                (false, true) => work.tx.release().await?,
                (false, false) => {
                    work.tx.undo().await?;
                    work.head = before.0;
                    work.committed.back_to(before.1);
                }
            }
        }
        if work.head != head {
            store::audit::set_head(&mut work.tx, &work.head).await?;
            work.tx.notify().await?;
        }
        work.tx.commit().await?;
        work.committed.sequence = work.head.sequence;
        Ok(work.committed)
    }
}
