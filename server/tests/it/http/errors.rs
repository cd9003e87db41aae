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
        (&json!("/changes/0"), &json!("/changes/1"))
    );
    let error = post(
        "/api/v1/projects",
        r#"{"key":"a","surprise":true}"#.to_owned(),
    )
    .await;
    assert!(
        error["message"].as_str().unwrap().contains("surprise"),
        "{error}"
    );
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

on_both! {
    what_is_not_there_and_what_is_not_taken,
    bodies_of_another_type_or_size,
    bodies_that_are_no_json_or_of_another_shape,
    every_mistake_is_listed_by_its_place,
}
