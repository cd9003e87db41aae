//! Groups of jobs and change sets, each in one transaction.

use std::{
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
};

use futures_util::FutureExt as _;
use tokio::sync::{Notify, mpsc};
use uuid::Uuid;

use super::{Counts, Done, Job, Message, Set, Tell, Work, telling};
use crate::{
    clock::Clock,
    ids::Random,
    publish::{Commits, Committed},
    service::{
        Error,
        change_set::{
            Known,
            group::{self, Outcome},
        },
        webhook::Wanted,
    },
    store::{self, Db, audit::Head},
};

/// How many at most share a commit.
const GROUP: usize = 128;

/// What the writer's task works with.
pub(super) struct Groups {
    pub(super) db: Db,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    pub(super) commits: Arc<Commits>,
    pub(super) node: Uuid,
    pub(super) counts: Arc<Counts>,
    /// The last id that was given.
    pub(super) latest: Uuid,
    /// What was known at the end of the last transaction, and the end of the audit chain then.
    pub(super) known: Option<(Head, Known, Option<Wanted>)>,
    /// Wakes the courier.
    pub(super) outbox: Arc<Notify>,
}

impl Groups {
    pub(super) async fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut messages = Vec::with_capacity(GROUP);
        while queue.recv_many(&mut messages, GROUP).await > 0 {
            let mut stop = false;
            let (mut jobs, mut sets) = (Vec::new(), Vec::new());
            for message in messages.drain(..) {
                match message {
                    Message::Job(job) => jobs.push(job),
                    Message::Set(set) => sets.push(*set),
                    Message::Stop => stop = true,
                }
            }
            if !(jobs.is_empty() && sets.is_empty()) {
                self.commit(jobs, sets).await;
            }
            if stop {
                queue.close();
            }
        }
    }

    /// Does it all in one transaction. A failure of the transaction itself fails them all.
    async fn commit(&mut self, jobs: Vec<Job>, sets: Vec<Set>) {
        let count = jobs.len() + sets.len();
        let mut told = Vec::with_capacity(count);
        match self.run(jobs, sets, &mut told).await {
            Ok(committed) => {
                self.commits.committed(committed).await;
                self.counts.commits.fetch_add(1, Ordering::Relaxed);
                let writes = u64::try_from(count).unwrap_or(u64::MAX);
                self.counts.writes.fetch_add(writes, Ordering::Relaxed);
                told.into_iter().for_each(|tell| tell(None));
            }
            Err(error) => {
                tracing::error!(%error, jobs = count, "a group of writes failed");
                told.into_iter().for_each(|tell| tell(Some("commit")));
            }
        }
    }

    async fn run(
        &mut self,
        jobs: Vec<Job>,
        sets: Vec<Set>,
        told: &mut Vec<Tell>,
    ) -> store::Result<Committed> {
        let mut tx = self.db.write().await?;
        let head = store::audit::lock(&mut tx).await?;
        let (known, wanted) = match self.known.take() {
            Some((at, known, wanted)) if at == head => (known, wanted),
            _ => (Known::default(), None),
        };
        let work = Work {
            tx,
            clock: Arc::clone(&self.clock),
            random: Arc::clone(&self.random),
            committed: Committed::after(head.sequence),
            head: head.clone(),
            entries: Vec::new(),
            latest: self.latest,
            known,
            wanted,
            posted: false,
        };
        let mut group = Group {
            work,
            // What comes alone needs no savepoint: the transaction is its own.
            alone: jobs.len() + sets.len() == 1,
            keep: false,
            told,
        };
        for job in jobs {
            group.job(job).await?;
        }
        group.sets(sets).await?;
        let (keep, mut work) = (group.keep, group.work);
        self.latest = work.latest;
        if !keep {
            self.known = Some((head.clone(), work.known, work.wanted));
            return Ok(Committed::after(head.sequence));
        }
        if work.head != head {
            store::audit::append(&mut work.tx, &work.entries, &work.head, self.node).await?;
        }
        work.tx.commit().await?;
        if work.posted {
            self.outbox.notify_one();
        }
        self.known = Some((work.head.clone(), work.known, work.wanted));
        work.committed.sequence = work.head.sequence;
        Ok(work.committed)
    }
}

/// A transaction on its way.
struct Group<'g> {
    work: Work,
    /// Whether it is all for one job or change set.
    alone: bool,
    /// Whether there is anything to commit.
    keep: bool,
    /// Whom to tell at its end.
    told: &'g mut Vec<Tell>,
}

/// A point of a transaction to come back to.
struct Mark {
    head: Head,
    entries: usize,
    effects: usize,
}

impl Group<'_> {
    /// Runs a job, in a savepoint where others share the transaction.
    async fn job(&mut self, job: Job) -> store::Result<()> {
        let mark = self.mark().await?;
        self.work.known = Known::default();
        let done = AssertUnwindSafe(job(&mut self.work)).catch_unwind().await;
        let keep = match done {
            Ok(Done { keep, tell }) => {
                self.told.push(tell);
                keep
            }
            // Whoever asked sees its channel closed; the panic's message is on standard error.
            Err(_) => false,
        };
        if keep {
            self.keep(mark).await
        } else {
            self.undo(mark).await
        }
    }

    /// Applies change sets: together, and those that cannot be by themselves.
    async fn sets(&mut self, sets: Vec<Set>) -> store::Result<()> {
        let (mut apart, together): (Vec<Set>, Vec<Set>) =
            sets.into_iter().partition(|set| set.asked.once.is_some());
        if !together.is_empty() {
            apart.extend(self.together(together).await?);
        }
        for Set { asked, answer } in apart {
            self.job(Box::new(move |work| {
                Box::pin(async move {
                    let result = asked.apply(work).await;
                    Done {
                        keep: result.is_ok(),
                        tell: telling(answer, result),
                    }
                })
            }))
            .await?;
        }
        Ok(())
    }

    /// Applies change sets together; answers with those that are to be applied by themselves.
    /// These are all where the database refuses to write them together, so that it is one that
    /// fails and not all.
    async fn together(&mut self, sets: Vec<Set>) -> store::Result<Vec<Set>> {
        let mark = self.mark().await?;
        let (asked, answers): (Vec<_>, Vec<_>) =
            sets.into_iter().map(|set| (set.asked, set.answer)).unzip();
        let applied = group::apply(&mut self.work, &asked).await;
        let sets = asked.into_iter().zip(answers);
        let mut sets = sets.map(|(asked, answer)| Set { asked, answer });
        let outcomes = match applied {
            Ok(outcomes) => outcomes,
            Err(Error::Store(error @ store::Error::Away(_))) => return Err(error),
            Err(error) if self.alone => {
                let tell = sets.next().map(|set| telling(set.answer, Err(error)));
                self.told.extend(tell);
                return Ok(Vec::new());
            }
            Err(error) => {
                tracing::warn!(%error, "change sets cannot be written together");
                self.undo(mark).await?;
                return Ok(sets.collect());
            }
        };
        let (mut written, mut apart) = (false, Vec::new());
        for (set, outcome) in sets.zip(outcomes) {
            match outcome {
                Outcome::Done(result) => {
                    written |= result.is_ok();
                    self.told.push(telling(set.answer, *result));
                }
                Outcome::Alone => apart.push(set),
                // Whoever asked sees its channel closed.
                Outcome::Lost => {}
            }
        }
        if written {
            self.keep(mark).await?;
        } else {
            self.undo(mark).await?;
        }
        Ok(apart)
    }

    async fn mark(&mut self) -> store::Result<Mark> {
        if !self.alone {
            self.work.tx.savepoint().await?;
        }
        Ok(Mark {
            head: self.work.head.clone(),
            entries: self.work.entries.len(),
            effects: self.work.committed.mark(),
        })
    }

    async fn keep(&mut self, _: Mark) -> store::Result<()> {
        self.keep = true;
        match self.alone {
            true => Ok(()),
            false => self.work.tx.release().await,
        }
    }

    async fn undo(&mut self, mark: Mark) -> store::Result<()> {
        self.work.head = mark.head;
        // It may have been read from what is undone.
        self.work.wanted = None;
        self.work.entries.truncate(mark.entries);
        self.work.committed.back_to(mark.effects);
        match self.alone {
            // It is not going to be committed.
            true => Ok(()),
            false => self.work.tx.undo().await,
        }
    }
}
