//! Compiles conditions, members and units.

use super::Directory;
use super::reader::{Flaw, Members, Read, Under as _};
use crate::attribute::AttributeId;
use crate::condition::Operator;
use crate::context::Context;
use crate::hash;
use crate::json::{Elements, MAX_DEPTH, Node as Json};
use crate::matcher::{self, Matcher, TextSet, folds_case};
use crate::plan::{Listed, Requirement, Share, Test, Unit};
use crate::slots::{self, SLOTS};

/// A construct's name, and the members that may stand beside it.
const CONSTRUCTS: [(&str, &[&str]); 7] = [
    ("all", &["all"]),
    ("any", &["any"]),
    ("not", &["not"]),
    ("segment", &["segment"]),
    ("flag", &["flag", "variations"]),
    ("share", &["share"]),
    ("attribute", &["attribute", "op", "values", "ignore_case"]),
];

/// Compiles one condition; unknown members would change its meaning, and are refused.
pub(super) fn compile(json: Json<'_>, directory: &mut Directory) -> Read<Test> {
    nested(json, directory, MAX_DEPTH)
}

fn nested(json: Json<'_>, directory: &mut Directory, levels: usize) -> Read<Test> {
    let Some(levels) = levels.checked_sub(1) else {
        return Err(Flaw::new(format!(
            "conditions nest beyond {MAX_DEPTH} levels"
        )));
    };
    let members = Members::of(json)?;
    Ok(match construct(members)? {
        "all" => Test::All(members.each("all", |part| nested(part, directory, levels))?),
        "any" => Test::Any(members.each("any", |part| nested(part, directory, levels))?),
        "not" => {
            let part = nested(members.required("not")?, directory, levels).under("not")?;
            Test::Not(Box::new(part))
        }
        "segment" => {
            let key = members.required_text("segment")?;
            Test::Segment(directory.segment(key))
        }
        "flag" => Test::Flag(Box::new(requirement(members, directory)?)),
        "share" => {
            let share = share(members.required("share")?, directory).under("share")?;
            Test::Share(Box::new(share))
        }
        _ => Test::Leaf {
            matcher: matcher(members)?,
            attribute: attribute(members, "attribute", directory)?,
        },
    })
}

/// Which construct a condition is: it has exactly one, and nothing that is not its own.
fn construct(members: Members<'_>) -> Read<&'static str> {
    let mut found = [false; CONSTRUCTS.len()];
    for (name, value) in members.all() {
        if let Some(place) = CONSTRUCTS
            .iter()
            .position(|(one, _)| hash::same(one.as_bytes(), name.as_bytes()))
        {
            found[place] = !value.is_null();
        }
    }
    let mut present = CONSTRUCTS
        .iter()
        .zip(found)
        .filter_map(|(construct, found)| found.then_some(construct));
    match (present.next(), present.next()) {
        (Some((name, own)), None) => members.only(own).map(|()| *name),
        (Some((first, _)), Some((second, _))) => Err(Flaw::new(format!(
            "a condition has one construct, this one has {first:?} and {second:?}"
        ))),
        (None, _) => {
            members.only(&["op", "values", "ignore_case", "variations"])?;
            let names: Vec<&str> = CONSTRUCTS.iter().map(|(name, _)| *name).collect();
            Err(Flaw::new(format!(
                "a condition has one of {}",
                names.join(", ")
            )))
        }
    }
}

/// `{"flag", "variations"}`, of a condition or a prerequisite.
pub(super) fn requirement(members: Members<'_>, directory: &mut Directory) -> Read<Requirement> {
    Ok(Requirement {
        flag: directory.flag(members.required_text("flag")?),
        variations: members.texts("variations")?,
    })
}

/// `{"attribute", "values"}`, of a target or a segment's entry.
pub(super) fn listed(members: Members<'_>, directory: &mut Directory) -> Read<Listed> {
    // Entries that are no strings match nothing.
    let values = members.list("values")?.filter_map(Json::as_str);
    Ok(Listed {
        attribute: attribute(members, "attribute", directory)?,
        values: TextSet::new(values),
    })
}

/// An attribute reference; the targeting key where absent.
pub(super) fn attribute(
    members: Members<'_>,
    name: &str,
    directory: &mut Directory,
) -> Read<AttributeId> {
    directory
        .attribute(members.text(name)?.unwrap_or(Context::TARGETING_KEY))
        .map_err(|error| Flaw::new(error.to_string()))
        .under(name)
}

fn share(json: Json<'_>, directory: &mut Directory) -> Read<Share> {
    let members = Members::of(json)?;
    members.only(&["slots", "by", "salt"])?;
    let slots = members.required_integer("slots")?;
    let Some(slots) = u32::try_from(slots).ok().filter(|slots| *slots <= SLOTS) else {
        return Err(Flaw::new(format!(
            "expected at most {SLOTS} slots, found {slots}"
        )))
        .under("slots");
    };
    Ok(Share {
        unit: Unit {
            by: attribute(members, "by", directory)?,
            seed: slots::seed(members.required_text("salt")?),
        },
        slots,
    })
}

/// What a leaf wants of its attribute.
pub(super) fn matcher(members: Members<'_>) -> Read<Matcher> {
    members.required_text("attribute")?;
    let name = members.required_text("op")?;
    let op = Operator::parse(name)
        .ok_or_else(|| Flaw::new(format!("operator {name:?} is unknown")))
        .under("op")?;
    // What means nothing to an operator is not read at all.
    let ignore_case = folds_case(op) && members.boolean("ignore_case")?.unwrap_or(false);
    let values = match op {
        Operator::Exists => Elements::default(),
        _ => members.list("values")?,
    };
    match matcher::prepare(op, &values, ignore_case) {
        Ok(matcher) => Ok(matcher),
        Err(unfit) => Err(Flaw::new(unfit.message))
            .under(unfit.index)
            .under("values"),
    }
}
