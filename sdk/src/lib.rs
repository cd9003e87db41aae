//! Serin's Rust SDK: streams the ruleset of one environment and decides flags locally.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use serin_sdk::{Client, Context};
//!
//! let client = Client::builder("https://flags.example.com", "srv_…").build()?;
//! client.ready().await?;
//!
//! let context = Context::new("user-1").with("country", "DE");
//! if client.bool("new-checkout", &context, false) {
//!     // …
//! }
//! client.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! One background task follows the server's stream. Each ruleset is compiled when it
//! arrives and swapped in whole, so that an evaluation reads one consistent ruleset,
//! takes no lock that another thread holds, does no I/O, never waits and never fails:
//! whatever is wrong, it serves the caller's default and the detail variant says why.
//! While the server is away evaluation goes on from the last ruleset.
//!
//! The parts: `sse` turns bytes into events and `protocol` turns events into rulesets,
//! both without I/O ([`sse`] is public for those who follow a server's stream themselves,
//! as its relay does); `connection` is the transport around them, over the addresses of
//! `endpoints`; `cache` keeps a copy on the disk; `telemetry` counts evaluations and
//! delivers the counts; `evidence` counts for the releases that live; [`traces`] has the
//! names that evaluations have in OpenTelemetry. [`TestData`] takes the server's place in tests.

#![warn(missing_docs)]

mod backoff;
mod bootstrap;
mod builder;
mod cache;
mod change;
mod client;
mod clock;
mod connection;
mod current;
mod detail;
mod endpoints;
mod evidence;
mod metrics;
#[cfg(feature = "openfeature")]
pub mod openfeature;
mod protocol;
mod shadow;
mod shared;
mod snapshot;
pub mod sse;
mod status;
mod task;
mod telemetry;
mod test_data;
mod tls;
pub mod traces;
mod typed;

pub use bootstrap::BootstrapError;
pub use builder::{BuildError, ClientBuilder};
pub use change::{Change, Changes};
pub use client::{Client, NotReady};
pub use detail::{Detail, DetailError, ErrorCode};
pub use metrics::Metrics;
pub use serin_engine::attribute::InvalidAttributeRef;
pub use serin_engine::context::{Context, ContextError, PreparedContext};
pub use serin_engine::evaluation::{Evaluation, Reason};
pub use serin_engine::flag::FlagType;
pub use serin_engine::ruleset::{Document, RulesetError};
pub use snapshot::{FlagInfo, Snapshot};
pub use status::{LastError, Mode, Problem, Source, Status};
pub use telemetry::ContextSampling;
pub use test_data::TestData;
