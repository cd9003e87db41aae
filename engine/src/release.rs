//! Canary releases: the document that people write, the state that it is in, and
//! the pure machine that moves it.
//!
//! A release moves one serve site of one flag from a baseline variation to a
//! candidate, stage by stage. [`step`] decides every move from what it is given: it
//! knows no clock and no database, so that a week of a release is a loop in a test.
//! The server's runner feeds it and puts into force what it decides.

pub mod evidence;
pub mod judge;

mod document;
mod policy;
mod serve;
mod span;
mod state;
mod step;
mod validate;

#[cfg(test)]
mod tests;

pub use document::{Document, Site, Stage, Template};
pub use policy::{
    Action, Direction, Guard, MAX_GUARDS, Margin, MetricGuard, OnInconclusive, Policy, SloGuard,
    Test, validate_guards, validate_policy,
};
pub use serve::share_serve;
pub use span::{InvalidSpan, Span};
pub use state::{Phase, Position, Signal, State};
pub use step::{Effect, Observation, Refused, Transition, actions, remaining, step};
pub use validate::{MAX_STAGES, ready, validate, validate_stages};
