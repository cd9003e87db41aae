//! Everything that runs against the application as a whole, in one binary: it links
//! once. Each test of the store and the services runs on SQLite and on PostgreSQL.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod audit;
mod cli;
mod credentials;
mod demo;
mod door;
mod dry_run;
mod harness;
mod http;
mod instances;
mod migrations;
mod projects;
mod publishing;
mod refusals;
mod relay;
mod release;
mod serve;
mod usage;
mod value_schemas;
mod web;
mod webhook;
mod writer;
