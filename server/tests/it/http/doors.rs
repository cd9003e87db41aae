//! Every door where documents or contexts come in, with everything that should not: a
//! clear refusal, at once, and the server goes on.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::Site;
use crate::web::Client;

/// Longer than any refusal takes, even where all cores are busy.
const AT_ONCE: Duration = Duration::from_secs(15);

/// A place where a value of the sender's comes in, at `HOLE`.
struct Door {
    method: Method,
    path: &'static str,
    media_type: &'static str,
    body: &'static str,
    /// By a key of an SDK.
    sdk: bool,
}

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";
const CONFIG: &str = "/api/v1/projects/shop/environments/production/flags/checkout";
const SEGMENT: &str = "/api/v1/projects/shop/environments/production/segments/beta";

fn doors() -> Vec<Door> {
    let door = |method: Method, path, media_type, body, sdk| Door {
        method,
        path,
        media_type,
        body,
        sdk,
    };
    let change_set = r#"{"project":"shop","changes":[{"kind":"flag_config","environment":"production","key":"checkout","action":"patch","document":{"targets":[HOLE]}}]}"#;
    let evaluate = "/api/v1/projects/shop/environments/production/evaluate";
    let context = r#"{"flag":"checkout","context":{"targetingKey":"u1","x":HOLE}}"#;
    let telemetry = r#"{"instance":"0190f6a1-0000-7000-8000-000000000000","sequence":1,"x":HOLE}"#;
    vec![
        door(Method::POST, "/api/v1/change-sets", JSON, change_set, false),
        door(
            Method::POST,
            "/api/v1/projects/shop/flags",
            JSON,
            r#"{"key":"f","x":HOLE}"#,
            false,
        ),
        door(
            Method::PUT,
            CONFIG,
            JSON,
            r#"{"enabled":true,"x":HOLE}"#,
            false,
        ),
        door(
            Method::PATCH,
            CONFIG,
            MERGE_PATCH,
            r#"{"targets":[HOLE]}"#,
            false,
        ),
        door(Method::PUT, SEGMENT, JSON, r#"{"included":[HOLE]}"#, false),
        door(
            Method::POST,
            "/api/v1/projects/shop/environments/production/segments/beta/members",
            JSON,
            r#"{"included":[HOLE]}"#,
            false,
        ),
        door(Method::POST, evaluate, JSON, context, false),
        door(
            Method::POST,
            "/ofrep/v1/evaluate/flags/checkout",
            JSON,
            context,
            true,
        ),
        door(
            Method::POST,
            "/ofrep/v1/evaluate/flags",
            JSON,
            context,
            true,
        ),
        door(Method::POST, "/sdk/v1/telemetry", JSON, telemetry, true),
        door(
            Method::POST,
            "/api/v1/session",
            JSON,
            r#"{"username":"admin","password":HOLE}"#,
            false,
        ),
    ]
}

/// What is refused at every door, and how.
fn refused() -> Vec<(&'static str, Vec<u8>, u16)> {
    let text = |text: &str| text.as_bytes().to_vec();
    let deep = |open: &str, close: &str| {
        text(&format!("{}1{}", open.repeat(10_000), close.repeat(10_000)))
    };
    vec![
        ("a number beyond a double", text("1e999"), 400),
        ("a lone high surrogate", text(r#""\ud800""#), 400),
        ("a lone low surrogate", text(r#"{"a\udc00":1}"#), 400),
        ("no UTF-8", b"\"\xff\xfe\"".to_vec(), 400),
        ("a key twice", text(r#"{"a":1,"a":2}"#), 400),
        (
            "a key twice by another spelling",
            text(r#"{"a":1,"\u0061":2}"#),
            400,
        ),
        ("lists 10 000 deep", deep("[", "]"), 400),
        ("objects 10 000 deep", deep(r#"{"a":"#, "}"), 400),
        ("lists that never close", text(&"[".repeat(100_000)), 400),
        ("a comma too many", text("[1,]"), 400),
        ("no number", text("NaN"), 400),
        ("a control character", text("\"\u{1}\""), 400),
        (
            "more than any body may have",
            text(&format!("\"{}\"", "x".repeat(11 << 20))),
            413,
        ),
        (
            "a hundred thousand keys twice",
            text(&format!("{{{}\"a\":1}}", "\"a\":1,".repeat(100_000))),
            400,
        ),
        (
            "long keys around many keys twice",
            text(&format!(
                "{{\"{}\":{{{}\"a\":1}}}}",
                "k".repeat(300_000),
                "\"a\":1,".repeat(50_000)
            )),
            400,
        ),
    ]
}

async fn every_door_refuses_what_is_no_json(site: &mut Site) {
    let sdk = prepare(site).await;
    for door in doors() {
        let by = if door.sdk { &sdk } else { &site.admin };
        for (what, value, status) in refused() {
            let (before, after) = door.body.split_once("HOLE").unwrap();
            let body = [before.as_bytes(), &value, after.as_bytes()].concat();
            let began = Instant::now();
            let reply = by
                .raw(door.method.clone(), door.path, door.media_type, body)
                .await;
            let said = format!(
                "{what} at {} {}: {}",
                door.method,
                door.path,
                brief(&reply.text())
            );
            assert_eq!(reply.status, status, "{said}");
            assert!(
                reply.body.len() < 1 << 20,
                "{} bytes of answer, {said}",
                reply.body.len()
            );
            assert!(began.elapsed() < AT_ONCE, "{:?}, {said}", began.elapsed());
            clear(door.path, &reply.json(), &said);
        }
        site.web.anyone.get("/health/ready").await.expect(200);
    }
}

fn brief(text: &str) -> String {
    text.chars().take(300).collect()
}

/// An answer that says what is wrong.
fn clear(path: &str, answer: &Value, said: &str) {
    let message = if path.starts_with("/ofrep") {
        assert!(
            answer["errorCode"].is_string() || answer["errorDetails"].is_string(),
            "{said}"
        );
        &answer["errorDetails"]
    } else {
        assert!(
            ["bad_request", "too_large"].contains(&answer["error"]["code"].as_str().unwrap()),
            "{said}"
        );
        &answer["error"]["message"]
    };
    assert!(
        message.as_str().is_some_and(|message| !message.is_empty()),
        "{said}"
    );
}

async fn prepare(site: &Site) -> Client {
    site.shop().await;
    site.admin
        .post("/api/v1/projects/shop/segments", &json!({"key": "beta"}))
        .await
        .expect(201);
    site.sdk("server").await
}

/// What is JSON, but more than a document may have.
async fn documents_beyond_their_limits_are_refused_by_place(site: &mut Site) {
    prepare(site).await;
    let many = |count: usize| -> Vec<String> { (0..count).map(|n| format!("u{n}")).collect() };
    let refuse = async |path: &str, body: Value, place: &str, code: &str| {
        let error = site.admin.put(path, &body).await.fails("invalid");
        let detail = &error["details"][0];
        assert_eq!(
            (&detail["path"], &detail["code"]),
            (&json!(place), &json!(code)),
            "{}",
            brief(&error.to_string())
        );
    };
    let included = |values: Value| json!({"included": [{"values": values}]});
    refuse(
        SEGMENT,
        included(json!(many(100_001))),
        "/included/0/values",
        "too_many",
    )
    .await;
    let halves = json!({"excluded": [{"values": many(60_000)}, {"attribute": "org", "values": many(60_000)}]});
    refuse(SEGMENT, halves, "/excluded", "too_many").await;
    refuse(
        SEGMENT,
        included(json!(["a", "x".repeat(70_000)])),
        "/included/0/values/1",
        "too_long",
    )
    .await;
    refuse(
        SEGMENT,
        included(json!(vec!["x".repeat(60_000); 150])),
        "",
        "too_large",
    )
    .await;
    let when = (0..40).fold(json!({"all": []}), |inner, _| json!({"not": inner}));
    let nested = json!({"rules": [{"when": when}]});
    let error = site.admin.put(SEGMENT, &nested).await.fails("invalid");
    assert!(
        error["details"][0]["path"]
            .as_str()
            .unwrap()
            .starts_with("/rules/0/when")
    );
    let regex = json!({"rules": [{"when": {"attribute": "a", "op": "matches", "values": ["(a{1000}){1000}{1000}"]}}]});
    refuse(SEGMENT, regex, "/rules/0/when/values/0", "unreadable_value").await;
    let strangers: serde_json::Map<String, Value> =
        (0..50_000).map(|n| (format!("m{n}"), json!(n))).collect();
    let error = site
        .admin
        .put(SEGMENT, &Value::Object(strangers))
        .await
        .fails("invalid");
    assert!(error["details"].as_array().unwrap().len() <= 200);
}

on_both! {
    every_door_refuses_what_is_no_json,
    documents_beyond_their_limits_are_refused_by_place,
}
