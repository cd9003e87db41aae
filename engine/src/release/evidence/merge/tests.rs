use std::collections::BTreeMap;

use proptest::{collection::btree_map, option, prelude::*};

use super::*;
use crate::release::evidence::Histogram;

/// Arms as instances report them: each metric alike in all of them.
fn arm() -> impl Strategy<Value = Arm> {
    let histogram = btree_map(-20..20, 0..1_000_000_u64, 0..6);
    let metrics = (option::of(0..1000_u32), option::of(histogram));
    (0..1_000_000_u32, option::of(0..1000_u32), metrics).prop_map(
        |(exposed, first, (errors, latency))| {
            let errors = errors.map(|events| ("errors", Tally::Events(f64::from(events))));
            let latency = latency.map(|values| ("latency", Tally::Histogram(Histogram(values))));
            let metrics = errors.into_iter().chain(latency);
            Arm {
                exposed: f64::from(exposed),
                first: first.map(f64::from),
                metrics: metrics
                    .map(|(key, tally)| (key.to_owned(), tally))
                    .collect(),
            }
        },
    )
}

fn sum<'a>(arms: impl IntoIterator<Item = &'a Arm>) -> Arm {
    let mut sum = Arm::default();
    for arm in arms {
        sum.merge(arm);
    }
    sum
}

proptest! {
    #[test]
    fn sums_do_not_depend_on_order_or_grouping(a in arm(), b in arm(), c in arm()) {
        // Where nobody says who is new, all are; a sum says so only once one of its parts does.
        let all = sum([&a, &b, &c]);
        for other in [sum([&c, &b, &a]), sum([&b, &a, &c]), sum([&sum([&a, &b]), &c]), sum([&a, &sum([&b, &c])])] {
            prop_assert_eq!(&other, &all);
        }
    }
}

#[test]
fn who_is_new_is_everybody_where_it_is_not_said() {
    let unsaid = Arm {
        exposed: 5.0,
        ..Arm::default()
    };
    let said = Arm {
        exposed: 7.0,
        first: Some(2.0),
        ..Arm::default()
    };
    assert_eq!(sum([&unsaid, &said]).first, Some(7.0));
    assert_eq!(sum([&said, &unsaid]).first, Some(7.0));
    assert_eq!(sum([&unsaid, &unsaid]).first, None);
}

#[test]
fn tallies_of_two_forms_are_not_mixed() {
    let mut events = Tally::Events(3.0);
    events.merge(&Tally::Histogram(Histogram(BTreeMap::from([(1, 5)]))));
    assert_eq!(events, Tally::Events(3.0));
}
