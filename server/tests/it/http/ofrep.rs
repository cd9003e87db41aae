//! OFREP 0.3, as OpenFeature's clients speak it.

use reqwest::Method;
use serde_json::{Value, json};
use serin_server::config::RateLimits;

mod events;

use super::Site;
use crate::web::{Client, NO_LIMITS, send};

const BULK: &str = "/ofrep/v1/evaluate/flags";

/// Flags of each kind, on in production.
async fn site_with_flags(site: &Site) {
    site.shop().await;
    let admin = &site.admin;
    let flags = [
        json!({"key": "number", "type": "number", "client_visible": true, "variations": [{"key": "seven", "value": 7}, {"key": "half", "value": 2.5}]}),
        json!({"key": "count", "type": "number", "variations": [{"key": "seven", "value": 7}, {"key": "eight", "value": 8}]}),
        json!({"key": "text", "type": "string", "variations": [{"key": "hello", "value": "hello"}]}),
        json!({"key": "tree", "type": "object", "variations": [{"key": "t", "value": {"b": [1, 2.5], "a": null}}]}),
        json!({"key": "bucketed", "type": "boolean", "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]}),
    ];
    for flag in &flags {
        admin
            .post("/api/v1/projects/shop/flags", flag)
            .await
            .expect(201);
    }
    for key in ["checkout", "number", "count", "text", "tree"] {
        configure(site, key, json!({"enabled": true})).await;
    }
    configure(
        site,
        "bucketed",
        json!({"enabled": true, "default": {"split": {"weights": {"on": 100_000, "off": 0}}}}),
    )
    .await;
    let rule = json!({"id": "german", "when": {"attribute": "country", "op": "in", "values": ["DE"]}, "serve": {"variation": "half"}});
    configure(
        site,
        "number",
        json!({"default": {"variation": "seven"}, "rules": [rule]}),
    )
    .await;
}

async fn configure(site: &Site, flag: &str, patch: Value) {
    let path = format!("/api/v1/projects/shop/environments/production/flags/{flag}");
    site.admin.patch(&path, &patch).await.expect(200);
}

async fn evaluate(client: &Client, flag: &str, context: Value) -> (u16, Value) {
    let reply = client
        .post(&format!("{BULK}/{flag}"), &json!({"context": context}))
        .await;
    (reply.status, reply.json())
}

async fn single_answers(site: &mut Site) {
    site_with_flags(site).await;
    let sdk = site.sdk("server").await;
    let user = json!({"targetingKey": "user-1"});
    let (status, body) = evaluate(&sdk, "checkout", user.clone()).await;
    assert_eq!(status, 200);
    assert_eq!(
        (
            &body["key"],
            &body["value"],
            &body["variant"],
            &body["reason"]
        ),
        (
            &json!("checkout"),
            &json!(true),
            &json!("on"),
            &json!("STATIC")
        )
    );
    assert_eq!(body["metadata"]["reason"], "STATIC");
    assert!(body["metadata"]["revision"].as_u64() >= body["metadata"]["flagVersion"].as_u64());
    assert!(body["metadata"].get("rule").is_none());
    let german = sdk
        .post(
            &format!("{BULK}/number"),
            &json!({"context": {"country": "DE"}}),
        )
        .await
        .expect(200);
    assert!(german.text().contains("\"value\":2.5"), "{}", german.text());
    assert_eq!(
        (&german.json()["reason"], &german.json()["metadata"]["rule"]),
        (&json!("TARGETING_MATCH"), &json!("german"))
    );
    let number = sdk
        .post(&format!("{BULK}/number"), &json!({"context": {}}))
        .await
        .expect(200);
    // One of its variations is fractional: all are written so, for getters of doubles.
    assert!(number.text().contains("\"value\":7.0"), "{}", number.text());
    assert_eq!(number.json()["reason"], "DEFAULT");
    let count = sdk
        .post(&format!("{BULK}/count"), &json!({"context": {}}))
        .await
        .expect(200);
    assert!(count.text().contains("\"value\":7,"), "{}", count.text());
    assert_eq!(
        evaluate(&sdk, "tree", json!({})).await.1["value"],
        json!({"b": [1, 2.5], "a": null})
    );
    assert_eq!(
        evaluate(&sdk, "bucketed", user.clone()).await.1["reason"],
        "SPLIT"
    );
    configure(site, "checkout", json!({"enabled": false})).await;
    let (status, body) = evaluate(&sdk, "checkout", user.clone()).await;
    assert_eq!(
        (status, &body["reason"], &body["value"], &body["variant"]),
        (200, &json!("DISABLED"), &json!(false), &json!("off"))
    );
    configure(site, "checkout", json!({"off": null})).await;
    let (status, body) = evaluate(&sdk, "checkout", user).await;
    assert_eq!(
        (status, body.get("value"), body.get("variant")),
        (200, None, None)
    );
}

async fn errors_are_ofrep_bodies(site: &mut Site) {
    site_with_flags(site).await;
    let other = site.web.anyone.get(BULK).await;
    assert_eq!(other.header("allow"), "POST, OPTIONS");
    assert_eq!(other.expect(405).json()["errorCode"], "GENERAL");
    for path in ["/ofrep/v1/nothing", "/ofrep/v1/configuration"] {
        let nothing = site.web.anyone.get(path).await.expect(404).json();
        assert_eq!(nothing["errorCode"], "GENERAL", "{nothing}");
        assert!(nothing["errorDetails"].is_string(), "{nothing}");
    }
    let sdk = site.sdk("server").await;
    let (status, body) = evaluate(&sdk, "missing", json!({})).await;
    assert_eq!(
        (status, &body["key"], &body["errorCode"]),
        (404, &json!("missing"), &json!("FLAG_NOT_FOUND"))
    );
    let (status, body) = evaluate(&sdk, "bucketed", json!({})).await;
    assert_eq!(
        (status, &body["errorCode"]),
        (400, &json!("TARGETING_KEY_MISSING"))
    );
    let (status, body) = evaluate(&sdk, "checkout", json!("user-1")).await;
    assert_eq!(
        (status, &body["key"], &body["errorCode"]),
        (400, &json!("checkout"), &json!("INVALID_CONTEXT"))
    );
    for malformed in ["", "{", "[]", r#"{"context":{"a":1,"a":2}}"#] {
        let reply = sdk
            .raw(
                Method::POST,
                &format!("{BULK}/checkout"),
                "application/json",
                malformed,
            )
            .await
            .expect(400);
        assert_eq!(reply.json()["errorCode"], "PARSE_ERROR", "{malformed}");
        sdk.raw(Method::POST, BULK, "application/json", malformed)
            .await
            .expect(400);
    }
    let reply = site
        .web
        .anyone
        .post(&format!("{BULK}/checkout"), &json!({"context": {}}))
        .await
        .expect(401);
    assert!(
        reply.json()["errorDetails"]
            .as_str()
            .unwrap()
            .contains("key")
    );
    assert!(!reply.text().contains("\"error\":"));
    site.web
        .anyone
        .bearer("serin_server_wrong")
        .post(BULK, &json!({"context": {}}))
        .await
        .expect(401);
    let reply = sdk.get(BULK).await.expect(405);
    assert_eq!(reply.header("allow"), "POST, OPTIONS");
}

async fn bulk_answers_and_their_tags(site: &mut Site) {
    site_with_flags(site).await;
    let sdk = site.sdk("server").await;
    let asked = json!({"context": {"targetingKey": "user-1", "country": "FR"}});
    let first = sdk.post(BULK, &asked).await.expect(200);
    let keys: Vec<String> = first.json()["flags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|flag| flag["key"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        keys,
        ["bucketed", "checkout", "count", "number", "text", "tree"]
    );
    // Where only some flags changed, the others must look as before.
    let checkout = &first.json()["flags"][1]["metadata"];
    assert_eq!(checkout.get("revision"), None);
    assert!(checkout["flagVersion"].is_u64());
    assert_eq!(first.json()["metadata"]["environment"], "production");
    let tag = first.header("etag").to_owned();
    let with_tag = sdk.with("if-none-match", &tag);
    let same = with_tag.post(BULK, &asked).await.expect(304);
    assert!(same.body.is_empty() && same.header("etag") == tag);
    with_tag
        .post(
            BULK,
            &json!({"context": {"targetingKey": "user-2", "country": "FR"}}),
        )
        .await
        .expect(200);
    // An event names a configuration: the same one is 304, one that is not here yet is not.
    let config = sdk
        .get("/sdk/v1/ruleset")
        .await
        .expect(200)
        .header("etag")
        .trim_start_matches("W/")
        .trim_matches('"')
        .to_owned();
    with_tag
        .post(&format!("{BULK}?flagConfigEtag={config}"), &asked)
        .await
        .expect(304);
    with_tag
        .post(
            &format!("{BULK}?flagConfigEtag=newer&flagConfigLastModified=1771622898"),
            &asked,
        )
        .await
        .expect(200);
    let by_other_header = site.web.anyone.with("x-api-key", sdk.secret());
    by_other_header
        .with("if-none-match", &tag)
        .post(BULK, &asked)
        .await
        .expect(304);
    let refused = sdk
        .post(&format!("{BULK}?flagConfigEtag=a&flagConfigEtag=b"), &asked)
        .await
        .expect(400);
    assert_eq!(refused.json()["errorCode"], "PARSE_ERROR");
    configure(site, "text", json!({"enabled": false})).await;
    let changed = with_tag.post(BULK, &asked).await.expect(200);
    assert_ne!(changed.header("etag"), tag);
}

async fn client_keys_see_client_visible_flags_only(site: &mut Site) {
    site_with_flags(site).await;
    let browser = site.sdk("client").await;
    let bulk = browser
        .post(BULK, &json!({"context": {"targetingKey": "u"}}))
        .await
        .expect(200)
        .json();
    assert_eq!(bulk["flags"].as_array().unwrap().len(), 1);
    assert_eq!(bulk["flags"][0]["key"], "number");
    let (hidden, missing) = (
        evaluate(&browser, "checkout", json!({})).await,
        evaluate(&browser, "missing", json!({})).await,
    );
    assert_eq!(
        (hidden.0, &hidden.1["errorCode"]),
        (404, &json!("FLAG_NOT_FOUND"))
    );
    assert_eq!(
        hidden.1.to_string().replace("checkout", "missing"),
        missing.1.to_string()
    );
    assert_eq!(evaluate(&browser, "number", json!({})).await.0, 200);
    browser.get("/sdk/v1/ruleset").await.fails("forbidden");
    browser.get("/sdk/v1/stream").await.fails("forbidden");
    // What it cannot see changes nothing for it.
    let asked = json!({"context": {"targetingKey": "u"}});
    let tag = browser.post(BULK, &asked).await.expect(200);
    let with_tag = browser.with("if-none-match", tag.header("etag"));
    configure(site, "checkout", json!({"enabled": false})).await;
    with_tag.post(BULK, &asked).await.expect(304);
    configure(site, "number", json!({"default": {"variation": "half"}})).await;
    with_tag.post(BULK, &asked).await.expect(200);
}

async fn pages_may_ask_where_their_origin_is_allowed(site: &mut Site) {
    site_with_flags(site).await;
    let environment = "/api/v1/projects/shop/environments/production";
    site.admin
        .patch(
            environment,
            &json!({"allowed_origins": ["https://shop.example"]}),
        )
        .await
        .expect(200);
    let browser = site.sdk("client").await;
    let preflight = async |origin: &str| {
        let request = site
            .web
            .anyone
            .with("origin", origin)
            .with("access-control-request-method", "POST");
        send(request.request(Method::OPTIONS, BULK))
            .await
            .expect(204)
    };
    let allowed = preflight("https://shop.example").await;
    assert_eq!(
        allowed.header("access-control-allow-origin"),
        "https://shop.example"
    );
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("x-api-key")
    );
    assert!(
        !preflight("https://evil.example")
            .await
            .headers
            .contains_key("access-control-allow-origin")
    );
    let ask = async |origin: &str, path: &str| {
        browser
            .with("origin", origin)
            .post(path, &json!({"context": {}}))
            .await
    };
    let answer = ask("https://shop.example", BULK).await.expect(200);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://shop.example"
    );
    assert!(
        answer
            .header("access-control-expose-headers")
            .contains("etag")
    );
    let error = ask("https://shop.example", &format!("{BULK}/missing"))
        .await
        .expect(404);
    assert_eq!(
        error.header("access-control-allow-origin"),
        "https://shop.example"
    );
    assert_eq!(answer.header("vary"), "origin");
    // So that the page can tell a wrong key from a network that is down.
    let stranger = site.web.anyone.bearer("unknown");
    let refused = stranger
        .with("origin", "https://shop.example")
        .post(BULK, &json!({"context": {}}))
        .await
        .expect(401);
    assert_eq!(
        refused.header("access-control-allow-origin"),
        "https://shop.example"
    );
    assert!(
        !ask("https://evil.example", BULK)
            .await
            .headers
            .contains_key("access-control-allow-origin")
    );
}

async fn evaluations_are_limited_by_key(site: &mut Site) {
    site_with_flags(site).await;
    let limited = site.another_server(RateLimits {
        client_key: 2,
        ..NO_LIMITS
    });
    let origins = json!({"allowed_origins": ["*"]});
    site.admin
        .patch("/api/v1/projects/shop/environments/production", &origins)
        .await
        .expect(200);
    let browser = site.sdk("client").await.at(&limited);
    let browser = browser.with("origin", "https://shop.example");
    let mut refused = None;
    for _ in 0..100 {
        let reply = browser.post(BULK, &json!({"context": {}})).await;
        if reply.status == 429 {
            refused = Some(reply);
            break;
        }
    }
    let refused = refused.expect("a limit");
    assert_eq!(refused.header("retry-after"), "1");
    let exposed = refused.header("access-control-expose-headers");
    assert!(exposed.contains("retry-after"), "{exposed}");
    assert_eq!(refused.json()["errorCode"], "GENERAL");
    let server = site.sdk("server").await.at(&limited);
    server.post(BULK, &json!({"context": {}})).await.expect(200);
}

on_both! {
    single_answers,
    errors_are_ofrep_bodies,
    bulk_answers_and_their_tags,
    client_keys_see_client_visible_flags_only,
    pages_may_ask_where_their_origin_is_allowed,
    evaluations_are_limited_by_key,
}
