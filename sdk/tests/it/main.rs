//! The SDK against a server that does as each test says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod changes;
mod getters;
mod lifecycle;
mod ruleset;
mod server;
mod stream;
mod telemetry;
mod tls;
mod trouble;
