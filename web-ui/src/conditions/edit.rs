//! What can be done to a condition.

use super::draft::{Id, Kind, Part};

/// Where a part is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its group.
    pub(crate) group: Id,
    /// Its position in the group.
    pub(crate) index: usize,
}

/// Towards where a part moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// Before what is above it; out of its group where nothing is.
    Up,
    /// Behind what is below it; out of its group where nothing is.
    Down,
    /// Into a group of its own.
    In,
    /// Behind its group.
    Out,
}

impl Part {
    /// The part, here or below.
    pub(crate) fn find(&self, id: Id) -> Option<&Self> {
        if self.id == id {
            return Some(self);
        }
        self.parts.iter().find_map(|part| part.find(id))
    }

    /// The part, to be changed.
    pub(crate) fn find_mut(&mut self, id: Id) -> Option<&mut Self> {
        if self.id == id {
            return Some(self);
        }
        self.parts.iter_mut().find_map(|part| part.find_mut(id))
    }

    /// Where a part is; the root is nowhere.
    pub(crate) fn place(&self, id: Id) -> Option<Place> {
        if let Some(index) = self.parts.iter().position(|part| part.id == id) {
            let group = self.id;
            return Some(Place { group, index });
        }
        self.parts.iter().find_map(|part| part.place(id))
    }

    /// The JSON pointer of a part's own members, behind its negations; `at` is the root's.
    pub(crate) fn pointer(&self, id: Id, at: &str) -> Option<String> {
        let at = format!("{at}{}", "/not".repeat(self.nots.len()));
        if self.id == id {
            return Some(at);
        }
        let list = if self.kind == Kind::Any { "any" } else { "all" };
        let mut parts = self.parts.iter().enumerate();
        parts.find_map(|(index, part)| part.pointer(id, &format!("{at}/{list}/{index}")))
    }

    /// How many leaves are in it.
    pub(crate) fn leaves(&self) -> usize {
        if self.is_group() {
            self.parts.iter().map(Self::leaves).sum()
        } else {
            1
        }
    }
}

/// Adds a part to a group; a lone leaf and it become a group of which all hold.
pub(crate) fn add(root: &mut Part, group: Id, part: Part) {
    let Some(found) = root.find_mut(group) else {
        return;
    };
    if found.is_group() {
        found.parts.push(part);
    } else {
        wrap(root, group, Kind::All);
        if let Some(place) = root.place(group) {
            insert(root, place.group, place.index + 1, part);
        }
    }
}

fn insert(root: &mut Part, group: Id, index: usize, part: Part) {
    if let Some(group) = root.find_mut(group) {
        let index = index.min(group.parts.len());
        group.parts.insert(index, part);
    }
}

/// Puts a part into a new group.
pub(crate) fn wrap(root: &mut Part, id: Id, kind: Kind) {
    if let Some(part) = root.find_mut(id) {
        let group = Part::group(kind, Vec::new());
        let inner = std::mem::replace(part, group);
        part.parts.push(inner);
    }
}

/// Whether a group's parts can take its place.
pub(crate) fn can_unwrap(root: &Part, id: Id) -> bool {
    let alone = |part: &Part| part.parts.len() == 1;
    root.find(id).is_some_and(|part| {
        part.is_group() && (alone(part) || root.id != id && part.nots.is_empty())
    })
}

/// Puts a group's parts in its place. A negation stays with the one part that is left.
pub(crate) fn unwrap(root: &mut Part, id: Id) {
    if !can_unwrap(root, id) {
        return;
    }
    let Some(group) = root.find_mut(id) else {
        return;
    };
    if group.parts.len() == 1 {
        let mut inner = group.parts.remove(0);
        inner.nots.splice(0..0, group.nots.drain(..));
        *group = inner;
    } else if let Some(place) = root.place(id) {
        let Some(around) = root.find_mut(place.group) else {
            return;
        };
        let parts = around.parts.remove(place.index).parts;
        around.parts.splice(place.index..place.index, parts);
    }
}

/// Takes a part out; without any, the condition always holds. A group of which all hold
/// and one is left becomes that one, where it is the whole condition.
pub(crate) fn remove(root: &mut Part, id: Id) -> Option<Part> {
    let Some(place) = root.place(id) else {
        return (root.id == id)
            .then(|| std::mem::replace(root, Part::group(Kind::All, Vec::new())));
    };
    let part = take(root, place)?;
    let lone = root.kind == Kind::All && root.members.is_empty() && root.parts.len() == 1;
    if lone {
        let root_id = root.id;
        unwrap(root, root_id);
    }
    Some(part)
}

/// Takes a part out, and its group too where that is empty then: an empty group would
/// say something of its own.
fn take(root: &mut Part, place: Place) -> Option<Part> {
    let group = root.find_mut(place.group)?;
    if place.index >= group.parts.len() {
        return None;
    }
    let part = group.parts.remove(place.index);
    let hollow = group.parts.is_empty() && group.members.is_empty();
    if hollow && let Some(around) = root.place(place.group) {
        take(root, around);
    }
    Some(part)
}

/// The same part again, behind it.
pub(crate) fn duplicate(root: &mut Part, id: Id) -> Option<Id> {
    let copy = root.find(id)?.copied();
    let fresh = copy.id;
    match root.place(id) {
        Some(place) => insert(root, place.group, place.index + 1, copy),
        None => {
            wrap(root, id, Kind::All);
            root.parts.push(copy);
        }
    }
    Some(fresh)
}

/// Moves a part; whether it went anywhere.
pub(crate) fn shift(root: &mut Part, id: Id, way: Way) -> bool {
    let Some(Place { group, index }) = root.place(id) else {
        return false;
    };
    match way {
        Way::Up | Way::Down => step(root, Place { group, index }, way == Way::Up),
        Way::Out => leave(root, Place { group, index }, 1),
        Way::In => {
            let other = match root.find(group).map(|group| &group.kind) {
                Some(Kind::Any) => Kind::All,
                _ => Kind::Any,
            };
            wrap(root, id, other);
            true
        }
    }
}

/// One place up or down: past a leaf, into a group, or out of its own.
fn step(root: &mut Part, place: Place, up: bool) -> bool {
    let Some(group) = root.find_mut(place.group) else {
        return false;
    };
    let beside = if up {
        place.index.checked_sub(1)
    } else {
        Some(place.index + 1).filter(|next| *next < group.parts.len())
    };
    let Some(beside) = beside else {
        return leave(root, place, usize::from(!up));
    };
    if !group.parts[beside].is_group() {
        group.parts.swap(place.index, beside);
        return true;
    }
    let into = group.parts[beside].id;
    let end = if up { usize::MAX } else { 0 };
    if let Some(part) = take(root, place) {
        insert(root, into, end, part);
    }
    true
}

/// Out of its group: before it (0) or behind it (1); a group that is left empty goes.
fn leave(root: &mut Part, place: Place, behind: usize) -> bool {
    let Some(around) = root.place(place.group) else {
        return false;
    };
    let Some(group) = root.find_mut(place.group) else {
        return false;
    };
    let part = group.parts.remove(place.index);
    let hollow = group.parts.is_empty() && group.members.is_empty();
    if let Some(around_it) = root.find_mut(around.group) {
        if hollow {
            around_it.parts[around.index] = part;
        } else {
            around_it.parts.insert(around.index + behind, part);
        }
    }
    true
}
