//! Documents, between people and evaluators: their shapes and limits, what they name, and
//! what a ruleset says of them.
//!
//! The server checks and translates what it is sent with this crate, and so does the
//! browser's engine while somebody types: both say the same of the same document. What a
//! document *means* is checked by [`serin_engine::validate`].
//!
//! Everything here is a pure function of its arguments.

#![warn(missing_docs)]

pub mod entry;
pub mod members;
pub mod references;
pub mod schema;
pub mod shares;
pub mod value_schema;
pub mod zeros;
