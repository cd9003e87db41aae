//! The hash that tables are looked into with: equal for equal texts, and well spread
//! for all others. Which number it gives a text is nobody's business.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault};

use crate::hash::{Index, Quick, of_text, same};
use crate::matcher::TextSet;

/// A text of each length, with no byte like the next.
fn texts() -> impl Iterator<Item = String> {
    (0..=70).map(|length| {
        let byte = |place: usize| char::from((place * 29 + 7) as u8 & 0x7f);
        (0..length).map(byte).collect()
    })
}

/// The texts that differ from one in a single bit.
fn neighbours(text: &str) -> impl Iterator<Item = String> {
    (0..text.len() * 7).map(move |bit| {
        let mut bytes = text.as_bytes().to_vec();
        bytes[bit / 7] ^= 1 << (bit % 7);
        String::from_utf8(bytes).unwrap()
    })
}

#[test]
fn every_bit_of_a_text_counts() {
    for text in texts() {
        let mut hashes: BTreeSet<u64> = neighbours(&text).map(|one| of_text(&one)).collect();
        hashes.insert(of_text(&text));
        assert_eq!(hashes.len(), text.len() * 7 + 1, "{} bytes", text.len());
    }
    // So does the length.
    let zeros: BTreeSet<u64> = (0..=70)
        .map(|length| of_text(&"\0".repeat(length)))
        .collect();
    assert_eq!(zeros.len(), 71);
}

/// The hash that maps and indexes spread their keys by.
fn spread(text: &str) -> u64 {
    BuildHasherDefault::<Quick>::default().hash_one(text)
}

#[test]
fn one_bit_changes_half_of_what_keys_are_spread_by() {
    for text in texts().filter(|text| !text.is_empty()) {
        let hash = spread(&text);
        let changed: u32 = neighbours(&text)
            .map(|one| (spread(&one) ^ hash).count_ones())
            .sum();
        let mean = f64::from(changed) / (text.len() * 7) as f64;
        assert!(
            (20.0..44.0).contains(&mean),
            "{} bytes: {mean} bits",
            text.len()
        );
    }
}

#[test]
fn names_that_people_count_up_are_spread_over_all_bits() {
    for name in ["u", "user", "customer-", "a-much-longer-name-of-a-unit-"] {
        let count = 4096;
        let mut ones = [0_u32; 64];
        for number in 0..count {
            let hash = spread(&format!("{name}{number}"));
            for (bit, ones) in ones.iter_mut().enumerate() {
                *ones += (hash >> bit) as u32 & 1;
            }
        }
        for (bit, ones) in ones.into_iter().enumerate() {
            assert!(
                ones.abs_diff(count / 2) < count / 8,
                "{name}: bit {bit} is set {ones} times"
            );
        }
    }
}

#[test]
fn numbers_are_hashed_as_well() {
    let build = BuildHasherDefault::<Quick>::default();
    let of = |number: u64| build.hash_one(number);
    let hashes: HashSet<u64> = (0..64)
        .map(|bit| of(1 << bit))
        .chain([of(0), of(u64::MAX)])
        .collect();
    assert_eq!(hashes.len(), 66);
    for from in [1.0_f64, -7.5, 1e300].map(f64::to_bits) {
        let changed: u32 = (0..64)
            .map(|bit| (of(from) ^ of(from ^ 1 << bit)).count_ones())
            .sum();
        assert!((20..44).contains(&(changed / 64)), "{changed}");
    }
    // Two numbers one after the other, and texts.
    let pairs: HashSet<u64> = (3..64)
        .flat_map(|bit| {
            [
                build.hash_one((1_u64 << bit, 5_u64)),
                build.hash_one((5_u64, 1_u64 << bit)),
            ]
        })
        .collect();
    assert_eq!(pairs.len(), 122);
    assert_ne!(spread("a"), spread("b"));
    assert_eq!(spread("a"), build.hash_one(String::from("a")));
}

#[test]
fn the_same_is_the_same_in_every_byte() {
    for text in texts() {
        assert!(same(text.as_bytes(), text.clone().as_bytes()));
        for other in neighbours(&text) {
            assert!(
                !same(text.as_bytes(), other.as_bytes()),
                "{text:?} {other:?}"
            );
        }
        let longer = format!("{text}\0");
        assert!(!same(text.as_bytes(), longer.as_bytes()));
        assert!(!same(longer.as_bytes(), text.as_bytes()));
    }
}

/// Short texts may be told apart by their hashes alone; long ones are compared.
#[test]
fn texts_of_one_hash_are_not_the_same() {
    let others: Vec<String> = (0..20).map(|number| format!("another {number}")).collect();
    for text in texts().filter(|text| text.len() >= 8) {
        let one = <TextSet>::new([&text].into_iter());
        let many = <TextSet>::new(others.iter().chain([&text]));
        let hash = of_text(&text);
        assert!(one.contains(&text, hash) && many.contains(&text, hash));
        for other in neighbours(&text).chain([format!("{text}\0"), text[1..].to_owned()]) {
            assert!(!one.contains(&other, hash), "{text:?} {other:?}");
            assert!(!many.contains(&other, hash), "{text:?} {other:?}");
        }
    }
}

/// Puts numbers in by made-up hashes, and finds them again.
fn check(hashes: &[u64], mut index: Index) {
    for (number, hash) in hashes.iter().enumerate() {
        let number = number as u32;
        assert_eq!(index.find(*hash, |found| found == number), None);
        index.insert(*hash, number);
        assert_eq!(index.find(*hash, |found| found == number), Some(number));
    }
    for (number, hash) in hashes.iter().enumerate() {
        let number = number as u32;
        assert_eq!(index.find(*hash, |found| found == number), Some(number));
        // All are asked about whose hash is the same.
        let asked = std::cell::RefCell::new(Vec::new());
        let found = index.find(*hash, |found| {
            asked.borrow_mut().push(found);
            false
        });
        let alike = hashes.iter().enumerate();
        let mut alike = alike.filter(|(_, other)| *other == hash);
        let asked = asked.into_inner();
        assert!(alike.all(|(number, _)| asked.contains(&(number as u32))));
        assert_eq!(found, None);
    }
}

#[test]
fn an_index_finds_what_is_in() {
    let names: Vec<u64> = (0..500)
        .map(|number| of_text(&format!("k{number}")))
        .collect();
    let counted: Vec<u64> = (0..200).map(|number| number << 52 | 0x5 << 32).collect();
    let alike = vec![0xdead_beef_0000_0000; 60];
    let last: Vec<u64> = (0..20)
        .map(|number| number << 60 | 0x0fff_ffff_0000_0000)
        .collect();
    for hashes in [
        names.clone(),
        counted,
        alike,
        last,
        vec![0; 20],
        vec![u64::MAX; 20],
    ] {
        check(&hashes, Index::default());
        check(&hashes, Index::with_room(hashes.len()));
        check(&hashes, Index::with_room(1));
    }
    assert_eq!(Index::default().find(0, |_| true), None);
    assert_eq!(Index::with_room(10).find(0, |_| true), None);

    // No other is asked about than the one that is meant.
    let mut index = Index::default();
    for (number, hash) in names.iter().enumerate() {
        index.insert(*hash, number as u32);
    }
    for (number, hash) in names.iter().enumerate() {
        assert_eq!(index.find(*hash, |_| true), Some(number as u32));
    }
    for number in 500..1000 {
        assert_eq!(index.find(of_text(&format!("k{number}")), |_| true), None);
    }
}
