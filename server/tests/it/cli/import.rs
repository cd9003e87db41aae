//! `serin import flagd`, beside a running server where it writes.

use serde_json::{Value, json};
use serin_api::key::NewKey;
use serin_server::{
    app::App,
    service::{Actor, change_set, entity, key, project},
};

use super::{Ran, run, write};
use crate::{
    harness::{backends, until},
    web::{Client, NO_LIMITS, Web},
};

const DEMO: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/demo/opentelemetry-demo.flagd.json"
);

fn import(url: &str, file: &str, more: &[&str]) -> Ran {
    let arguments = [
        "import",
        "flagd",
        file,
        "--project",
        "p",
        "--database-url",
        url,
    ];
    run(&[&arguments, more].concat(), b"")
}

fn flag(targeting: &Value) -> Value {
    json!({"state": "ENABLED", "variants": {"on": true, "off": false}, "defaultVariant": "off", "targeting": targeting})
}

/// A file with a flag that can be imported and one that cannot.
fn half() -> String {
    let fractional = json!({"fractional": [["on", 50], ["off", 50]]});
    json!({"flags": {"good": flag(&json!({})), "bad": flag(&fractional)}}).to_string()
}

fn person() -> Actor {
    Actor::system("test")
}

async fn has_flag(app: &App, key: &str) -> bool {
    let kind = serin_api::entity::EntityKind::Flag;
    entity::get(app, &person(), "p", kind, None, key)
        .await
        .is_ok()
}

/// A client of the environment, once the server has learnt of the project.
async fn client(app: &App, web: &Web) -> Client {
    let new: NewKey = serde_json::from_value(json!({"name": "k", "kind": "server"})).unwrap();
    let made = key::create(app, &person(), "p", "production", new)
        .await
        .unwrap();
    web.anyone.bearer(&made.secret)
}

/// Waits until the server follows what another process wrote.
async fn follow(client: &Client, flag: &str) {
    let path = format!("/ofrep/v1/evaluate/flags/{flag}");
    until(|| async {
        let answer = client.post(&path, &json!({"context": {}})).await;
        (answer.status == 200).then_some(())
    })
    .await;
}

backends! {
    async fn the_opentelemetry_demo_answers_as_flagd_does(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        let mut web = Web::start(app, NO_LIMITS);
        let ran = import(url, DEMO, &["--environment", "production", "--create-project"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(ran.stdout.contains("15 imported, 1 imported with notes, 0 refused"), "{ran}");
        let client = client(app, &web).await;
        follow(&client, "productCatalogFailure").await;
        let golden = include_str!("../../../testdata/opentelemetry-demo.golden.json");
        let golden: Value = serde_json::from_str(golden).unwrap();
        for case in golden["cases"].as_array().unwrap() {
            let body = json!({"context": case["context"]});
            for (flag, expected) in case["answers"].as_object().unwrap() {
                let answer = client.post(&format!("/ofrep/v1/evaluate/flags/{flag}"), &body).await.expect(200).json();
                for member in ["value", "variant", "reason"] {
                    let (answer, expected) = (&answer[member], &expected[member]);
                    let same = answer == expected || (answer.is_number() && answer.as_f64() == expected.as_f64());
                    assert!(same, "{flag}, {member}: {answer} is not {expected} for {}", case["name"]);
                }
            }
        }
        web.stop().await;
    }

    async fn one_file_is_one_change_set(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        let ran = import(url, DEMO, &["--environment", "production", "--create-project", "--json"]);
        assert_eq!(ran.code, 0, "{ran}");
        let report = ran.json();
        assert_eq!(report["flags"].as_array().unwrap().len(), 16);
        let noted = report["flags"].as_array().unwrap().iter().find(|flag| flag["status"] == "imported_with_notes");
        assert_eq!(noted.unwrap()["key"], "productCatalogFailure");
        assert_eq!(noted.unwrap()["notes"][0]["kind"], "list");
        let history = change_set::list(app, &person(), filter()).await.unwrap().items;
        assert_eq!(history.len(), 1);
        assert_eq!(history[0].author, "import");
        assert_eq!(json!([history[0].id]), report["change_sets"]);
        let again = import(&world.database.url(), DEMO, &["--environment", "production"]);
        assert_eq!(again.code, 0, "{again}");
        assert!(again.stdout.ends_with("nothing was written\n"), "{again}");
        let moved: Vec<_> = history[0].revisions.keys().collect();
        assert_eq!(moved, ["development", "production"]);
    }

    async fn what_is_refused_stops_the_import_unless_it_is_skipped(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        let folder = tempfile::tempdir().unwrap();
        let file = write(folder.path(), "half.json", half());
        let place = ["--environment", "production", "--create-project"];
        let ran = import(url, &file, &place);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.stdout.contains("refused              bad: targeting: `fractional`"), "{ran}");
        assert!(ran.stdout.contains("nothing was written"), "{ran}");
        assert!(project::get(app, &person(), "p").await.is_err());

        let ran = import(url, &file, &[&place[..], &["--skip-refused"]].concat());
        assert_eq!(ran.code, 1, "{ran}");
        assert!(has_flag(app, "good").await && !has_flag(app, "bad").await);
    }

    async fn a_second_import_keeps_what_people_wrote(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        let folder = tempfile::tempdir().unwrap();
        let file = |rest: Value| json!({"flags": {"f": rest}}).to_string();
        let first = write(folder.path(), "first.json", file(flag(&json!({}))));
        assert_eq!(import(url, &first, &["--environment", "production", "--create-project"]).code, 0);
        let named = json!({"project": "p", "changes": [
            {"kind": "flag", "key": "f", "action": "patch", "document": {"name": "Mine"}}]});
        change_set::apply(app, &person(), serde_json::from_value(named).unwrap()).await.unwrap();

        let wider = json!({"state": "ENABLED", "variants": {"on": true, "off": false, "also": true}, "defaultVariant": "also"});
        let second = write(folder.path(), "second.json", file(wider));
        let ran = import(url, &second, &["--environment", "development"]);
        assert_eq!(ran.code, 0, "{ran}");
        let kind = serin_api::entity::EntityKind::Flag;
        let flag = entity::get(app, &person(), "p", kind, None, "f").await.unwrap().document;
        assert_eq!(flag["name"], "Mine");
        assert_eq!(flag["variations"].as_array().unwrap().len(), 3);
        let kind = serin_api::entity::EntityKind::FlagConfig;
        for (environment, default) in [("production", "off"), ("development", "also")] {
            let config = entity::get(app, &person(), "p", kind, Some(environment), "f").await.unwrap();
            assert_eq!(config.document["default"], json!({"variation": default}));
        }
    }

    async fn what_is_not_there_is_named(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        let ran = import(url, DEMO, &["--environment", "production"]);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        assert!(ran.stderr.contains("no project \"p\""), "{ran}");
        let new = serde_json::from_value(json!({"key": "p"})).unwrap();
        project::create(app, &person(), new).await.unwrap();
        let ran = import(url, DEMO, &["--environment", "staging"]);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("no environment \"staging\""), "{ran}");
        let ran = import(url, DEMO, &["--environment", "staging", "--create-project"]);
        assert_eq!(ran.code, 0, "{ran}");
        assert!(has_flag(app, "adFailure").await);
    }

    async fn what_the_server_refuses_is_listed_by_flag(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        let folder = tempfile::tempdir().unwrap();
        let place = ["--environment", "production", "--create-project"];
        let first = json!({"flags": {"f": flag(&json!({}))}}).to_string();
        let first = write(folder.path(), "first.json", first);
        assert_eq!(import(url, &first, &place).code, 0);
        // Development keeps serving "off", which this file does not have.
        let patch = json!({"project": "p", "changes": [{"kind": "flag_config", "key": "f", "environment": "development",
            "action": "patch", "document": {"enabled": true, "default": {"variation": "off"}}}]});
        change_set::apply(app, &person(), serde_json::from_value(patch).unwrap()).await.unwrap();
        let second = json!({"flags": {"f": {"state": "ENABLED", "variants": {"on": true}, "defaultVariant": "on"}}});
        let second = write(folder.path(), "second.json", second.to_string());
        let ran = import(url, &second, &place);
        assert_eq!(ran.code, 2, "{ran}");
        assert!(ran.stderr.contains("nothing was written") && ran.stderr.contains('f'), "{ran}");
        let kind = serin_api::entity::EntityKind::Flag;
        let kept = entity::get(app, &person(), "p", kind, None, "f").await.unwrap().document;
        assert_eq!(kept["variations"].as_array().unwrap().len(), 2);
    }
}
fn filter() -> change_set::Filter {
    change_set::Filter {
        project: "p".to_owned(),
        ..Default::default()
    }
}

#[test]
fn an_unusable_file_is_refused_and_the_place_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for (text, place) in [
        (&b"{\n\"flags\": {]}"[..], "line 2 column 11"),
        (br#"{"flags": 1}"#, "/flags"),
        (b"{}", "/flags"),
        (b"\xff", "UTF-8"),
    ] {
        let file = write(folder.path(), "bad.json", text);
        let ran = import(
            "sqlite:///nowhere/serin.db",
            &file,
            &["--environment", "production"],
        );
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{ran}");
        assert!(
            ran.stderr.contains("bad.json") && ran.stderr.contains(place),
            "{ran}"
        );
    }
}

#[test]
fn a_dry_run_opens_no_database() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serin.db");
    let url = format!("sqlite://{}", path.display());
    let ran = import(&url, DEMO, &["--environment", "production", "--dry-run"]);
    assert_eq!(ran.code, 0, "{ran}");
    assert!(ran.stdout.ends_with("nothing was written\n"), "{ran}");
    let ran = import(&url, DEMO, &["--environment", "production"]);
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("no database at"), "{ran}");
    assert!(!path.exists());
}
