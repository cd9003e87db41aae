//! What holds for any ruleset and any context.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::arbitrary::{FLAGS, context, ruleset};
use super::compiled;
use crate::context::Context;
use crate::evaluation::{ErrorCode, Evaluation, Reason};
use crate::request::answer;
use crate::slots::SLOTS;

fn check_shape(evaluation: &Evaluation<'_>) -> Result<(), TestCaseError> {
    let Evaluation {
        value,
        variation,
        reason,
        rule,
        slot,
        prerequisite,
        error,
        ..
    } = evaluation;
    prop_assert_eq!(value.is_some(), variation.is_some());
    prop_assert_eq!(error.is_some(), *reason == Reason::Error);
    prop_assert_eq!(slot.is_some(), *reason == Reason::Split);
    prop_assert_eq!(
        prerequisite.is_some(),
        *reason == Reason::PrerequisiteFailed
    );
    prop_assert!(slot.is_none_or(|slot| slot < SLOTS));
    prop_assert!(rule.is_none() || matches!(reason, Reason::RuleMatch | Reason::Split));
    prop_assert!(*reason != Reason::RuleMatch || rule.is_some());
    if *reason == Reason::Error {
        prop_assert!(value.is_none() && rule.is_none());
    }
    let off_served = matches!(
        reason,
        Reason::Disabled | Reason::PrerequisiteFailed | Reason::Error
    );
    prop_assert!(value.is_some() || off_served);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn evaluation_is_total_and_says_the_same_each_time(
        (flags, segments) in ruleset(),
        contexts in prop::collection::vec(context(), 1..4),
    ) {
        let (ruleset, warnings) = compiled(&flags.clone().into(), &segments.into());
        let careful = ruleset.clone().with_all_heavy();
        for context in contexts {
            let context = Context::from_json(context).unwrap();
            for (view, evaluation) in ruleset.evaluate_all(&context) {
                prop_assert_eq!(evaluation, ruleset.evaluate(view.key, &context));
            }
            for key in FLAGS {
                let evaluation = ruleset.evaluate(key, &context);
                check_shape(&evaluation)?;
                prop_assert_eq!(&evaluation, &ruleset.evaluate(key, &context));
                prop_assert_eq!(&evaluation, &careful.evaluate(key, &context));
                let there = flags.get(key).is_some_and(|flag| !flag.is_null());
                let not_found = evaluation.error_code() == Some(ErrorCode::FlagNotFound);
                prop_assert_eq!(not_found, !there);
                let broken = evaluation.error_code() == Some(ErrorCode::ParseError);
                prop_assert_eq!(broken, warnings.iter().any(|warning| warning.flag == key));
            }
        }
    }

    #[test]
    fn every_line_is_answered((flags, segments) in ruleset(), line in ".*", flag in context(), context in context()) {
        let (ruleset, _) = compiled(&flags.into(), &segments.into());
        prop_assert_eq!(&answer(&ruleset, &line)["reason"], "ERROR");
        let request = json!({"flag": flag.get("x"), "context": context, "default": 7});
        let answer = answer(&ruleset, &request.to_string());
        prop_assert!(answer["reason"].is_string());
        prop_assert!(answer["reason"] != "ERROR" || answer["value"] == 7);
    }

    #[test]
    fn an_off_flag_looks_at_nothing((mut flags, segments) in ruleset(), context in context()) {
        for flag in flags.values_mut() {
            if let Some(enabled) = flag.get_mut("enabled") {
                *enabled = Value::Bool(false);
            }
        }
        let (ruleset, _) = compiled(&flags.into(), &segments.into());
        let context = Context::from_json(context).unwrap();
        for key in FLAGS {
            let evaluation = ruleset.evaluate(key, &context);
            prop_assert!(matches!(evaluation.reason, Reason::Disabled | Reason::Error));
            prop_assert_eq!(evaluation.slot, None);
        }
    }
}
