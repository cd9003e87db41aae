use proptest::prelude::*;

use super::*;

/// After how many minutes each rule stops, at these events of 1000 units in the baseline
/// and 100 in the candidate.
fn stops(minutes: usize, of: impl Fn(usize) -> (f64, f64)) -> [Option<usize>; 4] {
    let mut rules = Thresholds::default();
    for minute in 0..minutes {
        let (baseline, candidate) = of(minute);
        rules.look(Minute {
            baseline: (1000.0, baseline),
            candidate: (100.0, candidate),
        });
    }
    Rule::ALL.map(|rule| rules.stopped(rule))
}

#[test]
fn what_is_well_stops_nothing() {
    assert_eq!(stops(200, |_| (5.0, 0.5)), [None; 4]);
}

#[test]
fn each_rule_stops_by_its_own_count() {
    // Three times as many as the baseline, and 1.5 % of all.
    let stopped = stops(200, |_| (5.0, 1.5));
    assert_eq!(&stopped[..3], &[Some(15), Some(5), Some(15)]);
    assert!(stopped[3].is_some_and(|minute| minute.is_multiple_of(5)));
}

#[test]
fn an_incident_of_both_arms_stops_what_looks_at_one() {
    let stopped = stops(
        200,
        |minute| if minute < 20 { (50.0, 5.0) } else { (5.0, 0.5) },
    );
    assert_eq!(stopped, [Some(15), Some(5), None, None]);
}

#[test]
fn nobody_is_no_failure() {
    let mut rules = Thresholds::default();
    for _ in 0..2000 {
        rules.look(Minute::default());
    }
    assert_eq!(Rule::ALL.map(|rule| rules.stopped(rule)), [None; 4]);
}

/// U by pairs, a tie being half.
fn pairs(own: &[f64], other: &[f64]) -> f64 {
    let of = |a: &f64, b: &f64| match a.total_cmp(b) {
        std::cmp::Ordering::Greater => 1.0,
        std::cmp::Ordering::Equal => 0.5,
        std::cmp::Ordering::Less => 0.0,
    };
    own.iter()
        .flat_map(|a| other.iter().map(move |b| of(a, b)))
        .sum()
}

/// The same by trying all ways to choose the first among all.
fn by_permutation(own: &[f64], other: &[f64]) -> f64 {
    let all: Vec<f64> = own.iter().chain(other).copied().collect();
    let chosen = (0_u32..1 << all.len()).filter(|set| set.count_ones() as usize == own.len());
    let us: Vec<f64> = chosen
        .map(|set| {
            let (one, rest): (Vec<_>, Vec<_>) = all
                .iter()
                .enumerate()
                .partition(|(at, _)| set >> at & 1 == 1);
            let values =
                |of: Vec<(usize, &f64)>| of.into_iter().map(|(_, it)| *it).collect::<Vec<_>>();
            pairs(&values(one), &values(rest))
        })
        .collect();
    let mean = us.iter().sum::<f64>() / us.len() as f64;
    let variance = us.iter().map(|u| (u - mean).powi(2)).sum::<f64>() / us.len() as f64;
    if variance > 1e-9 {
        (pairs(own, other) - mean) / variance.sqrt()
    } else {
        0.0
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn ranks_say_what_all_permutations_say(
        own in prop::collection::vec(0_u8..6, 1..5),
        other in prop::collection::vec(0_u8..6, 1..5),
    ) {
        let values = |of: Vec<u8>| of.into_iter().map(f64::from).collect::<Vec<_>>();
        let (own, other) = (values(own), values(other));
        let (found, expected) = (rank_sum(&own, &other), by_permutation(&own, &other));
        prop_assert!((found - expected).abs() < 1e-9, "{found}, and not {expected}");
    }
}

#[test]
fn ninety_nine_percent_is_enough_and_so_is_half_as_much_again() {
    let of = |own, other| stops(50, move |_| (other, own));
    // One of a hundred is 1 %; two of 1000 in the baseline are a fifth of that.
    assert_eq!(of(1.0, 10.0)[..3], [None; 3]);
    assert_eq!(of(1.01, 10.0)[..2], [Some(15), Some(5)]);
    assert_eq!(of(1.5, 10.0)[2], None);
    assert_eq!(of(1.51, 10.0)[2], Some(15));
    // Without an event on the other side any is more than half as many again, and none is not.
    assert_eq!(of(0.01, 0.0)[2], Some(15));
    assert_eq!(of(0.0, 0.0)[2], None);
}

#[test]
fn an_arm_that_nobody_saw_is_not_compared() {
    for (baseline, candidate) in [((0.0, 0.0), (100.0, 90.0)), ((1000.0, 5.0), (0.0, 0.0))] {
        let mut rules = Thresholds::default();
        for _ in 0..50 {
            rules.look(Minute {
                baseline,
                candidate,
            });
        }
        assert_eq!(rules.stopped(Rule::Ratio), None);
    }
}

#[test]
fn the_rank_sum_asks_for_a_quarter_more_and_for_no_chance() {
    let stopped = |other, own| stops(200, move |_| (other, own))[3];
    // The mean is 1.25 times as high: not more than a quarter.
    assert_eq!(stopped(8.0, 1.0), None);
    assert!(stopped(8.0, 1.01).is_some());
    // Five minutes against five are enough where none overlap: U is 25, 2.6 deviations up.
    assert_eq!(stopped(8.0, 2.0), Some(5));
}
