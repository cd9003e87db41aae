//! The SDK against a server that does as each test says.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod beginning;
mod blockade;
mod cache;
mod changes;
mod endpoints;
mod getters;
mod hostile;
mod lifecycle;
mod openfeature;
mod ruleset;
mod server;
mod standing;
mod stream;
mod telemetry;
mod test_data;
mod tls;
mod trouble;
