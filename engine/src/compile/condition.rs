//! Compiles conditions, members and units.

use super::Directory;
use super::reader::{Flaw, Members, Read, Under as _};
use crate::attribute::AttributeId;
use crate::condition::Operator;
use crate::context::Context;
use crate::hash;
use crate::json::{Elements, MAX_DEPTH, Node as Json};
use crate::matcher::{self, Matcher, Place, TextSet, folds_case};
use crate::plan::{Listed, Requirement, Share, Test, Unit, VersionLeaf};
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
    if let Some((name, plain)) = plain_leaf(members) {
        let attribute = numbered(name, directory).under("attribute")?;
        return Ok(match plain {
            Plain::Among(texts) => Test::Among { attribute, texts },
            Plain::Leaf(matcher) => leaf(attribute, matcher, directory),
        });
    }
    let construct = match only_group(members) {
        Some(name) => name,
        None => construct(members)?,
    };
    Ok(match construct {
        "all" => {
            let parts = members.each("all", |part| nested(part, directory, levels))?;
            alone(parts).unwrap_or_else(Test::All)
        }
        "any" => {
            let parts = members.each("any", |part| nested(part, directory, levels))?;
            alone(parts).unwrap_or_else(Test::Any)
        }
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
        _ => {
            let matcher = matcher(members)?;
            let attribute = attribute(members, "attribute", directory)?;
            leaf(attribute, matcher, directory)
        }
    })
}

/// A leaf, in the form that is evaluated fastest.
fn leaf(attribute: AttributeId, matcher: Matcher, directory: &mut Directory) -> Test {
    if let Some((first, last)) = matcher.versions() {
        return Test::Version(Box::new(VersionLeaf {
            attribute,
            reading: directory.version_of(attribute),
            first,
            last,
            matcher,
        }));
    }
    match matcher {
        Matcher::Number(test, bound) => Test::Number {
            attribute,
            test,
            bound,
        },
        Matcher::Text {
            place: Place::Start,
            fold: false,
            values,
        } if values.len() == 1 && values[0].len() <= hash::SHORT => {
            Test::starts(attribute, &values[0])
        }
        matcher => Test::Leaf { attribute, matcher },
    }
}

/// The only part of a group, which is then as good as the group; or all of them.
fn alone(parts: Box<[Test]>) -> Result<Test, Box<[Test]>> {
    <Box<[Test; 1]>>::try_from(parts).map(|alone| {
        let [part] = *alone;
        part
    })
}

/// A leaf as most are.
enum Plain {
    Among([u64; 3]),
    Leaf(Matcher),
}

/// The attribute of a leaf that has that, an operator and values, nothing else, and nothing that is
/// wrong with it: read in one pass over its members.
fn plain_leaf<'j>(members: Members<'j>) -> Option<(&'j str, Plain)> {
    let (mut attribute, mut op, mut values) = (None, None, None);
    for (name, value) in members.all() {
        let before = match name {
            "attribute" => attribute.replace(value.as_str()?).is_some(),
            "op" => op.replace(Operator::parse(value.as_str()?)?).is_some(),
            "values" => values.replace(value.elements()?).is_some(),
            _ => return None,
        };
        if before {
            return None;
        }
    }
    let (op, values) = (op?, values?);
    let leaf = match short_texts(op, values.clone()) {
        Some(texts) => Plain::Among(texts),
        None => Plain::Leaf(matcher::prepare(op, &values, false).ok()?),
    };
    Some((attribute?, leaf))
}

/// The hashes of the values, where they are those of `in`, one to three short texts.
fn short_texts(op: Operator, values: Elements<'_>) -> Option<[u64; 3]> {
    if op != Operator::In {
        return None;
    }
    let mut texts = values.map(|value| {
        value
            .as_str()
            .filter(|text| text.len() <= hash::SHORT)
            .map(hash::of_text)
    });
    let first = texts.next()??;
    let second = texts.next().unwrap_or(Some(first))?;
    let third = texts.next().unwrap_or(Some(second))?;
    texts.next().is_none().then_some([first, second, third])
}

/// The name of a group that has nothing beside it, without looking for all that could be.
fn only_group(members: Members<'_>) -> Option<&'static str> {
    let mut all = members.all();
    match (all.next()?, all.next()) {
        (("all", parts), None) if !parts.is_null() => Some("all"),
        (("any", parts), None) if !parts.is_null() => Some("any"),
        _ => None,
    }
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
        variations: TextSet::new(members.texts("variations")?.iter()),
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
    numbered(
        members.text(name)?.unwrap_or(Context::TARGETING_KEY),
        directory,
    )
    .under(name)
}

/// What names a unit, by a member that has the targeting key's meaning where absent.
pub(super) fn unit(members: Members<'_>, seed: u32, directory: &mut Directory) -> Read<Unit> {
    let by = attribute(members, "by", directory)?;
    let reading = directory.unit_of(by);
    Ok(Unit { by, reading, seed })
}

fn numbered(reference: &str, directory: &mut Directory) -> Read<AttributeId> {
    directory
        .attribute(reference)
        .map_err(|error| Flaw::new(error.to_string()))
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
    let seed = slots::seed(members.required_text("salt")?);
    let unit = unit(members, seed, directory)?;
    Ok(Share { unit, slots })
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
