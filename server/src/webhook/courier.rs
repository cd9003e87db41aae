//! Looks for what is due, posts it, and notes what became of it.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{FutureExt as _, StreamExt as _, future::BoxFuture, stream::FuturesUnordered};
use uuid::Uuid;

use super::{
    Counts, Options,
    post::{Outcome, Post},
};
use crate::{
    app::App,
    ids::Random,
    service::Result,
    store::{
        self,
        delivery::{Attempt, DEAD, DELIVERED, Delivery, Due},
    },
    tenure::Tenure,
};

/// The lease's name.
const LEASE: &str = "webhooks";
/// How many deliveries are under way at once, in all and to one webhook: one that is slow must
/// not keep the others waiting.
const AT_ONCE: usize = 64;
const AT_ONCE_EACH: usize = 4;
/// After so many attempts in vain a delivery is given up.
const CHANCES: u64 = 10;
/// The wait after the first attempt in vain, how it grows, and how long it is at the most: ten
/// attempts take about eight hours.
const FIRST_WAIT: Duration = Duration::from_secs(5);
const GROWTH: u32 = 3;
const LONGEST_WAIT: Duration = Duration::from_secs(6 * 3600);
/// For how long the log remembers a delivery, and how often what is older is looked for.
const KEPT: TimeDelta = TimeDelta::days(14);
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// Posts what is due.
pub struct Courier {
    app: App,
    counts: Arc<Counts>,
    post: Post,
    tenure: Tenure,
    flying: FuturesUnordered<BoxFuture<'static, Landed>>,
    /// What is under way, by webhook: the subjects.
    subjects: HashMap<Uuid, HashSet<String>>,
    /// When it forgot last, by the node's uptime.
    forgot: Option<Duration>,
}

/// A delivery that was posted.
pub(super) struct Landed {
    due: Due,
    at: DateTime<Utc>,
    took: Duration,
    outcome: Outcome,
}

impl Courier {
    /// One that has sent nothing yet.
    pub fn new(app: App, options: Options) -> Self {
        Self {
            post: Post::new(options),
            tenure: Tenure::new(LEASE, &app),
            counts: Arc::clone(&app.deliveries),
            flying: FuturesUnordered::new(),
            subjects: HashMap::new(),
            forgot: None,
            app,
        }
    }

    /// Sends all that is due and waits for what becomes of it, until nothing is due.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn deliver(&mut self) -> Result<()> {
        loop {
            self.send_off().await?;
            let Some(landed) = self.landed().await else {
                return Ok(());
            };
            self.note(landed).await;
        }
    }

    /// Sends what is due and not under way. Does nothing while another node has the lease.
    ///
    /// # Errors
    /// Where the database fails.
    pub(super) async fn send_off(&mut self) -> Result<()> {
        let now = self.app.clock.now();
        let mut tx = self.app.db.read().await?;
        let waiting = store::delivery::waiting(&mut tx).await?;
        self.counts.waiting.store(waiting, Ordering::Relaxed);
        let webhooks = store::delivery::webhooks_due(&mut tx, now).await?;
        drop(tx);
        let forgets = self.is_to_forget();
        if webhooks.is_empty() && !forgets || !self.hold(forgets).await? {
            return Ok(());
        }
        let mut tx = self.app.db.read().await?;
        for webhook_id in webhooks {
            let limit = i64::try_from(AT_ONCE_EACH).unwrap_or(i64::MAX);
            for due in store::delivery::due(&mut tx, webhook_id, now, limit).await? {
                self.send(due);
            }
        }
        Ok(())
    }

    /// What has been posted next; nothing where nothing is under way.
    pub(super) async fn landed(&mut self) -> Option<Landed> {
        self.flying.next().await
    }

    /// Notes what became of a delivery. Where that fails it is sent again.
    pub(super) async fn note(&mut self, landed: Landed) {
        let delivery_id = landed.due.delivery.delivery_id;
        if let Some(subjects) = self.subjects.get_mut(&landed.due.delivery.webhook_id) {
            subjects.remove(&landed.due.delivery.subject);
            if subjects.is_empty() {
                self.subjects.remove(&landed.due.delivery.webhook_id);
            }
        }
        let (after, attempt) = self.judge(landed);
        let noted = self
            .app
            .writer
            .run(move |work| {
                Box::pin(async move {
                    store::delivery::sent(&mut work.tx, &after, &attempt).await?;
                    Ok(())
                })
            })
            .await;
        if let Err(error) = noted {
            tracing::warn!(delivery.id = %delivery_id, %error, "could not note a delivery");
        }
    }

    /// Waits for what is under way, and gives the lease back.
    pub(super) async fn retire(mut self) {
        while let Some(landed) = self.landed().await {
            self.note(landed).await;
        }
        if let Err(error) = self.tenure.give_back(&self.app).await {
            tracing::warn!(%error, "could not give back the lease on webhooks");
        }
    }

    fn is_to_forget(&self) -> bool {
        let uptime = self.app.clock.uptime();
        self.forgot
            .is_none_or(|at| uptime.saturating_sub(at) >= FORGET_EVERY)
    }

    /// Takes the lease, and forgets what is old where that is due; false where another node
    /// has it.
    async fn hold(&mut self, forgets: bool) -> Result<bool> {
        let uptime = self.app.clock.uptime();
        let claim = self.tenure.claim(uptime);
        let other = self
            .app
            .writer
            .run(move |work| {
                Box::pin(async move {
                    let other = claim.take(work).await?;
                    if forgets && other.is_none() {
                        let before = work.now() - KEPT;
                        store::delivery::forget(&mut work.tx, before).await?;
                    }
                    Ok(other)
                })
            })
            .await?;
        let holds = other.is_none();
        if forgets {
            self.forgot = Some(uptime);
        }
        self.tenure.learn(other, uptime);
        Ok(holds)
    }

    /// Posts a delivery, unless too many are under way, or one of the same subject.
    fn send(&mut self, due: Due) {
        if self.flying.len() >= AT_ONCE {
            return;
        }
        let (webhook_id, subject) = (due.delivery.webhook_id, &due.delivery.subject);
        let subjects = self.subjects.entry(webhook_id).or_default();
        if subjects.len() >= AT_ONCE_EACH || !subjects.insert(subject.clone()) {
            return;
        }
        let (post, clock) = (self.post.clone(), Arc::clone(&self.app.clock));
        self.flying.push(
            async move {
                let (at, began) = (clock.now(), clock.uptime());
                let outcome = post.send(&due, at.timestamp()).await;
                Landed {
                    took: clock.uptime().saturating_sub(began),
                    due,
                    at,
                    outcome,
                }
            }
            .boxed(),
        );
    }

    /// What becomes of a delivery that was posted.
    fn judge(&self, landed: Landed) -> (Delivery, Attempt) {
        let Landed {
            due,
            at,
            took,
            outcome,
        } = landed;
        let mut after = due.delivery;
        after.attempts += 1;
        after.due_at = None;
        let attempt = Attempt {
            delivery_id: after.delivery_id,
            attempt: after.attempts,
            at,
            duration_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            status: outcome.status.map(i64::from),
            error: outcome.error,
        };
        if attempt.error.is_none() {
            Counts::add(&self.counts.delivered);
            DELIVERED.clone_into(&mut after.state);
            return (after, attempt);
        }
        Counts::add(&self.counts.failed);
        after.failures += 1;
        if after.failures >= CHANCES {
            Counts::add(&self.counts.dead);
            DEAD.clone_into(&mut after.state);
            let (webhook, delivery) = (after.webhook_id, after.delivery_id);
            tracing::warn!(webhook.id = %webhook, delivery.id = %delivery, "gave a delivery up");
        } else {
            let wait = wait(after.failures, &*self.app.random);
            let wait = wait.max(outcome.retry_after.unwrap_or_default());
            after.due_at = Some(self.app.clock.now() + wait);
        }
        (after, attempt)
    }
}

/// How long to wait after so many attempts in vain: between half of a step and all of it, so
/// that what failed together does not come back together.
fn wait(failures: u64, random: &dyn Random) -> Duration {
    let doublings = u32::try_from(failures.saturating_sub(1)).unwrap_or(u32::MAX);
    let step = FIRST_WAIT.saturating_mul(GROWTH.saturating_pow(doublings));
    let half = step.min(LONGEST_WAIT) / 2;
    let mut bytes = [0; 4];
    random.fill(&mut bytes);
    half + half.mul_f64(f64::from(u32::from_be_bytes(bytes)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::SeededRandom;

    #[test]
    fn waits_grow_to_a_bound_and_differ() {
        let random = SeededRandom::new(3);
        let steps = [5, 15, 45, 135, 405, 1215, 3645, 10_935, 21_600, 21_600];
        for (failures, step) in (1..).zip(steps) {
            let waits: Vec<Duration> = (0..50).map(|_| wait(failures, &random)).collect();
            let step = Duration::from_secs(step);
            assert!(waits.iter().all(|wait| (step / 2..=step).contains(wait)));
            assert!(waits.iter().max() > waits.iter().min());
        }
        assert!(wait(u64::MAX, &random) <= LONGEST_WAIT);
    }
}
