//! The hash chain.

use serde_json::json;
use serin_server::service::{
    Paging,
    audit::{self, Broken},
};

use crate::harness::{World, backends, patch_config};

/// Where the chain breaks.
async fn broken_at(world: &World) -> u64 {
    match audit::verify(&world.app.db).await {
        Err(Broken::Entry { sequence, .. }) => sequence,
        other => panic!("{other:?}"),
    }
}

backends! {
    async fn every_write_is_in_the_chain(world: World) {
        world.shop().await;
        let set = world.flag("f").await;
        let verified = audit::verify(&world.app.db).await.unwrap();
        let all = audit::list(&world.app, &world.admin, None, &Paging::default()).await.unwrap();
        assert_eq!(all.items.len() as u64, verified.entries);
        let newest = &all.items[0];
        assert_eq!((newest.action.as_str(), newest.actor.as_str()), ("change_set.applied", "admin"));
        assert_eq!(newest.details, serde_json::to_value(&set).unwrap());
        assert_eq!(newest.previous_hash, all.items[1].hash);
        assert_eq!(all.items.last().unwrap().previous_hash, "0".repeat(64));
        let paging = Paging { cursor: None, limit: Some(2) };
        let first = audit::list(&world.app, &world.admin, Some("shop"), &paging).await.unwrap();
        let next = audit::list(&world.app, &world.admin, Some("shop"), &Paging { cursor: first.next_cursor, limit: Some(2) }).await.unwrap();
        assert_eq!(next.items[0].sequence + 1, first.items[1].sequence);
    }

    async fn values_that_databases_write_otherwise_still_verify(world: World) {
        world.shop().await;
        world.flag("f").await;
        let when = json!({"attribute": "n", "op": "in", "values": [1.0, 1e300, -0.0, 12345678901234567890_u64, 0.1, "ü🙂\u{2028}"]});
        let patch = json!({"rules": [{"id": "r", "when": when, "serve": {"variation": "on"}}]});
        world.apply(vec![patch_config("production", "f", patch)]).await.unwrap();
        audit::verify(&world.app.db).await.unwrap();
        let before = world.app.publisher.find("shop", "production").unwrap();
        let restarted = world.another_node().await;
        let after = restarted.publisher.find("shop", "production").unwrap();
        assert_eq!(before.etag, after.etag);
        assert_eq!(before.json(), after.json());
        restarted.shutdown().await;
    }

    async fn a_changed_entry_is_found(world: World) {
        world.shop().await;
        world.flag("f").await;
        world.sql("UPDATE audit SET actor = 'somebody else' WHERE sequence = 3").await;
        assert_eq!(broken_at(world).await, 3);
    }

    async fn a_missing_entry_is_found(world: World) {
        world.shop().await;
        world.flag("f").await;
        world.sql("DELETE FROM audit WHERE sequence = 2").await;
        assert_eq!(broken_at(world).await, 2);
    }

    async fn a_cut_end_is_found(world: World) {
        world.shop().await;
        world.flag("f").await;
        let entries = audit::verify(&world.app.db).await.unwrap().entries;
        world.sql(&format!("DELETE FROM audit WHERE sequence = {entries}")).await;
        assert_eq!(broken_at(world).await, entries);
    }

    async fn a_rewritten_entry_is_found_by_the_next(world: World) {
        world.shop().await;
        world.flag("f").await;
        world.sql("UPDATE audit SET hash = (SELECT hash FROM audit WHERE sequence = 1) WHERE sequence = 2").await;
        assert_eq!(broken_at(world).await, 2);
    }
}
