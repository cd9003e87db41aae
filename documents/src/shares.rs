//! The shares of splits: weights where people write them, an allocation where they are
//! stored and evaluated.

use std::collections::BTreeMap;

use serin_engine::{
    allocation,
    flag::{FlagConfig, FlagDefinition, Run, Serve, Shares},
    slots::SLOTS,
};

/// Gives every split its weights.
pub fn show(config: &mut FlagConfig) {
    for serve in serves(config) {
        weigh(serve);
    }
}

/// The same for one thing that is served.
pub fn show_serve(mut serve: Serve) -> Serve {
    weigh(&mut serve);
    serve
}

fn weigh(serve: &mut Serve) {
    if let Serve::Split(split) = serve
        && let Shares::Allocation(runs) = &split.shares
    {
        split.shares = Shares::Weights(allocation::weights(runs));
    }
}

/// Gives every split its allocation: the one before at the same site, with as few slots
/// moved as possible. Weights must sum to all slots.
pub fn allocate(definition: &FlagDefinition, config: &mut FlagConfig, before: Option<&FlagConfig>) {
    let order: Vec<&str> = definition
        .variations
        .iter()
        .map(|v| v.key.as_str())
        .collect();
    let sites: BTreeMap<&str, &Serve> = before
        .iter()
        .flat_map(|before| &before.rules)
        .map(|rule| (rule.id.as_str(), &rule.serve))
        .collect();
    for rule in &mut config.rules {
        let before = sites.get(rule.id.as_str()).copied();
        allocate_serve(&order, &mut rule.serve, before);
    }
    allocate_serve(
        &order,
        &mut config.default,
        before.map(|before| &before.default),
    );
}

fn allocate_serve(order: &[&str], serve: &mut Serve, before: Option<&Serve>) {
    if let Serve::Split(split) = serve
        && let Shares::Weights(weights) = &split.shares
    {
        let runs = match before {
            None => allocation::from_weights(order, weights),
            Some(before) => allocation::reallocate(&runs_of(before), order, weights),
        };
        split.shares = Shares::Allocation(runs);
    }
}

/// What a serve gives to whom; a single variation gets all slots.
fn runs_of(serve: &Serve) -> Vec<Run> {
    match serve {
        Serve::Variation(variation) => vec![Run {
            variation: variation.clone(),
            slots: SLOTS,
        }],
        Serve::Split(split) => match &split.shares {
            Shares::Allocation(runs) => runs.clone(),
            Shares::Weights(_) => Vec::new(),
        },
    }
}

fn serves(config: &mut FlagConfig) -> impl Iterator<Item = &mut Serve> {
    let rules = config.rules.iter_mut().map(|rule| &mut rule.serve);
    rules.chain([&mut config.default])
}

#[cfg(test)]
mod tests;
