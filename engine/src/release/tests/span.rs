//! Lengths of time, read and written.

use proptest::prelude::*;

use crate::release::Span;

#[test]
fn reads_what_people_write() {
    for (text, millis, canonical) in [
        ("90s", 90_000, "1m30s"),
        ("30m", 1_800_000, "30m"),
        ("2h", 7_200_000, "2h"),
        ("1d", 86_400_000, "1d"),
        ("1h30m", 5_400_000, "1h30m"),
        ("36h", 129_600_000, "1d12h"),
        ("250ms", 250, "250ms"),
        ("1s5ms", 1005, "1s5ms"),
        ("0s", 0, "0s"),
    ] {
        let span: Span = text.parse().unwrap();
        assert_eq!(span, Span::from_millis(millis), "{text}");
        assert_eq!(span.to_string(), canonical, "{text}");
    }
}

#[test]
fn refuses_everything_else() {
    for text in [
        "",
        " ",
        "5",
        "m",
        "30 m",
        "30m ",
        "-1s",
        "+1s",
        "1.5h",
        "1h1h",
        "1m1h",
        "1w",
        "1M",
        "1hm",
        "٣m",
        "5é",
        "99999999999999999999s",
        "18446744073709551615d",
    ] {
        assert!(text.parse::<Span>().is_err(), "{text:?}");
    }
    let why = "soon".parse::<Span>().unwrap_err().to_string();
    assert_eq!(
        why,
        r#""soon" is no length of time: write it like 90s, 30m, 2h, 1d or 1h30m"#
    );
}

proptest! {
    #[test]
    fn what_is_written_is_read(millis in any::<u64>()) {
        let span = Span::from_millis(millis);
        prop_assert_eq!(span.to_string().parse(), Ok(span));
    }

    #[test]
    fn no_text_panics(text in ".*") {
        let _ = text.parse::<Span>();
    }
}
