//! The same over real HTTP: routes, statuses and bodies.

use serde_json::{Value, json};
use serin_api::paths;
use serin_engine::release::Signal;
use uuid::Uuid;

use super::node::{FLAG, Node, PRODUCTION, PROJECT, by_time, document};
use crate::{
    harness::{ADMIN_TOKEN, behind},
    web::{Client, NO_LIMITS, Web},
};

async fn send(client: &Client, release: &Value, signal: &str, epoch: u64) -> crate::web::Reply {
    let id = release["id"].as_str().unwrap();
    let path = paths::release_signals(PROJECT, PRODUCTION, id);
    let mut body = json!({"signal": signal, "epoch": epoch});
    if signal == "schedule" {
        body["start_at"] = json!("2030-01-01T00:00:00Z");
    }
    client.post(&path, &body).await
}

pub(super) async fn releases_over_http(node: Node) {
    let mut web = Web::start(&node.app, NO_LIMITS);
    let admin = web.anyone.bearer(ADMIN_TOKEN);
    let releases = paths::releases(PROJECT, PRODUCTION);
    web.anyone.get(&releases).await.fails("unauthenticated");

    let draft = admin
        .post(&releases, &document(by_time()))
        .await
        .expect(201);
    let location = draft.header("location").to_owned();
    let draft = draft.json();
    assert_eq!(
        location,
        paths::release(PROJECT, PRODUCTION, draft["id"].as_str().unwrap())
    );
    assert_eq!(
        (&draft["state"], &draft["epoch"]),
        (&json!("draft"), &json!(0))
    );
    assert_eq!(admin.get(&location).await.expect(200).json(), draft);

    let running = send(&admin, &draft, "start", 0).await.expect(200).json();
    assert_eq!(running["state"], "running");
    assert_eq!(
        (&running["stage"], &running["phase"]),
        (&json!(0), &json!("baking"))
    );
    assert_eq!(running["weight"], 10.0);
    assert_eq!(running["history"][0]["signal"], "start");
    let actions = running["actions"].as_array().unwrap();
    let legal = actions
        .iter()
        .filter(|action| action.get("refused").is_none());
    let legal: Vec<&Value> = legal.map(|action| &action["signal"]).collect();
    assert_eq!(
        legal,
        ["advance", "promote", "pause", "retry", "rollback", "cancel"]
    );

    send(&admin, &draft, "pause", 0)
        .await
        .fails("epoch_conflict");
    let refused = send(&admin, &draft, "resume", 1)
        .await
        .fails("illegal_transition");
    assert!(
        refused["message"]
            .as_str()
            .unwrap()
            .contains("it is running"),
        "{refused}"
    );
    let tick = send(&admin, &draft, "tick", 1).await.fails("invalid");
    assert_eq!(tick["details"][0]["path"], "/signal");
    send(&admin, &draft, "explode", 1)
        .await
        .fails("bad_request");

    let config = paths::flag_config(PROJECT, PRODUCTION, FLAG);
    let edit = json!({"default": {"split": null, "variation": "on"}});
    let owned = admin.patch(&config, &edit).await.fails("in_use");
    assert!(
        owned.to_string().contains(draft["id"].as_str().unwrap()),
        "{owned}"
    );

    assert_eq!(owned["details"][0]["path"], "/default");
    let archived = admin
        .patch(&paths::flag(PROJECT, FLAG), &json!({"archived": true}))
        .await
        .fails("in_use");
    assert_eq!(archived["details"][0]["path"], "/archived");
    let second = admin
        .post(&releases, &document(by_time()))
        .await
        .expect(201)
        .json();
    let taken = send(&admin, &second, "start", 0).await.fails("in_use");
    assert_eq!(taken["details"][0]["path"], "/signal");
    send(&admin, &second, "cancel", 0).await.expect(200);

    let live = admin
        .get(&format!("{releases}?live=true&flag={FLAG}"))
        .await
        .expect(200)
        .json();
    assert_eq!(live["items"].as_array().map(Vec::len), Some(1));
    let none = admin
        .get(&format!("{releases}?flag=another"))
        .await
        .expect(200)
        .json();
    assert_eq!(none["items"], json!([]));
    admin
        .get(&format!("{releases}?state=draft"))
        .await
        .fails("bad_request");
    admin
        .get(&format!("{releases}?cursor=odd"))
        .await
        .fails("bad_request");
    let id = Uuid::nil().to_string();
    admin
        .get(&paths::release(PROJECT, PRODUCTION, &id))
        .await
        .fails("not_found");
    admin
        .get(&paths::release(PROJECT, PRODUCTION, "odd"))
        .await
        .fails("not_found");
    let odd = admin
        .post(&releases, &json!({"flag": FLAG, "polices": {}}))
        .await
        .fails("invalid");
    let places: Vec<&str> = odd["details"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|detail| detail["path"].as_str())
        .collect();
    assert_eq!(places, ["/baseline", "/candidate", "/polices", "/stages"]);

    let over = send(&admin, &draft, "rollback", 1).await.expect(200).json();
    assert_eq!(over["state"], "rolled_back");
    assert_eq!(over.get("weight"), None);
    for signal in Signal::BY_PEOPLE {
        send(&admin, &draft, signal.name(), 2)
            .await
            .fails("illegal_transition");
    }
    web.stop().await;
}

pub(super) async fn a_release_of_another_version_says_so(node: Node) {
    let mut web = Web::start(&node.app, NO_LIMITS);
    let admin = web.anyone.bearer(ADMIN_TOKEN);
    let draft = node.create(document(by_time())).await.unwrap();
    behind(&node.app, "UPDATE releases SET document = '{}'").await;
    let id = draft.id.to_string();
    let error = admin
        .get(&paths::release(PROJECT, PRODUCTION, &id))
        .await
        .fails("unreadable");
    assert!(error["message"].as_str().unwrap().contains(&id), "{error}");
    let windows = paths::release_windows(PROJECT, PRODUCTION, &id);
    admin.get(&windows).await.fails("unreadable");
    let body = json!({"signal": "cancel", "epoch": 0});
    let signals = paths::release_signals(PROJECT, PRODUCTION, &id);
    admin.post(&signals, &body).await.fails("unreadable");
    web.stop().await;
}
