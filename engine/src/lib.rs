//! Serin's engine: the flag model, its evaluation and the canary state machine.
//!
//! Everything here is a pure function of its arguments. There is no clock, no
//! randomness, no I/O and no async, so that the server, the SDK, the relay, the
//! command line and the browser decide alike. `docs/evaluation.md` is the
//! specification.
//!
//! A [`ruleset::Document`] is compiled into a [`ruleset::Ruleset`] once, which then
//! evaluates flags for a [`context::Context`]. [`flag`], [`segment`] and
//! [`condition`] are the model that people write; [`validate`] checks it with the place of
//! each mistake, and [`allocation`] turns weights into slots. [`explain`] says why a flag
//! serves what it serves, and [`impact`] whom an edit would move. [`release`] steps
//! canary releases.

#![warn(missing_docs)]

pub mod allocation;
pub mod attribute;
pub mod condition;
pub mod context;
pub mod evaluation;
pub mod explain;
pub mod flag;
pub mod impact;
pub mod json;
pub mod key;
pub mod pattern;
pub mod release;
pub mod request;
pub mod ruleset;
pub mod segment;
pub mod slots;
pub mod validate;

mod compile;
mod evaluate;
mod fold;
mod graph;
mod hash;
mod instant;
mod matcher;
mod network;
mod plan;
mod version;

// So that tests can share files with crates that know the engine by its name.
#[cfg(test)]
extern crate self as serin_engine;

#[cfg(test)]
mod tests;
