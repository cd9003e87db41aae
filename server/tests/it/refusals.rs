//! What the door refuses, with every mistake by its place, and nothing written.

use serde_json::{Value, json};
use serin_api::{
    change::{Action, NewChangeSet},
    entity::EntityKind::{Flag, FlagConfig, Metric, ReleaseTemplate, Segment, SegmentConfig},
    session::Role,
};
use serin_server::service::{Error, audit, change_set};

use crate::harness::{backends, change, create_flag, mistakes, patch_config};

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(path, code)| ((*path).to_owned(), (*code).to_owned()))
        .collect()
}

/// Wraps a condition in `not` so many times.
fn nested(times: usize) -> Value {
    (0..times).fold(json!({"all": []}), |inner, _| json!({"not": inner}))
}

fn rule(when: Value) -> Value {
    json!({"rules": [{"id": "r", "when": when, "serve": {"variation": "on"}}]})
}

backends! {
    async fn every_mistake_of_a_definition_is_listed(world: World) {
        world.shop().await;
        let document = json!({
            "type": "boolean",
            "variations": [{"key": "on", "value": true, "colour": "red"}, {"key": ""}],
            "owner": 7,
            "surprise": true,
        });
        let found = mistakes(world.apply(vec![create_flag("good"), change(Flag, None, "f", Action::Create, Some(document))]).await);
        assert_eq!(found, pairs(&[
            ("/changes/1/document/owner", "wrong_type"),
            ("/changes/1/document/surprise", "unknown_member"),
            ("/changes/1/document/variations/0/colour", "unknown_member"),
            ("/changes/1/document/variations/1/key", "too_short"),
            ("/changes/1/document/variations/1/value", "required"),
        ]));
        assert!(matches!(world.get(Flag, None, "good").await, Err(Error::NotFound)));
        assert_eq!(world.app.publisher.find("shop", "production").unwrap().revision, 1);
    }

    async fn every_mistake_of_meaning_is_listed(world: World) {
        world.shop().await;
        world.flag("f").await;
        let patch = json!({
            "off": "maybe",
            "prerequisites": [{"flag": "nowhere", "variations": ["on"]}],
            "targets": [{"variation": "maybe", "attribute": "a..b", "values": ["x"]}],
            "rules": [
                {"id": "r", "when": {"segment": "nowhere"}, "serve": {"variation": "on"}},
                {"id": "r", "when": {"attribute": "v", "op": "semver_gt", "values": ["v1"]}, "serve": {"variation": "on"}},
            ],
            "default": {"variation": null, "split": {"weights": {"on": 1, "off": 2}}},
        });
        let found = mistakes(world.apply(vec![patch_config("production", "f", patch)]).await);
        let paths: Vec<&str> = found.iter().map(|(path, _)| path.strip_prefix("/changes/0/document").unwrap()).collect();
        for place in ["/off", "/prerequisites/0/flag", "/targets/0/variation", "/targets/0/attribute", "/rules/0/when/segment", "/rules/1/id", "/rules/1/when/values/0"] {
            assert!(paths.contains(&place), "{place} is not among {paths:?}");
        }
        assert!(paths.iter().any(|path| path.starts_with("/default/split")), "{paths:?}");
    }

    async fn shapes_are_checked_before_anything(world: World) {
        world.shop().await;
        let found = mistakes(world.apply(vec![
            change(FlagConfig, None, "f", Action::Patch, Some(json!({}))),
            change(Flag, Some("production"), " f", Action::Delete, Some(json!({}))),
            change(Flag, None, "g", Action::Create, None),
            change(Flag, None, "h", Action::Create, Some(json!([]))),
        ]).await);
        assert_eq!(found, pairs(&[
            ("/changes/0/environment", "required"),
            ("/changes/1/environment", "not_allowed"),
            ("/changes/1/key", "invalid_key"),
            ("/changes/1/document", "not_allowed"),
            ("/changes/2/document", "required"),
            ("/changes/3/document", "wrong_type"),
        ]));
        assert_eq!(mistakes(world.apply(vec![]).await), pairs(&[("/changes", "count")]));
    }

    async fn limits_are_kept(world: World) {
        world.shop().await;
        world.flag("f").await;
        let config = |patch| vec![patch_config("production", "f", patch)];
        let target = |values: Value| json!({"targets": [{"variation": "on", "values": values}]});
        world.apply(config(rule(nested(31)))).await.unwrap();
        let deep = mistakes(world.apply(config(rule(nested(40)))).await);
        assert!(deep[0].0.starts_with("/changes/0/document/rules/0/when"), "{deep:?}");
        let deeper = mistakes(world.apply(config(rule(nested(120)))).await);
        assert_eq!(deeper[0].1, "too_deep");
        let long = mistakes(world.apply(config(target(json!(["x".repeat(70_000)])))).await);
        assert_eq!(long, pairs(&[("/changes/0/document/targets/0/values/0", "too_long")]));
        let many = vec!["x"; 100_001];
        assert_eq!(mistakes(world.apply(config(target(json!(many)))).await), pairs(&[("/changes/0/document/targets/0/values", "too_many")]));
        let large = vec!["x".repeat(60_000); 20];
        assert_eq!(mistakes(world.apply(config(target(json!(large)))).await), pairs(&[("/changes/0/document", "too_large")]));
        assert_eq!(mistakes(world.apply(config(target(json!(["a\0b"])))).await), pairs(&[("/changes/0/document/targets/0/values/0", "nul_character")]));
        let variations: Vec<Value> = (0..101).map(|n| json!({"key": format!("v{n}"), "value": "x"})).collect();
        let flag = json!({"type": "string", "variations": variations});
        assert_eq!(mistakes(world.apply(vec![change(Flag, None, "g", Action::Create, Some(flag))]).await), pairs(&[("/changes/0/document/variations", "too_many")]));
        assert_eq!(mistakes(world.apply(vec![create_flag(&"k".repeat(256))]).await), pairs(&[("/changes/0/key", "invalid_key")]));
        world.flag(&"k".repeat(255)).await;
    }

    async fn people_write_weights_and_no_allocation(world: World) {
        world.shop().await;
        world.flag("f").await;
        let split = json!({"default": {"variation": null, "split": {"allocation": [{"variation": "on", "slots": 100_000}]}}});
        assert_eq!(mistakes(world.apply(vec![patch_config("production", "f", split)]).await), pairs(&[
            ("/changes/0/document/default/split/allocation", "unknown_member"),
            ("/changes/0/document/default/split/weights", "required"),
        ]));
        let both = json!({"default": {"variation": "on", "split": {"weights": {"on": 100_000}}}});
        assert_eq!(mistakes(world.apply(vec![patch_config("production", "f", both)]).await), pairs(&[("/changes/0/document/default", "too_many")]));
        let when = json!({"any": [{}, {"all": [], "any": []}]});
        let found = mistakes(world.apply(vec![patch_config("production", "f", rule(when))]).await);
        assert!(found.contains(&("/changes/0/document/rules/0/when/any/0".to_owned(), "condition".to_owned())), "{found:?}");
        assert!(found.contains(&("/changes/0/document/rules/0/when/any/1/any".to_owned(), "unknown_member".to_owned())), "{found:?}");
    }

    async fn values_satisfy_the_flags_own_schema(world: World) {
        world.shop().await;
        let flag = |value: Value| json!({
            "type": "object",
            "schema": {"type": "object", "properties": {"limit": {"type": "integer", "maximum": 10}}, "required": ["limit"]},
            "variations": [{"key": "a", "value": {"limit": 1}}, {"key": "b", "value": value}],
        });
        let create = |value| vec![change(Flag, None, "f", Action::Create, Some(flag(value)))];
        assert_eq!(mistakes(world.apply(create(json!({"limit": 11}))).await), pairs(&[("/changes/0/document/variations/1/value/limit", "schema")]));
        assert_eq!(mistakes(world.apply(create(json!({}))).await), pairs(&[("/changes/0/document/variations/1/value/limit", "schema")]));
        world.apply(create(json!({"limit": 10}))).await.unwrap();
        let bad = json!({"schema": {"type": "no such type"}});
        assert_eq!(mistakes(world.apply(vec![change(Flag, None, "f", Action::Patch, Some(bad))]).await), pairs(&[("/changes/0/document/schema/type", "invalid_schema")]));
        let outside = json!({"schema": {"$ref": "https://example.com/schema.json"}});
        assert_eq!(mistakes(world.apply(vec![change(Flag, None, "f", Action::Patch, Some(outside))]).await), pairs(&[("/changes/0/document/schema/$ref", "invalid_schema")]));
    }

    async fn cycles_are_refused(world: World) {
        world.shop().await;
        for key in ["a", "b", "c"] {
            world.flag(key).await;
        }
        let needs = |key: &str, other: &str| patch_config("production", key, json!({"prerequisites": [{"flag": other, "variations": ["on"]}]}));
        world.apply(vec![needs("a", "b")]).await.unwrap();
        world.apply(vec![needs("b", "c")]).await.unwrap();
        assert_eq!(mistakes(world.apply(vec![needs("c", "a")]).await), pairs(&[("/changes/0/document", "cycle")]));
        assert_eq!(mistakes(world.apply(vec![needs("c", "c")]).await), pairs(&[("/changes/0/document", "cycle")]));
        // In another environment it is none.
        world.apply(vec![patch_config("development", "c", json!({"prerequisites": [{"flag": "a", "variations": ["on"]}]}))]).await.unwrap();

        let segment = |key: &str| change(Segment, None, key, Action::Create, Some(json!({})));
        let names = |key: &str, other: &str| change(SegmentConfig, Some("production"), key, Action::Patch, Some(json!({"rules": [{"when": {"segment": other}}]})));
        assert_eq!(mistakes(world.apply(vec![segment("x"), segment("y"), names("x", "y"), names("y", "x")]).await), pairs(&[("/changes/2/document", "cycle")]));
        assert!(matches!(world.get(Segment, None, "x").await, Err(Error::NotFound)));
    }

    async fn what_is_used_cannot_go(world: World) {
        world.shop().await;
        world.apply(vec![
            create_flag("base"),
            create_flag("top"),
            change(Segment, None, "beta", Action::Create, Some(json!({}))),
            patch_config("production", "top", json!({
                "prerequisites": [{"flag": "base", "variations": ["on"]}],
                "rules": [{"id": "r", "when": {"not": {"segment": "beta"}}, "serve": {"variation": "on"}}],
            })),
        ]).await.unwrap();
        for gone in [
            change(Flag, None, "base", Action::Delete, None),
            change(Flag, None, "base", Action::Patch, Some(json!({"archived": true}))),
            change(Segment, None, "beta", Action::Delete, None),
        ] {
            let path = match gone.action {
                Action::Delete => "/changes/0",
                _ => "/changes/0/document/archived",
            };
            match world.apply(vec![gone]).await {
                Err(Error::InUse { uses, .. }) => {
                    let [used] = uses.as_slice() else { panic!("{uses:?}") };
                    assert!(used.by.starts_with("flag:top in production ("), "{used:?}");
                    assert_eq!(used.path, path);
                }
                other => panic!("{other:?}"),
            }
        }
        // What no longer uses it in the same change set is no use.
        world.apply(vec![
            change(Flag, None, "base", Action::Delete, None),
            patch_config("production", "top", json!({"prerequisites": null})),
        ]).await.unwrap();
        world.apply(vec![change(Flag, None, "top", Action::Patch, Some(json!({"archived": true})))]).await.unwrap();
        world.apply(vec![change(Segment, None, "beta", Action::Delete, None)]).await.unwrap();
        // And what is archived cannot come back to something that is gone.
        let back = world.apply(vec![change(Flag, None, "top", Action::Patch, Some(json!({"archived": false})))]).await;
        assert_eq!(mistakes(back)[0].0, "/changes/0/document/variations");
    }

    async fn a_variation_that_is_served_cannot_go(world: World) {
        world.shop().await;
        world.flag("f").await;
        let patch = json!({"variations": [{"key": "on", "value": true}]});
        let found = mistakes(world.apply(vec![change(Flag, None, "f", Action::Patch, Some(patch.clone()))]).await);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found.iter().all(|(path, _)| path == "/changes/0/document/variations"));
        world.apply(vec![
            change(Flag, None, "f", Action::Patch, Some(patch)),
            patch_config("production", "f", json!({"off": "on"})),
            patch_config("development", "f", json!({"off": "on"})),
        ]).await.unwrap();
    }

    async fn stale_versions_conflict(world: World) {
        world.shop().await;
        world.flag("f").await;
        let seen = |version| {
            let mut change = patch_config("production", "f", json!({"enabled": true}));
            change.version = Some(version);
            vec![create_flag("other"), change]
        };
        match world.apply(seen(3)).await {
            Err(Error::VersionConflict { current, path }) => assert_eq!((current, path.as_str()), (1, "/changes/1")),
            other => panic!("{other:?}"),
        }
        assert!(matches!(world.get(Flag, None, "other").await, Err(Error::NotFound)));
        world.apply(seen(1)).await.unwrap();
    }

    async fn what_is_not_there_is_not_found(world: World) {
        world.shop().await;
        for change in [
            patch_config("production", "nowhere", json!({})),
            patch_config("elsewhere", "f", json!({})),
            change(FlagConfig, Some("production"), "nowhere", Action::Put, Some(json!({"enabled": true, "default": {"variation": "on"}}))),
            change(Flag, None, "nowhere", Action::Delete, None),
            change(ReleaseTemplate, None, "nowhere", Action::Patch, Some(json!({}))),
        ] {
            let member = if change.environment.as_deref() == Some("elsewhere") { "environment" } else { "key" };
            let refused = world.apply(vec![create_flag("fine"), change]).await;
            let Err(Error::Missing { path, .. }) = refused else { panic!("{refused:?}") };
            assert_eq!(path, format!("/changes/1/{member}"));
        }
        world.flag("f").await;
        assert!(matches!(world.apply(vec![create_flag("f")]).await, Err(Error::AlreadyExists { .. })));
        let delete = change(FlagConfig, Some("production"), "f", Action::Delete, None);
        assert!(matches!(world.apply(vec![delete]).await, Err(Error::BadRequest(_))));
    }

    async fn roles_say_who_may(world: World) {
        world.shop().await;
        let viewer = world.user("viewer", Some(Role::Viewer)).await;
        let editor = world.user("editor", Some(Role::Editor)).await;
        let stranger = world.user("stranger", None).await;
        let new = || NewChangeSet { project: "shop".to_owned(), reason: None, changes: vec![create_flag("f")], dry_run: false };
        assert!(matches!(change_set::apply(&world.app, &viewer, new()).await, Err(Error::Forbidden { needs: Role::Editor })));
        assert!(matches!(change_set::apply(&world.app, &stranger, new()).await, Err(Error::NotFound)));
        let set = change_set::apply(&world.app, &editor, new()).await.unwrap();
        assert_eq!(set.author, "editor");
        assert!(change_set::get(&world.app, &viewer, set.id).await.is_ok());
        assert!(matches!(change_set::get(&world.app, &stranger, set.id).await, Err(Error::NotFound)));
        assert!(matches!(audit::list(&world.app, &stranger, Some("shop"), &Default::default()).await, Err(Error::NotFound)));
        assert!(matches!(audit::list(&world.app, &editor, None, &Default::default()).await, Err(Error::Forbidden { .. })));
    }

    async fn stages_of_templates_grow_to_everyone(world: World) {
        world.shop().await;
        let template = |stages: Value| vec![change(ReleaseTemplate, None, "t", Action::Put, Some(json!({"name": "T", "stages": stages})))];
        assert_eq!(mistakes(world.apply(template(json!([{"weight": 10}, {"weight": 5}, {"weight": 50}]))).await), pairs(&[
            ("/changes/0/document/stages/1/weight", "not_growing"),
            ("/changes/0/document/stages/2/weight", "not_complete"),
        ]));
        let found = mistakes(world.apply(template(json!([{"weight": 100, "min_bake": "soon"}]))).await);
        assert_eq!(found, pairs(&[("/changes/0/document/stages/0/min_bake", "pattern")]));
    }

    async fn what_templates_name_is_there(world: World) {
        world.shop().await;
        let document = json!({
            "name": "T", "guards": [{"metric": "errors"}, {"slo": "uptime"}], "windows": {"time_zone": "Mars/Base"},
            "stages": [{"weight": 10, "segment": "staff"}, {"weight": 100}],
        });
        let template = |document: &Value| change(ReleaseTemplate, None, "t", Action::Put, Some(document.clone()));
        assert_eq!(mistakes(world.apply(vec![template(&document)]).await), pairs(&[
            ("/changes/0/document/guards/0/metric", "unknown_metric"),
            ("/changes/0/document/guards/1/slo", "unknown_metric"),
            ("/changes/0/document/stages/0/segment", "unknown_segment"),
            ("/changes/0/document/windows/time_zone", "unknown_time_zone"),
        ]));
        // What comes with it is there; and what was there once is in nobody's way.
        let metric = |key: &str, action, document| change(Metric, None, key, action, document);
        let mut known = document.clone();
        known["windows"] = json!({"time_zone": "Europe/Berlin"});
        known["stages"] = json!([{"weight": 100}]);
        let made = |key: &str| metric(key, Action::Put, Some(json!({"kind": "count"})));
        world.apply(vec![template(&known), made("errors"), made("uptime")]).await.unwrap();
        world.apply(vec![metric("errors", Action::Delete, None)]).await.unwrap();
        known["description"] = json!("ours");
        world.apply(vec![template(&known)]).await.unwrap();
        known["guards"] = json!([{"metric": "errors"}, {"metric": "latency"}]);
        let found = mistakes(world.apply(vec![template(&known)]).await);
        assert_eq!(found, pairs(&[("/changes/0/document/guards/1/metric", "unknown_metric")]));
    }
}
