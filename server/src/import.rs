//! Translating other systems' flag files: pure, from text to documents and a report.
//!
//! What has no exact native form is refused by name, never approximated: a team that
//! migrates must be able to trust that nobody's flag changes on the day.

pub mod changes;
pub mod flagd;

pub use changes::{Placement, changes};
