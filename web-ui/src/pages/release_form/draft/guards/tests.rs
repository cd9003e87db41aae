use serde_json::json;

use super::*;

#[test]
fn a_new_guard_has_margins_and_says_what_they_mean() {
    let mut draft = Draft::default();
    draft.add_guard();
    let guard = &draft.guards[0];
    assert_eq!(
        words(guard).replace('\u{202f}', " "),
        "More than 5 % and 5 in 10 000 units above the baseline is harm; \
         a stage waits until 50 % more can be ruled out."
    );
}

#[test]
fn values_have_neither_an_absolute_margin_nor_safety() {
    let mut draft = Draft::default();
    draft.add_guard();
    let guard = &mut draft.guards[0];
    let metric = |kind: &str, direction: &str| -> Metric {
        serde_json::from_value(json!({"kind": kind, "direction": direction})).unwrap()
    };
    guard.choose("orders".to_owned(), Some(&metric("count", "down")));
    assert!(guard.down && !guard.require_safe.is_empty());
    guard.choose("latency".to_owned(), Some(&metric("value", "up")));
    assert_eq!(
        words(guard).replace('\u{202f}', " "),
        "More than 5 % above the baseline is harm; no stage waits for it."
    );
}

#[test]
fn another_way_keeps_the_metric_and_begins_with_what_suits() {
    let mut draft = Draft::default();
    draft.add_guard();
    let guard = &mut draft.guards[0];
    (guard.metric, guard.action) = ("differs".to_owned(), "hold".to_owned());
    guard.judge(Way::Limit);
    let read = |guard: &GuardDraft| {
        let read = read(std::slice::from_ref(guard), &mut Vec::new());
        serde_json::to_value(&read[0]).unwrap()
    };
    assert_eq!(
        read(guard),
        json!({"metric": "differs", "bad": "up", "require_safe": 1.0, "action": "hold", "limit": 0.001})
    );
    assert_eq!(
        words(guard).replace('\u{202f}', " "),
        "More than 10 in 10 000 units is harm, whatever the baseline does; \
         a stage waits until 100 % more can be ruled out."
    );
    guard.judge(Way::Budget);
    assert_eq!(read(guard), json!({"slo": "", "action": "hold"}));
}

#[test]
fn a_limit_of_nothing_is_told_where_it_is_typed() {
    let mut draft = Draft::default();
    draft.limit("differs");
    draft.limit("differs");
    assert_eq!(draft.guards.len(), 1);
    draft.guards[0].limit = "many".to_owned();
    let mut mistakes = Vec::new();
    read(&draft.guards, &mut mistakes);
    assert_eq!(mistakes[0].path, "/guards/0/limit");
}
