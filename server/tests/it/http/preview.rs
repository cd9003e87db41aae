//! Evaluations explained and edits weighed, before they are saved.

use serde_json::{Value, json};

use crate::http::Site;

on_both!(
    an_evaluation_says_how_it_came_about,
    an_edit_is_tried_and_not_saved,
    the_impact_of_an_edit_is_counted,
    a_preview_refuses_what_a_write_would_refuse,
);

const CONFIG: &str = "/api/v1/projects/shop/environments/production/flags/checkout";
const EVALUATE: &str = "/api/v1/projects/shop/environments/production/evaluate";
const IMPACT: &str = "/api/v1/projects/shop/environments/production/impact";

/// The flag `checkout` for staff, and for 5 % of all others.
async fn set_up(site: &Site) -> Value {
    site.shop().await;
    let admin = &site.admin;
    let staff = json!({"key": "staff", "name": "Staff"});
    admin
        .post("/api/v1/projects/shop/segments", &staff)
        .await
        .expect(201);
    let config = "/api/v1/projects/shop/environments/production/segments/staff";
    let members = json!({"included": [{"attribute": "team", "values": ["core"]}]});
    admin.patch(config, &members).await.expect(200);
    let config = json!({
        "enabled": true,
        "rules": [{"id": "staff", "name": "Our own", "when": {"all": [{"segment": "staff"}, {"attribute": "age", "op": "gte", "values": [18]}]}, "serve": {"variation": "on"}}],
        "default": {"split": {"weights": {"on": 5_000, "off": 95_000}}}
    });
    admin.patch(CONFIG, &config).await.expect(200).json()
}

async fn evaluate(site: &Site, body: Value) -> Value {
    site.admin.post(EVALUATE, &body).await.expect(200).json()
}

async fn an_evaluation_says_how_it_came_about(site: &mut Site) {
    set_up(site).await;
    let context = json!({"targetingKey": "ada", "team": "core", "age": "36"});
    let found = evaluate(site, json!({"flag": "checkout", "context": context})).await;
    assert_eq!(found["reason"], "SPLIT");
    assert!(found["revision"].is_u64() && found.get("cut").is_none());
    let steps = found["steps"].as_array().unwrap();
    let outcomes: Vec<_> = steps
        .iter()
        .map(|step| (&step["step"], &step["outcome"]))
        .collect();
    let expected = [
        ("enabled", "passed"),
        ("rule", "no_match"),
        ("default", "decided"),
    ];
    let expected = expected.map(|(step, outcome)| (json!(step), json!(outcome)));
    assert_eq!(
        outcomes,
        expected.iter().map(|(a, b)| (a, b)).collect::<Vec<_>>()
    );
    assert_eq!(
        steps[1]["condition"],
        json!({"kind": "all", "result": "false", "parts": [
            {"kind": "segment", "result": "true", "segment": "staff",
             "because": {"part": "included", "index": 0, "attribute": "team", "seen": "core"}},
            {"kind": "attribute", "result": "false", "attribute": "age", "operator": "gte", "wanted": [18], "seen": "36", "unfit": true}
        ]})
    );
    assert_eq!(steps[2]["serve"]["split"]["slot"], found["slot"]);
    assert_eq!(steps[2]["serve"]["split"]["variation"], found["variation"]);

    let found = evaluate(site, json!({"flag": "nope"})).await;
    assert_eq!(found["error_code"], "FLAG_NOT_FOUND");
    assert!(found.get("steps").is_none());
}

async fn an_edit_is_tried_and_not_saved(site: &mut Site) {
    // As it was read: with its key, version and author beside the configuration.
    let saved = set_up(site).await;
    let context = json!({"targetingKey": "ada", "team": "core", "age": 36});
    let mut edit = saved.clone();
    edit["rules"][0]["serve"] = json!({"split": {"weights": {"on": 0, "off": 100_000}}});
    let request = json!({"flag": "checkout", "context": context, "config": edit});
    let found = evaluate(site, request).await;
    assert_eq!(
        (&found["variation"], &found["rule"]),
        (&json!("off"), &json!("staff"))
    );
    assert_eq!(found["steps"][1]["serve"]["split"]["to"], 100_000);
    let found = evaluate(site, json!({"flag": "checkout", "context": context})).await;
    assert_eq!(
        (&found["variation"], &found["reason"]),
        (&json!("on"), &json!("RULE_MATCH"))
    );
    assert_eq!(site.admin.get(CONFIG).await.expect(200).json(), saved);
}

async fn the_impact_of_an_edit_is_counted(site: &mut Site) {
    let mut edit = set_up(site).await;
    edit["default"]["split"]["weights"] = json!({"on": 9_200, "off": 90_800});
    let request = json!({"flag": "checkout", "config": edit, "units": 10_000});
    let found = site.admin.post(IMPACT, &request).await.expect(200).json();
    assert_eq!(found["complete"], true);
    let impact = &found["impact"];
    assert_eq!(
        (&impact["contexts"], &impact["changed"]),
        (&json!(10_000), &impact["moves"][0]["count"])
    );
    assert_eq!(
        (&impact["moves"][0]["from"], &impact["moves"][0]["to"]),
        (&json!("off"), &json!("on"))
    );
    assert_eq!(impact["moves"].as_array().unwrap().len(), 1);
    // 4.2 % of 10 000; five standard deviations are 100.
    let changed = impact["changed"].as_u64().unwrap();
    assert!((320..520).contains(&changed), "{impact}");

    // The same unit everywhere, but for the attribute that nothing looks at.
    let request = json!({"flag": "checkout", "config": edit, "units": 50, "by": "other", "base": {"targetingKey": "ada"}});
    let found = site.admin.post(IMPACT, &request).await.expect(200).json();
    assert_eq!(
        found["impact"]["after"].as_object().unwrap().len(),
        1,
        "{found}"
    );

    edit["enabled"] = json!(false);
    edit["off"] = json!("off");
    let contexts = json!([{"targetingKey": "ada", "team": "core", "age": 36}, {"team": "core", "age": 20}, {}]);
    let request = json!({"flag": "checkout", "config": edit, "contexts": contexts});
    let found = site.admin.post(IMPACT, &request).await.expect(200).json();
    assert_eq!(
        found["impact"],
        json!({"contexts": 3, "changed": 3, "before": {"": 1, "on": 2}, "after": {"off": 3}, "errors_before": 1,
            "moves": [{"from": "on", "to": "off", "count": 2, "examples": ["ada", ""]},
                      {"from": "", "to": "off", "count": 1, "examples": [""]}]})
    );
}

async fn a_preview_refuses_what_a_write_would_refuse(site: &mut Site) {
    let saved = set_up(site).await;
    for (member, value, path) in [
        (
            "default",
            json!({"variation": "blue"}),
            "/config/default/variation",
        ),
        (
            "default",
            json!({"split": {"weights": {"on": 1}}}),
            "/config/default",
        ),
        (
            "rules",
            json!([{"id": "r", "when": {"segment": "nobody"}, "serve": {"variation": "on"}}]),
            "/config/rules/0/when/segment",
        ),
        (
            "rules",
            json!([{"id": "r", "when": {"attribute": "x", "op": "matches", "values": ["("]}, "serve": {"variation": "on"}}]),
            "/config/rules/0/when/values/0",
        ),
        ("enabled", json!("yes"), "/config/enabled"),
        ("surprise", json!(1), "/config"),
    ] {
        let mut edit = saved.clone();
        edit[member] = value;
        for (path_of_call, request) in [
            (EVALUATE, json!({"flag": "checkout", "config": edit})),
            (IMPACT, json!({"flag": "checkout", "config": edit})),
        ] {
            let error = site
                .admin
                .post(path_of_call, &request)
                .await
                .fails("invalid");
            let found = error["details"][0]["path"].as_str().unwrap();
            assert!(found.starts_with(path), "{path}: {error}");
        }
    }
    // A flag that needs itself does not compile, and the preview says so.
    let mut edit = saved.clone();
    edit["prerequisites"] = json!([{"flag": "checkout", "variations": ["on"]}]);
    let found = evaluate(site, json!({"flag": "checkout", "config": edit})).await;
    assert_eq!(found["error_code"], "PARSE_ERROR", "{found}");

    let request = json!({"flag": "nope", "config": saved});
    site.admin.post(IMPACT, &request).await.fails("not_found");
    let request = json!({"flag": "checkout", "config": saved, "units": 100_001});
    let error = site.admin.post(IMPACT, &request).await.fails("invalid");
    assert_eq!(error["details"][0]["path"], "/units");
    let request = json!({"flag": "checkout", "config": saved, "by": "a..b"});
    let error = site.admin.post(IMPACT, &request).await.fails("invalid");
    assert_eq!(error["details"][0]["path"], "/by");
    let request = json!({"flag": "checkout", "config": saved, "contexts": [7]});
    site.admin.post(IMPACT, &request).await.fails("bad_request");
    let elsewhere = "/api/v1/projects/nope/environments/production/impact";
    let request = json!({"flag": "checkout", "config": saved});
    site.admin
        .post(elsewhere, &request)
        .await
        .fails("not_found");
}
