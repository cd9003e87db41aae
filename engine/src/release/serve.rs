//! What a release's site serves.

use std::collections::BTreeMap;

use super::{Document, Site, Stage};
use crate::{
    allocation,
    condition::Condition,
    flag::{FlagConfig, FlagDefinition, Rule, Run, Serve, Shares, Split},
    slots::SLOTS,
};

/// What the rules of a release are named by: [`Owner::rule`] tells them from others.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a>(pub &'a str);

impl Owner<'_> {
    /// The id of the rule by which a segment gets the candidate ahead of the others:
    /// `release-ID-N`, for the stage at which the segment first had its turn.
    pub fn rule(self, first_stage: usize) -> String {
        format!("{}{first_stage}", self.prefix())
    }

    /// Whether a rule is one of the release's own.
    pub fn owns(self, rule: &Rule) -> bool {
        rule.id.starts_with(&self.prefix())
    }

    fn prefix(self) -> String {
        format!("release-{}-", self.0)
    }
}

/// Where units are divided between the arms while the release is in a stage: the site, or
/// the rule of the stage's segment before it.
pub fn divided_at(document: &Document, stage: usize, owner: Owner<'_>) -> Site {
    let of = |index: usize| document.stage(index)?.segment.as_ref();
    let Some(segment) = of(stage) else {
        return document.site.clone();
    };
    let first = (0..=stage).find(|index| of(*index) == Some(segment));
    Site::Rule(owner.rule(first.unwrap_or(stage)))
}

/// Puts a stage into force. The site's split gives the candidate the weight of the last
/// stage for all; each segment that had its turn has a rule of the release's own before
/// the site, which gives the candidate as much as its stage or the site does, whichever is
/// more. Rules and site divide by the same unit and salt: who has the candidate at any
/// stage has it at all later ones.
pub fn serve_stage(
    document: &Document,
    definition: &FlagDefinition,
    config: &mut FlagConfig,
    stage: usize,
    owner: Owner<'_>,
) {
    let entered = document.stages.get(..=stage).unwrap_or(&document.stages);
    // A shadow stage gives the candidate to none: the site becomes a split that the baseline has to
    // itself, so that evaluators learn of the stage.
    let for_all = entered.iter().rev().find(|stage| stage.segment.is_none());
    let Some(site) = document.site.serve_mut(config) else {
        return;
    };
    if let Some(for_all) = for_all {
        *site = share_serve(document, definition, site, for_all.slots());
    }
    let base = site.clone();
    let rules = ahead(entered, candidates(document, &base))
        .into_iter()
        .map(|(segment, first, slots)| Rule {
            id: owner.rule(first),
            name: Some(format!("Release: {segment} ahead of the others")),
            description: None,
            when: Condition::Segment {
                segment: segment.to_owned(),
            },
            serve: if slots >= SLOTS {
                Serve::Variation(document.candidate.clone())
            } else {
                share_serve(document, definition, &base, slots)
            },
        })
        .collect();
    put_rules(&document.site, config, rules, owner);
}

/// Puts the rules that a release has in a configuration to where they belong after it was
/// edited around them: in their own order, before the site, whose condition may be another
/// by now.
pub fn settle_rules(site: &Site, before: &FlagConfig, config: &mut FlagConfig, owner: Owner<'_>) {
    let own = before.rules.iter().filter(|rule| owner.owns(rule)).cloned();
    let own = own
        .map(|rule| Rule {
            when: segment_of(&rule.when).unwrap_or_else(|| rule.when.clone()),
            ..rule
        })
        .collect();
    put_rules(site, config, own, owner);
}

/// Takes the rules of a release out of a configuration.
pub fn remove_rules(config: &mut FlagConfig, owner: Owner<'_>) {
    config.rules.retain(|rule| !owner.owns(rule));
}

/// Directly before the site: behind all other rules where it is the default, and in front
/// of the site's rule, for those that it matches, where it is a rule.
fn put_rules(site: &Site, config: &mut FlagConfig, mut rules: Vec<Rule>, owner: Owner<'_>) {
    remove_rules(config, owner);
    let at = match site {
        Site::Default => config.rules.len(),
        Site::Rule(id) => {
            let Some(at) = config.rules.iter().position(|rule| rule.id == *id) else {
                return;
            };
            for rule in &mut rules {
                let segment = std::mem::replace(&mut rule.when, Condition::All { all: Vec::new() });
                rule.when = Condition::All {
                    all: vec![segment, config.rules[at].when.clone()],
                };
            }
            at
        }
    };
    config.rules.splice(at..at, rules);
}

/// The segment of a rule's condition as [`put_rules`] wrote it before a rule.
fn segment_of(when: &Condition) -> Option<Condition> {
    match when {
        Condition::All { all } => all
            .first()
            .filter(|first| matches!(first, Condition::Segment { .. }))
            .cloned(),
        _ => None,
    }
}

/// The segments that had their turn, each with its first stage and its slots, those with
/// the most first: of a unit that is in several, the first rule decides.
fn ahead(entered: &[Stage], at_site: u32) -> Vec<(&str, usize, u32)> {
    let mut segments: Vec<(&str, usize, u32)> = Vec::new();
    for (index, stage) in entered.iter().enumerate() {
        let Some(segment) = stage.segment.as_deref() else {
            continue;
        };
        let slots = stage.slots().max(at_site);
        match segments.iter_mut().find(|(known, _, _)| *known == segment) {
            Some((_, _, most)) => *most = slots.max(*most),
            None => segments.push((segment, index, slots)),
        }
    }
    segments.sort_by_key(|(_, first, slots)| (SLOTS - slots.min(&SLOTS), *first));
    segments
}

/// How many slots the candidate has at a serve.
fn candidates(document: &Document, serve: &Serve) -> u32 {
    match serve {
        Serve::Variation(key) if *key == document.candidate => SLOTS,
        Serve::Variation(_) => 0,
        Serve::Split(split) => weights(split)
            .get(&document.candidate)
            .copied()
            .unwrap_or(0),
    }
}

/// What the site serves where the candidate gets `slots` of all slots: the split that
/// it serves now, grown with as few units moved as can be, or (where it serves one
/// variation) a fresh one that the baseline has to itself until the candidate takes
/// its part. Salt and unit stay what they are, so that a unit which has the candidate
/// keeps it at every later stage.
pub fn share_serve(
    document: &Document,
    definition: &FlagDefinition,
    now: &Serve,
    slots: u32,
) -> Serve {
    let order: Vec<&str> = definition
        .variations
        .iter()
        .map(|variation| variation.key.as_str())
        .collect();
    let (split, runs) = match now {
        Serve::Variation(_) => (fresh_split(document), baseline_alone(document)),
        Serve::Split(split) => (split.clone(), runs(split, &order)),
    };
    let slots = slots.min(SLOTS);
    let weights = BTreeMap::from([
        (document.candidate.clone(), slots),
        (document.baseline.clone(), SLOTS - slots),
    ]);
    Serve::Split(Split {
        shares: Shares::Allocation(allocation::reallocate(&runs, &order, &weights)),
        ..split
    })
}

/// Slots by variation, of those that have any.
pub(super) fn weights(split: &Split) -> BTreeMap<String, u32> {
    let mut weights = match &split.shares {
        Shares::Weights(weights) => weights.clone(),
        Shares::Allocation(runs) => allocation::weights(runs),
    };
    weights.retain(|_, slots| *slots > 0);
    weights
}

fn runs(split: &Split, order: &[&str]) -> Vec<Run> {
    match &split.shares {
        Shares::Allocation(runs) => runs.clone(),
        Shares::Weights(weights) => allocation::from_weights(order, weights),
    }
}

fn fresh_split(document: &Document) -> Split {
    Split {
        by: document.unit.clone(),
        salt: None,
        hash: None,
        shares: Shares::Allocation(Vec::new()),
    }
}

fn baseline_alone(document: &Document) -> Vec<Run> {
    let run = |variation: &String, slots| Run {
        variation: variation.clone(),
        slots,
    };
    vec![run(&document.candidate, 0), run(&document.baseline, SLOTS)]
}
