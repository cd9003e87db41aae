//! Some of the contexts that flags are evaluated for, where the program asks for it.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError, TryLockError};

use serde_json::Value;
use serin_engine::attribute::{AttributeRef, InvalidAttributeRef};
use serin_engine::context::Context;

/// How many contexts a batch brings at most.
const ROOM: usize = 20;
/// The longest that is sent, in bytes of JSON: what the server takes.
const LONGEST: usize = 4096;
/// A busy thread offers one context in so many at the least.
const LONGEST_STRIDE: u32 = 1024;

/// What of the contexts is sent, where sampling is on.
///
/// By default all attributes are. Contexts are about people: take out what identifies
/// them and is in no rule.
#[derive(Clone, Debug, Default)]
pub struct ContextSampling {
    redacted: Vec<AttributeRef>,
}

impl ContextSampling {
    /// Sends contexts whole.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes an attribute out of each context before it leaves the program: a dotted
    /// path such as `user.email`, or a JSON pointer.
    ///
    /// # Errors
    /// Where the reference is none; then nothing may be sent.
    pub fn redact(mut self, attribute: &str) -> Result<Self, InvalidAttributeRef> {
        self.redacted.push(AttributeRef::parse(attribute)?);
        Ok(self)
    }
}

/// Contexts of evaluations since they were last taken: each is as likely to be in it as
/// any other that was offered (reservoir sampling, Vitter's algorithm R).
#[derive(Debug)]
pub(crate) struct Samples {
    sampling: ContextSampling,
    /// How many evaluations a thread passes over between two that it offers: more, the
    /// more there are, so that busy programs pay next to nothing.
    stride: AtomicU32,
    reservoir: Mutex<Reservoir>,
}

#[derive(Debug, Default)]
struct Reservoir {
    offered: u64,
    contexts: Vec<Value>,
}

impl Samples {
    pub(crate) fn new(sampling: ContextSampling) -> Self {
        Self {
            sampling,
            stride: AtomicU32::new(0),
            reservoir: Mutex::default(),
        }
    }

    /// Offers the context of an evaluation. Never waits.
    pub(crate) fn offer(&self, context: &Context) {
        thread_local! {
            static PASS: Cell<u32> = const { Cell::new(0) };
        }
        let pass = PASS.get();
        if pass > 0 {
            PASS.set(pass - 1);
            return;
        }
        PASS.set(self.stride.load(Ordering::Relaxed));
        let mut reservoir = match self.reservoir.try_lock() {
            Ok(reservoir) => reservoir,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            Err(TryLockError::WouldBlock) => return,
        };
        if let Some(place) = reservoir.place()
            && let Some(context) = self.redacted(context)
        {
            reservoir.put(place, context);
        }
        let stride = u32::try_from(reservoir.offered / 64).unwrap_or(LONGEST_STRIDE);
        self.stride
            .store(stride.min(LONGEST_STRIDE), Ordering::Relaxed);
    }

    /// Takes what there is and begins anew.
    pub(crate) fn take(&self) -> Vec<Value> {
        self.stride.store(0, Ordering::Relaxed);
        let mut reservoir = self
            .reservoir
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *reservoir).contexts
    }

    /// What may leave the program; nothing where that is too long.
    fn redacted(&self, context: &Context) -> Option<Value> {
        let mut context = context.as_json().clone();
        for reference in &self.sampling.redacted {
            reference.redact(&mut context);
        }
        (context.to_string().len() <= LONGEST).then_some(context)
    }
}

impl Reservoir {
    /// Where the next context goes, if anywhere.
    fn place(&mut self) -> Option<usize> {
        self.offered += 1;
        if self.contexts.len() < ROOM {
            return Some(self.contexts.len());
        }
        let place = usize::try_from(scramble(self.offered) % self.offered).ok()?;
        (place < ROOM).then_some(place)
    }

    fn put(&mut self, place: usize, context: Value) {
        match self.contexts.get_mut(place) {
            Some(there) => *there = context,
            None => self.contexts.push(context),
        }
    }
}

/// SplitMix64's finalizer: the choice need not be secret, only even.
fn scramble(number: u64) -> u64 {
    let mut x = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[cfg(test)]
mod tests;
