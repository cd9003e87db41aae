//! Where candidates run: off the way of those who call.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::sync::{Arc, OnceLock};
use std::thread;

/// How many wait, or are awaited, at most.
const WAITING: usize = 64;

/// Something to be done.
pub(crate) type Job = Box<dyn FnOnce() + Send>;

/// A thread that is started with the first job, and ends with the client.
#[derive(Default)]
pub(crate) struct Aside {
    jobs: OnceLock<Option<SyncSender<Job>>>,
    awaited: Arc<AtomicUsize>,
}

impl fmt::Debug for Aside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Aside").finish_non_exhaustive()
    }
}

/// Room for one that is awaited; given back when it is dropped.
pub(crate) struct Place(Arc<AtomicUsize>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Release);
    }
}

impl Aside {
    /// Does something on the thread; false where too much waits already, or there is no thread to
    /// be had.
    pub(crate) fn run(&self, job: Job) -> bool {
        let jobs = self.jobs.get_or_init(start);
        jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// Room for one more that is awaited.
    pub(crate) fn place(&self) -> Option<Place> {
        let room = |awaited: usize| (awaited < WAITING).then_some(awaited + 1);
        let taken = self
            .awaited
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, room);
        taken.ok().map(|_| Place(Arc::clone(&self.awaited)))
    }
}

fn start() -> Option<SyncSender<Job>> {
    let (jobs, waiting) = sync_channel::<Job>(WAITING);
    let thread = thread::Builder::new().name("serin-shadow".to_owned());
    let started = thread.spawn(move || {
        // Ends when the client, which has the other end, is gone.
        for job in waiting {
            job();
        }
    });
    started.ok().map(|_| jobs)
}
