//! `serin audit verify`, before and after somebody was at the log.

use serde_json::json;
use serin_server::{
    app::App,
    service::{Actor, project},
};

use super::{Ran, run};
use crate::harness::backends;

fn verify(url: &str) -> Ran {
    run(&["audit", "verify", "--database-url", url], b"")
}

async fn write_some(app: &App) {
    for key in ["a", "b", "c"] {
        let new = serde_json::from_value(json!({"key": key})).unwrap();
        project::create(app, &Actor::system("test"), new)
            .await
            .unwrap();
    }
}

backends! {
    async fn a_log_as_it_was_written_verifies(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        write_some(app).await;
        let ran = verify(url);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        let words: Vec<_> = ran.stdout.split_whitespace().collect();
        assert!(words[0].parse::<u64>().unwrap() >= 3, "{ran}");
        assert_eq!(words.last().unwrap().len(), 64, "{ran}");
        write_some_more(app).await;
        assert_ne!(verify(url).stdout, ran.stdout);
    }

    async fn the_first_entry_that_does_not_fit_is_named(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        write_some(app).await;
        world.sql("UPDATE audit SET actor = 'somebody else' WHERE sequence >= 2").await;
        let ran = verify(url);
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
        assert!(ran.stderr.contains("entry 2 "), "{ran}");
    }

    async fn a_hole_is_named(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        write_some(app).await;
        world.sql("DELETE FROM audit WHERE sequence = 1").await;
        let ran = verify(url);
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.stderr.contains("entry 1 "), "{ran}");
    }

    async fn a_log_that_was_cut_short_does_not_verify(world: World) {
        let app = &world.app;
        let url = &world.database.url();
        write_some(app).await;
        world.sql("DELETE FROM audit WHERE sequence = (SELECT max(sequence) FROM audit)").await;
        assert_eq!(verify(url).code, 1);
    }
}
async fn write_some_more(app: &App) {
    let new = serde_json::from_value(json!({"key": "d"})).unwrap();
    project::create(app, &Actor::system("test"), new)
        .await
        .unwrap();
}

#[test]
fn a_database_that_is_not_there_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("serin.db");
    let ran = verify(&format!("sqlite://{}", path.display()));
    assert_eq!(ran.code, 2, "{ran}");
    assert!(ran.stderr.contains("no database at"), "{ran}");
    assert!(!path.exists());
    assert_eq!(verify("mysql://nowhere").code, 2);
}
