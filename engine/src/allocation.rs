//! From weights to runs of slots, moving as few units as possible.
//!
//! People edit weights; what is stored and evaluated is a list of runs that covers all
//! slots in order. When weights change, a variation whose share shrinks gives up its
//! last slots, and these go to the variations whose shares grow. So the slots that
//! change hands number exactly the sum of the shares that grew, and raising a share
//! never takes anyone out.

use std::collections::{BTreeMap, VecDeque};

use crate::flag::Run;
use crate::slots::SLOTS;

/// A first allocation: one run a variation, in the order of the variations.
///
/// Variations without a weight get no run; weights of variations that `order` does not
/// name come last.
pub fn from_weights(order: &[&str], weights: &BTreeMap<String, u32>) -> Vec<Run> {
    in_order(order, weights)
        .map(|(variation, slots)| Run {
            variation: variation.to_owned(),
            slots,
        })
        .collect()
}

/// The allocation that has these weights and moves as few slots as possible.
///
/// The slots that change hands number exactly the sum of the shares that grew, and a
/// variation whose share grows or stays loses none. Unchanged weights return the same
/// runs. Where either side does not sum to all slots, there is nothing to keep, and the
/// result is [`from_weights`].
pub fn reallocate(
    current: &[Run],
    order: &[&str],
    new_weights: &BTreeMap<String, u32>,
) -> Vec<Run> {
    let old_weights = weights(current);
    if old_weights == *new_weights {
        return current.to_vec();
    }
    if !covers_all_slots(current.iter().map(|run| run.slots))
        || !covers_all_slots(new_weights.values().copied())
    {
        return from_weights(order, new_weights);
    }
    let mut growing: VecDeque<(&str, u32)> = in_order(order, new_weights)
        .filter_map(|(variation, slots)| {
            let old = old_weights.get(variation).copied().unwrap_or(0);
            (slots > old).then(|| (variation, slots - old))
        })
        .collect();
    let mut kept: BTreeMap<&str, u32> = BTreeMap::new();
    let mut runs = Vec::new();
    for run in current {
        let kept = kept.entry(&run.variation).or_insert(0);
        let keep_at_most = new_weights.get(&run.variation).copied().unwrap_or(0);
        let keep = run.slots.min(keep_at_most - *kept);
        *kept += keep;
        append(&mut runs, &run.variation, keep);
        hand_over(&mut runs, &mut growing, run.slots - keep);
    }
    // A share of nothing stays visible as an empty run.
    for (variation, slots) in in_order(order, new_weights) {
        if slots == 0 {
            runs.push(Run {
                variation: variation.to_owned(),
                slots: 0,
            });
        }
    }
    runs
}

/// The slots of each variation.
pub fn weights(runs: &[Run]) -> BTreeMap<String, u32> {
    let mut weights = BTreeMap::new();
    for run in runs {
        let weight: &mut u32 = weights.entry(run.variation.clone()).or_insert(0);
        *weight = weight.saturating_add(run.slots);
    }
    weights
}

/// Whether shares sum to all slots.
pub(crate) fn covers_all_slots(shares: impl Iterator<Item = u32>) -> bool {
    shares.map(u64::from).sum::<u64>() == u64::from(SLOTS)
}

fn in_order<'w>(
    order: &[&'w str],
    weights: &'w BTreeMap<String, u32>,
) -> impl Iterator<Item = (&'w str, u32)> {
    let mut named: Vec<&str> = Vec::with_capacity(weights.len());
    for variation in order {
        if !named.contains(variation) {
            named.push(variation);
        }
    }
    for variation in weights.keys() {
        if !named.contains(&variation.as_str()) {
            named.push(variation);
        }
    }
    named
        .into_iter()
        .filter_map(|variation| Some((variation, *weights.get(variation)?)))
}

fn append(runs: &mut Vec<Run>, variation: &str, slots: u32) {
    if slots == 0 {
        return;
    }
    match runs.last_mut() {
        Some(last) if last.variation == variation => last.slots += slots,
        _ => runs.push(Run {
            variation: variation.to_owned(),
            slots,
        }),
    }
}

/// Gives freed slots to the variations that still want some.
fn hand_over(runs: &mut Vec<Run>, growing: &mut VecDeque<(&str, u32)>, mut freed: u32) {
    while freed > 0 {
        let Some((variation, wanted)) = growing.front_mut() else {
            return;
        };
        let slots = freed.min(*wanted);
        append(runs, variation, slots);
        freed -= slots;
        *wanted -= slots;
        if *wanted == 0 {
            growing.pop_front();
        }
    }
}
