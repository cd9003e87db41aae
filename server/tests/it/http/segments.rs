//! Segments with long lists, by page and by change; and what uses what.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::Site;

const SEGMENTS: &str = "/api/v1/projects/shop/environments/production/segments";
const SEGMENT: &str = "/api/v1/projects/shop/environments/production/segments/beta";
const MEMBERS: &str = "/api/v1/projects/shop/environments/production/segments/beta/members";
const CONFIG: &str = "/api/v1/projects/shop/environments/production/flags/checkout";
const MANY: usize = 100_000;

async fn beta(site: &Site) {
    site.shop().await;
    let segment = json!({"key": "beta", "name": "Beta testers"});
    let segments = "/api/v1/projects/shop/segments";
    site.admin.post(segments, &segment).await.expect(201);
    let rule = json!({"id": "r", "name": "Testers", "when": {"segment": "beta"}, "serve": {"variation": "on"}});
    let config = json!({"enabled": true, "rules": [rule], "default": {"variation": "off"}});
    site.admin.patch(CONFIG, &config).await.expect(200);
}

/// Keys as long as UUIDs.
fn keys() -> Vec<String> {
    (0..MANY)
        .map(|n| format!("0190f6a1-0000-7000-8000-{n:012}"))
        .collect()
}

async fn serves(site: &Site, key: &str) -> Value {
    let path = "/api/v1/projects/shop/environments/production/evaluate";
    let asked = json!({"flag": "checkout", "context": {"targetingKey": key}});
    site.admin.post(path, &asked).await.expect(200).json()["variation"].clone()
}

async fn a_hundred_thousand_keys(site: &mut Site) {
    beta(site).await;
    let mut times = Vec::new();
    let keys = keys();
    let began = Instant::now();
    let document = json!({"included": [{"values": keys}]});
    let put = site.admin.put(SEGMENT, &document).await.expect(200);
    times.push(("put", began.elapsed()));
    assert_eq!(
        put.json()["included"][0]["values"]
            .as_array()
            .unwrap()
            .len(),
        MANY
    );
    assert_eq!(serves(site, &keys[77_777]).await, "on");
    assert_eq!(serves(site, "somebody").await, "off");

    // One key more and one less: what is sent, answered and kept is as small as that.
    let began = Instant::now();
    let edit = json!({"included": [{"add": ["somebody"], "remove": [keys[0], "nobody"]}]});
    let reply = site
        .admin
        .with("serin-reason", "asked for")
        .post(MEMBERS, &edit)
        .await
        .expect(200);
    times.push(("edit", began.elapsed()));
    assert_eq!(
        reply.json(),
        json!({"version": 3, "lists": [{"list": "included", "units": MANY, "added": 1, "present": 0, "removed": 1, "absent": 1}]})
    );
    assert_eq!(serves(site, "somebody").await, "on");
    assert_eq!(serves(site, &keys[0]).await, "off");

    let history = site
        .admin
        .get("/api/v1/change-sets?project=shop&kind=segment_config&key=beta")
        .await
        .expect(200);
    assert!(history.body.len() < 30_000, "{} bytes", history.body.len());
    // Within a millisecond of the tests' clock the order is any.
    let items = history.json()["items"].clone();
    let asked = items
        .as_array()
        .unwrap()
        .iter()
        .position(|it| it["reason"] == "asked for")
        .unwrap();
    let newest = &items[asked];
    let long = |it: &&Value| it["changes"][0]["members"][0]["added"] == MANY;
    let first = items.as_array().unwrap().iter().find(long).unwrap();
    let change = &newest["changes"][0];
    assert_eq!(change["after"], json!({"included": [{"units": MANY}]}));
    let member = &change["members"][0];
    assert_eq!(
        (&member["added_units"], &member["removed_units"]),
        (&json!(["somebody"]), &json!([keys[0]]))
    );
    // The whole first change is kept once, and said only where it is asked for.
    assert_eq!(
        first["changes"][0]["members"][0]["added_units"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
    let whole = site
        .admin
        .get(&format!(
            "/api/v1/change-sets/{}",
            first["id"].as_str().unwrap()
        ))
        .await
        .expect(200)
        .json();
    assert_eq!(
        whole["changes"][0]["members"][0]["added_units"]
            .as_array()
            .unwrap()
            .len(),
        MANY
    );
    let audit = site
        .admin
        .get("/api/v1/audit?project=shop&limit=3")
        .await
        .expect(200);
    assert!(audit.body.len() < 40_000, "{} bytes", audit.body.len());

    let began = Instant::now();
    let page = site
        .admin
        .get(&format!("{MEMBERS}?search=077777"))
        .await
        .expect(200)
        .json();
    times.push(("search", began.elapsed()));
    assert_eq!(
        (&page["matches"], &page["items"][0]["unit"]),
        (&json!(1), &json!(keys[77_777]))
    );
    let overview = site
        .admin
        .get(&format!("{SEGMENT}/overview"))
        .await
        .expect(200);
    assert_eq!(
        overview.json()["lists"],
        json!([{"list": "included", "units": MANY}])
    );
    // No figure, but nothing that would be a stall even on a busy machine and unoptimised.
    assert!(
        times
            .iter()
            .all(|(_, took)| *took < Duration::from_secs(20)),
        "{times:?}"
    );
}

async fn members_come_by_page(site: &mut Site) {
    beta(site).await;
    let document = json!({
        "included": [{"values": ["b", "a", "c", "a"]}, {"attribute": "org.id", "values": ["o1", "a"]}],
        "excluded": [{"values": ["z", "Ärger"]}],
    });
    site.admin.put(SEGMENT, &document).await.expect(200);
    let page = async |query: &str| {
        site.admin
            .get(&format!("{MEMBERS}?{query}"))
            .await
            .expect(200)
            .json()
    };
    let units = |page: &Value| -> Vec<String> {
        let items = page["items"].as_array().unwrap();
        items
            .iter()
            .map(|item| item["unit"].as_str().unwrap().to_owned())
            .collect()
    };
    let first = page("limit=4").await;
    assert_eq!(units(&first), ["a", "b", "c", "a"]);
    assert_eq!(
        first["items"][3],
        json!({"list": "included", "attribute": "org.id", "unit": "a"})
    );
    assert_eq!(first["matches"], 7);
    let cursor = serin_api::paths::encode(first["next_cursor"].as_str().unwrap());
    let second = page(&format!("limit=4&cursor={cursor}")).await;
    assert_eq!(units(&second), ["o1", "z", "Ärger"]);
    assert!(second.get("next_cursor").is_none());
    assert_eq!(
        units(&page("list=excluded&search=%C3%84R").await),
        ["Ärger"]
    );
    assert_eq!(
        units(&page("attribute=targetingKey&list=included&search=A").await),
        ["a"]
    );
    assert_eq!(units(&page("attribute=org.id").await), ["a", "o1"]);
    site.admin
        .get(&format!("{MEMBERS}?cursor=x"))
        .await
        .fails("bad_request");
    site.admin
        .get(&format!("{MEMBERS}?list=other"))
        .await
        .fails("bad_request");
    site.admin
        .get(&format!("{SEGMENTS}/nowhere/members"))
        .await
        .fails("not_found");
    let list = site.admin.get(SEGMENTS).await.expect(200).json();
    assert_eq!(
        list["items"][0]["lists"],
        json!([{"list": "included", "units": 3}, {"list": "included", "attribute": "org.id", "units": 2}, {"list": "excluded", "units": 2}])
    );
    assert_eq!(list["items"][0]["rules"], json!([]));
}

async fn a_change_to_members_is_a_change_like_any(site: &mut Site) {
    beta(site).await;
    let edit = json!({"included": [{"add": ["a", "b"]}], "excluded": [{"attribute": "org.id", "add": ["o1"]}]});
    let dry = site
        .admin
        .post(&format!("{MEMBERS}?dry_run=true"), &edit)
        .await
        .expect(200)
        .json();
    assert_eq!(
        (&dry["version"], &dry["lists"][0]["added"]),
        (&json!(1), &json!(2))
    );
    assert_eq!(
        site.admin.get(SEGMENT).await.expect(200).json()["version"],
        1
    );
    let once = site
        .admin
        .with("idempotency-key", "k1")
        .with("if-match", "\"1\"");
    let done = once.post(MEMBERS, &edit).await.expect(200).json();
    assert_eq!(once.post(MEMBERS, &edit).await.expect(200).json(), done);
    assert_eq!(done["version"], 2);
    let entity = site.admin.get(SEGMENT).await.expect(200).json();
    assert_eq!(
        (&entity["included"], &entity["excluded"]),
        (
            &json!([{"values": ["a", "b"]}]),
            &json!([{"attribute": "org.id", "values": ["o1"]}])
        )
    );
    // Nothing to do is nothing done.
    let again = site.admin.post(MEMBERS, &edit).await.expect(200).json();
    assert_eq!(
        (&again["version"], &again["lists"][0]["present"]),
        (&json!(2), &json!(2))
    );
    site.admin
        .with("if-match", "\"1\"")
        .post(MEMBERS, &json!({"included": [{"add": ["c"]}]}))
        .await
        .fails("version_conflict");
    let bad = json!({"included": [{"add": ["c"], "remove": ["x", "c"]}]});
    let error = site.admin.post(MEMBERS, &bad).await.fails("invalid");
    assert_eq!(
        (&error["details"][0]["path"], &error["details"][0]["code"]),
        (&json!("/included/0/remove/1"), &json!("conflict"))
    );
    // With rules in one change set, which conflicts as a whole.
    let change = |action: &str, document: Value| json!({"kind": "segment_config", "environment": "production", "key": "beta", "action": action, "document": document, "version": 2});
    let rules = json!({"rules": [{"when": {"attribute": "plan", "op": "in", "values": ["pro"]}}]});
    let set = json!({"project": "shop", "changes": [change("members", json!({"included": [{"remove": ["a"]}]})), change("patch", rules)]});
    site.admin
        .post("/api/v1/change-sets", &set)
        .await
        .expect(201);
    site.admin
        .post("/api/v1/change-sets", &set)
        .await
        .fails("version_conflict");
    let entity = site.admin.get(SEGMENT).await.expect(200).json();
    assert_eq!(
        (&entity["version"], &entity["included"]),
        (&json!(3), &json!([{"values": ["b"]}]))
    );
    let flag = json!({"project": "shop", "changes": [{"kind": "flag", "key": "checkout", "action": "members", "document": {}}]});
    let error = site
        .admin
        .post("/api/v1/change-sets", &flag)
        .await
        .fails("invalid");
    assert_eq!(error["details"][0]["path"], "/changes/0/action");
}

async fn uses_are_named_in_every_environment(site: &mut Site) {
    beta(site).await;
    let staff = json!({"key": "staff"});
    site.admin
        .post("/api/v1/projects/shop/segments", &staff)
        .await
        .expect(201);
    let rule =
        json!({"rules": [{"when": {"not": {"segment": "beta"}}, "description": "The others"}]});
    site.admin
        .patch(
            "/api/v1/projects/shop/environments/development/segments/staff",
            &rule,
        )
        .await
        .expect(200);
    let top = json!({"key": "top", "name": "Top", "type": "boolean", "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]});
    site.admin
        .post("/api/v1/projects/shop/flags", &top)
        .await
        .expect(201);
    let needs = json!({"prerequisites": [{"flag": "checkout", "variations": ["on"]}]});
    site.admin
        .patch(
            "/api/v1/projects/shop/environments/development/flags/top",
            &needs,
        )
        .await
        .expect(200);

    let uses = site
        .admin
        .get("/api/v1/projects/shop/segments/beta/uses")
        .await
        .expect(200)
        .json();
    assert_eq!(
        uses["items"],
        json!([
            {"environment": "development", "kind": "segment", "key": "staff", "places": [{"path": "/rules/0", "name": "The others"}]},
            {"environment": "production", "kind": "flag", "key": "checkout", "places": [{"path": "/rules/0", "rule": "r", "name": "Testers"}]},
        ])
    );
    let error = site
        .admin
        .delete("/api/v1/projects/shop/segments/beta")
        .await
        .fails("in_use");
    let said: Vec<&str> = error["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["message"].as_str().unwrap())
        .collect();
    assert_eq!(
        said,
        [
            "segment:staff in development (rule 1)",
            "flag:checkout in production (rule \"r\")"
        ]
    );

    // A release in one environment, a prerequisite in another.
    let document = json!({"flag": "checkout", "baseline": "off", "candidate": "on", "stages": [{"weight": 100}]});
    let releases = "/api/v1/projects/shop/environments/production/releases";
    let release = site
        .admin
        .post(releases, &document)
        .await
        .expect(201)
        .json();
    let id = release["id"].as_str().unwrap();
    let start = json!({"signal": "start", "epoch": 0});
    site.admin
        .post(&format!("{releases}/{id}/signals"), &start)
        .await
        .expect(200);
    let uses = site
        .admin
        .get("/api/v1/projects/shop/flags/checkout/uses")
        .await
        .expect(200)
        .json();
    assert_eq!(
        uses["items"],
        json!([
            {"environment": "development", "kind": "flag", "key": "top", "name": "Top", "places": [{"path": "/prerequisites/0"}]},
            {"environment": "production", "kind": "release", "key": id},
        ])
    );
    let delete = |kind: &str, key: &str| json!({"kind": kind, "key": key, "action": "delete"});
    let set = json!({"project": "shop", "changes": [delete("segment", "beta"), delete("flag", "checkout")]});
    let error = site
        .admin
        .post("/api/v1/change-sets", &set)
        .await
        .fails("in_use");
    let said: Vec<(&str, &str)> = error["details"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["path"].as_str().unwrap(),
                it["message"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        said,
        [
            ("/changes/0", "segment:staff in development (rule 1)"),
            ("/changes/1", "flag:top in development (a prerequisite)"),
            ("/changes/1", &format!("release:{id}")),
        ]
    );

    let graph = site
        .admin
        .get("/api/v1/projects/shop/environments/production/graph")
        .await
        .expect(200)
        .json();
    assert_eq!(
        graph["nodes"],
        json!([{"kind": "flag", "key": "checkout", "enabled": true}, {"kind": "segment", "key": "beta", "name": "Beta testers"}])
    );
    assert_eq!(
        graph["edges"],
        json!([{"from": {"kind": "flag", "key": "checkout"}, "to": {"kind": "segment", "key": "beta"}, "places": [{"path": "/rules/0", "rule": "r", "name": "Testers"}]}])
    );
    site.admin
        .get("/api/v1/projects/shop/segments/nowhere/uses")
        .await
        .fails("not_found");
}

on_both! {
    a_hundred_thousand_keys,
    members_come_by_page,
    a_change_to_members_is_a_change_like_any,
    uses_are_named_in_every_environment,
}
