//! Our own reading of JSON takes what serde_json takes, and reads the same from it.

use proptest::prelude::*;
use serde_json::Value;

use crate::json::{self, Lexer, MAX_DEPTH, Tape};

fn lexed(text: &str) -> Option<Value> {
    let mut tape = Tape::default();
    let mut lexer = Lexer::new(text);
    lexer.value(&mut tape, MAX_DEPTH)?;
    lexer.is_at_end().then(|| tape.root().to_value())
}

/// The text of both, so that `0` and `-0`, or `1` and `1.0`, are not the same.
fn both(text: &str) -> (Option<String>, Option<String>) {
    let written = |value: Value| value.to_string();
    (
        lexed(text).map(written),
        json::parse(text).ok().map(written),
    )
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000..1000_i64).prop_map(Value::from),
        ".{0,20}".prop_map(Value::from),
        "[a-z]{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(5, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::btree_map(".{0,9}", inner, 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn what_is_written_is_read(value in value(), spaced in any::<bool>()) {
        let text = if spaced {
            serde_json::to_string_pretty(&value).unwrap()
        } else {
            value.to_string()
        };
        let (ours, theirs) = both(&text);
        prop_assert!(ours.is_some());
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn what_is_broken_is_refused_alike(value in value(), place in any::<prop::sample::Index>(), with in "[\\x00-\\x7fé]{0,2}") {
        let text = value.to_string();
        let places: Vec<usize> = text.char_indices().map(|(place, _)| place).collect();
        let place = *place.get(&places);
        let behind = text[place..].chars().next().map_or(0, char::len_utf8);
        let broken = format!("{}{with}{}", &text[..place], &text[place + behind..]);
        let (ours, theirs) = both(&broken);
        prop_assert_eq!(ours, theirs, "{}", broken);
    }

    /// By name, and not all at once: which one counts where there are several is decided there.
    #[test]
    fn members_are_found_by_name(names in prop::collection::vec("(a|b|\\\\u0061|é|abcdefgh|abcdefgi){0,2}", 0..5)) {
        let members = names.iter().zip(0..).map(|(name, place)| format!("\"{name}\":{place}"));
        let text = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
        let theirs = json::parse(&text).unwrap();
        let mut tape = Tape::default();
        Lexer::new(&text).value(&mut tape, MAX_DEPTH).unwrap();
        let ours = |name: &str| tape.root().get(name).map(|found| found.to_value());
        for (name, value) in theirs.as_object().unwrap() {
            let found = ours(name);
            prop_assert_eq!(found.as_ref(), Some(value), "{} in {}", name, text);
        }
        prop_assert_eq!(ours("c"), None);
    }

    #[test]
    fn any_text_is_read_alike(text in "[\\[\\]{}\":,0-9eE+.\\-truefalsn \\\\u/\\x01\n]{0,12}") {
        let (ours, theirs) = both(&text);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn numbers_are_read_alike(text in "-?[0-9]{0,25}(\\.[0-9]{0,20})?([eE][+-]?[0-9]{0,4})?") {
        let (ours, theirs) = both(&text);
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn strings_are_read_alike(text in "(\\\\[\"\\\\/bfnrtux]|\\\\u[dD][89a-fA-F][0-9a-f]{2}|\\\\u[0-9a-f]{3,4}|[a-z\u{7f}\u{80}é😀\"\t]){0,20}") {
        let (ours, theirs) = both(&format!("\"{text}\""));
        prop_assert_eq!(ours, theirs);
    }
}

#[test]
fn elements_are_counted() {
    for (text, count) in [("[]", 0), ("[1]", 1), ("[[1, 2], {\"a\": [3]}, 4]", 3)] {
        let mut tape = Tape::default();
        Lexer::new(text).value(&mut tape, MAX_DEPTH).unwrap();
        let elements = tape.root().elements().unwrap();
        assert_eq!((elements.len(), elements.count()), (count, count), "{text}");
    }
}

#[test]
fn edges_are_read_alike() {
    let texts = [
        "",
        " ",
        "\u{feff}1",
        "1 2",
        "[1,]",
        "[,1]",
        "{\"a\":1,}",
        "{,}",
        "{\"a\"}",
        "{1:2}",
        "[ ]",
        "{ }",
        "[\t\r\n]",
        "{\r\n\t}",
        " { \"a\" : [ ] , \"b\" : { } } ",
        "[",
        "[ ",
        "[1",
        "[1 ",
        "[1,",
        "{",
        "{ ",
        "{\"a\"",
        "{\"a\" ",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "\"",
        "\"\\",
        "\"\\\"",
        "\"\u{1f}\"",
        "\"\u{7f}\"",
        "\"1234567\u{1}\"",
        "\"1234567\u{1f}89\"",
        "\"\u{1f}23456789\"",
        "\"\u{20}23456789\"",
        "\"12345678\\n\"",
        "tru",
        "true1",
        "nul",
        "nulll",
        "-",
        "-0",
        "-0.0",
        "0",
        "00",
        "01",
        "0.5",
        "-01",
        "0e5",
        "123456789012345678.5",
        "123456789012345678e1",
        // Beyond 64 bits it is 1 again.
        "36893488147419103233",
        "00000000000000000001",
        "1e999",
        "-1e999",
        "1e-999",
        "9007199254740993",
        "999999999999999999",
        "1000000000000000000",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        "-9223372036854775809",
        "1.",
        ".1",
        "1e",
        "1e+",
        "+1",
        "1-2",
        "\"\\ud800\"",
        "\"\\ud83d\\ude00\"",
        "\"\\u0000\"",
        "{\"a\":1,\"a\":2}",
        "\u{a0}1",
        "\u{b}1",
        "[1]\u{0}",
    ];
    for text in texts {
        let (ours, theirs) = both(text);
        assert_eq!(ours, theirs, "{text:?}");
    }
    for levels in [1, 127, 128, 129, 100_000] {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let middle = if open == "[" { "" } else { "1" };
            let text = format!("{}{middle}{}", open.repeat(levels), close.repeat(levels));
            let (ours, theirs) = both(&text);
            assert_eq!(ours, theirs, "{levels} of {open}");
            assert_eq!(ours.is_some(), levels <= 128, "{levels} of {open}");
        }
    }
}
