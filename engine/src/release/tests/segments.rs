//! Segments that get the candidate ahead of the others.

use serde_json::{Value, json};

use super::{document, validate::definition};
use crate::{
    context::Context,
    flag::{FlagConfig, Serve},
    release::{Document, Owner, Site, divided_at, remove_rules, serve_stage, settle_rules},
    ruleset::Ruleset,
};

const OWNER: Owner<'static> = Owner("7");

/// Half of the staff, all of it, half of the testers, a tenth of all, 60 % of all, all.
fn rings(site: Site) -> Document {
    let stages = json!([
        {"segment": "staff", "weight": 50},
        {"segment": "staff", "weight": 100},
        {"segment": "beta", "weight": 50},
        {"weight": 10},
        {"weight": 60},
        {"weight": 100},
    ]);
    Document {
        site,
        stages: serde_json::from_value(stages).unwrap(),
        ..document()
    }
}

fn config() -> FlagConfig {
    let rule = |id: &str, country: &str| {
        let when = json!({"attribute": "country", "op": "in", "values": [country]});
        json!({"id": id, "when": when, "serve": {"variation": "off"}})
    };
    serde_json::from_value(json!({
        "enabled": true,
        "rules": [rule("first", "FR"), rule("de", "DE"), rule("last", "US")],
        "default": {"variation": "off"},
    }))
    .unwrap()
}

/// Who of the first thousand of a kind of people gets the candidate.
fn on(config: &FlagConfig, person: &Value) -> Vec<u32> {
    let definition = serde_json::to_value(definition()).unwrap();
    let mut flag = serde_json::to_value(config).unwrap();
    flag["type"] = definition["type"].clone();
    flag["variations"] = definition["variations"].clone();
    let segment = |name: &str| {
        let when = json!({"attribute": name, "op": "in", "values": [true]});
        json!({"rules": [{"id": "r", "when": when}]})
    };
    let ruleset = json!({
        "format": 1, "revision": 1,
        "flags": {"new-checkout": flag},
        "segments": {"staff": segment("staff"), "beta": segment("beta")},
        "releases": [],
    });
    let ruleset = Ruleset::parse(&ruleset.to_string()).unwrap().0;
    let is_on = |unit: &u32| {
        let mut attributes = person.clone();
        attributes["targetingKey"] = format!("user-{unit}").into();
        let context = Context::from_json(attributes).unwrap();
        let served = ruleset.evaluate("new-checkout", &context);
        assert!(served.variation.is_some(), "{served:?}");
        served.variation == Some("on")
    };
    (0..1000).filter(is_on).collect()
}

fn enter(document: &Document, config: &mut FlagConfig, stage: usize) {
    serve_stage(document, &definition(), config, stage, OWNER);
}

#[test]
fn rings_grow_and_nobody_is_taken_out() {
    for (site, country) in [(Site::Default, "IT"), (Site::Rule("de".to_owned()), "DE")] {
        let document = rings(site);
        let mut config = config();
        let people = [
            json!({"country": country}),
            json!({"country": country, "staff": true}),
            json!({"country": country, "beta": true}),
            json!({"country": country, "staff": true, "beta": true}),
        ];
        let mut before: [Vec<u32>; 4] = Default::default();
        let mut counts = Vec::new();
        for stage in 0..document.stages.len() {
            enter(&document, &mut config, stage);
            let now = people.clone().map(|person| on(&config, &person));
            for (before, now) in before.iter().zip(&now) {
                assert!(
                    before.iter().all(|unit| now.contains(unit)),
                    "stage {stage}"
                );
            }
            counts.push(now.clone().map(|on| (on.len() + 50) / 100 * 10));
            before = now;
        }
        assert_eq!(
            counts,
            [
                [0, 50, 0, 50],
                [0, 100, 0, 100],
                [0, 100, 50, 100],
                [10, 100, 50, 100],
                [60, 100, 60, 100],
                [100, 100, 100, 100],
            ],
            "{:?}",
            document.site
        );
        // Whom the release is not about it leaves alone.
        assert_eq!(
            on(&config, &json!({"country": "FR", "staff": true})),
            [0_u32; 0]
        );
    }
}

#[test]
fn a_share_of_a_segment_is_of_the_people_that_the_same_share_of_all_has() {
    let document = rings(Site::Default);
    let (mut early, mut late) = (config(), config());
    enter(&document, &mut early, 0);
    let staff = on(&early, &json!({"staff": true}));
    let mut all = rings(Site::Default);
    all.stages = vec![crate::release::Stage {
        weight: 50.0,
        ..Default::default()
    }];
    enter(&all, &mut late, 0);
    assert_eq!(staff, on(&late, &json!({})));
}

#[test]
fn entering_again_changes_nothing_and_the_rules_go_as_they_came() {
    for site in [Site::Default, Site::Rule("de".to_owned())] {
        let document = rings(site.clone());
        let (mut config, untouched) = (config(), config());
        for stage in 0..document.stages.len() {
            enter(&document, &mut config, stage);
            let once = config.clone();
            enter(&document, &mut config, stage);
            assert_eq!(config, once);
            settle_rules(&document.site, &once, &mut config, OWNER);
            assert_eq!(config, once);
        }
        remove_rules(&mut config, OWNER);
        *site.serve_mut(&mut config).unwrap() = Serve::Variation("off".to_owned());
        assert_eq!(config, untouched);
    }
}

#[test]
fn rules_stay_where_they_belong_when_others_move() {
    let document = rings(Site::Rule("de".to_owned()));
    let mut config = config();
    enter(&document, &mut config, 2);
    let ids = |config: &FlagConfig| -> Vec<String> {
        config.rules.iter().map(|rule| rule.id.clone()).collect()
    };
    let settled = ["first", "release-7-0", "release-7-2", "de", "last"];
    assert_eq!(ids(&config), settled);
    let before = config.clone();
    config.rules.rotate_left(2);
    let at = config
        .rules
        .iter()
        .position(|rule| rule.id == "de")
        .unwrap();
    config.rules[at].when = serde_json::from_value(json!({"all": []})).unwrap();
    settle_rules(&document.site, &before, &mut config, OWNER);
    let own = config
        .rules
        .iter()
        .find(|rule| rule.id == "release-7-2")
        .unwrap();
    assert_eq!(
        serde_json::to_value(&own.when).unwrap(),
        json!({"all": [{"segment": "beta"}, {"all": []}]})
    );
    assert_eq!(
        ids(&config),
        ["release-7-0", "release-7-2", "de", "last", "first"]
    );
}

#[test]
fn evaluators_are_told_where_units_are_divided() {
    let document = rings(Site::Default);
    let own = |stage: usize| Site::Rule(OWNER.rule(stage));
    let expected = [own(0), own(0), own(2), Site::Default, Site::Default];
    for (stage, expected) in expected.into_iter().enumerate() {
        assert_eq!(divided_at(&document, stage, OWNER), expected, "{stage}");
    }
    let mut config = config();
    enter(&document, &mut config, 2);
    assert!(own(2).serve(&config).is_some());
}
