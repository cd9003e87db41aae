//! All SQL: one portable text a query, checked by type against both databases.
//!
//! [`Db`] holds the pools, [`Tx`] a transaction. Every query is a function that takes
//! a `&mut Tx`, also one that only reads: what is read in one transaction fits
//! together. The macro `on!` expands a query once for each database.

pub mod audit;
pub mod change_set;
pub mod context;
mod db;
pub mod delivery;
pub mod entity;
pub mod environment;
mod error;
pub mod evidence;
pub mod idempotency;
pub mod instance;
pub mod judge;
pub mod key;
pub mod lease;
mod migrations;
pub mod project;
pub mod release;
pub mod revision;
mod script;
pub mod session;
pub mod source;
pub mod token;
mod tx;
pub mod usage;
pub mod user;
mod values;
pub mod webhook;

pub use db::{Db, Listener};
pub use error::Error;
pub use script::Script;
pub use tx::{Glance, Tx};
pub(crate) use tx::{on, run};

/// What a store function answers.
pub type Result<T> = std::result::Result<T, Error>;

/// Numbers are `BIGINT` in the database, and never negative there.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or_default()
}

/// The other way; what does not fit could never have come from the database.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
