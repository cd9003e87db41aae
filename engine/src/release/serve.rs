//! What a release's site serves.

use std::collections::BTreeMap;

use super::Document;
use crate::{
    allocation,
    flag::{FlagDefinition, Run, Serve, Shares, Split},
    slots::SLOTS,
};

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
