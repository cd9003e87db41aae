//! Canary releases: the document that people write, the state that it is in, and
//! the pure machine that moves it.
//!
//! A release moves one serve site of one flag from a baseline variation to a
//! candidate, stage by stage. [`step`] decides every move from what it is given: it
//! knows no clock and no database, so that a week of a release is a loop in a test.
//! The server's runner feeds it and puts into force what it decides.

pub mod evidence;
pub mod judge;
pub mod thresholds;

mod document;
mod metric;
mod observation;
mod policy;
mod serve;
mod signal;
mod span;
mod state;
mod step;
mod then;
mod validate;
mod watch;
mod windows;

#[cfg(test)]
mod tests;

pub use document::{Approval, Approver, Document, Shadow, Site, Stage, Template};
pub use metric::{
    Metric, MetricKind, Placeholder, Places, Prometheus, Source, placeholders, render,
    validate_metric,
};
pub use observation::Observation;
pub use policy::{
    Action, Direction, Guard, MAX_GUARDS, Margin, MetricGuard, OnInconclusive, Policy, SloGuard,
    Test, validate_guards, validate_policy,
};
pub use serve::{Owner, divided_at, remove_rules, serve_stage, settle_rules, share_serve};
pub use signal::Signal;
pub use span::{InvalidSpan, Span};
pub use state::{Blocked, Hold, Phase, Position, State, retries};
pub use step::{Because, Effect, Refused, Transition, actions, is_watched, remaining, step};
pub use then::{Start, Then};
pub use validate::{MAX_STAGES, Plan, ready, validate, validate_plan};
pub use watch::Watch;
pub use windows::{Freeze, InvalidPeriod, InvalidWallTime, Period, Wall, WallTime, Windows};
