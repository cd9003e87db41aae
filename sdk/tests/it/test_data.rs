//! The source of flags for the tests of programs.

use serde_json::json;
use serin_sdk::{Client, Context, ErrorCode, Reason, TestData};

fn limit(client: &Client, context: &Context) -> f64 {
    client.number("limit", context, 0.0)
}

#[test]
fn single_units_and_attributes_get_values_of_their_own() {
    let data = TestData::new();
    let client = data.client();
    data.set("limit", 10);
    data.set_for("limit", "ann", 20);
    data.set_where("limit", "org.plan", "pro", 30);
    data.set_where("limit", "seats", 5, 40);
    let pro = Context::new("bob").with("org", json!({"plan": "pro"}));
    let large = Context::new("eve").with("seats", 5);
    assert_eq!(limit(&client, &Context::new("bob")), 10.0);
    assert_eq!(limit(&client, &Context::new("ann")), 20.0);
    assert_eq!(limit(&client, &pro), 30.0);
    assert_eq!(limit(&client, &large), 40.0);
    // The unit comes before its attributes, as with targets and rules.
    let ann = Context::new("ann").with("seats", 5);
    assert_eq!(limit(&client, &ann), 20.0);
    let detail = client.number_detail("limit", &ann, 0.0);
    assert_eq!(detail.reason, Reason::TargetMatch);

    // Again, at run time.
    data.set_for("limit", "ann", 21);
    assert_eq!(limit(&client, &ann), 21.0);
    data.set("limit", 11);
    assert_eq!(limit(&client, &ann), 11.0);
}

#[test]
fn a_value_for_one_alone_makes_a_flag_too() {
    let data = TestData::new();
    let client = data.client();
    data.set_for("limit", "ann", 20);
    assert_eq!(limit(&client, &Context::new("ann")), 20.0);
    assert_eq!(limit(&client, &Context::new("bob")), 20.0);
}

#[test]
fn whole_flags_segments_and_removal() {
    let data = TestData::new();
    let client = data.client();
    data.set("limit", 10);
    data.set_segment("beta", json!({"included": [{"values": ["ann"]}]}));
    data.set_flag(
        "limit",
        json!({
            "type": "number", "enabled": true,
            "variations": [{"key": "low", "value": 1}, {"key": "high", "value": 2}],
            "rules": [{"id": "r", "when": {"segment": "beta"}, "serve": {"variation": "high"}}],
            "default": {"variation": "low"},
        }),
    );
    assert_eq!(limit(&client, &Context::new("ann")), 2.0);
    data.remove_segment("beta");
    // As in production, a flag that names what is not there serves the caller's default.
    let detail = client.number_detail("limit", &Context::new("ann"), 7.0);
    assert_eq!(detail.value, 7.0);
    assert!(detail.error.is_some());
    data.remove("limit");
    let detail = client.number_detail("limit", &Context::new("ann"), 7.0);
    assert_eq!(detail.value, 7.0);
    assert_eq!(detail.error.unwrap().code, ErrorCode::FlagNotFound);
    // What was set by hand before does not come back.
    data.set_for("limit", "bob", 3);
    assert_eq!(limit(&client, &Context::new("ann")), 3.0);
}
