//! What was left out since it cannot be read: releases (of lists, of evidence, or of what sources are
//! asked), and windows of evidence.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use crate::store::{
    evidence::{self, Name},
    release::Unreadable,
};

/// How many windows are remembered.
const WINDOWS: usize = 100_000;

/// What was logged: once is enough, however often it is come across.
#[derive(Debug, Default)]
pub struct Unread {
    /// Releases, and at which epoch.
    releases: Mutex<HashMap<Uuid, u64>>,
    windows: Mutex<Windows>,
}

/// Each counts once; of each release one is logged.
#[derive(Debug, Default)]
struct Windows {
    known: HashSet<Name>,
    logged: HashSet<Uuid>,
    count: u64,
}

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

    /// Counts windows that are new, and logs one of each release.
    pub(crate) fn note_windows(&self, unreadable: &[evidence::Unreadable]) {
        for row in self.unheard_of_windows(unreadable) {
            let evidence::Unreadable { name, error } = row;
            tracing::warn!(
                release.id = %name.release_id, at = %name.at, %error,
                "left out a window of evidence that cannot be read; others of this release are counted and not logged"
            );
        }
    }

    /// How many windows there were.
    pub(crate) fn windows(&self) -> u64 {
        lock(&self.windows).count
    }

    /// The first of each release, at its first time.
    fn unheard_of_windows<'r>(
        &self,
        unreadable: &'r [evidence::Unreadable],
    ) -> Vec<&'r evidence::Unreadable> {
        if unreadable.is_empty() {
            return Vec::new();
        }
        let mut noted = lock(&self.windows);
        let mut new = Vec::new();
        for row in unreadable {
            if noted.known.len() >= WINDOWS {
                noted.known.clear();
            }
            if noted.known.insert(row.name.clone()) {
                noted.count += 1;
                if noted.logged.insert(row.name.release_id) {
                    new.push(row);
                }
            }
        }
        new
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
        let mut noted = lock(&self.releases);
        rows.filter(|row| noted.insert(row.release_id, row.epoch) != Some(row.epoch))
            .collect()
    }
}

fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
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
    #[test]
    fn each_window_counts_once_and_one_of_a_release_is_logged() {
        let row = |id, second| evidence::Unreadable {
            name: Name {
                release_id: Uuid::from_u128(id),
                seconds: 10,
                at: chrono::DateTime::from_timestamp(second, 0).unwrap(),
                stage: 0,
            },
            error: Error::Inconsistent {
                table: "release_windows",
                what: "odd".to_owned(),
            },
        };
        let unread = Unread::default();
        let new = |rows: &[evidence::Unreadable]| unread.unheard_of_windows(rows).len();
        assert_eq!(new(&[row(1, 0), row(1, 10), row(2, 0)]), 2);
        assert_eq!(unread.windows(), 3);
        assert_eq!(new(&[row(1, 0), row(1, 20), row(3, 0)]), 1);
        assert_eq!(unread.windows(), 5);
    }
}
