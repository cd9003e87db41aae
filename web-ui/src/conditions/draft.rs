//! A condition's document as a tree whose parts can be told apart.
//!
//! A part keeps the members of its document as they are and looks into them, so that what
//! this page does not know goes through an edit unchanged.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::{Map, Value};
use serin_engine::{
    condition::{Condition, Operator},
    json::read,
};

use super::operator;

/// Tells a part from the others for as long as the page lives.
pub(crate) type Id = u32;

/// What a part says.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// A group of which all hold.
    All,
    /// A group of which any holds.
    Any,
    /// An attribute, compared.
    Attribute(Operator),
    /// Membership of a segment.
    Segment,
    /// What another flag serves.
    Flag,
    /// A percentage.
    Share,
    /// Something that this page does not know; it stays as it is.
    Other(Value),
}

/// A part of a condition: a leaf, or a group of parts.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) id: Id,
    pub(crate) kind: Kind,
    /// The negations around it, outermost first, each with what stands beside its `not`.
    pub(super) nots: Vec<Map<String, Value>>,
    /// Its members, but for the list of a group.
    pub(super) members: Map<String, Value>,
    /// What a group joins.
    pub(crate) parts: Vec<Self>,
    /// The values of an operator that takes none, for when one that does is chosen again.
    shelved: Vec<Value>,
}

impl Part {
    /// Takes a document apart.
    pub(crate) fn of(document: &Value) -> Self {
        let mut document = document.clone();
        let mut nots = Vec::new();
        loop {
            match document {
                Value::Object(mut members) if kind_name(&members) == Some("not") => {
                    document = members.remove("not").unwrap_or_default();
                    nots.push(members);
                }
                document => return Self::without_nots(document, nots),
            }
        }
    }

    fn without_nots(document: Value, nots: Vec<Map<String, Value>>) -> Self {
        let Some((kind, mut members)) = known(&document) else {
            return Self::new(Kind::Other(document), nots, Map::new());
        };
        let list = match kind {
            Kind::All => members.remove("all"),
            Kind::Any => members.remove("any"),
            _ => None,
        };
        let mut part = Self::new(kind, nots, members);
        if let Some(Value::Array(list)) = list {
            part.parts = list.iter().map(Self::of).collect();
        }
        part
    }

    fn new(kind: Kind, nots: Vec<Map<String, Value>>, members: Map<String, Value>) -> Self {
        Self {
            id: fresh_id(),
            kind,
            nots,
            members,
            parts: Vec::new(),
            shelved: Vec::new(),
        }
    }

    fn with_members<const N: usize>(kind: Kind, members: [(&str, Value); N]) -> Self {
        let mut map = Map::new();
        for (name, value) in members {
            map.insert(name.to_owned(), value);
        }
        Self::new(kind, Vec::new(), map)
    }

    /// A comparison to be filled in.
    pub(crate) fn attribute() -> Self {
        let members = [
            ("attribute", Value::from("")),
            ("op", Value::from(Operator::In.as_str())),
            ("values", Value::Array(Vec::new())),
        ];
        Self::with_members(Kind::Attribute(Operator::In), members)
    }

    /// A segment to be chosen.
    pub(crate) fn segment() -> Self {
        Self::with_members(Kind::Segment, [("segment", Value::from(""))])
    }

    /// A flag to be chosen.
    pub(crate) fn flag() -> Self {
        let members = [
            ("flag", Value::from("")),
            ("variations", Value::Array(Vec::new())),
        ];
        Self::with_members(Kind::Flag, members)
    }

    /// Half of all units, independently of everything else.
    pub(crate) fn share() -> Self {
        let mut share = Map::new();
        share.insert("slots".to_owned(), Value::from(50_000));
        share.insert("salt".to_owned(), Value::from(fresh_name("share", &[])));
        Self::with_members(Kind::Share, [("share", Value::Object(share))])
    }

    /// A group.
    pub(crate) fn group(kind: Kind, parts: Vec<Self>) -> Self {
        let mut group = Self::new(kind, Vec::new(), Map::new());
        group.parts = parts;
        group
    }

    /// The document.
    pub(crate) fn document(&self) -> Value {
        let mut members = self.members.clone();
        let mut list = |name: &str| {
            let parts = self.parts.iter().map(Self::document).collect();
            members.insert(name.to_owned(), Value::Array(parts));
        };
        match &self.kind {
            Kind::All => list("all"),
            Kind::Any => list("any"),
            _ => {}
        }
        let inner = match &self.kind {
            Kind::Other(document) => document.clone(),
            _ => Value::Object(members),
        };
        self.nots.iter().rev().fold(inner, |inner, beside| {
            let mut members = beside.clone();
            members.insert("not".to_owned(), inner);
            Value::Object(members)
        })
    }

    /// The condition; absent where it has something in it that this page does not know.
    pub(crate) fn condition(&self) -> Option<Condition> {
        read(self.document()).ok()
    }

    /// The same again, to be told from it.
    pub(crate) fn copied(&self) -> Self {
        Self {
            id: fresh_id(),
            parts: self.parts.iter().map(Self::copied).collect(),
            ..self.clone()
        }
    }

    pub(crate) fn is_group(&self) -> bool {
        matches!(self.kind, Kind::All | Kind::Any)
    }

    pub(crate) fn is_negated(&self) -> bool {
        self.nots.len() % 2 == 1
    }

    /// Turns it round, or back.
    pub(crate) fn negate(&mut self, negated: bool) {
        if negated == self.is_negated() {
            return;
        }
        if self.nots.pop().is_none() {
            self.nots.push(Map::new());
        }
    }

    /// A member that is a text; empty where it is none.
    pub(crate) fn text(&self, name: &str) -> String {
        text_of(self.members.get(name))
    }

    pub(crate) fn set_text(&mut self, name: &str, text: &str) {
        self.members.insert(name.to_owned(), text.into());
    }

    /// The values of a comparison.
    pub(crate) fn values(&self) -> Vec<Value> {
        match self.members.get("values") {
            Some(Value::Array(values)) => values.clone(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn set_values(&mut self, values: Vec<Value>) {
        self.members
            .insert("values".to_owned(), Value::Array(values));
    }

    /// Compares in another way; values are read anew, and none is lost.
    pub(crate) fn set_operator(&mut self, op: Operator) {
        let Kind::Attribute(before) = self.kind else {
            return;
        };
        let values = match (before, op) {
            _ if before == op => return,
            (Operator::Exists, _) => std::mem::take(&mut self.shelved),
            _ => self.values(),
        };
        if op == Operator::Exists {
            self.shelved = values;
            self.members.remove("values");
        } else {
            let fitting = values.into_iter().map(|value| operator::fit(op, value));
            self.set_values(fitting.collect());
        }
        self.kind = Kind::Attribute(op);
        self.set_text("op", op.as_str());
    }

    pub(crate) fn ignores_case(&self) -> bool {
        self.members.get("ignore_case") == Some(&Value::Bool(true))
    }

    pub(crate) fn ignore_case(&mut self, on: bool) {
        if on {
            self.members
                .insert("ignore_case".to_owned(), Value::Bool(true));
        } else {
            self.members.remove("ignore_case");
        }
    }

    /// The variations that a flag must serve.
    pub(crate) fn variations(&self) -> Vec<String> {
        match self.members.get("variations") {
            Some(Value::Array(names)) => names.iter().map(|name| text_of(Some(name))).collect(),
            _ => Vec::new(),
        }
    }

    pub(crate) fn set_variations(&mut self, names: Vec<String>) {
        let names = names.into_iter().map(Value::from).collect();
        self.members
            .insert("variations".to_owned(), Value::Array(names));
    }

    /// The slots of a share.
    pub(crate) fn slots(&self) -> u32 {
        let slots = self.members.get("share").and_then(|it| it.get("slots"));
        slots.and_then(Value::as_f64).unwrap_or(0.0) as u32
    }

    /// A member of a share that is a text; empty where it is absent.
    pub(crate) fn share_text(&self, name: &str) -> String {
        text_of(self.members.get("share").and_then(|it| it.get(name)))
    }

    /// Changes a member of a share, or takes it out.
    pub(crate) fn set_share(&mut self, name: &str, value: Option<Value>) {
        if let Some(Value::Object(share)) = self.members.get_mut("share") {
            match value {
                Some(value) => share.insert(name.to_owned(), value),
                None => share.remove(name),
            };
        }
    }
}

fn text_of(value: Option<&Value>) -> String {
    value.and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn kind_name(members: &Map<String, Value>) -> Option<&'static str> {
    const KINDS: [&str; 7] = ["all", "any", "not", "segment", "flag", "share", "attribute"];
    let there = |name: &&str| members.get(*name).is_some_and(|value| !value.is_null());
    KINDS.into_iter().find(there)
}

/// What a document says, where this page can show all that says it.
fn known(document: &Value) -> Option<(Kind, Map<String, Value>)> {
    let members = document.as_object()?;
    let text = |name: &str| members.get(name).is_some_and(Value::is_string);
    let list = |name: &str| members.get(name).is_none_or(Value::is_array);
    let kind = match kind_name(members)? {
        "all" if list("all") => Kind::All,
        "any" if list("any") => Kind::Any,
        "segment" if text("segment") => Kind::Segment,
        "flag" if text("flag") && list("variations") => Kind::Flag,
        "share" if members.get("share")?.get("slots")?.is_number() => Kind::Share,
        "attribute" if text("attribute") && list("values") => {
            Kind::Attribute(Operator::parse(members.get("op")?.as_str()?)?)
        }
        _ => return None,
    };
    Some((kind, members.clone()))
}

fn fresh_id() -> Id {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// A name that is not taken: `rule-5f2c09aa`. Not counted up, so that the name of what was
/// deleted does not come back with another meaning.
pub(crate) fn fresh_name(prefix: &str, taken: &[String]) -> String {
    loop {
        let number = random();
        let name = format!("{prefix}-{number:08x}");
        if !taken.contains(&name) {
            return name;
        }
    }
}

#[cfg(target_arch = "wasm32")]
fn random() -> u32 {
    (js_sys::Math::random() * f64::from(u32::MAX)) as u32
}

/// Where there is no browser, as in tests: counted.
#[cfg(not(target_arch = "wasm32"))]
fn random() -> u32 {
    fresh_id().wrapping_mul(2_654_435_761)
}
