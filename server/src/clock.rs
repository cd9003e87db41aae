//! Where the time comes from.

use std::{
    sync::{LazyLock, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};

/// The application's time, in whole microseconds: PostgreSQL keeps no more, and a
/// time that is read back equals the one that was written.
pub trait Clock: Send + Sync {
    /// The present time, as people and other machines tell it. Whoever looks after the
    /// machine may set it, forward and back.
    fn now(&self) -> DateTime<Utc>;

    /// How long the program has been running, whatever the clock was set to. How long
    /// something takes or holds is measured by this.
    fn uptime(&self) -> Duration;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that asks the machine"
    )]
    fn now(&self) -> DateTime<Utc> {
        Utc::now().trunc_subsecs(6)
    }

    fn uptime(&self) -> Duration {
        static BEGUN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGUN.elapsed()
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct ManualClock(Mutex<Shown>);

#[derive(Clone, Copy, Debug)]
struct Shown {
    now: DateTime<Utc>,
    uptime: Duration,
}

impl ManualClock {
    /// A clock that shows `now`.
    pub fn at(now: DateTime<Utc>) -> Self {
        Self(Mutex::new(Shown {
            now: now.trunc_subsecs(6),
            uptime: Duration::ZERO,
        }))
    }

    /// Lets time pass.
    pub fn advance(&self, by: TimeDelta) {
        let mut shown = self.shown();
        shown.now += by;
        shown.uptime += by.to_std().unwrap_or_default();
    }

    /// Sets it forward or back, as people and time servers do: no time passes.
    pub fn set(&self, by: TimeDelta) {
        self.shown().now += by;
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        self.shown().now
    }

    fn uptime(&self) -> Duration {
        self.shown().uptime
    }
}
