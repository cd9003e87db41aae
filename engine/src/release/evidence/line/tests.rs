use proptest::prelude::*;

use super::*;

const GOOD: &str = r#"{"release":"r1","at":"2026-11-21T10:00:10Z","stage":1,"weight":0.01,
    "baseline":{"exposed":990,"first":400,"metrics":{"errors":{"events":5},"latency":{"histogram":{"-3":12,"105":31}}}},
    "candidate":{"exposed":10,"metrics":{"errors":{"counter":{"exposed":20,"events":0.5,"seconds":60}}}}}"#;

fn read(line: &str) -> Result<Line<'_>, BadWindow> {
    Line::read(line.as_bytes())
}

/// The line with something else in it.
fn with(part: &str, other: &str) -> String {
    assert!(GOOD.contains(part), "{part}");
    GOOD.replacen(part, other, 1)
}

#[test]
fn a_line_is_read_as_serde_reads_it() {
    let line = read(GOOD).unwrap();
    assert_eq!(line.release.as_deref(), Some("r1"));
    assert_eq!(line.at, "2026-11-21T10:00:10Z");
    let mut window: Window = serde_json::from_str(GOOD).unwrap();
    window.release = None;
    assert_eq!(line.window, window);
}

#[test]
fn what_is_wrong_is_told_by_member_and_in_words() {
    for (line, member, words) in [
        (
            with("990", "\"x\""),
            "baseline.exposed",
            "a number belongs here, and not a string",
        ),
        (
            with("990", "1e999"),
            "baseline.exposed",
            "1e999 is no number",
        ),
        (with("990", "012"), "baseline.exposed", "012 is no number"),
        (
            with("\"stage\":1", "\"stage\":1.5"),
            "stage",
            "1.5 is no whole number",
        ),
        (
            with("\"stage\":1", "\"stage\":-1"),
            "stage",
            "-1 is no whole number",
        ),
        (
            with("\"stage\":1", "\"stage\":null"),
            "stage",
            "and not null",
        ),
        (with("\"stage\":1,", ""), "stage", "it is missing"),
        (
            with("\"exposed\":990,", ""),
            "baseline.exposed",
            "it is missing",
        ),
        (with("candidate", "other"), "candidate", "it is missing"),
        (
            with("\"first\"", "\"exposed\""),
            "baseline.exposed",
            "it comes twice",
        ),
        (with("T10", " 10"), "at", "write it like"),
        (
            with("\"r1\"", "7"),
            "release",
            "a string belongs here, and not a number",
        ),
        (
            with("{\"events\":5}", "[5]"),
            "baseline.metrics.errors",
            "an object belongs here, and not a list",
        ),
        (
            with("{\"events\":5}", "{}"),
            "baseline.metrics.errors",
            "histogram",
        ),
        (
            with("{\"events\":5}", "{\"event\":5}"),
            "baseline.metrics.errors.event",
            "histogram",
        ),
        (
            with("{\"events\":5}", "{\"events\":5,\"histogram\":{}}"),
            "baseline.metrics.errors.histogram",
            "no more than one",
        ),
        (
            with("latency", "errors"),
            "baseline.metrics.errors",
            "it comes twice",
        ),
        (
            with("\"105\"", "\"-3\""),
            "baseline.metrics.latency.histogram.-3",
            "it comes twice",
        ),
        (
            with("\"105\"", "\"05\""),
            "baseline.metrics.latency.histogram.05",
            "\"05\" is no bucket",
        ),
        (
            with("\"105\"", "\"+5\""),
            "baseline.metrics.latency.histogram.+5",
            "no bucket",
        ),
        (
            with("\"105\"", "\"-0\""),
            "baseline.metrics.latency.histogram.-0",
            "no bucket",
        ),
        (
            with("31", "31.5"),
            "baseline.metrics.latency.histogram.105",
            "31.5 is no whole number",
        ),
        (
            with("31", "-31"),
            "baseline.metrics.latency.histogram.105",
            "-31 is no whole number",
        ),
        (
            with("60", "1e10"),
            "candidate.metrics.errors.counter.seconds",
            "no window is as long",
        ),
        (
            r#"["r","2026-11-21T10:00:10Z",0,0.5,{"exposed":1},{"exposed":1}]"#.to_owned(),
            "",
            "an object belongs here, and not a list",
        ),
        ("7".to_owned(), "", "and not a number"),
        (" ".to_owned(), "", "nothing on the line"),
        (
            "nonsense".to_owned(),
            "",
            "no JSON: expected true, false or null at column 2",
        ),
        (GOOD[..40].to_owned(), "", "no JSON: the line ends within a"),
        (format!("{GOOD}{GOOD}"), "", "trailing characters"),
        (
            format!("{GOOD}x").replacen("990", "tru", 1),
            "",
            "no JSON: expected true",
        ),
        (
            with("\"stage\":1", &format!("\"x\":{}", "[".repeat(5000))),
            "",
            "nesting beyond 128 levels",
        ),
    ] {
        let error = read(&line).unwrap_err();
        assert_eq!(error.place, member, "{line}: {error}");
        assert!(error.reason.contains(words), "{line}: {error}");
        assert!(!error.to_string().starts_with(": "), "{error}");
    }
    let error = Line::read(b"{\"at\":\"\xff\"}").unwrap_err();
    assert_eq!(error.to_string(), "no UTF-8 behind byte 7");
}

#[test]
fn an_arm_that_is_a_list_of_its_members_is_none() {
    let line = r#"{"at":"2026-11-21T10:00:10Z","stage":0,"weight":0.5,"baseline":[990,400,{}],"candidate":{"exposed":10}}"#;
    assert!(
        serde_json::from_str::<Window>(line).is_ok(),
        "serde takes it"
    );
    assert_eq!(
        read(line).unwrap_err().to_string(),
        "baseline: an object belongs here, and not a list"
    );
}

#[test]
fn a_count_may_be_written_in_every_way() {
    let as_written = read(GOOD).unwrap();
    for (part, other) in [
        ("990", "9.9e2"),
        ("990", "990.0"),
        ("31", "3.1e1"),
        ("31", "31.0"),
        ("\"stage\":1", "\"stage\":1.0"),
        ("\"first\":400", "\"first\":4E+2"),
        ("\"weight\":0.01", "\"weight\":1e-2"),
        ("\"release\":\"r1\"", "\"release\":\"\\u00721\""),
        ("\"stage\":1", "\"late\":[{},null],\"stage\":1"),
        ("\"exposed\":10,", "\"exposed\":10,\"first\":null,"),
        ("60", "60.0"),
    ] {
        assert_eq!(read(&with(part, other)).unwrap(), as_written, "{other}");
    }
    let whole: Histogram = serde_json::from_str(r#"{"5": 1e3, "-2": 7, "0": 2.0}"#).unwrap();
    assert_eq!(whole, [(5, 1000), (-2, 7), (0, 2)].into_iter().collect());
    for text in [
        r#"{"5": 1.5}"#,
        r#"{"05": 1}"#,
        r#"{"5": 1, "5": 1}"#,
        r#"{"5": -1}"#,
        r#"{"5": 1e300}"#,
    ] {
        assert!(serde_json::from_str::<Histogram>(text).is_err(), "{text}");
    }
}

fn arm() -> impl Strategy<Value = Arm> {
    let count = || prop_oneof![(0..10_000_u32).prop_map(f64::from), 0.0..1e15_f64];
    let histogram = prop::collection::btree_map(any::<i32>(), any::<u64>(), 0..5);
    let counter = (count(), count(), any::<u32>()).prop_map(|(exposed, events, seconds)| Counter {
        exposed,
        events,
        seconds,
    });
    let tally = prop_oneof![
        count().prop_map(Tally::Events),
        histogram.prop_map(|counts| Tally::Histogram(Histogram(counts))),
        counter.prop_map(Tally::Counter),
    ];
    let metrics = prop::collection::btree_map(any::<String>(), tally, 0..4);
    (count(), prop::option::of(count()), metrics).prop_map(|(exposed, first, metrics)| Arm {
        exposed,
        first,
        metrics,
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read(
        baseline in arm(), candidate in arm(), release in prop::option::of(any::<String>()),
        stage in 0..1000_usize, weight in 0.0..=1.0_f64, at in -1_000_000_000_000..4_000_000_000_000_i64, spaced: bool,
    ) {
        let mut window = Window { release, at: At::from_millis(at), stage, weight, baseline, candidate };
        let text = if spaced { serde_json::to_string_pretty(&window) } else { serde_json::to_string(&window) }.unwrap();
        let line = read(&text).unwrap();
        prop_assert_eq!(line.release.as_deref(), window.release.as_deref());
        prop_assert_eq!(line.at.parse::<At>().unwrap(), window.at);
        window.release = None;
        prop_assert_eq!(line.window, window);
    }

    #[test]
    fn whatever_comes_is_read_or_refused_in_words(cut in 0..GOOD.len(), other in "[\\[\\]{}:,\"0-9eE.nul-]{0,4}") {
        let line = format!("{}{other}{}", &GOOD[..cut], &GOOD[cut..]);
        match (read(&line), serde_json::from_str::<Window>(&line)) {
            // Where both take it they take it alike.
            (Ok(line), Ok(window)) => prop_assert_eq!(line.window.baseline, window.baseline),
            (Err(error), _) => prop_assert!(!error.reason.is_empty()),
            (Ok(_), Err(error)) => {
                // Whole numbers may be written in every way.
                let words = error.to_string();
                prop_assert!(words.contains("expected usize") || words.contains("expected u32"), "{}", words);
            }
        }
    }
}
