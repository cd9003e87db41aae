//! What a flag or segment names: read off the names alone, whether or not the rest can
//! be read, because cycles are.

use super::Directory;
use crate::json::{Elements, Node as Json};
use crate::plan::Dependency;

/// Names in the order of the document, and how deep the conditions nest.
pub(super) type Found = (Box<[Dependency]>, u32);

pub(super) fn of_flag(json: Json<'_>, directory: &mut Directory) -> Found {
    let mut walk = Walk::new(directory);
    for prerequisite in list(json, "prerequisites") {
        walk.flag(prerequisite);
    }
    walk.rules(json);
    walk.found()
}

pub(super) fn of_segment(json: Json<'_>, directory: &mut Directory) -> Found {
    let mut walk = Walk::new(directory);
    walk.rules(json);
    walk.found()
}

struct Walk<'d, 'j> {
    directory: &'d mut Directory,
    /// Conditions that are still to be looked at, and how deep they are.
    open: Vec<(Json<'j>, u32)>,
    names: Vec<Dependency>,
    nesting: u32,
}

impl<'d, 'j> Walk<'d, 'j> {
    fn new(directory: &'d mut Directory) -> Self {
        Self {
            directory,
            open: Vec::new(),
            names: Vec::new(),
            nesting: 0,
        }
    }

    fn found(self) -> Found {
        (self.names.into(), self.nesting)
    }

    fn rules(&mut self, json: Json<'j>) {
        for rule in list(json, "rules") {
            if let Some(condition) = rule.get("when") {
                self.condition(condition);
            }
        }
    }

    /// Without recursion: documents made in memory nest as deep as they like.
    fn condition(&mut self, condition: Json<'j>) {
        self.open.push((condition, 1));
        while let Some((condition, depth)) = self.open.pop() {
            self.nesting = self.nesting.max(depth);
            let (mut flag, mut segment, mut parts) = (None, None, [None; 3]);
            for (name, value) in condition.members().into_iter().flatten() {
                match name {
                    "flag" => flag = value.as_str(),
                    "segment" => segment = value.as_str(),
                    "not" => parts[0] = Some(value),
                    "any" => parts[1] = Some(value),
                    "all" => parts[2] = Some(value),
                    _ => {}
                }
            }
            self.named(flag, segment);
            let deeper = depth.saturating_add(1);
            let [not, any, all] = parts;
            // Last in, first out: pushed backwards.
            self.open.extend(not.map(|part| (part, deeper)));
            for parts in [any, all] {
                let first = self.open.len();
                let parts = parts.and_then(Json::elements).unwrap_or_default();
                self.open.extend(parts.map(|part| (part, deeper)));
                self.open[first..].reverse();
            }
        }
    }

    fn flag(&mut self, json: Json<'j>) {
        self.named(json.get("flag").and_then(Json::as_str), None);
    }

    fn named(&mut self, flag: Option<&str>, segment: Option<&str>) {
        if let Some(name) = flag {
            let flag = self.directory.flag(name);
            self.names.push(Dependency::Flag(flag));
        }
        if let Some(name) = segment {
            let segment = self.directory.segment(name);
            self.names.push(Dependency::Segment(segment));
        }
    }
}

fn list<'j>(json: Json<'j>, name: &str) -> Elements<'j> {
    json.get(name).and_then(Json::elements).unwrap_or_default()
}
