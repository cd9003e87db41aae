use serde_json::Value;

use super::{context, import, ruleset};

#[test]
fn the_opentelemetry_demo_answers_as_flagd_does() {
    let text = include_str!("../../../../demo/opentelemetry-demo.flagd.json");
    let golden: Value = serde_json::from_str(include_str!(
        "../../../../testdata/opentelemetry-demo.golden.json"
    ))
    .unwrap();
    let import = import(text).unwrap();
    assert_eq!(import.flags.len(), 16);
    let ruleset = ruleset(
        import
            .flags
            .iter()
            .map(|flag| (flag.key.as_str(), flag.outcome.as_ref().unwrap())),
    );
    for case in golden["cases"].as_array().unwrap() {
        let answers = case["answers"].as_object().unwrap();
        assert_eq!(answers.len(), 16);
        for (flag, expected) in answers {
            let evaluation = ruleset.evaluate(flag, &context(&case["context"]));
            let value = evaluation.value.unwrap();
            assert!(
                value == &expected["value"] || value.as_f64() == expected["value"].as_f64(),
                "{flag}: {value}"
            );
            assert_eq!(evaluation.variation, expected["variant"].as_str(), "{flag}");
            assert_eq!(
                Some(evaluation.reason.openfeature()),
                expected["reason"].as_str(),
                "{flag}"
            );
        }
    }
}
