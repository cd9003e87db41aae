//! Use cases: who may do what, and what it does. Plain types in and out; nothing
//! here knows of HTTP, and all SQL is in [`crate::store`].

pub mod access;
pub mod audit;
pub mod change_set;
pub(crate) mod document;
pub mod entity;
pub mod environment;
mod error;
pub mod evidence;
mod fields;
pub mod flag;
pub mod idempotency;
pub mod key;
pub mod manifest;
pub mod member;
pub mod metric;
mod offload;
mod page;
mod password;
pub mod preview;
pub mod project;
pub mod release;
pub mod segment;
pub mod session;
pub mod template;
pub mod token;
pub mod usage;
pub mod user;
pub mod uses;
pub mod webhook;
pub mod writer;

pub use error::{Error, Result, Use};
pub use page::Paging;

use uuid::Uuid;

/// Who acts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// Shown in histories and in the audit log.
    pub username: String,
    /// May do everything everywhere.
    pub admin: bool,
    /// Nil for the system.
    pub user_id: Uuid,
}

impl Actor {
    /// Serin itself: `release:ID`, `import`, `serin`.
    pub fn system(name: impl Into<String>) -> Self {
        Self {
            username: name.into(),
            admin: true,
            user_id: Uuid::nil(),
        }
    }
}
