//! Both ways of doing something, side by side: the one that is served, and one that is tried.
//!
//! While a release is in a shadow stage, a part of the units has its results compared. The
//! candidate's way runs aside, so that nothing of it comes out: not its result, nor how long it
//! takes, nor a panic.

mod aside;

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use serin_engine::context::Context;

use crate::client::Client;
use crate::evidence::{Compared, Shadowed};
use crate::shared::Shared;

pub(crate) use aside::Aside;

/// After this long a candidate that is awaited is given up, and differs.
const LONGEST: Duration = Duration::from_secs(30);

impl Client {
    /// Does something as it always was, `control`, and gives its result. While a release of the
    /// flag is in a shadow stage, the same is done by `candidate` too for the part of the units
    /// that the stage says, and `compare` says whether both came to the same: that, and how long
    /// each took, is counted for the release.
    ///
    /// `candidate` runs after `control`, on a thread of the client's own, which does one at a time.
    /// Where many wait already it is left out, and counted in
    /// [`Metrics::shadows_dropped`](crate::Metrics::shadows_dropped). A panic of it, or of
    /// `compare`, is a result that differs, and goes no further. What it does beside its result is
    /// done: give it nothing that writes.
    ///
    /// ```
    /// # use serin_sdk::{Context, TestData};
    /// # let client = TestData::new().client();
    /// # fn price(_cart: &[u32]) -> u32 { 3 }
    /// # fn new_price(cart: &[u32]) -> u32 { cart.iter().sum() }
    /// let cart = vec![1, 2];
    /// let aside = cart.clone();
    /// let total = client.shadow(
    ///     "new-pricing",
    ///     &Context::new("user-1"),
    ///     || price(&cart),
    ///     move || new_price(&aside),
    ///     |control, candidate| control == candidate,
    /// );
    /// assert_eq!(total, 3);
    /// ```
    pub fn shadow<T: Clone + Send + 'static>(
        &self,
        flag: &str,
        context: &Context,
        control: impl FnOnce() -> T,
        candidate: impl FnOnce() -> T + Send + 'static,
        compare: impl FnOnce(&T, &T) -> bool + Send + 'static,
    ) -> T {
        let Some(shadowed) = self.shared().shadowed(flag, context) else {
            return control();
        };
        let (result, took) = timed(control);
        let (served, shared) = (result.clone(), Arc::clone(self.shared()));
        let job = move || {
            let begun = Instant::now();
            let agreed = catch_unwind(AssertUnwindSafe(|| {
                let other = candidate();
                let took = begun.elapsed();
                (compare(&result, &other), took)
            }));
            let (agreed, candidate) = agreed.unwrap_or((false, begun.elapsed()));
            shared.compared(&shadowed, agreed, (took, candidate));
        };
        if !self.shared().aside.run(Box::new(job)) {
            self.shared().metrics.shadows_dropped.one();
        }
        served
    }

    /// The same for what is awaited. `candidate` runs in a task of its own, beside up to 64 others;
    /// one that takes more than 30 seconds is given up, and differs. To be called within a runtime
    /// of tokio.
    pub async fn shadow_async<T: Clone + Send + 'static>(
        &self,
        flag: &str,
        context: &Context,
        control: impl Future<Output = T>,
        candidate: impl Future<Output = T> + Send + 'static,
        compare: impl FnOnce(&T, &T) -> bool + Send + 'static,
    ) -> T {
        let Some(shadowed) = self.shared().shadowed(flag, context) else {
            return control.await;
        };
        let begun = Instant::now();
        let result = control.await;
        let took = begun.elapsed();
        let shared = Arc::clone(self.shared());
        let Some(place) = shared.aside.place() else {
            shared.metrics.shadows_dropped.one();
            return result;
        };
        let served = result.clone();
        tokio::spawn(async move {
            let begun = Instant::now();
            // In a task of its own, whose panic is an error here.
            let other = tokio::spawn(tokio::time::timeout(LONGEST, candidate)).await;
            let candidate = begun.elapsed();
            let agreed = match other {
                Ok(Ok(other)) => {
                    catch_unwind(AssertUnwindSafe(|| compare(&result, &other))).unwrap_or(false)
                }
                Ok(Err(_)) | Err(_) => false,
            };
            shared.compared(&shadowed, agreed, (took, candidate));
            drop(place);
        });
        served
    }
}

fn timed<T>(job: impl FnOnce() -> T) -> (T, Duration) {
    let begun = Instant::now();
    let result = job();
    (result, begun.elapsed())
}

impl Shared {
    /// Whether results for a unit are to be compared, and for which releases.
    pub(crate) fn shadowed(&self, flag: &str, context: &Context) -> Option<Shadowed> {
        if !self.evidence.is_live() {
            return None;
        }
        let ruleset = self.ruleset()?;
        self.evidence.shadowed(&ruleset, flag, context)
    }

    /// Counts a comparison.
    fn compared(&self, shadowed: &Shadowed, agreed: bool, took: (Duration, Duration)) {
        shadowed.count(Compared {
            agreed,
            control: took.0,
            candidate: took.1,
        });
    }
}

#[cfg(test)]
mod tests;
