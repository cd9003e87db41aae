//! Where reports wait for a moment, so that many share a commit. Whoever reports is
//! answered once it is on the disk; what was not answered is reported again.

use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use serin_api::evidence::Accepted;
use tokio::sync::{Notify, oneshot, watch};
use uuid::Uuid;

use super::{
    AllLeftOut, Asked, Checked, Report,
    write::{self, Waiting},
};
use crate::{
    clock::Clock,
    service::{Error, Result, release::Unread, writer::Writer},
};

/// How long reports are gathered.
const MOMENT: Duration = Duration::from_millis(100);
/// How many windows wait at most. A database that is slow makes instances wait, which keep
/// what they have.
const MOST: usize = 100_000;

/// Takes reports.
pub(crate) struct Desk {
    writer: Writer,
    clock: Arc<dyn Clock>,
    queue: Mutex<Queue>,
    wake: Notify,
    counts: Counts,
    unread: Arc<Unread>,
}

#[derive(Default)]
struct Queue {
    reports: Vec<(Waiting, oneshot::Sender<Result<Accepted>>)>,
    windows: usize,
}

/// What became of windows since the start.
#[derive(Default)]
struct Counts {
    taken: AtomicU64,
    late: AtomicU64,
    refused: AtomicU64,
    left_out: AllLeftOut,
}

impl Desk {
    pub(crate) fn new(writer: Writer, clock: Arc<dyn Clock>, unread: Arc<Unread>) -> Self {
        Self {
            writer,
            clock,
            queue: Mutex::default(),
            wake: Notify::new(),
            counts: Counts::default(),
            unread,
        }
    }

    /// What became of windows, by name.
    pub(crate) fn counts(&self) -> [(&'static str, u64); 4] {
        let counts = &self.counts;
        let left_out = counts.left_out.windows() + self.unread.windows();
        [
            ("taken", counts.taken.load(Ordering::Relaxed)),
            ("late", counts.late.load(Ordering::Relaxed)),
            ("refused", counts.refused.load(Ordering::Relaxed)),
            ("left_out", left_out),
        ]
    }

    /// Where it is noted what cannot be read.
    pub(crate) fn unread(&self) -> &Unread {
        &self.unread
    }

    /// Takes a report; answers when it is durable.
    ///
    /// # Errors
    /// [`Error::Invalid`] for one that is too large, [`Error::Unavailable`] where it could
    /// not be written: it is to be sent again.
    pub(crate) async fn take(
        &self,
        environment_id: Uuid,
        report: Report,
        asked: &Asked,
    ) -> Result<Accepted> {
        let checked = Checked::read(&report, asked, self.clock.now())?;
        let refused = checked.mistakes.len() as u64;
        let windows = checked.good.len();
        let waiting = Waiting {
            environment_id,
            instance: report.instance,
            sequence: report.sequence,
            windows: checked.good,
        };
        let (tell, told) = oneshot::channel();
        {
            let mut queue = self.lock();
            if queue.windows.saturating_add(windows) > MOST {
                return Err(Error::Unavailable);
            }
            queue.windows += windows;
            queue.reports.push((waiting, tell));
        }
        self.wake.notify_one();
        let mut accepted = told.await.map_err(|_| Error::Unavailable)??;
        if !accepted.duplicate {
            accepted.refused += refused;
            accepted.left_out = checked.told;
            self.counts.left_out.add(&checked.left_out);
        }
        self.counts.add(&accepted);
        Ok(accepted)
    }

    /// Writes what comes until it is told to stop, and then what is left.
    pub(crate) async fn serve(&self, mut stopped: watch::Receiver<bool>) {
        loop {
            let stop = tokio::select! {
                () = async { self.wake.notified().await; tokio::time::sleep(MOMENT).await } => false,
                _ = stopped.wait_for(|stopped| *stopped) => true,
            };
            self.write().await;
            if stop {
                return;
            }
        }
    }

    async fn write(&self) {
        let queue = std::mem::take(&mut *self.lock());
        if queue.reports.is_empty() {
            return;
        }
        let (reports, tell): (Vec<_>, Vec<_>) = queue.reports.into_iter().unzip();
        let written = self
            .writer
            .run(move |work| Box::pin(async move { write::all(work, &reports).await }))
            .await;
        match written {
            Ok(written) => {
                self.unread.note(&written.releases);
                self.unread.note_windows(&written.rows);
                for (accepted, tell) in written.fates.into_iter().zip(tell) {
                    // Who went away reports again, and is told that it came before.
                    drop(tell.send(Ok(accepted)));
                }
            }
            Err(error) => {
                tracing::warn!(%error, "could not write evidence; it is asked for again");
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
    fn add(&self, accepted: &Accepted) {
        self.taken.fetch_add(accepted.taken, Ordering::Relaxed);
        self.late.fetch_add(accepted.late, Ordering::Relaxed);
        self.refused.fetch_add(accepted.refused, Ordering::Relaxed);
    }
}
