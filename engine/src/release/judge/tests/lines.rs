//! Lines of text in, and lines of text out.

use serde_json::{Value, json};

use super::guards;
use crate::release::{Policy, judge::Lines};

fn line(release: Option<&str>, minute: usize, events: u32) -> String {
    let arm = |events| json!({"exposed": 500, "metrics": {"errors": {"events": events}}});
    let mut line = json!({
        "at": format!("2026-11-21T10:{minute:02}:00Z"), "stage": 0, "weight": 0.5,
        "baseline": arm(1), "candidate": arm(events),
    });
    if let Some(release) = release {
        line["release"] = json!(release);
    }
    line.to_string()
}

fn answers(lines: &[String]) -> Vec<Value> {
    let mut judge = Lines::new(&Policy::default(), &guards(json!([{"metric": "errors"}])));
    let mut output = Vec::new();
    for line in lines {
        judge.answer(line.as_bytes(), &mut output).unwrap();
        output.push(b'\n');
    }
    let text = String::from_utf8(output).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn streams_of_one_file_are_judged_as_if_each_came_alone() {
    let streams = [None, Some("a"), Some("b")];
    let of = |release: Option<&str>, minute: usize| {
        // Each has another rate, so that none is taken for another.
        let events = [3, 10, 30][streams.iter().position(|it| *it == release).unwrap()];
        line(release, minute, events)
    };
    // In turns, and now and then two of one.
    let order: Vec<_> = (0..20)
        .flat_map(|minute| {
            let mut turn = streams.to_vec();
            turn.rotate_left(minute % 3);
            turn.into_iter().map(move |release| (release, minute))
        })
        .collect();
    let lines: Vec<String> = order
        .iter()
        .map(|(release, minute)| of(*release, *minute))
        .collect();
    let together = answers(&lines);
    for release in streams {
        let alone: Vec<String> = (0..20).map(|minute| of(release, minute)).collect();
        let its = together
            .iter()
            .zip(&order)
            .filter(|(_, (of, _))| *of == release);
        let its: Vec<Value> = its.map(|(answer, _)| answer.clone()).collect();
        assert_eq!(its, answers(&alone), "{release:?}");
        assert!(its.iter().all(|answer| answer["release"] == json!(release)));
    }
    assert_eq!(together.last().unwrap()["verdict"], "harm");
}

#[test]
fn a_line_that_is_none_is_told_by_its_number_and_changes_nothing() {
    let good = [line(None, 0, 3), line(None, 1, 3)];
    let mixed = answers(&[
        good[0].clone(),
        "[1, 2]".to_owned(),
        line(None, 5, 1000),
        good[1].clone(),
    ]);
    assert_eq!(
        [&mixed[0], &mixed[3]],
        answers(&good).iter().collect::<Vec<_>>()[..]
    );
    assert_eq!(mixed[1]["line"], 2);
    assert_eq!(mixed[2]["line"], 3);
    assert_eq!(mixed[2]["member"], "candidate.metrics.errors");
    assert_eq!(mixed[2]["at"], "2026-11-21T10:05:00Z");
}
