//! Making, changing and removing what a project has, in dialogs: segments, metrics, templates.

mod delete;
mod form;
mod key;
mod new_link;

use serin_api::change::{Change, NewChangeSet};

pub(crate) use delete::{DeleteBody, Doomed};
pub(crate) use form::EntityForm;
pub(crate) use key::{KeyField, KeyOf};
pub(crate) use new_link::NewLink;

/// One change of a project, alone.
pub(crate) fn alone(project: String, change: Change) -> NewChangeSet {
    NewChangeSet {
        project,
        reason: None,
        changes: vec![change],
        dry_run: false,
    }
}
