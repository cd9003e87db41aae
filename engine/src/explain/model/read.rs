//! Reading explanations back.
//!
//! By hand where types are told apart by a member, since serde's own way with these brings
//! much code to the browser.

use serde::{Deserialize, Deserializer, de::Error as _};

use super::{Because, Condition, Construct, PrerequisiteStep, Step};
use crate::json::Members;

impl<'de> Deserialize<'de> for Step {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        step(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

fn step(mut members: Members) -> Result<Step, serde_json::Error> {
    let kind: String = members.take("step")?;
    Ok(match &*kind {
        "enabled" => Step::Enabled {
            outcome: members.take("outcome")?,
        },
        "prerequisite" => Step::Prerequisite(PrerequisiteStep {
            outcome: members.take("outcome")?,
            required: members.rest()?,
        }),
        "target" => Step::Target(members.rest()?),
        "rule" => Step::Rule(Box::new(members.rest()?)),
        "default" => Step::Default {
            outcome: members.take("outcome")?,
            serve: members.take("serve")?,
        },
        other => return Err(unknown("step", other)),
    })
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        condition(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

fn condition(mut members: Members) -> Result<Condition, serde_json::Error> {
    let kind: String = members.take("kind")?;
    Ok(Condition {
        result: members.take("result")?,
        skipped: members.take_or_default("skipped")?,
        construct: match &*kind {
            "all" => Construct::All(members.rest()?),
            "any" => Construct::Any(members.rest()?),
            "not" => Construct::Not(members.rest()?),
            "attribute" => Construct::Attribute(members.rest()?),
            "segment" => Construct::Segment(members.rest()?),
            "flag" => Construct::Flag(members.rest()?),
            "share" => Construct::Share(members.rest()?),
            other => return Err(unknown("kind", other)),
        },
    })
}

impl<'de> Deserialize<'de> for Because {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        because(Members::of(deserializer)?).map_err(D::Error::custom)
    }
}

fn because(mut members: Members) -> Result<Because, serde_json::Error> {
    let part: String = members.take("part")?;
    Ok(match &*part {
        "included" => Because::Included {
            index: members.take("index")?,
            attribute: members.take("attribute")?,
            seen: members.take_or_default("seen")?,
        },
        "excluded" => Because::Excluded {
            index: members.take("index")?,
            attribute: members.take("attribute")?,
            seen: members.take_or_default("seen")?,
        },
        "rule" => Because::Rule {
            index: members.take("index")?,
            condition: members.take_or_default("condition")?,
        },
        "nothing" => Because::Nothing(members.rest()?),
        other => return Err(unknown("part", other)),
    })
}

fn unknown(what: &str, name: &str) -> serde_json::Error {
    serde_json::Error::custom(format_args!("{what} {name:?} is unknown"))
}
