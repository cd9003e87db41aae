//! What changed in a flag's configuration.

use serin_engine::flag::{FlagConfig, Prerequisite, Rule, Serve, Target};

use super::text;
use crate::{
    describe::{alternatives, condition, count, serve},
    order,
    weights::{ALL, percent},
};

/// What an edit of a flag's configuration does, in the order of evaluation.
pub(crate) fn sentences(before: &FlagConfig, after: &FlagConfig) -> Vec<String> {
    let mut said = Vec::new();
    match (before.enabled, after.enabled) {
        (false, true) => said.push("turned on".to_owned()),
        (true, false) => said.push("turned off".to_owned()),
        _ => {}
    }
    said.extend(text(
        "when off",
        before.off.as_deref(),
        after.off.as_deref(),
    ));
    prerequisites(&before.prerequisites, &after.prerequisites, &mut said);
    targets(&before.targets, &after.targets, &mut said);
    let when = match (before.enabled, after.enabled) {
        (true, true) => Movement::Now,
        (false, false) => Movement::OnceOn,
        // Everyone moves from or to what is served while it is off.
        _ => Movement::Other,
    };
    rules(&before.rules, &after.rules, when, &mut said);
    said.extend(served("default", &before.default, &after.default, when));
    said
}

/// When units move by another split.
#[derive(Clone, Copy)]
enum Movement {
    Now,
    OnceOn,
    Other,
}

fn prerequisites(before: &[Prerequisite], after: &[Prerequisite], said: &mut Vec<String>) {
    for now in after {
        match before.iter().find(|other| other.flag == now.flag) {
            None => said.push(format!(
                "prerequisite added: {} serves {}",
                now.flag,
                alternatives(&now.variations, 6)
            )),
            Some(was) if was.variations != now.variations => said.push(format!(
                "prerequisite {}: {} → {}",
                now.flag,
                alternatives(&was.variations, 6),
                alternatives(&now.variations, 6)
            )),
            Some(_) => {}
        }
    }
    for was in before {
        if !after.iter().any(|now| now.flag == was.flag) {
            said.push(format!("prerequisite removed: {}", was.flag));
        }
    }
}

fn targets(before: &[Target], after: &[Target], said: &mut Vec<String>) {
    let units = |targets: &[Target]| -> Vec<(String, String, String)> {
        targets
            .iter()
            .flat_map(|target| {
                target.values.iter().map(|unit| {
                    let attribute = target.attribute.as_deref().unwrap_or("targetingKey");
                    (target.variation.clone(), attribute.to_owned(), unit.clone())
                })
            })
            .collect()
    };
    let (was, is) = (units(before), units(after));
    let mut moved: Vec<(String, bool, Vec<String>)> = Vec::new();
    let gained = is.iter().filter(|unit| !was.contains(unit));
    let lost = was.iter().filter(|unit| !is.contains(unit));
    for (added, (variation, _, unit)) in gained
        .map(|unit| (true, unit))
        .chain(lost.map(|unit| (false, unit)))
    {
        match moved
            .iter_mut()
            .find(|(name, up, _)| name == variation && *up == added)
        {
            Some((_, _, units)) => units.push(unit.clone()),
            None => moved.push((variation.clone(), added, vec![unit.clone()])),
        }
    }
    for (variation, added, units) in moved {
        let what = if added { "added" } else { "removed" };
        let units = if units.len() > 4 {
            count(units.len(), "unit")
        } else {
            units.join(", ")
        };
        said.push(format!("targets of {variation}: {units} {what}"));
    }
}

fn rules(before: &[Rule], after: &[Rule], when: Movement, said: &mut Vec<String>) {
    for (index, now) in after.iter().enumerate() {
        let name = rule_name(now, index);
        match before.iter().find(|other| other.id == now.id) {
            None => said.push(format!(
                "{name} added: if {}, serve {}",
                condition::sentence(&now.when),
                serve::serve(&now.serve)
            )),
            Some(was) => {
                if was.when != now.when {
                    said.push(format!(
                        "{name}: if {} → if {}",
                        condition::sentence(&was.when),
                        condition::sentence(&now.when)
                    ));
                }
                said.extend(served(&name, &was.serve, &now.serve, when));
                said.extend(text(
                    &format!("{name}, name"),
                    was.name.as_deref(),
                    now.name.as_deref(),
                ));
                said.extend(text(
                    &format!("{name}, description"),
                    was.description.as_deref(),
                    now.description.as_deref(),
                ));
            }
        }
    }
    for (index, was) in before.iter().enumerate() {
        if !after.iter().any(|now| now.id == was.id) {
            said.push(format!("{} removed", rule_name(was, index)));
        }
    }
    let kept = |rules: &[Rule], others: &[Rule]| -> Vec<String> {
        rules
            .iter()
            .filter(|rule| others.iter().any(|other| other.id == rule.id))
            .map(|rule| rule.id.clone())
            .collect()
    };
    if kept(before, after) != kept(after, before) {
        said.push("rules reordered".to_owned());
    }
}

fn rule_name(rule: &Rule, index: usize) -> String {
    match rule.name.as_deref().filter(|name| !name.is_empty()) {
        Some(name) => format!("rule “{name}”"),
        None => format!("rule {}", index + 1),
    }
}

/// `default: on for 10 % → on for 25 % · 15 % of units move from off to on`.
fn served(site: &str, before: &Serve, after: &Serve, when: Movement) -> Option<String> {
    if before == after {
        return None;
    }
    let (was, is) = (serve::serve(before), serve::serve(after));
    let mut said = if was == is {
        format!("{site}: how units are told apart changed")
    } else {
        format!("{site}: {was} → {is}")
    };
    match (moves(before, after), when) {
        (None, _) | (_, Movement::Other) => {}
        (Some(moves), Movement::Now) => said.push_str(&format!(" · {moves}")),
        (Some(moves), Movement::OnceOn) => {
            said.push_str(&format!(" · once it is on, {moves}"));
        }
    }
    Some(said)
}

/// Who moves, where the units are told apart alike on both sides: exactly the shares
/// that grew, since the allocation moves as few slots as possible.
fn moves(before: &Serve, after: &Serve) -> Option<String> {
    let (was, is) = (shares(before)?, shares(after)?);
    if let (Some(one), Some(other)) = (&was.1, &is.1)
        && one != other
    {
        return None;
    }
    let delta = |name: &str| share(&is.0, name) - share(&was.0, name);
    let mut names: Vec<&String> = was.0.iter().chain(&is.0).map(|(name, _)| name).collect();
    order::short(&mut names, |name| *name);
    names.dedup();
    let gains: Vec<(&String, i64)> = names
        .iter()
        .map(|name| (*name, delta(name)))
        .filter(|(_, delta)| *delta > 0)
        .collect();
    let losers: Vec<&String> = names
        .iter()
        .copied()
        .filter(|name| delta(name) < 0)
        .collect();
    let moved: i64 = gains.iter().map(|(_, delta)| delta).sum();
    let moved = u32::try_from(moved).ok().filter(|moved| *moved > 0)?;
    let from = match losers.as_slice() {
        [only] => format!(" from {only}"),
        _ => String::new(),
    };
    let to = match gains.as_slice() {
        [(only, _)] => format!(" to {only}"),
        _ => String::new(),
    };
    Some(format!("{} of units move{from}{to}", percent(moved)))
}

/// Slots by variation, and how units are told apart (any way will do for a single variation).
type Shared = (Vec<(String, u32)>, Option<[Option<String>; 3]>);

fn shares(serve: &Serve) -> Option<Shared> {
    match serve {
        Serve::Variation(variation) => Some((vec![(variation.clone(), ALL)], None)),
        Serve::Split(split) => Some((
            serve::weights(split),
            Some([split.by.clone(), split.salt.clone(), split.hash.clone()]),
        )),
    }
}

fn share(shares: &[(String, u32)], name: &str) -> i64 {
    shares
        .iter()
        .find(|(other, _)| other == name)
        .map_or(0, |(_, slots)| i64::from(*slots))
}
