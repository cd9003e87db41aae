//! Compiles a flag.

use super::Directory;
use super::condition::{compile as condition, listed, requirement, unit};
use super::reader::{Flaw, Members, Read, Under as _, expected, text};
use crate::flag::FlagType;
use crate::hash;
use crate::json::Node as Json;
use crate::plan::{FlagPlan, Rule, Serve, Split, Target, Variation};
use crate::slots::{self, SLOTS};

/// The name of the slot function of [`crate::slots`].
pub(crate) const HASH: &str = "slots-1";

/// The flag's variations, and its plan.
pub(super) fn compile(
    key: &str,
    json: Json<'_>,
    directory: &mut Directory,
) -> Read<(Box<[Variation]>, FlagPlan)> {
    let members = Members::of(json)?;
    let kind = kind(members)?;
    members.integer("version")?;
    members.required_boolean("enabled")?;
    members.boolean("client_visible")?;
    let variations = variations(members, kind, directory)?;
    let flag = Flag {
        salt: members.text("salt")?.unwrap_or(key),
        variations: &variations,
    };
    let off = match members.text("off")? {
        None => None,
        Some(name) => Some(flag.variation(name).under("off")?),
    };
    let prerequisites = members.each("prerequisites", |json| {
        requirement(Members::of(json)?, directory)
    })?;
    let targets = members.each("targets", |json| flag.target(Members::of(json)?, directory))?;
    let rules = members.each("rules", |json| flag.rule(Members::of(json)?, directory))?;
    let default = flag
        .serve(members.required("default")?, directory)
        .under("default")?;
    let plan = FlagPlan {
        off,
        prerequisites,
        targets,
        rules,
        default,
    };
    Ok((variations.into(), plan))
}

/// The flag's type.
pub(super) fn kind(members: Members<'_>) -> Read<FlagType> {
    let name = members.required_text("type")?;
    FlagType::parse(name)
        .ok_or_else(|| Flaw::new(format!("type {name:?} is unknown")))
        .under("type")
}

fn variations(
    members: Members<'_>,
    kind: FlagType,
    directory: &mut Directory,
) -> Read<Vec<Variation>> {
    members.required("variations")?;
    let mut variations: Vec<Variation> = Vec::new();
    members.each("variations", |json| {
        let variation = variation(json, kind, directory)?;
        if variations.iter().any(|other| other.key == variation.key) {
            let message = format!("variation key {:?} occurs twice", variation.key);
            return Err(Flaw::new(message)).under("key");
        }
        variations.push(variation);
        Ok(())
    })?;
    Ok(variations)
}

fn variation(json: Json<'_>, kind: FlagType, directory: &mut Directory) -> Read<Variation> {
    let members = Members::of(json)?;
    let key = members.required_text("key")?;
    // Null is a value here (of no flag's type), and not as if absent.
    let Some(value) = json.get("value") else {
        return Err(Flaw::new("member \"value\" is missing"));
    };
    let read = value.to_value();
    if !kind.admits(&read) {
        return Err(expected(kind.described(), value)).under("value");
    }
    Ok(Variation {
        hash: hash::of_text(key),
        key: directory.pool.text(key),
        value: read,
    })
}

/// What the parts of a flag refer to.
struct Flag<'f> {
    salt: &'f str,
    variations: &'f [Variation],
}

impl Flag<'_> {
    fn variation(&self, name: &str) -> Read<u32> {
        self.variations
            .iter()
            .position(|variation| &*variation.key == name)
            .map(|index| index as u32)
            .ok_or_else(|| Flaw::new(format!("the flag has no variation {name:?}")))
    }

    fn named_variation(&self, members: Members<'_>) -> Read<u32> {
        let name = members.required_text("variation")?;
        self.variation(name).under("variation")
    }

    fn target(&self, members: Members<'_>, directory: &mut Directory) -> Read<Target> {
        Ok(Target {
            variation: self.named_variation(members)?,
            listed: listed(members, directory)?,
        })
    }

    fn rule(&self, members: Members<'_>, directory: &mut Directory) -> Read<Rule> {
        Ok(Rule {
            id: directory.pool.text(members.required_text("id")?),
            when: condition(members.required("when")?, directory).under("when")?,
            serve: self
                .serve(members.required("serve")?, directory)
                .under("serve")?,
        })
    }

    fn serve(&self, json: Json<'_>, directory: &mut Directory) -> Read<Serve> {
        let members = Members::of(json)?;
        let (construct, value) = members.one_of(["variation", "split"])?;
        let serve = match construct {
            "variation" => text(value)
                .and_then(|name| self.variation(name))
                .map(Serve::Variation),
            _ => self
                .split(value, directory)
                .map(|split| Serve::Split(Box::new(split))),
        };
        serve.under(construct)
    }

    fn split(&self, json: Json<'_>, directory: &mut Directory) -> Read<Split> {
        let members = Members::of(json)?;
        members.only(&["by", "salt", "hash", "allocation"])?;
        if let Some(hash) = members.text("hash")?.filter(|hash| *hash != HASH) {
            return Err(Flaw::new(format!("hash {hash:?} is unknown"))).under("hash");
        }
        let seed = slots::seed(members.text("salt")?.unwrap_or(self.salt));
        let unit = unit(members, seed, directory)?;
        Ok(Split::new(unit, self.runs(members)?))
    }

    fn runs(&self, split: Members<'_>) -> Read<Box<[(u32, u32)]>> {
        let mut end: u64 = 0;
        let mut runs = Vec::with_capacity(split.list("allocation")?.len());
        split.each("allocation", |json| {
            let members = Members::of(json)?;
            members.only(&["variation", "slots"])?;
            let variation = self.named_variation(members)?;
            let slots = members.required_integer("slots")?;
            end = end.saturating_add(slots);
            if slots > 0 {
                // Beyond all slots it is refused below.
                runs.push((u32::try_from(end).unwrap_or(u32::MAX), variation));
            }
            Ok(())
        })?;
        if end != u64::from(SLOTS) {
            let message = format!("expected an allocation of {SLOTS} slots, found {end}");
            return Err(Flaw::new(message)).under("allocation");
        }
        Ok(runs.into())
    }
}
