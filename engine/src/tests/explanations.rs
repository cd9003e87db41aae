//! Explanations say what evaluations say, and say it in a bounded space.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Map, Value, json};

use super::arbitrary::{FLAGS, SEGMENTS, context, flag, segment};
use super::{compiled, ruled};
use crate::context::Context;
use crate::evaluation::{ErrorCode, Evaluation, Reason};
use crate::explain::{
    Because, Condition, Construct, Explanation, Outcome, Parts, Serve, Step, Truth, explain,
};
use crate::json;
use crate::ruleset::{Document, Ruleset};

mod left_out;

fn document(flags: Value, segments: Value) -> Document {
    Document::from_json(json!({"format": 1, "revision": 1, "flags": flags, "segments": segments}))
        .unwrap()
}

/// What the steps come to, not looking at what the explanation says of the whole.
fn decided(
    steps: &[Step],
) -> (
    Reason,
    Option<&str>,
    Option<&str>,
    Option<u32>,
    Option<&str>,
) {
    let at = steps
        .iter()
        .position(|step| step.outcome() == Outcome::Decided)
        .unwrap();
    for (index, step) in steps.iter().enumerate() {
        let expected: &[Outcome] = match index.cmp(&at) {
            std::cmp::Ordering::Less => &[Outcome::Passed, Outcome::NoMatch],
            std::cmp::Ordering::Equal => &[Outcome::Decided],
            std::cmp::Ordering::Greater => &[Outcome::NotReached],
        };
        assert!(expected.contains(&step.outcome()), "{steps:#?}");
    }
    let serve = |serve: &'_ Serve, plain| match serve {
        Serve::Variation(_) => plain,
        Serve::Split(split) if split.slot.is_none() => Reason::Error,
        Serve::Split(_) => Reason::Split,
    };
    match &steps[at] {
        Step::Enabled { .. } => (Reason::Disabled, None, None, None, None),
        Step::Prerequisite(step) => {
            let required = &step.required;
            assert!(
                required
                    .served
                    .as_ref()
                    .is_none_or(|served| !required.wanted.contains(served))
            );
            (
                Reason::PrerequisiteFailed,
                None,
                None,
                None,
                Some(&required.flag),
            )
        }
        Step::Target(step) => (Reason::TargetMatch, Some(&step.variation), None, None, None),
        Step::Rule(step) => {
            let (variation, slot) = served(step.serve.as_ref().unwrap());
            let reason = serve(step.serve.as_ref().unwrap(), Reason::RuleMatch);
            let rule = (reason != Reason::Error).then_some(&*step.rule);
            (reason, variation, rule, slot, None)
        }
        Step::Default { serve: what, .. } => {
            let (variation, slot) = served(what);
            let alone = steps.len() == 2;
            let plain = if alone {
                Reason::Static
            } else {
                Reason::Default
            };
            (serve(what, plain), variation, None, slot, None)
        }
    }
}

fn served(serve: &Serve) -> (Option<&str>, Option<u32>) {
    match serve {
        Serve::Variation(variation) => (Some(variation), None),
        Serve::Split(split) => {
            let run = split.from.zip(split.to);
            assert_eq!(run.is_some(), split.slot.is_some());
            assert!(
                run.zip(split.slot)
                    .is_none_or(|((from, to), slot)| from <= slot && slot < to)
            );
            (split.variation.as_deref(), split.slot)
        }
    }
}

fn check(explanation: &Explanation, evaluation: &Evaluation<'_>) {
    assert_eq!(explanation.value.as_ref(), evaluation.value);
    assert_eq!(explanation.variation.as_deref(), evaluation.variation);
    assert_eq!(explanation.reason, evaluation.reason);
    assert_eq!(explanation.rule.as_deref(), evaluation.rule);
    assert_eq!(explanation.slot, evaluation.slot);
    assert_eq!(explanation.prerequisite.as_deref(), evaluation.prerequisite);
    assert_eq!(explanation.error_code, evaluation.error_code());
    assert_eq!(explanation.flag_version, evaluation.flag_version);
    if let Some(ErrorCode::FlagNotFound | ErrorCode::ParseError) = explanation.error_code {
        assert_eq!(explanation.steps, []);
        return;
    }
    let (reason, variation, rule, slot, prerequisite) = decided(&explanation.steps);
    assert_eq!(reason, evaluation.reason, "{explanation:#?}");
    assert_eq!(rule, evaluation.rule);
    assert_eq!(slot, evaluation.slot);
    assert_eq!(prerequisite, evaluation.prerequisite);
    if !matches!(reason, Reason::Disabled | Reason::PrerequisiteFailed) {
        assert_eq!(variation, evaluation.variation);
    }
    for step in &explanation.steps {
        if let Step::Rule(step) = step {
            let condition = step.condition.as_ref().unwrap();
            let reached = step.outcome != Outcome::NotReached;
            check_condition(condition, !reached);
            assert!(!reached || condition.result.holds() == (step.outcome == Outcome::Decided));
        }
    }
}

/// Whether a condition's result follows from its parts.
fn check_condition(condition: &Condition, skipped: bool) {
    assert_eq!(condition.skipped, skipped);
    let holds = condition.result.holds();
    match &condition.construct {
        Construct::All(parts) => assert_eq!(holds, !check_parts(parts, skipped, Some(false))),
        Construct::Any(parts) => assert_eq!(holds, check_parts(parts, skipped, Some(true))),
        Construct::Not(parts) => assert_eq!(holds, !check_parts(parts, skipped, Some(true))),
        Construct::Flag(part) => {
            let served = part.served.as_ref();
            assert_eq!(
                holds,
                served.is_some_and(|served| part.wanted.contains(served))
            );
        }
        Construct::Share(part) => {
            assert_eq!(holds, part.slot.is_some_and(|slot| slot < part.below));
            assert_eq!(condition.result == Truth::Missing, part.seen.is_none());
        }
        Construct::Attribute(leaf) => {
            assert_eq!(condition.result == Truth::Missing, leaf.seen.is_none());
            assert!(!(leaf.unfit && holds));
        }
        Construct::Segment(part) => match part.because.as_deref().unwrap() {
            Because::Included { .. } => assert!(holds),
            Because::Excluded { .. } => assert!(!holds),
            Because::Rule { condition, .. } => {
                assert!(holds && condition.as_ref().unwrap().result.holds());
            }
            Because::Nothing(parts) => assert!(!holds && !check_parts(parts, skipped, None)),
        },
    }
}

/// Whether a part is the one that decides a group; those behind it are skipped. Without
/// one that would, whether any part holds.
fn check_parts(parts: &Parts, skipped: bool, decisive: Option<bool>) -> bool {
    assert_eq!(parts.left_out, 0);
    let mut decided = false;
    for part in &parts.parts {
        let skips = decisive.is_some() && decided;
        check_condition(part, skipped || skips);
        decided |= part.result.holds() == decisive.unwrap_or(true);
    }
    decided
}

/// Reads an explanation back in both ways.
fn check_json(explanation: &Explanation) {
    let text = serde_json::to_string(explanation).unwrap();
    let by_text: Explanation = serde_json::from_str(&text).unwrap();
    let by_value: Explanation = json::read(json::parse(&text).unwrap()).unwrap();
    assert_eq!(&by_text, explanation);
    assert_eq!(&by_value, explanation);
}

/// Draws from what proptest makes; a small generator of its own mixes these to rulesets,
/// since proptest would take too long for so many.
struct Pool {
    flags: Vec<Value>,
    segments: Vec<Value>,
    contexts: Vec<Context>,
    state: u64,
}

impl Pool {
    fn new(runner: &mut TestRunner) -> Self {
        fn draw(
            runner: &mut TestRunner,
            count: usize,
            from: impl Strategy<Value = Value>,
        ) -> Vec<Value> {
            (0..count)
                .map(|_| from.new_tree(runner).unwrap().current())
                .collect()
        }
        let contexts = draw(runner, 1000, context());
        Self {
            flags: draw(runner, 2000, flag()),
            segments: draw(runner, 1000, segment()),
            contexts: contexts
                .into_iter()
                .map(|json| Context::from_json(json).unwrap())
                .collect(),
            state: 0x2545_f491_4f6c_dd1d,
        }
    }

    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        (self.state >> 33) as usize % bound
    }

    fn ruleset(&mut self) -> Document {
        let mut flags = Map::new();
        for key in FLAGS {
            let index = self.below(self.flags.len() * 6 / 5);
            if let Some(flag) = self.flags.get(index) {
                flags.insert(key.to_owned(), flag.clone());
            }
        }
        let mut segments = Map::new();
        for key in SEGMENTS {
            let index = self.below(self.segments.len() * 6 / 5);
            if let Some(segment) = self.segments.get(index) {
                segments.insert(key.to_owned(), segment.clone());
            }
        }
        document(flags.into(), segments.into())
    }
}

/// 100 000 random pairs of a ruleset and a context: what is served and why, by both.
#[test]
fn explanations_and_evaluations_agree() {
    let mut pool = Pool::new(&mut TestRunner::deterministic());
    let mut told = std::collections::BTreeSet::new();
    for round in 0..5_000 {
        let document = pool.ruleset();
        let (ruleset, _) = Ruleset::from_document(document.clone()).unwrap();
        let careful = (round % 16 == 0).then(|| ruleset.clone().with_all_heavy());
        for _ in 0..20 {
            let key = FLAGS[pool.below(FLAGS.len())];
            let context = pool.below(pool.contexts.len());
            let context = &pool.contexts[context];
            let explanation = explain(&ruleset, &document, key, context);
            check(&explanation, &ruleset.evaluate(key, context));
            told.insert(explanation.reason.as_str());
            if let Some(careful) = &careful {
                check(
                    &explain(careful, &document, key, context),
                    &ruleset.evaluate(key, context),
                );
                check_json(&explanation);
            }
        }
    }
    // All the reasons that there are.
    assert_eq!(told.len(), 8, "{told:?}");
}

fn explained(flags: Value, segments: Value, key: &str, context: Value) -> Explanation {
    let document = document(flags, segments);
    let (ruleset, _) = Ruleset::from_document(document.clone()).unwrap();
    let context = Context::from_json(context).unwrap();
    let explanation = explain(&ruleset, &document, key, &context);
    let evaluation = ruleset.evaluate(key, &context);
    assert_eq!(
        (explanation.variation.as_deref(), explanation.reason),
        (evaluation.variation, evaluation.reason)
    );
    check_json(&explanation);
    explanation
}

fn chain(length: usize, link: impl Fn(usize) -> Value) -> Map<String, Value> {
    (0..length)
        .map(|index| (format!("f{index}"), link(index)))
        .collect()
}

#[test]
fn long_chains_are_no_trouble() {
    let requires = |index| {
        let mut flag = ruled(&json!({"all": []}));
        flag["prerequisites"] = json!([{"flag": format!("f{}", index + 1), "variations": ["on"]}]);
        flag
    };
    let mut flags = chain(20_000, requires);
    flags.insert("f20000".to_owned(), ruled(&json!({"all": []})));
    let explanation = explained(flags.into(), json!({}), "f0", json!({}));
    assert_eq!(explanation.reason, Reason::RuleMatch);

    // Flag, segment, flag, …: the segment's rule is shown, and what its flag serves.
    let flags = chain(5000, |index| {
        ruled(&json!({"segment": format!("s{index}")}))
    });
    let segments = (0..5000).map(|index| {
        let when = json!({"not": {"flag": format!("f{}", index + 1), "variations": ["on"]}});
        (format!("s{index}"), json!({"rules": [{"when": when}]}))
    });
    let segments: Map<_, _> = segments.collect();
    explained(flags.into(), segments.into(), "f0", json!({}));

    // Segments in segments in segments: shown up to a depth, and said so.
    let segments = (0..3000).map(|index| {
        let when = match index {
            2999 => json!({"all": []}),
            _ => json!({"all": [{"segment": format!("s{}", index + 1)}]}),
        };
        (format!("s{index}"), json!({"rules": [{"when": when}]}))
    });
    let segments: Map<_, _> = segments.collect();
    let flags = json!({"f": ruled(&json!({"segment": "s0"}))});
    let explanation = explained(flags, segments.into(), "f", json!({}));
    assert_eq!(
        (explanation.reason, explanation.cut),
        (Reason::RuleMatch, true)
    );
}

#[test]
fn what_is_too_much_is_left_out() {
    let nest = (0..120).fold(json!({"all": []}), |inside, _| json!({"not": inside}));
    let many: Vec<String> = (0..5_000).map(|index| format!("user-{index}")).collect();
    let leaf = json!({"attribute": "x", "op": "in", "values": many});
    let wide = json!({"any": vec![json!({"attribute": "x", "op": "exists"}); 5_000]});
    let segment = json!({"rules": vec![json!({"when": {"any": vec![leaf.clone(); 3]}}); 3]});
    let mut flag = ruled(&nest);
    for (id, when) in [
        ("leaf", leaf),
        ("segment", json!({"segment": "s"})),
        ("wide", wide),
    ] {
        let rule = json!({"id": id, "when": when, "serve": {"variation": "on"}});
        flag["rules"].as_array_mut().unwrap().insert(0, rule);
    }
    flag["targets"] = vec![json!({"variation": "on", "values": many}); 3].into();
    let long = "long ".repeat(10_000);
    let deep = (0..100).fold(json!(1), |inside, _| json!([inside, long, {"a": long}]));
    for x in [json!(null), json!("user-7"), json!(many), deep, long.into()] {
        let flags = json!({"f": flag});
        let segments = json!({"s": segment});
        let explanation = explained(flags, segments, "f", json!({"x": x}));
        let text = serde_json::to_string(&explanation).unwrap();
        assert!(
            explanation.cut && text.len() < 1_000_000,
            "{} bytes",
            text.len()
        );
    }
}

fn condition(when: &Value, context: Value) -> (Condition, bool) {
    let flags = json!({"f": ruled(when), "g": ruled(&json!({"all": []}))});
    let explanation = explained(flags, json!({}), "f", context);
    let Step::Rule(step) = &explanation.steps[1] else {
        panic!("{explanation:#?}");
    };
    (step.condition.clone().unwrap(), explanation.cut)
}

#[test]
fn lists_and_values_are_shown_up_to_a_length() {
    let values: Vec<usize> = (0..25).collect();
    let leaf = |values: &[usize]| json!({"attribute": "x", "op": "in", "values": values});
    let seen =
        json!({"long": "é".repeat(301), "list": values, "deep": [[[["x"]]]], "flat": [[["x"]]]});
    let (found, cut) = condition(&leaf(&values), json!({"x": seen}));
    let Construct::Attribute(part) = found.construct else {
        panic!("{found:?}");
    };
    assert_eq!((part.wanted.len(), part.left_out, cut), (20, 5, false));
    assert_eq!(part.wanted[19], 19);
    let seen = part.seen.unwrap();
    assert_eq!(seen["long"], format!("{}…", "é".repeat(300)));
    assert_eq!(
        (&seen["list"][19], &seen["list"][20]),
        (&json!(19), &json!("…"))
    );
    assert_eq!(
        (&seen["deep"], &seen["flat"]),
        (&json!([[["…"]]]), &json!([[["x"]]]))
    );
    let members: Map<_, _> = (0..21)
        .map(|index| (format!("m{index:02}"), json!(index)))
        .collect();
    for (members, shown) in [
        (members.clone(), 21),
        (members.into_iter().take(20).collect(), 20),
    ] {
        let (found, _) = condition(&leaf(&values[..20]), json!({"x": members}));
        let Construct::Attribute(part) = found.construct else {
            panic!("{found:?}");
        };
        let seen = part.seen.unwrap();
        assert_eq!((part.left_out, seen.as_object().unwrap().len()), (0, shown));
        assert_eq!(seen.get("…").is_some(), shown == 21);
    }
    let names: Vec<String> = (0..21).map(|index| format!("v{index}")).collect();
    let (found, _) = condition(&json!({"flag": "g", "variations": names}), json!({}));
    let Construct::Flag(part) = found.construct else {
        panic!("{found:?}");
    };
    assert_eq!((part.wanted.len(), part.left_out), (20, 1));
    assert_eq!(
        (part.served.as_deref(), part.reason),
        (Some("on"), Some(Reason::RuleMatch))
    );
}

#[test]
fn conditions_are_shown_up_to_a_number_and_a_depth() {
    let leaf = json!({"attribute": "x", "op": "exists"});
    let (found, cut) = condition(&json!({"all": vec![&leaf; 1999]}), json!({"x": 1}));
    let Construct::All(parts) = &found.construct else {
        panic!("{found:?}");
    };
    assert_eq!((parts.parts.len(), parts.left_out, cut), (1999, 0, false));
    // The last one decides, and is not shown.
    let mut many = vec![leaf.clone(); 2500];
    many[2499] = json!({"any": []});
    let (found, cut) = condition(&json!({"all": many}), json!({"x": 1}));
    let Construct::All(parts) = &found.construct else {
        panic!("{found:?}");
    };
    assert_eq!((parts.parts.len(), parts.left_out, cut), (1999, 501, true));
    assert_eq!(found.result, Truth::False);

    for (levels, shown) in [(43, true), (44, false)] {
        let nest = (0..levels).fold(leaf.clone(), |inside, _| json!({"not": inside}));
        let (mut found, cut) = condition(&nest, json!({"x": 1}));
        assert_eq!((found.result.holds(), cut), (levels % 2 == 0, !shown));
        while let Construct::Not(parts) = found.construct {
            assert_eq!(parts.parts.len() + parts.left_out, 1);
            match parts.parts.into_iter().next() {
                Some(part) => found = part,
                None => break,
            }
        }
    }
}

#[test]
fn steps_are_shown_up_to_a_size_and_the_one_that_decides_is() {
    let mut flag = ruled(&json!({"all": []}));
    let target = json!({"variation": "on", "values": ["nobody"]});
    flag["targets"] = vec![target; 6000].into();
    let explanation = explained(
        json!({"f": flag}),
        json!({}),
        "f",
        json!({"targetingKey": "ada"}),
    );
    assert!(explanation.cut && (1000..6000).contains(&explanation.steps.len()));
    let rule = &explanation.steps[explanation.steps.len() - 2];
    let Step::Rule(step) = rule else {
        panic!("{rule:?}");
    };
    assert_eq!((step.outcome, &step.condition), (Outcome::Decided, &None));
    assert_eq!(step.serve, Some(Serve::Variation("on".to_owned())));
}

#[test]
fn segments_are_looked_into_up_to_some_work() {
    let leaf = json!({"attribute": "x", "op": "exists"});
    let wide = json!({"rules": [{"when": {"any": vec![leaf; 20_001]}}]});
    let segments = json!({"wide": wide, "small": {"included": [{"values": ["ada"]}]}});
    for (first, told) in [("wide", false), ("small", true)] {
        let when = json!({"all": [{"segment": first}, {"segment": "small"}]});
        let context = json!({"targetingKey": "ada", "x": 1});
        let explanation = explained(json!({"f": ruled(&when)}), segments.clone(), "f", context);
        assert_eq!(
            (explanation.reason, explanation.cut),
            (Reason::RuleMatch, !told)
        );
        if told {
            continue;
        }
        let Step::Rule(step) = &explanation.steps[1] else {
            panic!("{explanation:#?}");
        };
        let condition = step.condition.as_ref().unwrap();
        assert!(condition.result.holds());
    }
    let when = json!({"any": [{"segment": "small"}, {"segment": "wide"}]});
    let explanation = explained(
        json!({"f": ruled(&when)}),
        segments,
        "f",
        json!({"targetingKey": "ada"}),
    );
    let Step::Rule(step) = &explanation.steps[1] else {
        panic!("{explanation:#?}");
    };
    let Some(Construct::Any(parts)) = step.condition.as_ref().map(|one| &one.construct) else {
        panic!("{step:?}");
    };
    let Construct::Segment(part) = &parts.parts[1].construct else {
        panic!("{parts:?}");
    };
    let Some(Because::Nothing(rules)) = part.because.as_deref() else {
        panic!("{part:?}");
    };
    assert!(parts.parts[1].skipped && rules.parts[0].skipped);
}

/// The example of the specification: why each of three people gets what they get.
#[test]
fn the_document_of_the_specification() {
    let text = include_str!("../../testdata/document.json");
    let document = Document::from_json(json::parse(text).unwrap()).unwrap();
    let (ruleset, _) = Ruleset::parse(text).unwrap();
    for (name, context) in [
        ("alice", json!({"targetingKey": "alice"})),
        (
            "german_beta_user",
            json!({"targetingKey": "user-2", "org": {"plan": "beta"}, "country": "DE"}),
        ),
        ("stranger", json!({"targetingKey": "user-1"})),
        ("nobody", json!({"country": "KP"})),
    ] {
        let context = Context::from_json(context).unwrap();
        let explanation = explain(&ruleset, &document, "new-checkout", &context);
        check(&explanation, &ruleset.evaluate("new-checkout", &context));
        check_json(&explanation);
        insta::assert_json_snapshot!(name, explanation);
    }
}

#[test]
fn an_attribute_that_the_operator_cannot_read_is_told() {
    for (op, values, unfit, fit) in [
        ("gte", json!([18]), json!("18"), json!([null, 3])),
        ("semver_lt", json!(["2.0.0"]), json!("v1"), json!("1.2")),
        (
            "in_cidr",
            json!(["10.0.0.0/8"]),
            json!("10.0.0.0/8"),
            json!("::1"),
        ),
        ("matches", json!(["^a"]), json!(1), json!("(")),
        ("before", json!([0]), json!("yesterday"), json!(5)),
        ("in", json!(["a"]), json!({"a": 1}), json!(true)),
        ("contains", json!([]), json!([[]]), json!("x")),
    ] {
        for (x, expected) in [(unfit, true), (fit, false)] {
            let when = json!({"attribute": "x", "op": op, "values": values});
            let explanation =
                explained(json!({"f": ruled(&when)}), json!({}), "f", json!({"x": x}));
            let Step::Rule(step) = &explanation.steps[1] else {
                panic!("{explanation:#?}");
            };
            let Some(Construct::Attribute(leaf)) = step.condition.as_ref().map(|c| &c.construct)
            else {
                panic!("{explanation:#?}");
            };
            assert_eq!(
                (leaf.unfit, leaf.seen.as_ref()),
                (expected, Some(&x)),
                "{op}"
            );
        }
    }
}

#[test]
fn an_edit_is_explained_before_it_is_saved() {
    let saved = document(
        json!({"f": ruled(&json!({"segment": "s"})), "g": ruled(&json!({"any": []}))}),
        json!({"s": {}}),
    );
    let (ruleset, _) = Ruleset::from_document(saved.clone()).unwrap();
    let edit = ruled(&json!({"flag": "g", "variations": ["off"]}));
    let (edited, warnings) = ruleset.with_flag("f", Some(&edit));
    assert_eq!(warnings, []);
    let source = crate::explain::Edited {
        source: &saved,
        key: "f",
        flag: &edit,
    };
    let explanation = explain(&edited, &source, "f", &Context::default());
    check(&explanation, &edited.evaluate("f", &Context::default()));
    assert_eq!(explanation.variation.as_deref(), Some("on"));
    // The others are as they were, and so is the ruleset that was edited.
    assert_eq!(
        explain(&edited, &source, "g", &Context::default()),
        explain(&ruleset, &saved, "g", &Context::default())
    );
    assert_eq!(
        ruleset.evaluate("f", &Context::default()).variation,
        Some("off")
    );

    let (without, _) = ruleset.with_segment("s", None);
    assert_eq!(
        without.evaluate("f", &Context::default()).error_code(),
        Some(ErrorCode::ParseError)
    );
    let (_, warnings) = compiled(&json!({"f": ruled(&json!({"segment": "s"}))}), &json!({}));
    assert_eq!(without.warnings(), warnings);
}

#[test]
fn an_edit_is_explained_with_the_segments_that_there_are() {
    let saved = document(
        json!({"f": ruled(&json!({"any": []}))}),
        json!({"s": {"included": [{"values": ["ada"]}], "excluded": [{"attribute": "org.id", "values": ["o7"]}]}}),
    );
    let (ruleset, _) = Ruleset::from_document(saved.clone()).unwrap();
    let edit = ruled(&json!({"segment": "s"}));
    let (edited, _) = ruleset.with_flag("f", Some(&edit));
    let source = crate::explain::Edited {
        source: &saved,
        key: "f",
        flag: &edit,
    };
    let because = |context: &Context| {
        let explanation = explain(&edited, &source, "f", context);
        check(&explanation, &edited.evaluate("f", context));
        let Step::Rule(step) = &explanation.steps[1] else {
            panic!("{explanation:#?}");
        };
        let Some(Construct::Segment(part)) = step.condition.as_ref().map(|one| &one.construct)
        else {
            panic!("{explanation:#?}");
        };
        *part.because.clone().unwrap()
    };
    let included = Because::Included {
        index: 0,
        attribute: "targetingKey".to_owned(),
        seen: Some("ada".into()),
    };
    assert_eq!(because(&Context::new("ada")), included);
    let excluded = Because::Excluded {
        index: 0,
        attribute: "org.id".to_owned(),
        seen: Some("o7".into()),
    };
    let of_o7 = Context::new("eve").with("org", json!({"id": "o7"}));
    assert_eq!(because(&of_o7), excluded);
    assert_eq!(
        because(&Context::new("eve")),
        Because::Nothing(Parts::default())
    );
}

#[test]
fn what_an_operator_does_not_read_is_not_shown() {
    let exists = json!({"attribute": "x", "op": "exists", "values": ["not read"]});
    let (found, cut) = condition(&exists, json!({"x": 1}));
    let Construct::Attribute(leaf) = found.construct else {
        panic!("{found:?}");
    };
    assert_eq!(
        (leaf.wanted, leaf.left_out, leaf.unfit, cut),
        (Vec::new(), 0, false, false)
    );
    for x in [json!([]), json!([null]), json!({}), json!("")] {
        let (found, _) = condition(&exists, json!({"x": x}));
        assert_eq!(found.result, Truth::True);
        assert!(matches!(found.construct, Construct::Attribute(leaf) if !leaf.unfit));
    }
    let share = |slots: u32| json!({"share": {"slots": slots, "salt": "new-checkout"}});
    // user-1 is in slot 11929.
    for (slots, expected) in [(11_929, Truth::False), (11_930, Truth::True)] {
        let (found, _) = condition(&share(slots), json!({"targetingKey": "user-1"}));
        assert_eq!(found.result, expected);
        let (found, _) = condition(&share(slots), json!({}));
        assert_eq!(found.result, Truth::Missing);
        let (found, _) = condition(&share(slots), json!({"targetingKey": []}));
        assert_eq!(found.result, Truth::False);
    }
}

#[test]
fn a_split_is_explained_by_the_run_of_the_slot() {
    // user-1 is in slot 11929.
    for (first, from, to, expected) in [(11_929, 11_929, 100_000, "off"), (11_930, 0, 11_930, "on")]
    {
        let mut flag = ruled(&json!({"any": []}));
        flag["salt"] = "new-checkout".into();
        flag["default"] = json!({"split": {"allocation": [
            {"variation": "on", "slots": first}, {"variation": "off", "slots": 100_000 - first}]}});
        let context = json!({"targetingKey": "user-1"});
        let explanation = explained(json!({"f": flag}), json!({}), "f", context);
        let Some(Step::Default {
            serve: Serve::Split(split),
            ..
        }) = explanation.steps.last()
        else {
            panic!("{explanation:#?}");
        };
        assert_eq!((split.from, split.to), (Some(from), Some(to)));
        assert_eq!(
            (split.slot, split.variation.as_deref()),
            (Some(11_929), Some(expected))
        );
    }
}
