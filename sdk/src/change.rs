//! Telling the program that flags changed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use serin_engine::ruleset::Ruleset;
use tokio::sync::Notify;

/// Evaluations use another ruleset than before.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Change {
    /// The revision before; absent where this is the first ruleset.
    pub from: Option<u64>,
    /// The revision now. It is below `from` where the server went back, as after a
    /// restored backup.
    pub to: u64,
    /// The keys of the flags that came, went or may be evaluated otherwise.
    pub flags: BTreeSet<String>,
}

impl Change {
    /// Takes up a later change.
    fn merge(&mut self, later: &Self) {
        self.to = later.to;
        self.flags.extend(later.flags.iter().cloned());
    }
}

/// The changes of a client's ruleset, from the moment of [`crate::Client::changes`] on.
///
/// Nothing is lost: changes that come faster than they are taken are merged into one,
/// so that a slow receiver costs no memory beyond the names of the flags.
#[derive(Debug)]
pub struct Changes {
    mailbox: Arc<Mailbox>,
}

impl Changes {
    /// Waits for the next change; `None` after a shutdown, once all are taken.
    ///
    /// Cancel safe: a change is taken only when it is returned.
    pub async fn next(&mut self) -> Option<Change> {
        loop {
            let posted = self.mailbox.posted.notified();
            {
                let mut letter = self.mailbox.letter();
                if let Some(change) = letter.change.take() {
                    return Some(change);
                }
                if letter.closed {
                    return None;
                }
            }
            posted.await;
        }
    }
}

#[derive(Debug, Default)]
struct Mailbox {
    letter: Mutex<Letter>,
    posted: Notify,
}

#[derive(Debug, Default)]
struct Letter {
    change: Option<Change>,
    closed: bool,
}

impl Mailbox {
    fn letter(&self) -> MutexGuard<'_, Letter> {
        self.letter.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Everybody who wants to know of changes.
#[derive(Debug, Default)]
pub(crate) struct Subscribers(Mutex<List>);

#[derive(Debug, Default)]
struct List {
    mailboxes: Vec<Weak<Mailbox>>,
    closed: bool,
}

impl Subscribers {
    pub(crate) fn subscribe(&self) -> Changes {
        let mailbox = Arc::new(Mailbox::default());
        let mut list = self.list();
        if list.closed {
            mailbox.letter().closed = true;
        } else {
            list.mailboxes.push(Arc::downgrade(&mailbox));
        }
        Changes { mailbox }
    }

    pub(crate) fn publish(&self, change: &Change) {
        self.post(|letter| match &mut letter.change {
            Some(earlier) => earlier.merge(change),
            None => letter.change = Some(change.clone()),
        });
    }

    /// No change will come any more.
    pub(crate) fn close(&self) {
        self.post(|letter| letter.closed = true);
        let mut list = self.list();
        list.closed = true;
        list.mailboxes.clear();
    }

    fn post(&self, mut write: impl FnMut(&mut Letter)) {
        self.list().mailboxes.retain(|mailbox| {
            let Some(mailbox) = mailbox.upgrade() else {
                return false;
            };
            write(&mut mailbox.letter());
            mailbox.posted.notify_one();
            true
        });
    }

    fn list(&self) -> MutexGuard<'_, List> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The flags that came, went or changed from one ruleset to another.
pub(crate) fn between(before: Option<&Ruleset>, now: &Ruleset) -> BTreeSet<String> {
    match before {
        Some(before) => now.changed_since(before),
        None => now.flags().map(|flag| flag.key.to_owned()).collect(),
    }
}

#[cfg(test)]
mod tests;
