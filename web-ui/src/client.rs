//! The only code that fetches: JSON over the public API, typed by [`serin_api`].
//!
//! The session is a cookie that scripts cannot read. Writes carry its CSRF token, which
//! lives in memory alone; a token that went stale is renewed once, unseen.

mod audit;
mod entities;
mod fetch;
mod metrics;
mod releases;
mod segments;
mod session;
mod settings;
mod upgrade;
mod webhooks;

pub(crate) use audit::*;
pub(crate) use entities::*;
pub(crate) use fetch::{
    all_pages, delete, failed, get, is_own_change, on_signed_out, patch, post, put,
};
pub(crate) use metrics::*;
pub(crate) use releases::*;
pub(crate) use segments::*;
pub(crate) use session::{session, sign_in, sign_out};
pub(crate) use settings::*;
pub(crate) use upgrade::outdated;
pub(crate) use webhooks::*;

/// What every call answers with where it fails.
pub(crate) type Error = serin_api::error::Error;

/// The code of an [`Error`] that never reached the server.
pub(crate) const UNREACHABLE: &str = "unreachable";
