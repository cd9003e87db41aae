//! What getters serve, and what their detail variants say.

use serde_json::{Value, json};
use serin_sdk::{Client, Context, ErrorCode, FlagType, Reason, TestData};

fn user() -> Context {
    Context::new("user-1").with("plan", "pro")
}

fn data() -> TestData {
    let data = TestData::new();
    data.set("yes", true);
    data.set("colour", "blue");
    data.set("limit", 2.5);
    data.set("layout", json!({"columns": 3}));
    data
}

#[test]
fn each_type_has_its_getter() {
    let client = data().client();
    assert!(client.bool("yes", &user(), false));
    assert_eq!(client.string("colour", &user(), "red"), "blue");
    assert_eq!(client.number("limit", &user(), 1.0), 2.5);
    assert_eq!(
        client.json("layout", &user(), Value::Null),
        json!({"columns": 3})
    );
    assert_eq!(client.value("limit", &user(), Value::Null), json!(2.5));
    assert!(client.bool_detail("yes", &user(), false).value);
    assert_eq!(client.string_detail("colour", &user(), "red").value, "blue");
    assert_eq!(client.number_detail("limit", &user(), 1.0).value, 2.5);
    assert_eq!(
        client.json_detail("layout", &user(), Value::Null).value["columns"],
        3
    );
    assert_eq!(
        client.value_detail("yes", &user(), Value::Null).value,
        json!(true)
    );
}

#[test]
fn another_type_serves_the_default_and_says_so() {
    let client = data().client();
    assert!(client.bool("colour", &user(), true));
    assert_eq!(client.string("yes", &user(), "red"), "red");
    assert_eq!(client.number("layout", &user(), 1.0), 1.0);
    assert_eq!(client.json("limit", &user(), json!([])), json!([]));
    let detail = client.bool_detail("colour", &user(), true);
    assert!(detail.value);
    assert_eq!((detail.reason, detail.variation), (Reason::Error, None));
    assert_eq!((detail.flag_version, detail.revision), (Some(3), Some(5)));
    let error = detail.error.unwrap();
    assert_eq!(error.code, ErrorCode::TypeMismatch);
    assert_eq!(
        error.to_string(),
        "TYPE_MISMATCH: flag colour is a string, not a boolean"
    );
}

#[test]
fn a_flag_that_is_off_serves_its_off_variation_or_the_default() {
    let data = TestData::new();
    let mut flag = json!({
        "type": "string", "enabled": false,
        "variations": [{"key": "a", "value": "A"}, {"key": "b", "value": "B"}],
        "off": "b", "default": {"variation": "a"},
    });
    data.set_flag("off", flag.clone());
    flag["off"] = Value::Null;
    data.set_flag("gone", flag);
    let client = data.client();

    let detail = client.string_detail("off", &user(), "?");
    assert_eq!(
        (detail.value.as_str(), detail.variation.as_deref()),
        ("B", Some("b"))
    );
    assert_eq!(detail.reason, Reason::Disabled);

    let detail = client.string_detail("gone", &user(), "?");
    assert_eq!(
        (detail.value.as_str(), detail.variation.as_deref()),
        ("?", None)
    );
    assert_eq!((detail.reason, detail.error), (Reason::Disabled, None));

    // The type is wrong even where there is no value that could show it.
    let error = client.bool_detail("gone", &user(), true).error.unwrap();
    assert_eq!(error.code, ErrorCode::TypeMismatch);
}

#[test]
fn rules_and_splits_show_in_the_detail() {
    let data = TestData::new();
    data.set_segment(
        "pros",
        json!({
            "rules": [{"when": {"attribute": "plan", "op": "in", "values": ["pro"]}}],
        }),
    );
    data.set_flag(
        "new-checkout",
        json!({
            "type": "boolean", "enabled": true,
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
            "rules": [{
                "id": "pros", "when": {"segment": "pros"},
                "serve": {"split": {"allocation": [
                    {"variation": "on", "slots": 11_930}, {"variation": "off", "slots": 88_070},
                ]}},
            }],
            "default": {"variation": "off"},
        }),
    );
    let client = data.client();
    let detail = client.bool_detail("new-checkout", &user(), false);
    assert!(detail.value);
    assert_eq!((detail.reason, detail.slot), (Reason::Split, Some(11_929)));
    assert_eq!(detail.rule.as_deref(), Some("pros"));

    let nobody = Context::default().with("plan", "pro");
    let error = client
        .bool_detail("new-checkout", &nobody, true)
        .error
        .unwrap();
    assert_eq!(error.code, ErrorCode::TargetingKeyMissing);
}

#[test]
fn no_such_flag_is_told_apart_from_no_ruleset() {
    let client = data().client();
    let error = client.bool_detail("missing", &user(), true).error.unwrap();
    assert_eq!(error.code, ErrorCode::FlagNotFound);
}

#[tokio::test]
async fn before_the_first_ruleset_there_are_defaults() {
    let client = Client::builder("http://127.0.0.1:9", "k").build().unwrap();
    assert!(client.bool("yes", &user(), true));
    assert_eq!(client.string("colour", &user(), "red"), "red");
    let detail = client.number_detail("limit", &user(), 1.5);
    assert_eq!((detail.value, detail.reason), (1.5, Reason::Error));
    assert_eq!((detail.revision, detail.flag_version), (None, None));
    assert_eq!(detail.error.unwrap().code, ErrorCode::ProviderNotReady);
    assert!(client.flags().is_empty());
    assert_eq!(client.snapshot().revision(), None);
    assert!(client.snapshot().evaluate("yes", &user()).error.is_some());
}

#[test]
fn a_snapshot_stays_at_its_revision() {
    let data = data();
    let client = data.client();
    let snapshot = client.snapshot();
    data.set("yes", false);
    assert!(!client.bool("yes", &user(), true));
    assert_eq!(snapshot.evaluate("yes", &user()).value, Some(&json!(true)));
    assert_eq!(snapshot.revision(), Some(5));
    assert_eq!(client.snapshot().revision(), Some(6));
}

#[test]
fn the_flags_are_listed_by_key() {
    let client = data().client();
    let flags = client.flags();
    let kinds: Vec<_> = flags
        .iter()
        .map(|flag| (flag.key.as_str(), flag.kind))
        .collect();
    assert_eq!(
        kinds,
        [
            ("colour", Some(FlagType::String)),
            ("layout", Some(FlagType::Object)),
            ("limit", Some(FlagType::Number)),
            ("yes", Some(FlagType::Boolean)),
        ]
    );
    assert!(flags.iter().all(|flag| flag.enabled));
}

#[test]
fn threads_see_whole_rulesets_in_their_order() {
    let data = TestData::new();
    // The flag's value is always the revision that set it.
    data.set("revision", 2);
    let client = data.client();
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut last = 2;
                while last < 400 {
                    let detail = client.number_detail("revision", &user(), 0.0);
                    let revision = detail.revision.unwrap();
                    assert_eq!(
                        (detail.value, detail.flag_version),
                        (revision as f64, Some(revision))
                    );
                    assert!(revision >= last);
                    last = revision;
                }
            });
        }
        for revision in 3..=400 {
            data.set("revision", revision);
        }
    });
}
