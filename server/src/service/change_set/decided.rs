//! What a change set comes to, before anything of it is written.

use std::{collections::HashMap, sync::Arc};

use serin_api::change::ChangeSet;
use serin_engine::ruleset::Patch;
use uuid::Uuid;

use crate::store::{self, change_set::Touched, entity::Entity};

/// What a change set comes to.
pub(super) struct Decided {
    /// As it is answered.
    pub(super) answer: ChangeSet,
    /// As histories have it; nothing where it changes nothing.
    pub(super) kept: Option<(store::change_set::ChangeSet, Vec<Touched>)>,
    pub(super) entities: Vec<Written>,
    pub(super) revisions: Vec<Made>,
}

/// An entity that is to be written.
#[derive(Clone)]
pub(super) struct Written {
    pub(super) fate: Fate,
    /// As it will be; as it was, where it goes.
    pub(super) row: Arc<Entity>,
}

/// What becomes of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Insert,
    Update {
        /// The version that it has until then.
        from_version: u64,
    },
    Delete,
}

/// A revision of an environment.
pub(super) struct Made {
    pub(super) row: store::revision::New,
    pub(super) patch: Arc<Patch>,
}

/// What becomes of each row by several change sets, one after the other.
pub(super) fn together<'d>(decided: impl IntoIterator<Item = &'d Decided>) -> Vec<Written> {
    let mut places: HashMap<Uuid, usize> = HashMap::new();
    let mut all: Vec<Written> = Vec::new();
    for written in decided.into_iter().flat_map(|decided| &decided.entities) {
        let next = all.len();
        let place = *places.entry(written.row.entity_id).or_insert(next);
        match all.get_mut(place) {
            None => all.push(written.clone()),
            Some(before) => {
                before.fate = after(before.fate, written.fate);
                before.row = Arc::clone(&written.row);
            }
        }
    }
    all
}

/// What two fates of a row come to. A row that is gone does not come back: another of its
/// name has an id of its own.
fn after(first: Fate, second: Fate) -> Fate {
    match (first, second) {
        (_, Fate::Delete) => Fate::Delete,
        (first, Fate::Insert | Fate::Update { .. }) => first,
    }
}
