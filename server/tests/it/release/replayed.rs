//! A release of a server, replayed from the command line through other policies.

use serde_json::{Value, json};
use serin_engine::release::State;

use super::{
    judged::{HARMFUL, guarded, until},
    node::{Node, PRODUCTION, PROJECT},
};
use crate::{
    cli,
    harness::ADMIN_TOKEN,
    web::{NO_LIMITS, Web},
};

pub(super) async fn a_release_of_a_server_is_replayed(mut node: Node) {
    let stages = json!([{"weight": 10, "min_bake": "30m"}, {"weight": 100, "watch": "1m"}]);
    let release = guarded(&node, stages).await;
    let id = release.id;
    let (release, _) = until(&mut node, id, Some(HARMFUL), |release| {
        release.state.is_over()
    })
    .await;
    assert_eq!(release.state, State::RolledBack);
    let rolled_back = release.history.last().unwrap().at;

    let mut web = Web::start(&node.app, NO_LIMITS);
    let folder = tempfile::tempdir().unwrap();
    let lenient = folder.path().join("lenient.yaml");
    std::fs::write(
        &lenient,
        "guards: [{metric: errors, margin: {relative: 9.0}}]",
    )
    .unwrap();
    let server = web.anyone.base.clone();
    let replay = |policy: Option<String>| {
        let server = server.clone();
        tokio::task::spawn_blocking(move || {
            let id = id.to_string();
            let mut arguments = vec![
                "release",
                "replay",
                &id,
                "--server",
                &server,
                "--token",
                ADMIN_TOKEN,
                "--project",
                PROJECT,
                "--environment",
                PRODUCTION,
                "--json",
            ];
            if let Some(policy) = &policy {
                arguments.extend(["--policy", policy]);
            }
            cli::run(&arguments, b"")
        })
    };
    // By its own policy it comes to what the runner came to, when the runner did.
    let own = replay(None).await.unwrap();
    assert_eq!(own.code, 0, "{own}");
    let own: Value = own.json();
    assert_eq!(own["would"]["action"], "rollback", "{own}");
    assert_eq!(own["serin"]["state"], "rolled_back");
    assert_eq!(own["serin"]["at"], json!(rolled_back));
    let apart = own["serin"]["minute"].as_f64().unwrap() - own["would"]["minute"].as_f64().unwrap();
    assert!((0.0..=0.2).contains(&apart), "{own}");
    // Another would not have stopped.
    let lenient = replay(Some(lenient.to_str().unwrap().to_owned()))
        .await
        .unwrap();
    assert_eq!(lenient.json()["would"], Value::Null, "{lenient}");

    let stranger = tokio::task::spawn_blocking(move || {
        let arguments = [
            "release",
            "replay",
            "6f9619ff-8b86-d011-b42d-00c04fc964ff",
            "--server",
            &server,
            "--token",
            ADMIN_TOKEN,
            "--project",
            PROJECT,
            "--environment",
            PRODUCTION,
        ];
        cli::run(&arguments, b"")
    });
    let stranger = stranger.await.unwrap();
    assert_eq!(
        (stranger.code, stranger.stderr.contains("404")),
        (2, true),
        "{stranger}"
    );
    web.stop().await;
}
