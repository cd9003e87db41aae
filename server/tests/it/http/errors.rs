//! Bad input: one body, the right code, every mistake with its place.

use reqwest::Method;
use serde_json::json;

use super::Site;
use crate::web::send;

const FLAGS: &str = "/api/v1/projects/shop/flags";
const CHANGE_SETS: &str = "/api/v1/change-sets";

async fn what_is_not_there_and_what_is_not_taken(site: &mut Site) {
    site.admin.get("/api/v1/nothing").await.fails("not_found");
    site.admin.get("/sdk/v1/nothing").await.fails("not_found");
    site.admin
        .get("/api/v1/change-sets/no-uuid")
        .await
        .fails("not_found");
    let reply = site.admin.delete("/api/v1/projects").await;
    assert_eq!(reply.header("allow"), "GET, HEAD, POST");
    reply.fails("method_not_allowed");
    let error = site
        .admin
        .get("/api/v1/projects/shop/flags?sort=name")
        .await
        .fails("bad_request");
    assert!(
        error["message"].as_str().unwrap().contains("sort"),
        "{error}"
    );
    assert!(
        send(site.admin.request(Method::HEAD, "/health/live"))
            .await
            .expect(200)
            .body
            .is_empty()
    );
}

async fn bodies_of_another_type_or_size(site: &mut Site) {
    site.shop().await;
    site.admin
        .raw(Method::POST, FLAGS, "text/plain", "{}")
        .await
        .fails("unsupported_media_type");
    site.admin
        .raw(
            Method::PATCH,
            &format!("{FLAGS}/checkout"),
            "application/json",
            "{}",
        )
        .await
        .fails("unsupported_media_type");
    let compressed = send(
        site.admin
            .request(Method::POST, FLAGS)
            .header("content-encoding", "gzip")
            .json(&json!({})),
    )
    .await;
    compressed.fails("unsupported_media_type");
    let large = format!("{{\"key\":\"{}\"}}", "x".repeat(1 << 20));
    site.admin
        .raw(Method::POST, FLAGS, "application/json", large.clone())
        .await
        .fails("too_large");
    // Without a length that says it beforehand.
    let chunks =
        reqwest::Body::wrap_stream(futures_util::stream::iter([Ok::<_, std::io::Error>(large)]));
    site.admin
        .raw(Method::POST, FLAGS, "application/json", chunks)
        .await
        .fails("too_large");
    let fits = format!(
        "{{\"project\":\"shop\",\"changes\":[],\"reason\":\"{}\"}}",
        "x".repeat(2 << 20)
    );
    site.admin
        .raw(Method::POST, CHANGE_SETS, "application/json", fits)
        .await
        .fails("invalid");
}

async fn bodies_that_are_no_json_or_of_another_shape(site: &mut Site) {
    site.shop().await;
    let post = async |path: &str, body: String| {
        site.admin
            .raw(Method::POST, path, "application/json", body)
            .await
            .fails("bad_request")
    };
    let error = post(FLAGS, "{\"key\":\n 'a'}".to_owned()).await;
    assert!(
        error["message"].as_str().unwrap().contains("line 2 column"),
        "{error}"
    );
    post(FLAGS, "[]".to_owned()).await;
    let error = post(FLAGS, r#"{"key":"a","tags":["x"],"tags":[]}"#.to_owned()).await;
    assert_eq!(
        (&error["details"][0]["path"], &error["details"][0]["code"]),
        (&json!("/tags"), &json!("duplicate_key"))
    );
    let error = post(
        FLAGS,
        format!("{{\"value\":{}1{}}}", "[".repeat(200), "]".repeat(200)),
    )
    .await;
    assert_eq!(error["details"][0]["code"], "too_deep");
    let error = post(CHANGE_SETS, r#"{"project":"shop","changes":[{"kind":"flog"},{"kind":"flag","key":"a","action":"delete","extra":1}]}"#.to_owned()).await;
    assert_eq!(
        (&error["details"][0]["path"], &error["details"][1]["path"]),
        (&json!("/changes/0/kind"), &json!("/changes/1/extra"))
    );
    let error = post(
        "/api/v1/projects",
        r#"{"key":"a","surprise":true}"#.to_owned(),
    )
    .await;
    assert_eq!(error["details"][0]["path"], "/surprise");
    // A member that is missing has its place too, and signals are those that people send.
    for (path, body, place, code) in [
        ("keys", json!({"name": "Web"}), "/kind", "required"),
        (
            "keys",
            json!({"name": "Web", "kind": "server", "sort": 1}),
            "/sort",
            "unknown_member",
        ),
        (
            "releases/019ac5e2-0000-7000-8000-000000000000/signals",
            json!({"signal": "pause"}),
            "/epoch",
            "required",
        ),
        (
            "releases/019ac5e2-0000-7000-8000-000000000000/signals",
            json!({"signal": "explode", "epoch": 1}),
            "/signal",
            "shape",
        ),
    ] {
        let path = format!("/api/v1/projects/shop/environments/production/{path}");
        let error = post(&path, body.to_string()).await;
        let detail = &error["details"][0];
        assert_eq!(
            (&detail["path"], &detail["code"]),
            (&json!(place), &json!(code)),
            "{error}"
        );
        let told = detail["message"].as_str().unwrap();
        assert!(
            !["tick", "supersede", "edit"]
                .iter()
                .any(|own| told.contains(own)),
            "{told}"
        );
    }
    let error = post(
        "/api/v1/projects/shop/webhooks",
        json!({"events": ["*"]}).to_string(),
    )
    .await;
    assert_eq!(error["details"][0]["path"], "/url");
    let error = site
        .admin
        .with("if-match", "\"one\"")
        .patch(&format!("{FLAGS}/checkout"), &json!({}))
        .await
        .fails("bad_request");
    assert!(
        error["message"].as_str().unwrap().contains("If-Match"),
        "{error}"
    );
}

async fn every_mistake_is_listed_by_its_place(site: &mut Site) {
    site.shop().await;
    let config = json!({
        "enabled": "yes",
        "surprise": 1,
        "targets": [{"variation": 3}],
        "default": {"variation": "on"}
    });
    let path = "/api/v1/projects/shop/environments/production/flags/checkout";
    let error = site.admin.put(path, &config).await.fails("invalid");
    let details = error["details"].as_array().unwrap();
    let places: Vec<&str> = details
        .iter()
        .map(|detail| detail["path"].as_str().unwrap())
        .collect();
    assert!(places.len() >= 3, "{error}");
    assert!(
        places.contains(&"/enabled") && places.contains(&"/targets/0/variation"),
        "{error}"
    );
    let config = json!({
        "enabled": true,
        "off": "blue",
        "prerequisites": [{"flag": "missing", "variations": ["on"]}],
        "rules": [
            {"id": "r", "when": {"attribute": "a..b", "op": "in", "values": []}, "serve": {"variation": "green"}},
            {"id": "r", "when": {"segment": "missing"}, "serve": {"variation": "on"}}
        ],
        "default": {"split": {"weights": {"on": 1, "off": 2}}}
    });
    let error = site.admin.put(path, &config).await.fails("invalid");
    let places: Vec<String> = error["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|detail| detail["path"].as_str().unwrap().to_owned())
        .collect();
    for place in [
        "/off",
        "/prerequisites/0/flag",
        "/rules/0/serve/variation",
        "/rules/1/when/segment",
    ] {
        assert!(
            places.iter().any(|found| found == place),
            "{place} is not in {places:?}"
        );
    }
    assert!(
        places.iter().any(|place| place.starts_with("/default")),
        "{places:?}"
    );
    assert!(
        places.iter().any(|place| place.starts_with("/rules/1/id")),
        "{places:?}"
    );
    assert_eq!(site.admin.get(path).await.expect(200).json()["version"], 1);
}

async fn a_misshapen_body_names_the_place(site: &mut Site) {
    site.shop().await;
    let place = async |path: &str, body: serde_json::Value| {
        let error = site.admin.post(path, &body).await.fails("bad_request");
        error["details"][0]["path"].as_str().unwrap().to_owned()
    };
    let projects = "/api/v1/projects";
    let environments = json!({"key": "p", "environments": [{"key": "e", "production": "yes"}]});
    assert_eq!(
        place(projects, environments).await,
        "/environments/0/production"
    );
    // A list of a structure's members is no object.
    assert_eq!(place(projects, json!(["p", null, null, null])).await, "");
    let change = json!({"kind": "flag", "key": 7, "action": "delete"});
    let changes = json!({"project": "shop", "changes": [change]});
    assert_eq!(place(CHANGE_SETS, changes).await, "/changes/0/key");
    let environment = "/api/v1/projects/shop/environments/production";
    let patch = site.admin.patch(environment, &json!({"color": 7})).await;
    assert_eq!(patch.fails("invalid")["details"][0]["path"], "/color");
    let empty = json!({"key": "f", "type": "boolean", "variations": []});
    let error = site.admin.post(FLAGS, &empty).await.fails("invalid");
    let details = error["details"].as_array().unwrap();
    assert_eq!(
        (details.len(), &details[0]["path"]),
        (1, &json!("/variations"))
    );
}

async fn addresses_that_name_nothing(site: &mut Site) {
    site.shop().await;
    for path in [
        "/api/v1/projects/%00",
        "/api/v1/projects/shop/flags/%ff",
        "/api/v1/projects/shop/environments/production/flags/a%00b",
        "/api/v1/change-sets?project=shop&key=%00",
        "/api/v1/projects/shop/environments/production/usage?flag=%C3",
    ] {
        let error = site.admin.get(path).await.fails("bad_request");
        assert!(
            error["message"].as_str().unwrap().contains("address"),
            "{error}"
        );
    }
    for (query, named) in [
        ("limit=-1", "`limit`"),
        ("limit=0", "`limit`"),
        ("limit=x", "`limit`"),
        ("archived=7", "true"),
    ] {
        let path = format!("{FLAGS}?{query}");
        let error = site.admin.get(&path).await.fails("bad_request");
        assert!(
            error["message"].as_str().unwrap().contains(named),
            "{error}"
        );
    }
    for key in [".", ".."] {
        let flag =
            json!({"key": key, "type": "boolean", "variations": [{"key": "on", "value": true}]});
        let error = site.admin.post(FLAGS, &flag).await.fails("invalid");
        assert_eq!(error["details"][0]["path"], "/key");
    }
}

/// PostgreSQL takes the character nowhere.
async fn nul_is_a_mistake_and_no_fault(site: &mut Site) {
    site.shop().await;
    let nobody = json!({"username": "a\0b", "password": "long enough"});
    let error = site.web.anyone.post("/api/v1/session", &nobody).await;
    let error = error.fails("unauthenticated");
    assert!(
        error["message"].as_str().unwrap().contains("password"),
        "{error}"
    );
    let user = json!({"username": "ada", "name": "a\0b", "password": "long enough"});
    site.admin
        .post("/api/v1/users", &user)
        .await
        .fails("invalid");
    let delete = json!([{"kind": "flag", "key": "checkout", "action": "delete"}]);
    let elsewhere = json!({"project": "a\0b", "changes": delete});
    site.admin
        .post(CHANGE_SETS, &elsewhere)
        .await
        .fails("not_found");
    let why = json!({"project": "shop", "reason": "a\0b", "changes": delete});
    let error = site.admin.post(CHANGE_SETS, &why).await.fails("invalid");
    assert_eq!(error["details"][0]["code"], "nul_character");
    let releases = "/api/v1/projects/shop/environments/production/releases";
    let document = json!({"flag": "checkout", "baseline": "off", "candidate": "on", "stages": [{"weight": 100}]});
    let configuration = json!({"enabled": true, "default": {"variation": "off"}});
    let path = "/api/v1/projects/shop/environments/production/flags/checkout";
    site.admin.put(path, &configuration).await.expect(200);
    let release = site
        .admin
        .post(releases, &document)
        .await
        .expect(201)
        .json();
    let signals = format!("{releases}/{}/signals", release["id"].as_str().unwrap());
    let start = json!({"signal": "start", "epoch": 0, "reason": "a\0b"});
    site.admin.post(&signals, &start).await.fails("invalid");
}

on_both! {
    what_is_not_there_and_what_is_not_taken,
    bodies_of_another_type_or_size,
    bodies_that_are_no_json_or_of_another_shape,
    every_mistake_is_listed_by_its_place,
    a_misshapen_body_names_the_place,
    addresses_that_name_nothing,
    nul_is_a_mistake_and_no_fault,
}
