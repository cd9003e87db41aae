//! Counting evaluations, sampling contexts where that is asked for, and delivering both.

mod batch;
mod counters;
mod delivery;
mod samples;

pub(crate) use counters::Counters;
pub(crate) use delivery::{Delivery, Timing};
pub use samples::ContextSampling;
pub(crate) use samples::Samples;
