//! Refuses some evaluations before all of them become slow.
//!
//! A worker does one thing after the other: requests do not get slower by themselves, they wait for
//! their turn, and all of that wait is in the queue of the worker. So that is measured:
//! how late something is that is due. Where it is later than the limit, the share of evaluations that are
//! let in shrinks by a factor ten times a second, which every evaluation sees to, since what measures
//! waits too; where it is not, the share grows by a step, until all are let in (additive increase,
//! multiplicative decrease, as in TCP).
//!
//! Being refused costs little. Streams, rulesets and people are not refused: they are
//! few, and those who evaluate locally need them to go on.

use std::{cell::Cell, rc::Rc, time::Duration};

use actix_web::{HttpRequest, rt};
use serin_api::error::codes;
use tokio::time::{Instant, sleep};

use super::{Api, error::ApiError};

/// How often the wait is measured.
const EVERY: Duration = Duration::from_millis(20);
/// How often the share changes at most.
const WHILE: Duration = Duration::from_millis(100);
/// What the share is multiplied with where the queue stands.
const SHRINK: f64 = 0.7;
/// What is added to it where it does not.
const GROW: f64 = 0.02;
/// Some are always let in: otherwise nothing would tell that it got better.
const LEAST: f64 = 0.05;
/// When one who was refused may come again, in seconds.
const RETRY_AFTER: u32 = 1;

/// One worker's, and asked on its thread only.
pub(crate) struct Gate {
    begun: Instant,
    share: Cell<Share>,
}

/// How many evaluations are let in. Times are counted from when the worker began.
#[derive(Clone, Copy, Debug)]
struct Share {
    limit: Duration,
    /// Between [`LEAST`] and 1.
    share: f64,
    /// What was not let in yet of what may be: one is let in where it comes to 1.
    credit: f64,
    /// When the next measurement is due.
    due: Duration,
    changed: Duration,
}

impl Share {
    fn new(limit: Duration) -> Self {
        Self {
            limit,
            share: 1.0,
            credit: 0.0,
            due: EVERY,
            changed: Duration::ZERO,
        }
    }

    /// What was due had its turn.
    fn measured(&mut self, now: Duration) {
        if !self.shrink_where_late(now) && now >= self.changed + WHILE {
            self.share = (self.share + GROW).min(1.0);
            self.changed = now;
        }
        self.due = now + EVERY;
    }

    /// Whether the next evaluation is let in.
    fn admits(&mut self, now: Duration) -> bool {
        self.shrink_where_late(now);
        self.credit += self.share;
        let admits = self.credit >= 1.0;
        if admits {
            self.credit -= 1.0;
        }
        admits
    }

    /// Shrinks where what is due waits for too long already; false where it does not.
    fn shrink_where_late(&mut self, now: Duration) -> bool {
        let late = now.saturating_sub(self.due) > self.limit;
        if late && now >= self.changed + WHILE {
            self.share = (self.share * SHRINK).max(LEAST);
            self.changed = now;
        }
        late
    }
}

impl Gate {
    /// Begins to measure on this worker; nothing where there is no limit.
    pub(crate) fn start(limit_ms: u64) -> Option<Rc<Self>> {
        let limit = Duration::from_millis(limit_ms);
        if limit.is_zero() {
            return None;
        }
        let gate = Rc::new(Self {
            begun: Instant::now(),
            share: Cell::new(Share::new(limit)),
        });
        let watched = Rc::downgrade(&gate);
        rt::spawn(async move {
            loop {
                sleep(EVERY).await;
                let Some(gate) = watched.upgrade() else {
                    return;
                };
                gate.change(Share::measured);
            }
        });
        Some(gate)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Share, Duration) -> T) -> T {
        let mut share = self.share.get();
        let outcome = change(&mut share, self.begun.elapsed());
        self.share.set(share);
        outcome
    }
}

/// Lets an evaluation in, or refuses it.
///
/// # Errors
/// `unavailable`, with when to come again.
pub(crate) fn admit(api: &Api, request: &HttpRequest) -> Result<(), ApiError> {
    let gate = request.app_data::<Rc<Gate>>();
    if gate.is_none_or(|gate| gate.change(Share::admits)) {
        return Ok(());
    }
    api.metrics.refused("evaluation");
    let mut error = ApiError::new(codes::UNAVAILABLE, "too much is asked of this server");
    error.retry_after = Some(RETRY_AFTER);
    Err(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(50);
    /// Of a whole evaluation, and of refusing one.
    const WORK: Duration = Duration::from_micros(500);
    const REFUSAL: Duration = Duration::from_micros(20);

    /// A worker that is offered so many requests a second, for a minute: its longest
    /// queue, as time, in the last half, and the share of requests that it did.
    fn offered(mut share: Share, per_second: u32) -> (Duration, f64) {
        let (mut queue, mut longest) = (Duration::ZERO, Duration::ZERO);
        let (mut done, mut all) = (0_u32, 0_u32);
        let slice = Duration::from_millis(10);
        // When the measurement has its turn, which is behind what waits when it is due.
        let mut turn = EVERY;
        for at in 0..6000 {
            let now = slice * at;
            for _ in 0..per_second / 100 {
                let admitted = share.admits(now);
                all += 1;
                done += u32::from(admitted);
                queue += if admitted { WORK } else { REFUSAL };
            }
            queue = queue.saturating_sub(slice);
            if now >= turn {
                share.measured(now);
                turn = now + EVERY + queue;
            }
            if at > 3000 {
                longest = longest.max(queue);
            }
        }
        (longest, f64::from(done) / f64::from(all))
    }

    #[test]
    fn the_wait_stays_bounded_however_much_is_asked() {
        for per_second in [3000, 6000, 12_000] {
            let (longest, done) = offered(Share::new(LIMIT), per_second);
            assert!(longest < 10 * LIMIT, "{per_second}: {longest:?}");
            // Of the 2000 a second that it could do it still does most.
            let could = 2000.0 / f64::from(per_second);
            assert!(done > 0.5 * could, "{per_second}: {done} of {could}");
        }
        // Without the gate the queue only grows.
        let open = Share::new(Duration::MAX);
        assert!(offered(open, 3000).0 > Duration::from_secs(20));
    }

    #[test]
    fn nobody_is_refused_while_the_worker_keeps_up() {
        let (_, done) = offered(Share::new(LIMIT), 1800);
        assert!(done > 0.999, "{done}");
    }

    #[test]
    fn all_are_let_in_again_when_it_is_over() {
        let mut share = Share::new(LIMIT);
        let second = Duration::from_secs(1);
        for at in 2..100 {
            share.admits(second * at);
        }
        let now = second * 100;
        let admitted = (0..1000).filter(|_| share.admits(now)).count();
        assert!((49..=51).contains(&admitted), "{admitted}");
        share.measured(now);
        (1..=600).for_each(|at| share.measured(now + EVERY * at));
        let now = now + EVERY * 601;
        assert!((0..1000).all(|_| share.admits(now)));
    }
}
