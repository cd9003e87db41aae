//! The manifest of the `openfeature` command.

use serde_json::json;

use super::Site;

const MANIFEST: &str = "/openfeature/v0/manifest";

async fn flags_are_listed_with_their_types_and_defaults(site: &mut Site) {
    site.shop().await;
    let flags = [
        json!({"key": "a", "type": "number", "description": "how many", "variations": [{"key": "x", "value": 3}, {"key": "y", "value": 4}]}),
        json!({"key": "b", "type": "number", "variations": [{"key": "x", "value": 3}, {"key": "y", "value": 0.5}]}),
        json!({"key": "c", "type": "string", "name": "See", "variations": [{"key": "x", "value": "red"}]}),
        json!({"key": "d", "type": "object", "variations": [{"key": "x", "value": {"a": 1}}]}),
        json!({"key": "gone", "type": "boolean", "archived": true, "variations": [{"key": "x", "value": true}]}),
    ];
    for flag in &flags {
        let path = "/api/v1/projects/shop/flags";
        site.admin.post(path, flag).await.expect(201);
    }
    let environment = "/api/v1/projects/shop/environments/production";
    for (flag, off) in [
        ("a", json!("y")),
        ("b", json!("x")),
        ("c", json!(null)),
        ("d", json!("x")),
    ] {
        let path = format!("{environment}/flags/{flag}");
        site.admin
            .patch(&path, &json!({"off": off}))
            .await
            .expect(200);
    }
    let server = site.sdk("server").await;
    let reply = server.get(MANIFEST).await.expect(200);
    assert_eq!(reply.header("x-manifest-capabilities"), "read");
    let expected = json!({"flags": [
        {"key": "a", "type": "integer", "description": "how many", "defaultValue": 4},
        {"key": "b", "type": "float", "defaultValue": 3.0},
        {"key": "c", "type": "string", "name": "See", "defaultValue": ""},
        {"key": "checkout", "type": "boolean", "defaultValue": false},
        {"key": "d", "type": "object", "defaultValue": {"a": 1}},
    ]});
    assert_eq!(reply.json(), expected);
    let by_token = format!("{MANIFEST}?project=shop&environment=production");
    let same = site.admin.get(&by_token).await.expect(200);
    assert_eq!(same.json(), expected);
}

async fn only_those_who_may_read_flags_get_it(site: &mut Site) {
    site.shop().await;
    let client = site.sdk("client").await;
    client.get(MANIFEST).await.fails("forbidden");
    let anyone = &site.web.anyone;
    anyone.get(MANIFEST).await.fails("unauthenticated");
    let wrong = anyone.bearer("serin_server_wrong");
    wrong.get(MANIFEST).await.fails("unauthenticated");
    site.admin.get(MANIFEST).await.fails("bad_request");
    let unknown = format!("{MANIFEST}?project=none&environment=production");
    site.admin.get(&unknown).await.fails("not_found");
    // A key opens its own environment, whatever is asked for.
    let server = site.sdk("server").await;
    let own = server.get(&unknown).await.expect(200);
    assert_eq!(own.json()["flags"][0]["key"], "checkout");
}

on_both! {
    flags_are_listed_with_their_types_and_defaults,
    only_those_who_may_read_flags_get_it,
}
