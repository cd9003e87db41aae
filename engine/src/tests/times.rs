//! Points in time by themselves: each by the milliseconds that it is.

use std::cmp::Ordering;

use crate::instant::Instant;

fn is(text: &str, millis: f64) {
    let time = Instant::parse(text).unwrap_or_else(|| panic!("{text} is a time"));
    assert_eq!(
        time.compare(&Instant::from_millis(millis)),
        Ordering::Equal,
        "{text}"
    );
    assert_eq!(
        Instant::from_millis(millis).compare(&time),
        Ordering::Equal,
        "{text}"
    );
    assert_eq!(
        time.compare(&Instant::from_millis(millis + 1.0)),
        Ordering::Less,
        "{text}"
    );
    assert_eq!(
        time.compare(&Instant::from_millis(millis - 1.0)),
        Ordering::Greater,
        "{text}"
    );
}

#[test]
fn times_are_milliseconds() {
    for (text, millis) in [
        ("1970-01-01T00:00:00Z", 0.0),
        ("1970-01-01T00:00:00.001Z", 1.0),
        ("1970-01-01T00:00:00.1Z", 100.0),
        ("1970-01-01T00:00:00.12Z", 120.0),
        ("1970-01-01T00:00:00.123000Z", 123.0),
        ("1969-12-31T23:59:59.999Z", -1.0),
        ("1970-01-01t00:00:01z", 1000.0),
        ("1970-01-01T00:01:00Z", 60_000.0),
        ("1970-01-01T01:00:00Z", 3_600_000.0),
        ("1970-01-02T00:00:00Z", 86_400_000.0),
        ("2001-09-09T01:46:40Z", 1e12),
        ("2009-02-13T23:31:30Z", 1_234_567_890_000.0),
        ("2038-01-19T03:14:07Z", 2_147_483_647_000.0),
        ("1901-12-13T20:45:52Z", -2_147_483_648_000.0),
        ("2000-02-29T00:00:00Z", 951_782_400_000.0),
        ("2000-03-01T00:00:00Z", 951_868_800_000.0),
        ("2023-12-31T23:59:59Z", 1_704_067_199_000.0),
        ("2024-02-29T12:00:00Z", 1_709_208_000_000.0),
        ("0000-01-01T00:00:00Z", -62_167_219_200_000.0),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000.0),
        ("9999-12-31T23:59:59Z", 253_402_300_799_000.0),
        // A zone that is ahead has had it before.
        ("1970-01-01T00:00:00+00:00", 0.0),
        ("1970-01-01T00:00:00-00:00", 0.0),
        ("1970-01-01T05:30:00+05:30", 0.0),
        ("1969-12-31T16:00:00-08:00", 0.0),
        ("1970-01-01T23:59:00+23:59", 0.0),
        ("1970-01-01T00:00:00+00:01", -60_000.0),
        ("1970-01-01T00:00:00-10:45", 38_700_000.0),
    ] {
        is(text, millis);
    }
}

/// Counts days one by one, and months by their lengths.
#[test]
fn every_day_of_four_centuries_follows_the_one_before() {
    let mut days = -62_091.0; // 1 January 1800
    for year in 1800..2200 {
        let leap = year % 400 == 0 || (year % 4 == 0 && year % 100 != 0);
        let february = if leap { 29 } else { 28 };
        let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
        for (month, length) in (1..).zip(lengths) {
            for day in 1..=length {
                let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                let time = Instant::parse(&text).unwrap();
                let millis = Instant::from_millis(days * 86_400_000.0);
                assert_eq!(time.compare(&millis), Ordering::Equal, "{text}");
                days += 1.0;
            }
            for day in [0, length + 1, 99] {
                let text = format!("{year:04}-{month:02}-{day:02}T00:00:00Z");
                assert!(Instant::parse(&text).is_none(), "{text}");
            }
        }
    }
}

#[test]
fn what_is_no_time_is_refused() {
    for text in [
        "2024-00-01T00:00:00Z",
        "2024-13-01T00:00:00Z",
        "2024-04-31T00:00:00Z",
        "2024/01-01T00:00:00Z",
        "2024-01/01T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T23:60:00Z",
        "2024-01-01T23:59:60Z",
        "2024-01-01_00:00:00Z",
        "2024-01-01T00-00:00Z",
        "2024-01-01T00:00-00Z",
        "2024-01-01T0x:00:00Z",
        "2024-01-01T00:0x:00Z",
        "2024-01-01T00:00:0xZ",
        "202x-01-01T00:00:00Z",
        "2024-0x-01T00:00:00Z",
        "2024-01-0xT00:00:00Z",
        "2024-01-01T00:00:00",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00.5",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T00:00:00ZZ",
        "2024-01-01T00:00:00 Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+00:60",
        "2024-01-01T00:00:00+0000",
        "2024-01-01T00:00:00+00-00",
        "2024-01-01T00:00:00+0a:00",
        "2024-01-01T00:00:00+00:0a",
        "2024-01-01T00:00:00+00:00:00",
        "+024-01-01T00:00:00Z",
        "-024-01-01T00:00:00Z",
        "12024-01-01T00:00:00Z",
        "2024-01-01T00:00:0",
        "２024-01-01T00:00:00Z",
    ] {
        assert!(Instant::parse(text).is_none(), "{text}");
    }
}

#[test]
fn fractions_are_compared_exactly() {
    // In order, each a time or a number.
    let second = |fraction: &str| format!("1969-12-31T23:59:59.{fraction}Z");
    let ordered = [
        second("998"),
        second("9989"),
        second("998999999999999999999999999999"),
        second("999"),
        second("9990000000000000000000000001"),
        second("9995"),
        second("9999"),
        "1970-01-01T00:00:00Z".to_owned(),
        "1970-01-01T00:00:00.0000000000000001Z".to_owned(),
    ];
    for (place, text) in ordered.iter().enumerate() {
        let time = Instant::parse(text).unwrap();
        for (other_place, other) in ordered.iter().enumerate() {
            let found = time.compare(&Instant::parse(other).unwrap());
            assert_eq!(found, place.cmp(&other_place), "{text} {other}");
        }
    }
    for (text, millis) in [
        (second("99975"), -0.25),
        (second("9995"), -0.5),
        (second("998875"), -1.125),
        ("1970-01-01T00:00:00.00025Z".to_owned(), 0.25),
        ("1970-01-01T00:00:00.001125Z".to_owned(), 1.125),
        ("1970-01-01T00:00:00Z".to_owned(), -0.0),
    ] {
        let time = Instant::parse(&text).unwrap();
        let number = Instant::from_millis(millis);
        assert_eq!(time.compare(&number), Ordering::Equal, "{text}");
        assert_eq!(
            number.into_owned().compare(&time),
            Ordering::Equal,
            "{text}"
        );
    }
    // The smallest doubles there are, on either side of zero.
    let zero = Instant::from_millis(0.0);
    assert_eq!(
        Instant::from_millis(f64::from_bits(1)).compare(&zero),
        Ordering::Greater
    );
    assert_eq!(
        Instant::from_millis(-f64::from_bits(1)).compare(&zero),
        Ordering::Less
    );
    assert_eq!(
        Instant::from_millis(-f64::from_bits(1)).compare(&Instant::from_millis(-0.5)),
        Ordering::Greater
    );
}
