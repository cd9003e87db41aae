//! Documents that begin with a template.

use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
};
use serin_engine::release::Stage;
use serin_server::service::Error;

use super::node::{FLAG, Node, by_time};

fn mistakes(error: Error) -> Vec<(String, String)> {
    match error {
        Error::Invalid(details) => details.into_iter().map(|it| (it.path, it.code)).collect(),
        other => panic!("{other:?}"),
    }
}

fn places(error: Error) -> Vec<String> {
    mistakes(error).into_iter().map(|(path, _)| path).collect()
}

pub(super) async fn a_release_begins_with_a_template(node: Node) {
    let named = |template: &str| json!({"flag": FLAG, "baseline": "off", "candidate": "on", "template": template});
    for template in ["canary", "careful", "rings", "blue-green"] {
        let made = node.create(named(template)).await.unwrap();
        assert_eq!(
            made.document.stages.last().unwrap().weight,
            100.0,
            "{template}"
        );
    }
    let mut own = named("canary");
    own["stages"] = by_time();
    let made = node.create(own).await.unwrap();
    assert_eq!(
        json!(made.document.stages)[0]["min_bake"],
        "10s",
        "what is said goes first"
    );
    let unknown = node.create(named("none")).await.unwrap_err();
    let expected = [("/template".to_owned(), "unknown_template".to_owned())];
    assert_eq!(mistakes(unknown), expected);
    let shapeless = node.create(json!({"template": 7})).await.unwrap_err();
    assert_eq!(
        places(shapeless),
        ["/template", "/baseline", "/candidate", "/flag"]
    );
    let bare = node
        .create(json!({"template": "canary"}))
        .await
        .unwrap_err();
    assert_eq!(places(bare), ["/baseline", "/candidate", "/flag"]);
}

pub(super) async fn what_a_document_says_goes_first_member_by_member(node: Node) {
    let windows = json!({"time_zone": "Europe/Berlin", "allow": ["Mon-Thu 09:00-16:00"]});
    node.metric("errors", "count").await;
    let template = json!({
        "name": "Ours", "stages": by_time(), "windows": windows, "guards": [{"metric": "errors"}],
        "policy": {"alpha": 0.002, "on_harm": "hold", "max_excess_events": 50},
    });
    node.apply(vec![Change {
        kind: EntityKind::ReleaseTemplate,
        environment: None,
        key: "ours".to_owned(),
        action: Action::Create,
        document: Some(template),
        version: None,
    }])
    .await
    .unwrap();
    let of_ours = |says: Value| {
        let mut named =
            json!({"flag": FLAG, "baseline": "off", "candidate": "on", "template": "ours"});
        named
            .as_object_mut()
            .unwrap()
            .extend(says.as_object().unwrap().clone());
        named
    };
    let says = json!({
        "policy": {"beta": 0.1, "max_excess_events": null},
        "windows": {"time_zone": "UTC"}, "guards": [],
    });
    let made = node.create(of_ours(says)).await.unwrap().document;
    let policy = json!({"alpha": 0.002, "beta": 0.1, "on_harm": "hold", "on_inconclusive": "hold"});
    assert_eq!(json!(made.policy), policy);
    let windows = json!({"time_zone": "UTC", "allow": ["Mon-Thu 09:00-16:00"]});
    assert_eq!(json!(made.windows), windows);
    assert_eq!(
        (made.guards.len(), json!(made.stages)),
        (0, by_time_as_shown())
    );
    let without = node
        .create(of_ours(json!({"windows": null})))
        .await
        .unwrap();
    assert_eq!(without.document.windows, None);
    assert_eq!(without.document.guards.len(), 1);
    // Mistakes are told at once, whoever made them.
    let says = json!({"bogus": 1, "candidate": "gone", "guards": [{"metric": "none"}, {"metrik": "errors"}]});
    let refused = node.create(of_ours(says)).await.unwrap_err();
    let mut expected = [
        "/candidate",
        "/bogus",
        "/guards/0/metric",
        "/guards/1",
        "/guards/1/metrik",
    ];
    let mut found = places(refused);
    found.sort();
    expected.sort_unstable();
    assert_eq!(found, expected);
    let says =
        json!({"template": "theirs", "candidate": "gone", "windows": {"time_zone": "Mars/Base"}});
    let refused = node.create(of_ours(says)).await.unwrap_err();
    assert_eq!(
        places(refused),
        ["/template", "/candidate", "/windows/time_zone"]
    );
}

fn by_time_as_shown() -> Value {
    let stages: Vec<Stage> = serde_json::from_value(by_time()).unwrap();
    json!(stages)
}
