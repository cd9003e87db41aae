//! OpenFeature's own SDK with our provider.

use std::sync::Arc;
use std::time::Duration;

use open_feature::provider::{FeatureProvider as _, ProviderStatus};
use open_feature::{
    EvaluationContext, EvaluationContextFieldValue as Field, EvaluationErrorCode as Code,
    EvaluationReason, FlagMetadataValue, OpenFeature, StructValue, Value,
};
use serde_json::json;
use serin_sdk::openfeature::Provider;
use serin_sdk::{Client, TestData};
use time::OffsetDateTime;

fn user() -> EvaluationContext {
    EvaluationContext::default().with_targeting_key("user-1")
}

fn data() -> TestData {
    let data = TestData::new();
    data.set("on", true);
    data.set("text", "hello");
    data.set("count", 7);
    data.set("whole", 7.0);
    data.set("ratio", 0.5);
    data.set(
        "tree",
        json!({"a": [1, 2.5], "gone": null, "b": {"c": true}}),
    );
    data.set("null", json!({"a": [null]}));
    data
}

/// A boolean flag with one rule, which serves `on`.
fn ruled(data: &TestData, flag: &str, when: serde_json::Value) {
    let variations = json!([{"key": "on", "value": true}, {"key": "off", "value": false}]);
    let rules = json!([{"id": "rule", "when": when, "serve": {"variation": "on"}}]);
    let default = json!({"variation": "off"});
    data.set_flag(
        flag,
        json!({"type": "boolean", "enabled": true, "variations": variations, "rules": rules, "default": default}),
    );
}

#[tokio::test]
async fn every_type_has_its_value_variant_reason_and_metadata() {
    let data = data();
    let mut api = OpenFeature::default();
    api.set_provider(Provider::new(data.client())).await;
    let flags = api.create_client();
    let user = user();
    let on = flags
        .get_bool_details("on", Some(&user), None)
        .await
        .unwrap();
    assert!(on.value);
    assert_eq!(on.variant.as_deref(), Some("on"));
    assert_eq!(on.reason, Some(EvaluationReason::Static));
    let reason = FlagMetadataValue::String("STATIC".to_owned());
    assert_eq!(on.flag_metadata.values["reason"], reason);
    let version = &on.flag_metadata.values["flagVersion"];
    assert!(matches!(version, FlagMetadataValue::Int(version) if *version > 0));
    let text = flags.get_string_value("text", Some(&user), None).await;
    assert_eq!(text.unwrap(), "hello");
    for flag in ["count", "whole"] {
        assert_eq!(flags.get_int_value(flag, None, None).await, Ok(7), "{flag}");
        assert_eq!(flags.get_float_value(flag, None, None).await, Ok(7.0));
    }
    assert_eq!(flags.get_float_value("ratio", None, None).await, Ok(0.5));
    let tree: StructValue = flags.get_struct_value("tree", None, None).await.unwrap();
    let inner = StructValue::default().with_field("c", true);
    let list = Value::Array(vec![Value::Int(1), Value::Float(2.5)]);
    let expected = StructValue::default().with_field("a", list);
    assert_eq!(tree, expected.with_field("b", inner));
    // What changes is seen by the next evaluation.
    data.set("on", false);
    assert_eq!(flags.get_bool_value("on", None, None).await, Ok(false));
}

#[tokio::test]
async fn what_cannot_be_evaluated_says_why() {
    let data = data();
    data.set_flag("broken", json!({"type": "boolean"}));
    let variations = json!([{"key": "a", "value": "a"}, {"key": "b", "value": "b"}]);
    let off = json!({"type": "string", "enabled": false, "variations": variations, "default": {"variation": "a"}});
    data.set_flag("off", off);
    let provider = Provider::new(data.client());
    let user = user();
    let code = async |flag: &str| {
        let resolved = provider.resolve_bool_value(flag, &user).await;
        resolved.unwrap_err().code
    };
    assert_eq!(code("missing").await, Code::FlagNotFound);
    assert_eq!(code("text").await, Code::TypeMismatch);
    assert_eq!(code("broken").await, Code::ParseError);
    let mismatch = provider.resolve_int_value("ratio", &user).await;
    assert_eq!(mismatch.unwrap_err().code, Code::TypeMismatch);
    let mismatch = provider.resolve_int_value("text", &user).await;
    assert_eq!(mismatch.unwrap_err().code, Code::TypeMismatch);
    let null = provider.resolve_struct_value("null", &user).await;
    assert_eq!(null.unwrap_err().code, Code::TypeMismatch);
    let off = provider.resolve_string_value("off", &user).await;
    assert!(matches!(off.unwrap_err().code, Code::General(_)));
}

#[tokio::test]
async fn every_kind_of_field_is_seen_by_rules() {
    let data = data();
    let is = |attribute: &str, op: &str, value: serde_json::Value| json!({"attribute": attribute, "op": op, "values": [value]});
    ruled(&data, "key", is("targetingKey", "in", json!("user-1")));
    ruled(&data, "bool", is("bool", "in", json!(true)));
    ruled(&data, "int", is("int", "in", json!(7)));
    ruled(&data, "float", is("float", "in", json!(0.5)));
    ruled(&data, "string", is("string", "in", json!("x")));
    ruled(
        &data,
        "date",
        is("date", "after", json!("2026-01-01T00:00:00Z")),
    );
    for name in ["json", "members", "structure"] {
        ruled(&data, name, is(&format!("{name}.plan"), "in", json!("pro")));
    }
    let provider = Provider::new(data.client());
    let plan = json!({"plan": "pro"});
    let structure = StructValue::default().with_field("plan", "pro");
    let context = user()
        .with_custom_field("bool", true)
        .with_custom_field("int", 7)
        .with_custom_field("float", 0.5)
        .with_custom_field("string", "x")
        .with_custom_field(
            "date",
            OffsetDateTime::from_unix_timestamp(1_790_000_000).unwrap(),
        )
        .with_custom_field(
            "members",
            Field::new_struct(plan.as_object().unwrap().clone()),
        )
        .with_custom_field("json", Field::Struct(Arc::new(plan)))
        .with_custom_field("structure", Field::new_struct(structure))
        .with_custom_field("unknown", Field::new_struct(7_u8))
        .with_custom_field("nan", f64::NAN);
    for flag in [
        "key",
        "bool",
        "int",
        "float",
        "string",
        "date",
        "json",
        "members",
        "structure",
    ] {
        let resolved = provider.resolve_bool_value(flag, &context).await.unwrap();
        assert!(resolved.value, "{flag}");
        assert_eq!(resolved.reason, Some(EvaluationReason::TargetingMatch));
        let rule = FlagMetadataValue::String("rule".to_owned());
        assert_eq!(resolved.flag_metadata.unwrap().values["rule"], rule);
    }
    let nobody = EvaluationContext::default();
    let other = provider.resolve_bool_value("key", &nobody).await.unwrap();
    assert_eq!(
        (other.value, other.reason),
        (false, Some(EvaluationReason::Default))
    );
}

#[tokio::test]
async fn the_status_says_whether_flags_can_be_decided() {
    let ready = Provider::new(data().client());
    assert_eq!(ready.status(), ProviderStatus::Ready);
    // Nobody listens there.
    let client = Client::builder("http://127.0.0.1:9", "key")
        .build()
        .unwrap();
    let mut away = Provider::new(client).ready_within(Duration::from_millis(50));
    assert_eq!(away.status(), ProviderStatus::NotReady);
    let resolved = away.resolve_bool_value("on", &user()).await;
    assert_eq!(resolved.unwrap_err().code, Code::ProviderNotReady);
    away.initialize(&user()).await;
    assert_eq!(away.status(), ProviderStatus::Error);
    away.client().shutdown().await;
}
