use super::*;

fn typed(weight: &str, bake: &str) -> StageDraft {
    StageDraft {
        weight: weight.to_owned(),
        bake: bake.to_owned(),
        ..StageDraft::default()
    }
}

#[test]
fn spaces_capitals_and_percent_signs_are_forgiven() {
    let mut mistakes = Vec::new();
    let read = read(&[typed("12,5 %", " 1H 30m ")], &mut mistakes);
    assert_eq!(mistakes, []);
    let span: Span = "1h30m".parse().unwrap();
    assert_eq!((read[0].weight, read[0].min_bake), (12.5, Some(span)));
}

#[test]
fn another_stage_goes_between() {
    let mut draft = Draft::default();
    draft.add_stage();
    draft.stages = vec![typed("10", ""), typed("100", "")];
    draft.add_stage();
    let weights: Vec<&str> = draft.stages.iter().map(|it| it.weight.as_str()).collect();
    assert_eq!(weights, ["10", "55", "100"]);
    assert_eq!(draft.stages[1].id, 2);
}

#[test]
fn stages_in_words() {
    assert_eq!(words(&typed("1", "90s"), false, false), "bakes 1m30s");
    assert_eq!(
        words(&typed("1", "90s"), false, true),
        "bakes 1m30s · then waits for proof of safety"
    );
    assert_eq!(
        words(&typed("1", "ten"), false, false),
        "its time cannot be read"
    );
    assert_eq!(words(&typed("1", ""), false, false), "waits for a person");
    assert_eq!(words(&typed("100", ""), true, false), "completes at once");
    let mut ring = typed("100", "30m");
    ring.segment = "staff".to_owned();
    ring.approval = "admin".to_owned();
    assert_eq!(
        words(&ring, false, false),
        "bakes 30m · only staff · admin approves"
    );
    assert!(ring.says_more() && !typed("1", "1m").says_more());
}

#[test]
fn a_shadow_stage_comes_first_and_goes_with_its_guard() {
    let mut draft = Draft {
        stages: vec![typed("100", "")],
        ..Draft::default()
    };
    draft.add_guard();
    draft.add_shadow();
    draft.add_shadow();
    let [first, second] = [draft.stages[0].id, draft.stages[1].id];
    assert!(draft.stages[1].shadow && !draft.stages[2].shadow);
    draft.choose_mismatch(first, "differs".to_owned());
    draft.choose_mismatch(second, "differs".to_owned());
    let limited = |draft: &Draft| -> Vec<String> {
        let limits = draft.guards.iter().filter(|guard| guard.way == Way::Limit);
        limits.map(|guard| guard.metric.clone()).collect()
    };
    assert_eq!(limited(&draft), ["differs"]);
    draft.choose_mismatch(second, "differs-2".to_owned());
    assert_eq!(limited(&draft), ["differs", "differs-2"]);
    draft.choose_mismatch(second, "differs-3".to_owned());
    assert_eq!(limited(&draft), ["differs", "differs-3"]);
    draft.remove_stage(second);
    assert_eq!(limited(&draft), ["differs"]);
    let read = draft.read().unwrap();
    let shadow = read.stages[0].shadow.as_ref();
    assert_eq!(shadow.map(|it| it.mismatch.as_str()), Some("differs"));
}
