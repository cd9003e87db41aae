//! Slots: the table of the specification, and the `murmur3` crate as oracle.

use proptest::prelude::*;
use serde_json::Value;

use crate::slots::{MixedUnit, SLOTS, murmur3_x86_32, seed, slot, slot_of_number};

#[test]
fn the_table_of_the_specification() {
    let rows: Vec<Value> = serde_json::from_str(include_str!("../../testdata/slots.json")).unwrap();
    assert_eq!(rows.len(), 15);
    for row in &rows {
        let seed = seed(row["salt"].as_str().unwrap());
        assert_eq!(format!("{seed:08x}"), row["seed"].as_str().unwrap());
        let slot = match &row["unit"] {
            Value::String(unit) => {
                let hash = murmur3_x86_32(unit.as_bytes(), seed);
                assert_eq!(format!("{hash:08x}"), row["hash"].as_str().unwrap());
                slot(seed, unit)
            }
            unit => slot_of_number(seed, unit.as_f64().unwrap()).unwrap(),
        };
        assert_eq!(slot, row["slot"], "{row}");
    }
}

#[test]
fn numbers_that_are_no_units() {
    for unit in [
        0.5,
        -1.5,
        9_007_199_254_740_992.0,
        -9_007_199_254_740_992.0,
        1e300,
    ] {
        assert_eq!(slot_of_number(1, unit), None);
    }
    assert_eq!(slot_of_number(1, -0.0), Some(slot(1, "0")));
    for unit in [9_007_199_254_740_991_i64, -9_007_199_254_740_991] {
        let expected = slot(1, &unit.to_string());
        assert_eq!(slot_of_number(1, unit as f64), Some(expected));
    }
}

proptest! {
    #[test]
    fn the_loop_is_murmur3(bytes in prop::collection::vec(any::<u8>(), 0..70), seed: u32) {
        let expected = murmur3::murmur3_32(&mut bytes.as_slice(), seed).unwrap();
        prop_assert_eq!(murmur3_x86_32(&bytes, seed), expected);
    }

    #[test]
    fn a_mixed_unit_has_the_slots_of_the_unit(unit in "\\PC{0,40}", number: f64, seed: u32) {
        prop_assert_eq!(MixedUnit::new(unit.as_bytes()).slot(seed), slot(seed, &unit));
        for number in [number, number.trunc(), (number % 1e6).trunc()] {
            let mixed = MixedUnit::of_number(number).map(|unit| unit.slot(seed));
            prop_assert_eq!(mixed, slot_of_number(seed, number));
        }
    }

    #[test]
    fn slots_are_within_bounds(salt: String, unit: String) {
        prop_assert!(slot(seed(&salt), &unit) < SLOTS);
    }

    #[test]
    fn numbers_are_written_in_decimal(seed: u32, unit in -9_007_199_254_740_991_i64..=9_007_199_254_740_991) {
        prop_assert_eq!(slot_of_number(seed, unit as f64), Some(slot(seed, &unit.to_string())));
    }
}
