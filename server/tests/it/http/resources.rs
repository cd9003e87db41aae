//! Every resource through HTTP: made, read, changed, removed.

use reqwest::Method;
use serde_json::{Value, json};

use super::Site;
use crate::web::send;

const FLAG: &str = "/api/v1/projects/shop/flags/checkout";
const CONFIG: &str = "/api/v1/projects/shop/environments/production/flags/checkout";

async fn projects(site: &mut Site) {
    let admin = &site.admin;
    let reply = admin
        .post("/api/v1/projects", &json!({"key": "shop", "name": "Shop"}))
        .await
        .expect(201);
    assert_eq!(reply.header("location"), "/api/v1/projects/shop");
    assert_eq!(reply.header("etag"), "\"1\"");
    let environments = reply.json()["environments"].clone();
    assert_eq!(environments[0]["key"], "development");
    assert_eq!(
        (&environments[1]["key"], &environments[1]["production"]),
        (&json!("production"), &json!(true))
    );
    admin
        .post("/api/v1/projects", &json!({"key": "shop"}))
        .await
        .fails("already_exists");
    admin
        .post("/api/v1/projects", &json!({"key": "Not a key"}))
        .await
        .fails("invalid");
    let listed = admin.get("/api/v1/projects").await.expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let patched = admin
        .with("if-match", "\"1\"")
        .patch("/api/v1/projects/shop", &json!({"name": "The shop"}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&patched["name"], &patched["version"]),
        (&json!("The shop"), &json!(2))
    );
    let error = admin
        .with("if-match", "\"1\"")
        .patch("/api/v1/projects/shop", &json!({"name": "Mine"}))
        .await
        .fails("version_conflict");
    assert_eq!(error["current_version"], 2);
    admin.delete("/api/v1/projects/shop").await.expect(204);
    admin.get("/api/v1/projects/shop").await.fails("not_found");
}

async fn environments(site: &mut Site) {
    site.shop().await;
    let admin = &site.admin;
    let all = "/api/v1/projects/shop/environments";
    let made = admin
        .post(all, &json!({"key": "staging", "copy_from": "production"}))
        .await
        .expect(201);
    assert_eq!(made.header("location"), format!("{all}/staging"));
    assert_eq!(
        admin
            .get(&format!("{all}/staging/flags/checkout"))
            .await
            .expect(200)
            .json()["enabled"],
        false
    );
    assert_eq!(
        admin.get(all).await.expect(200).json()["items"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let patched = admin
        .patch(
            &format!("{all}/staging"),
            &json!({"color": "violet", "allowed_origins": ["https://shop.example"]}),
        )
        .await
        .expect(200);
    assert_eq!(
        patched.json()["allowed_origins"],
        json!(["https://shop.example"])
    );
    admin
        .patch(&format!("{all}/staging"), &json!({"color": "pink"}))
        .await
        .fails("invalid");
    admin.delete(&format!("{all}/staging")).await.expect(204);
    admin
        .get(&format!("{all}/staging"))
        .await
        .fails("not_found");
}

async fn keys(site: &mut Site) {
    site.shop().await;
    let keys = "/api/v1/projects/shop/environments/production/keys";
    let made = site
        .admin
        .post(keys, &json!({"name": "web", "kind": "client"}))
        .await
        .expect(201)
        .json();
    let secret = made["secret"].as_str().unwrap();
    assert!(secret.starts_with(made["prefix"].as_str().unwrap()));
    let listed = site.admin.get(keys).await.expect(200);
    assert!(!listed.text().contains(secret));
    assert_eq!(listed.json()["items"][0]["name"], "web");
    site.admin
        .post(keys, &json!({"name": "web", "kind": "other"}))
        .await
        .fails("bad_request");
    let key = format!("{keys}/{}", made["id"].as_str().unwrap());
    site.admin.delete(&key).await.expect(204);
    site.admin.delete(&key).await.fails("not_found");
}

async fn flags(site: &mut Site) {
    site.shop().await;
    let admin = &site.admin;
    let flag = admin.get(FLAG).await.expect(200);
    assert_eq!(flag.header("etag"), "\"1\"");
    let unchanged = send(
        admin
            .request(Method::GET, FLAG)
            .header("if-none-match", "\"1\""),
    )
    .await
    .expect(304);
    assert!(unchanged.body.is_empty());
    // What was read can be written back.
    let mut document = flag.json();
    document["name"] = json!("Checkout");
    let put = admin
        .with("if-match", "\"1\"")
        .put(FLAG, &document)
        .await
        .expect(200);
    assert_eq!(
        (put.header("etag"), &put.json()["name"]),
        ("\"2\"", &json!("Checkout"))
    );
    let error = admin
        .with("if-match", "W/\"1\"")
        .put(FLAG, &document)
        .await
        .fails("version_conflict");
    assert_eq!(error["current_version"], 2);
    document["key"] = json!("another");
    assert_eq!(
        admin.put(FLAG, &document).await.fails("invalid")["details"][0]["path"],
        "/key"
    );
    let patched = admin
        .patch(FLAG, &json!({"name": null, "tags": ["a"]}))
        .await
        .expect(200)
        .json();
    assert_eq!(
        (patched.get("name"), &patched["tags"]),
        (None, &json!(["a"]))
    );
    let page = admin
        .get("/api/v1/projects/shop/flags?tag=a&query=CHECK&limit=1")
        .await
        .expect(200)
        .json();
    assert_eq!(page["items"][0]["key"], "checkout");
    assert_eq!(
        page["items"][0]["environments"]["production"]["enabled"],
        false
    );
    let fresh = json!({"type": "string", "variations": [{"key": "a", "value": "x"}]});
    let made = admin
        .put("/api/v1/projects/shop/flags/a%2Fb%20%F0%9F%90%A6", &fresh)
        .await
        .expect(201);
    assert_eq!(
        made.header("location"),
        "/api/v1/projects/shop/flags/a%2Fb%20%F0%9F%90%A6"
    );
    assert_eq!(made.json()["key"], "a/b 🐦");
    let again = admin
        .with("if-none-match", "*")
        .put("/api/v1/projects/shop/flags/checkout", &fresh)
        .await;
    again.fails("already_exists");
    admin
        .delete("/api/v1/projects/shop/flags/a%2Fb%20%F0%9F%90%A6")
        .await
        .expect(204);
    admin
        .get("/api/v1/projects/shop/flags/a%2Fb%20%F0%9F%90%A6")
        .await
        .fails("not_found");
}

async fn configurations_show_weights_and_keep_allocations(site: &mut Site) {
    site.shop().await;
    let admin = &site.admin;
    let split =
        json!({"default": {"split": {"weights": {"on": 25_000, "off": 75_000}}}, "enabled": true});
    let patched = admin
        .with("serin-reason", "f%C3%BCr alle")
        .patch(CONFIG, &split)
        .await
        .expect(200)
        .json();
    assert_eq!(
        patched["default"]["split"]["weights"],
        json!({"on": 25_000, "off": 75_000})
    );
    assert!(patched["default"]["split"].get("allocation").is_none());
    let more = json!({"default": {"split": {"weights": {"on": 25_000, "off": 65_000}}}});
    let error = admin.patch(CONFIG, &more).await.fails("invalid");
    assert!(
        error["details"][0]["path"]
            .as_str()
            .unwrap()
            .starts_with("/default"),
        "{error}"
    );
    let sets = admin
        .get(
            "/api/v1/change-sets?project=shop&environment=production&kind=flag_config&key=checkout",
        )
        .await
        .expect(200)
        .json();
    assert_eq!(sets["items"][0]["reason"], "für alle");
    let id = sets["items"][0]["id"].as_str().unwrap();
    assert_eq!(
        admin
            .get(&format!("/api/v1/change-sets/{id}"))
            .await
            .expect(200)
            .json(),
        sets["items"][0]
    );
    let ruleset = admin
        .get("/api/v1/projects/shop/environments/production/ruleset")
        .await
        .expect(200)
        .json();
    assert!(
        ruleset["flags"]["checkout"]["default"]["split"]["allocation"].is_array(),
        "{ruleset}"
    );
    let preview = admin
        .post(
            "/api/v1/projects/shop/environments/production/evaluate",
            &json!({"flag": "checkout", "context": {"targetingKey": "user-1"}}),
        )
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&preview["reason"], &preview["revision"]),
        (&json!("SPLIT"), &ruleset["revision"])
    );
    assert!(preview["slot"].is_u64());
}

async fn segments_and_templates(site: &mut Site) {
    site.shop().await;
    let admin = &site.admin;
    admin
        .post(
            "/api/v1/projects/shop/segments",
            &json!({"key": "staff", "name": "Staff"}),
        )
        .await
        .expect(201);
    let config = "/api/v1/projects/shop/environments/production/segments/staff";
    let patched = admin
        .patch(config, &json!({"included": [{"values": ["ada"]}]}))
        .await
        .expect(200)
        .json();
    assert_eq!(patched["included"][0]["values"], json!(["ada"]));
    assert_eq!(
        admin
            .get("/api/v1/projects/shop/segments")
            .await
            .expect(200)
            .json()["items"][0]["key"],
        "staff"
    );
    let when = json!([{"id": "r", "when": {"segment": "staff"}, "serve": {"variation": "on"}}]);
    admin
        .patch(CONFIG, &json!({"rules": when}))
        .await
        .expect(200);
    let error = admin
        .delete("/api/v1/projects/shop/segments/staff")
        .await
        .fails("in_use");
    assert!(
        error["message"].as_str().unwrap().contains("checkout"),
        "{error}"
    );
    let template = json!({"key": "slow", "name": "Slow", "stages": [{"weight": 1, "min_bake": "1h"}, {"weight": 100}]});
    admin
        .post("/api/v1/projects/shop/release-templates", &template)
        .await
        .expect(201);
    let templates = admin
        .get("/api/v1/projects/shop/release-templates")
        .await
        .expect(200)
        .json();
    assert!(
        templates["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|template| template["key"] == "slow")
    );
    admin
        .delete("/api/v1/projects/shop/release-templates/slow")
        .await
        .expect(204);
}

async fn change_sets_are_whole_and_idempotent(site: &mut Site) {
    site.shop().await;
    let admin = &site.admin;
    let change = |key: &str, name: &str| json!({"kind": "flag", "key": key, "action": "patch", "document": {"name": name}});
    let set = |changes: Value| json!({"project": "shop", "reason": "tidy", "changes": changes});
    let half = set(json!([change("checkout", "New"), change("missing", "New")]));
    let error = admin
        .post("/api/v1/change-sets", &half)
        .await
        .fails("not_found");
    assert_eq!(error["details"][0]["path"], "/changes/1/key");
    assert_eq!(admin.get(FLAG).await.expect(200).json().get("name"), None);
    let once = admin.with("idempotency-key", "k1");
    let first = once
        .post(
            "/api/v1/change-sets",
            &set(json!([change("checkout", "New")])),
        )
        .await
        .expect(201)
        .json();
    let again = once
        .post(
            "/api/v1/change-sets",
            &set(json!([change("checkout", "New")])),
        )
        .await
        .expect(201)
        .json();
    assert_eq!(first, again);
    assert_eq!(admin.get(FLAG).await.expect(200).json()["version"], 2);
    once.post(
        "/api/v1/change-sets",
        &set(json!([change("checkout", "Other")])),
    )
    .await
    .fails("idempotency_mismatch");
    let again = admin.with("idempotency-key", "k2");
    for _ in 0..2 {
        let made = again
            .post("/api/v1/projects/shop/segments", &json!({"key": "staff"}))
            .await
            .expect(201);
        assert_eq!(made.json()["version"], 1);
    }
    let stale = json!({"kind": "flag", "key": "checkout", "action": "patch", "document": {"name": "x"}, "version": 1});
    let error = admin
        .post(
            "/api/v1/change-sets",
            &set(json!([change("checkout", "New"), stale])),
        )
        .await
        .fails("version_conflict");
    assert_eq!(
        (&error["current_version"], &error["details"][0]["path"]),
        (&json!(2), &json!("/changes/1"))
    );
    let audit = admin
        .get("/api/v1/audit?project=shop&limit=1")
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&audit["items"][0]["action"], &audit["items"][0]["actor"]),
        (&json!("change_set.applied"), &json!("admin"))
    );
    assert!(audit["next_cursor"].is_string());
}

async fn a_write_answers_what_is_read_afterwards(site: &mut Site) {
    site.shop().await;
    for path in [FLAG, CONFIG] {
        let patch = match path {
            FLAG => json!({"name": "Checkout"}),
            _ => json!({"enabled": true}),
        };
        let answered = site.admin.patch(path, &patch).await.expect(200).json();
        let read = site.admin.get(path).await.expect(200).json();
        assert_eq!(answered, read);
    }
}

async fn metrics(site: &mut Site) {
    site.shop().await;
    let admin = &site.admin;
    let all = "/api/v1/projects/shop/metrics";
    let errors = format!("{all}/checkout-errors");
    let made = admin
        .post(all, &json!({"key": "checkout-errors", "kind": "count"}))
        .await
        .expect(201);
    assert_eq!(made.header("location"), errors);
    let made = made.json();
    assert_eq!(
        (&made["kind"], &made["direction"]),
        (&json!("count"), &json!("up"))
    );
    let patch = json!({"name": "Errors", "unit": "errors", "direction": "down"});
    let patched = admin.patch(&errors, &patch).await.expect(200).json();
    assert_eq!(
        (&patched["name"], &patched["version"]),
        (&json!("Errors"), &json!(2))
    );
    let latency = json!({"kind": "value", "unit": "ms", "direction": "up"});
    admin
        .put(&format!("{all}/latency"), &latency)
        .await
        .expect(201);
    let listed = admin.get(all).await.expect(200).json();
    let keys = listed["items"].as_array().unwrap().iter();
    let keys: Vec<&Value> = keys.map(|metric| &metric["key"]).collect();
    assert_eq!(keys, ["checkout-errors", "latency"]);
    for (body, path) in [
        (json!({}), "/kind"),
        (json!({"kind": "ratio"}), "/kind"),
        (
            json!({"kind": "count", "direction": "sideways"}),
            "/direction",
        ),
        (json!({"kind": "count", "unit": ""}), "/unit"),
        (json!({"kind": "count", "sum": true}), "/sum"),
    ] {
        let error = admin.put(&errors, &body).await.fails("invalid");
        assert_eq!(error["details"][0]["path"], path);
    }
    admin.delete(&errors).await.expect(204);
    admin.get(&errors).await.fails("not_found");
    let audit = admin
        .get("/api/v1/audit?project=shop&limit=1")
        .await
        .expect(200)
        .json();
    assert_eq!(audit["items"][0]["action"], "change_set.applied");
}

on_both! {
    metrics,
    projects,
    environments,
    keys,
    flags,
    configurations_show_weights_and_keep_allocations,
    segments_and_templates,
    change_sets_are_whole_and_idempotent,
    a_write_answers_what_is_read_afterwards,
}
