//! Forwards counts to the upstream, and who runs what: numbered once, and sent until the upstream has
//! them. The last word is that nobody is behind this relay any more.

mod refusals;

use std::{
    collections::{BTreeMap, VecDeque},
    sync::Arc,
    time::Duration,
};

use futures_util::future::join_all;
use serin_api::{evidence::Accepted, sdk::Telemetry};
use tokio::{
    sync::watch,
    time::{Instant, sleep_until, timeout},
};
use uuid::Uuid;

use super::{Shared, backoff::Backoff, upstream::Failure};
use refusals::Refusals;

/// How long the last counts may take at the end.
const PATIENCE: Duration = Duration::from_secs(5);

/// Forwards counts.
pub(super) struct Courier {
    shared: Arc<Shared>,
    instance: Uuid,
    outboxes: BTreeMap<Uuid, Outbox>,
    rhythm: Backoff,
}

/// What is under way of one environment. New counts are put in only when it is empty:
/// while the upstream is away they are summed up, where they take little room.
struct Outbox {
    environment_id: Uuid,
    sequence: u64,
    waiting: VecDeque<Telemetry>,
    backoff: Backoff,
    not_before: Option<Instant>,
    refusals: Refusals,
    failing: bool,
    /// Whether its last report speaks for any SDKs.
    vouches: bool,
}

impl Courier {
    pub(super) fn new(shared: Arc<Shared>, instance: Uuid) -> Self {
        let random = Arc::clone(&shared.random);
        Self {
            rhythm: Backoff::new(shared.timing.backoff, random),
            shared,
            instance,
            outboxes: BTreeMap::new(),
        }
    }

    /// Forwards until it is told to stop, and then what is left.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut due = self.due();
        loop {
            tokio::select! {
                () = self.turn(&mut due) => {}
                _ = stopped.wait_for(|stop| *stop) => break,
            }
        }
        self.shared.forwarder.end();
        // Where it takes too long, what it leaves says so.
        drop(timeout(PATIENCE, self.forward(true)).await);
        self.complain();
    }

    /// Says what is lost with this relay.
    fn complain(&self) {
        let outboxes = || self.outboxes.values();
        let kept = !self.shared.forwarder.due().is_empty();
        if kept || outboxes().any(|outbox| outbox.waiting.iter().any(has_counts)) {
            tracing::warn!("the last counts could not be forwarded");
        } else if outboxes().any(|outbox| outbox.vouches || !outbox.waiting.is_empty()) {
            tracing::warn!(
                "the upstream does not know that this relay ends: its SDKs count there for minutes"
            );
        }
    }

    /// When to report next. The relays of one server do not all come at the same time.
    fn due(&mut self) -> Instant {
        let interval = self.shared.timing.report;
        Instant::now() + interval / 2 + self.rhythm.up_to(interval)
    }

    /// Reports when that is due. Until then it looks whether SDKs have something new that a release
    /// waits for: it is not to wait for the next report, too.
    async fn turn(&mut self, due: &mut Instant) {
        let look = Instant::now() + self.shared.timing.acknowledge;
        sleep_until(look.min(*due)).await;
        if Instant::now() < *due {
            self.acknowledge().await;
        } else {
            *due = self.due();
            self.forward(false).await;
        }
    }

    async fn acknowledge(&mut self) {
        let unacknowledged = self.shared.forwarder.unacknowledged();
        for environment_id in &unacknowledged {
            self.outbox(*environment_id);
        }
        let (shared, instance) = (&self.shared, self.instance);
        let outboxes = self.outboxes.values_mut();
        let these = outboxes.filter(|outbox| unacknowledged.contains(&outbox.environment_id));
        join_all(these.map(|outbox| outbox.acknowledge(shared, instance))).await;
    }

    fn outbox(&mut self, environment_id: Uuid) -> &mut Outbox {
        let shared = &self.shared;
        let backoff = || Backoff::new(shared.timing.backoff, Arc::clone(&shared.random));
        self.outboxes
            .entry(environment_id)
            .or_insert_with(|| Outbox {
                environment_id,
                sequence: 0,
                waiting: VecDeque::new(),
                backoff: backoff(),
                not_before: None,
                refusals: Refusals::new(backoff()),
                failing: false,
                vouches: false,
            })
    }

    async fn forward(&mut self, last: bool) {
        for environment_id in self.shared.forwarder.due() {
            self.outbox(environment_id);
        }
        let (shared, instance) = (&self.shared, self.instance);
        let outboxes = self.outboxes.values_mut();
        join_all(outboxes.map(|outbox| outbox.send(shared, instance, last))).await;
    }
}

impl Outbox {
    async fn send(&mut self, shared: &Shared, instance: Uuid, last: bool) {
        if self.is_early() && !last {
            return;
        }
        // What is left of the last time goes first.
        if self.send_waiting(shared).await {
            self.fill(shared, instance);
            // What was counted since says it as well.
            if last && self.vouches {
                self.put(shared.forwarder.acknowledge(self.environment_id), instance);
            }
            self.send_waiting(shared).await;
        }
    }

    /// Says what SDKs run, where nothing else is under way, which says it as well.
    async fn acknowledge(&mut self, shared: &Shared, instance: Uuid) {
        let is_early = self.is_early() || self.refusals.is_early();
        if self.waiting.is_empty() && !is_early {
            self.put(shared.forwarder.acknowledge(self.environment_id), instance);
            self.send_waiting(shared).await;
        }
    }

    fn is_early(&self) -> bool {
        self.not_before.is_some_and(|at| Instant::now() < at)
    }

    fn fill(&mut self, shared: &Shared, instance: Uuid) {
        for report in shared.forwarder.take(self.environment_id) {
            self.put(report, instance);
        }
    }

    fn put(&mut self, mut report: Telemetry, instance: Uuid) {
        self.sequence += 1;
        report.instance = instance;
        report.sequence = self.sequence;
        self.vouches = report.running.as_ref().is_some_and(|of| !of.is_empty());
        self.waiting.push_back(report);
    }

    /// Sends until nothing waits. False where that failed.
    async fn send_waiting(&mut self, shared: &Shared) -> bool {
        while let Some(report) = self.waiting.front_mut() {
            // Its windows are dated by this relay's clock.
            report.sent_at = (!report.evidence.is_empty()).then(|| shared.clock.now());
            match post(shared, self.environment_id, report).await {
                Ok(told) => {
                    shared.forwarder.delivered(report, told.as_ref());
                    self.backoff.reset();
                    self.refusals.end();
                    self.not_before = None;
                }
                Err(Failure::Refused(status)) => {
                    if has_counts(report) {
                        tracing::error!("the upstream refuses counts for good: HTTP {status}");
                    } else if self.refusals.add() {
                        tracing::warn!(
                            "the upstream does not take what SDKs run: HTTP {status}; releases wait for them"
                        );
                    }
                    // That is news again, but not each second.
                    shared.forwarder.turned_down(self.environment_id, report);
                }
                Err(failure) => {
                    if !std::mem::replace(&mut self.failing, true) {
                        tracing::warn!("reports cannot be forwarded, they are kept: {failure}");
                    }
                    let least = match failure {
                        Failure::Away(_, Some(after)) => after,
                        _ => Duration::ZERO,
                    };
                    self.not_before = Some(Instant::now() + self.backoff.next().max(least));
                    return false;
                }
            }
            self.waiting.pop_front();
            self.failing = false;
        }
        true
    }
}

/// Whether a report says more than who runs what.
fn has_counts(report: &Telemetry) -> bool {
    !(report.evaluations.is_empty()
        && report.evidence.is_empty()
        && report.unknown_flags.is_empty()
        && report.contexts.is_empty())
}

/// Hands a report to the first address that takes it; what became of its evidence.
async fn post(
    shared: &Shared,
    environment_id: Uuid,
    report: &Telemetry,
) -> Result<Option<Accepted>, Failure> {
    let away = |reason: &str| Failure::Away(reason.to_owned(), None);
    let place = shared.places.find(environment_id);
    let Some(secret) = place.and_then(|place| place.secret()) else {
        return Err(away("no key of the environment is accepted"));
    };
    let mut last = away("there is no upstream");
    for at in 0..shared.upstream.addresses() {
        last = match shared.upstream.report(at, &secret, report).await {
            Err(failure @ Failure::Away(..)) => failure,
            told => return told,
        };
    }
    Err(last)
}
