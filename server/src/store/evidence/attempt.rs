//! Rows, which it may be that this version cannot read.

use super::{Name, Stored};
use crate::store::Error;

/// A row whose counts cannot be read, as those of another version of Serin. It stays as it is: whoever
/// can may read it again.
#[derive(Debug)]
pub struct Unreadable {
    /// What it is known by.
    pub name: Name,
    /// Why.
    pub error: Error,
}

/// A row, which it may be that this version cannot read. Then it is none of anybody's evidence, and
/// keeps out nobody else's.
pub type Attempt = Result<Stored, Unreadable>;

/// What a row is known by, read or not.
pub fn name(row: &Attempt) -> &Name {
    match row {
        Ok(stored) => &stored.name,
        Err(unread) => &unread.name,
    }
}

/// Those that can be read, and the others.
pub fn sorted(rows: Vec<Attempt>) -> (Vec<Stored>, Vec<Unreadable>) {
    let (mut read, mut unread) = (Vec::with_capacity(rows.len()), Vec::new());
    for row in rows {
        match row {
            Ok(stored) => read.push(stored),
            Err(row) => unread.push(row),
        }
    }
    (read, unread)
}
