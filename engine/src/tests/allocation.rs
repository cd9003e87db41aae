//! Minimal movement.

use std::collections::BTreeMap;

use proptest::prelude::*;

use crate::allocation::{from_weights, reallocate, weights};
use crate::flag::Run;
use crate::slots::SLOTS;

const ORDER: [&str; 4] = ["a", "b", "c", "d"];

fn weights_of<const N: usize>(pairs: [(&str, u32); N]) -> BTreeMap<String, u32> {
    pairs.map(|(name, slots)| (name.to_owned(), slots)).into()
}

fn runs<const N: usize>(pairs: [(&str, u32); N]) -> Vec<Run> {
    pairs
        .map(|(variation, slots)| Run {
            variation: variation.to_owned(),
            slots,
        })
        .into()
}

/// Every slot's variation.
fn slots(runs: &[Run]) -> Vec<&str> {
    let mut slots = Vec::with_capacity(SLOTS as usize);
    for run in runs {
        slots.extend(std::iter::repeat_n(
            run.variation.as_str(),
            run.slots as usize,
        ));
    }
    slots
}

#[test]
fn fresh_in_the_order_of_the_variations() {
    let weights = weights_of([("off", 95_000), ("on", 5000), ("z", 0)]);
    let expected = runs([("on", 5000), ("off", 95_000), ("z", 0)]);
    assert_eq!(
        from_weights(&["on", "off", "unused", "on"], &weights),
        expected
    );
}

#[test]
fn raising_and_lowering_a_share() {
    let start = runs([("on", 5000), ("off", 95_000)]);
    let raised = reallocate(
        &start,
        &["on", "off"],
        &weights_of([("on", 10_000), ("off", 90_000)]),
    );
    assert_eq!(raised, runs([("on", 5000), ("off", 90_000), ("on", 5000)]));
    let more = reallocate(
        &raised,
        &["on", "off"],
        &weights_of([("on", 20_000), ("off", 80_000)]),
    );
    assert_eq!(more, runs([("on", 5000), ("off", 80_000), ("on", 15_000)]));
    let back = reallocate(
        &more,
        &["on", "off"],
        &weights_of([("on", 5000), ("off", 95_000)]),
    );
    assert_eq!(back, start);
}

#[test]
fn everything_or_nothing() {
    let start = runs([("off", 100_000), ("on", 0)]);
    let all = reallocate(
        &start,
        &["on", "off"],
        &weights_of([("on", 100_000), ("off", 0)]),
    );
    assert_eq!(all, runs([("on", 100_000), ("off", 0)]));
    let gone = reallocate(&all, &["new"], &weights_of([("new", 100_000)]));
    assert_eq!(gone, runs([("new", 100_000)]));
}

#[test]
fn sums_that_are_off_start_afresh() {
    let good = weights_of([("a", 100_000)]);
    assert_eq!(
        reallocate(&runs([("b", 5)]), &ORDER, &good),
        runs([("a", 100_000)])
    );
    let bad = weights_of([("a", u32::MAX), ("b", u32::MAX)]);
    let start = runs([("a", 100_000)]);
    assert_eq!(
        reallocate(&start, &ORDER, &bad),
        runs([("a", u32::MAX), ("b", u32::MAX)])
    );
}

prop_compose! {
    /// Weights of four variations that sum to all slots; some are 0, some not named.
    fn any_weights()(
        cuts in prop::collection::vec(prop_oneof![Just(0), Just(SLOTS), 0..=SLOTS], 3),
        name_zeros: bool,
    ) -> BTreeMap<String, u32> {
        let mut cuts = cuts;
        cuts.sort_unstable();
        let ends = cuts.iter().copied().chain([SLOTS]);
        let starts = [0].into_iter().chain(cuts.iter().copied());
        let named = ORDER.iter().zip(starts.zip(ends));
        named
            .map(|(name, (start, end))| ((*name).to_owned(), end - start))
            .filter(|(_, slots)| name_zeros || *slots > 0)
            .collect()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn moves_exactly_what_grew(steps in prop::collection::vec(any_weights(), 2..5)) {
        let mut current = from_weights(&ORDER, &steps[0]);
        for wanted in &steps[1..] {
            let before = weights(&current);
            let next = reallocate(&current, &ORDER, wanted);
            prop_assert_eq!(&weights(&next), wanted);
            let (old, new) = (slots(&current), slots(&next));
            let moved = old.iter().zip(&new).filter(|(old, new)| old != new).count();
            let of = |all: &BTreeMap<String, u32>, name: &str| all.get(name).copied().unwrap_or(0);
            let grown: u32 = ORDER
                .iter()
                .map(|name| of(wanted, name).saturating_sub(of(&before, name)))
                .sum();
            prop_assert_eq!(moved, grown as usize);
            for name in ORDER.iter().filter(|name| of(wanted, name) >= of(&before, name)) {
                prop_assert!(old.iter().zip(&new).all(|(old, new)| old != name || new == name));
            }
            prop_assert_eq!(&reallocate(&next, &ORDER, wanted), &next);
            current = next;
        }
    }
}
