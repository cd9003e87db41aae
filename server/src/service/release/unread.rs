//! Releases that were left out: of lists, of evidence, or of what sources are asked, since they or what
//! belongs to them cannot be read.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use uuid::Uuid;

use crate::store::release::Unreadable;

/// Those that were logged, and at which epoch: once is enough, however often they are come across.
#[derive(Debug, Default)]
pub struct Unread(Mutex<HashMap<Uuid, u64>>);

impl Unread {
    /// Logs those that are new.
    pub(crate) fn note<'r>(&self, unreadable: impl IntoIterator<Item = &'r Unreadable>) {
        for row in self.unheard_of(unreadable) {
            let Unreadable {
                release_id, error, ..
            } = row;
            tracing::warn!(release.id = %release_id, %error, "left out a release that cannot be read");
        }
    }

    /// Those that were not logged yet, and are from now on.
    fn unheard_of<'r>(
        &self,
        unreadable: impl IntoIterator<Item = &'r Unreadable>,
    ) -> Vec<&'r Unreadable> {
        let mut rows = unreadable.into_iter().peekable();
        if rows.peek().is_none() {
            return Vec::new();
        }
        let mut noted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        rows.filter(|row| noted.insert(row.release_id, row.epoch) != Some(row.epoch))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Error;

    #[test]
    fn each_is_told_once_at_each_epoch() {
        let row = |id, epoch| Unreadable {
            release_id: Uuid::from_u128(id),
            epoch,
            error: Error::Inconsistent {
                table: "releases",
                what: "odd".to_owned(),
            },
        };
        let unread = Unread::default();
        let new = |rows: &[Unreadable]| unread.unheard_of(rows).len();
        assert_eq!(new(&[row(1, 0), row(2, 0)]), 2);
        assert_eq!(new(&[row(1, 0), row(2, 0), row(3, 0)]), 1);
        assert_eq!(new(&[row(1, 1), row(2, 0)]), 1);
        assert_eq!(new(&[]), 0);
    }
}
