//! Server-sent events as bytes.

use bytes::Bytes;

/// One event. The data must be a single line; JSON without white space is.
pub(crate) fn event(name: &str, id: u64, data: &str) -> Bytes {
    Bytes::from(format!("event: {name}\nid: {id}\ndata: {data}\n\n"))
}
