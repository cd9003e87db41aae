//! Who gets the candidate, stage after stage.

use std::collections::BTreeMap;

use proptest::{collection::btree_set, prelude::*};

use super::{document, validate::definition};
use crate::{
    allocation,
    flag::{Run, Serve, Shares, Split},
    release::share_serve,
    slots::SLOTS,
};

fn runs(serve: &Serve) -> &[Run] {
    match serve {
        Serve::Split(Split {
            shares: Shares::Allocation(runs),
            ..
        }) => runs,
        other => panic!("{other:?}"),
    }
}

/// For each slot, whether it serves the candidate.
fn candidates(serve: &Serve) -> Vec<bool> {
    let slots: Vec<bool> = runs(serve)
        .iter()
        .flat_map(|run| std::iter::repeat_n(run.variation == "on", run.slots as usize))
        .collect();
    assert_eq!(slots.len(), SLOTS as usize);
    slots
}

fn count(slots: &[bool]) -> usize {
    slots.iter().filter(|candidate| **candidate).count()
}

/// Whether nobody lost the candidate.
fn nobody_left(before: &[bool], now: &[bool]) -> bool {
    before.iter().zip(now).all(|(before, now)| !before || *now)
}

fn run(variation: &str, slots: u32) -> Run {
    Run {
        variation: variation.to_owned(),
        slots,
    }
}

#[test]
fn a_plain_site_gets_a_split_by_the_release_s_unit() {
    let mut document = document();
    document.unit = Some("org.id".to_owned());
    let serve = share_serve(
        &document,
        &definition(),
        &Serve::Variation("off".to_owned()),
        1000,
    );
    let Serve::Split(split) = &serve else {
        panic!("{serve:?}")
    };
    assert_eq!((split.by.as_deref(), &split.salt), (Some("org.id"), &None));
    let weights = BTreeMap::from([("off".to_owned(), 99_000), ("on".to_owned(), 1000)]);
    assert_eq!(allocation::weights(runs(&serve)), weights);
}

#[test]
fn a_split_site_keeps_its_own_salt_unit_and_people() {
    let present = Serve::Split(Split {
        by: Some("org.id".to_owned()),
        salt: Some("old".to_owned()),
        hash: Some("slots-1".to_owned()),
        shares: Shares::Allocation(vec![
            run("off", 20_000),
            run("on", 5000),
            run("off", 70_000),
            run("on", 5000),
        ]),
    });
    let next = share_serve(&document(), &definition(), &present, 25_000);
    let Serve::Split(split) = &next else {
        panic!("{next:?}")
    };
    assert_eq!(split.by.as_deref(), Some("org.id"));
    assert_eq!(split.salt.as_deref(), Some("old"));
    assert_eq!(split.hash.as_deref(), Some("slots-1"));
    assert!(nobody_left(&candidates(&present), &candidates(&next)));
    assert_eq!(count(&candidates(&next)), 25_000);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn people_only_ever_join(shares in btree_set(1..=SLOTS, 1..8), present in 0..1000_u32) {
        let mut serve = match present {
            0 => Serve::Variation("off".to_owned()),
            slots => Serve::Split(Split {
                by: None,
                salt: None,
                hash: None,
                shares: Shares::Allocation(vec![run("off", SLOTS - slots), run("on", slots)]),
            }),
        };
        let mut before = vec![false; SLOTS as usize];
        for share in shares.into_iter().filter(|share| *share >= present) {
            serve = share_serve(&document(), &definition(), &serve, share);
            let now = candidates(&serve);
            prop_assert_eq!(count(&now), share as usize);
            prop_assert!(nobody_left(&before, &now));
            // The same share again moves nobody: what a retry or a resume would do.
            prop_assert_eq!(&share_serve(&document(), &definition(), &serve, share), &serve);
            before = now;
        }
    }
}
