//! Counting evaluations, and delivering the counts.

mod batch;
mod counters;
mod delivery;

pub(crate) use counters::Counters;
pub(crate) use delivery::{Delivery, Timing};
