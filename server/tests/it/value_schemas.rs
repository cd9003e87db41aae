//! Flags with a schema for their values.

use serde_json::{Value, json};
use serin_api::{change::Action, entity::EntityKind::Flag};
use serin_server::service::Error;

use crate::harness::{World, backends, change, mistakes};

fn flag(schema: &Value, values: &[Value]) -> Value {
    let variations = values.iter().zip(["small", "large"]);
    let variations: Vec<Value> = variations
        .map(|(value, key)| json!({"key": key, "value": value}))
        .collect();
    json!({"type": "object", "schema": schema, "variations": variations})
}

fn limits() -> Value {
    json!({"type": "object", "properties": {"limit": {"type": "integer", "minimum": 1}}, "required": ["limit"]})
}

async fn create(world: &World, document: Value) -> serin_server::service::Result<()> {
    let create = change(Flag, None, "f", Action::Create, Some(document));
    world.apply(vec![create]).await.map(drop)
}

async fn patch(world: &World, document: Value) -> serin_server::service::Result<()> {
    let patch = change(Flag, None, "f", Action::Patch, Some(document));
    world.apply(vec![patch]).await.map(drop)
}

/// The places and messages of a refusal.
fn told(refused: serin_server::service::Result<()>) -> Vec<(String, String)> {
    match refused {
        Err(Error::Invalid(details)) => details
            .into_iter()
            .map(|detail| (detail.path, detail.message))
            .collect(),
        other => panic!("{other:?}"),
    }
}

backends! {
    async fn a_refusal_names_the_variation_and_the_place_in_its_value(world: World) {
        world.shop().await;
        let bad = flag(&limits(), &[json!({"limit": 5}), json!({"limit": 0})]);
        assert_eq!(told(create(world, bad).await), [(
            "/changes/0/document/variations/1/value/limit".to_owned(),
            r#"variation "large", at "/limit": value is less than the minimum of 1"#.to_owned(),
        )]);
        create(world, flag(&limits(), &[json!({"limit": 5}), json!({"limit": 50})])).await.unwrap();
        assert_eq!(world.get(Flag, None, "f").await.unwrap().document["schema"], limits());
    }

    async fn a_schema_that_values_no_longer_fit_is_refused_with_the_list(world: World) {
        world.shop().await;
        create(world, flag(&limits(), &[json!({"limit": 5}), json!({"limit": 50})])).await.unwrap();
        let narrower = json!({"schema": {"properties": {"limit": {"maximum": 3}, "unit": {}}, "required": ["limit", "unit"]}});
        let mut places: Vec<String> = told(patch(world, narrower).await).into_iter().map(|(place, _)| place).collect();
        places.sort_unstable();
        assert_eq!(places, [
            "/changes/0/document/variations/0/value/limit",
            "/changes/0/document/variations/0/value/unit",
            "/changes/0/document/variations/1/value/limit",
            "/changes/0/document/variations/1/value/unit",
        ]);
        assert_eq!(world.get(Flag, None, "f").await.unwrap().document["schema"], limits());
        // A wider one is taken, and so is none at all: a merge patch keeps what it does not name.
        patch(world, json!({"schema": {"properties": {"limit": {"minimum": 0}}}})).await.unwrap();
        patch(world, json!({"schema": null})).await.unwrap();
        assert_eq!(world.get(Flag, None, "f").await.unwrap().document.get("schema"), None);
    }

    async fn what_cannot_be_run_safely_is_refused_by_its_place(world: World) {
        world.shop().await;
        for (schema, place) in [
            (json!({"type": "no such type"}), "/schema/type"),
            (json!({"$ref": "https://example.com/schema.json"}), "/schema/$ref"),
            (json!({"properties": {"limit": {"pattern": "(a{1000}){1000}"}}}), "/schema/properties/limit/pattern"),
            (json!({"$ref": "#"}), "/schema"),
            (json!("text"), "/schema"),
        ] {
            let found = mistakes(create(world, flag(&schema, &[json!({"limit": 1})])).await);
            assert_eq!(found[0].0, format!("/changes/0/document{place}"), "{schema}");
        }
    }

    async fn strings_numbers_and_booleans_have_schemas_too(world: World) {
        world.shop().await;
        let document = |maximum: u32| json!({
            "type": "number",
            "schema": {"type": "integer", "maximum": maximum},
            "variations": [{"key": "low", "value": 1}, {"key": "high", "value": 10}],
        });
        assert_eq!(mistakes(create(world, document(9)).await), [("/changes/0/document/variations/1/value".to_owned(), "schema".to_owned())]);
        create(world, document(10)).await.unwrap();
    }
}
