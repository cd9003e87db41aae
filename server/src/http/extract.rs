//! What handlers take from a request: who asks, with what, under which condition.

pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod credential;
pub(crate) mod idempotency;
pub(crate) mod query;
pub(crate) mod reason;
