//! Work that one node does at a time, by a lease.
//!
//! Leases run out by clocks, and clocks may be wrong. So a node also measures for how long
//! another's lease has stood as it is, by its own uptime.

use std::time::Duration;

use uuid::Uuid;

use crate::{
    app::App,
    ids,
    service::{Result, writer::Work},
    store::{self, lease::Lease},
};

/// How long another node waits after this one was killed, where a turn takes next to no time.
const LEASE_FOR: Duration = Duration::from_secs(5);

/// A node's part in some work.
pub(crate) struct Tenure {
    name: &'static str,
    holder: Uuid,
    /// For how long a lease is. One that nobody renewed for so long, by what this node watched, is
    /// nobody's any more, whenever it runs out: whoever had it may have been killed while its
    /// clock was far ahead.
    lasts: Duration,
    /// Another's lease as it has stood since then, by this node's uptime.
    other: Option<(Lease, Duration)>,
    /// Whether it was this node's when that was last asked.
    own: bool,
}

/// What takes a lease in a transaction.
pub(crate) struct Claim {
    name: &'static str,
    holder: Uuid,
    lasts: Duration,
    /// Another's lease that was not renewed for too long.
    dead: Option<Lease>,
}

impl Tenure {
    /// Of the work of this name.
    pub(crate) fn new(name: &'static str, app: &App) -> Self {
        Self::lasting(name, LEASE_FOR, app)
    }

    /// The same where a turn may take so long.
    pub(crate) fn lasting(name: &'static str, lasts: Duration, app: &App) -> Self {
        Self {
            name,
            holder: ids::uuid(app.clock.now(), &*app.random),
            lasts,
            other: None,
            own: false,
        }
    }

    /// What takes or renews the lease.
    pub(crate) fn claim(&self, uptime: Duration) -> Claim {
        let stood = |since: Duration| uptime.saturating_sub(since);
        let dead = self.other.as_ref();
        let dead = dead.filter(|(_, since)| stood(*since) >= self.lasts);
        Claim {
            name: self.name,
            holder: self.holder,
            lasts: self.lasts,
            dead: dead.map(|(lease, _)| lease.clone()),
        }
    }

    /// Notes whose it is: another's, or this node's own.
    pub(crate) fn learn(&mut self, other: Option<Lease>, uptime: Duration) {
        self.own = other.is_none();
        match other {
            None => self.other = None,
            Some(lease) => {
                if self.other.as_ref().is_none_or(|(known, _)| *known != lease) {
                    self.other = Some((lease, uptime));
                }
            }
        }
    }

    /// Gives the lease back where this node has it, so that another one need not wait. A node that has none ends
    /// without asking a database that may be away.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn give_back(self, app: &App) -> Result<()> {
        if !self.own {
            return Ok(());
        }
        app.writer
            .run(move |work| {
                Box::pin(async move {
                    store::lease::give_back(&mut work.tx, self.name, self.holder).await?;
                    Ok(())
                })
            })
            .await
    }
}

impl Claim {
    /// Takes or renews the lease; another's where that has not run out.
    ///
    /// # Errors
    /// Where the database fails.
    pub(crate) async fn take(&self, work: &mut Work) -> Result<Option<Lease>> {
        let now = work.now();
        let (until, dead) = (now + self.lasts, self.dead.as_ref());
        Ok(store::lease::take(&mut work.tx, self.name, self.holder, now, until, dead).await?)
    }
}
