//! How many SDKs have a revision, by what they and relays say of them.

use chrono::TimeDelta;
use serin_api::sdk::{Running, Telemetry};
use serin_server::{clock::Clock as _, store};
use uuid::Uuid;

use crate::harness::{World, backends};

/// What somebody says it runs, or that those behind it do.
fn says(world: &World, instance: u128, sequence: u64, revision: u64, of: Option<&[(u64, u64)]>) {
    let now = world.clock.now();
    let running = |of: &[(u64, u64)]| {
        let running = of.iter().map(|(revision, instances)| Running {
            revision: *revision,
            instances: *instances,
        });
        running.collect()
    };
    let telemetry = Telemetry {
        instance: Uuid::from_u128(instance),
        sequence,
        revision,
        from: now,
        to: now,
        evaluations: Vec::new(),
        unknown_flags: Vec::new(),
        contexts: Vec::new(),
        sent_at: None,
        evidence: Vec::new(),
        running: of.map(running),
    };
    let id = world.environment_id("production");
    world.app.usage.record(id, telemetry).unwrap();
}

fn present(world: &World) -> u64 {
    let snapshot = world.app.publisher.find("shop", "production").unwrap();
    snapshot.revision
}

/// How many have what is served, and how many there are.
async fn having(world: &World) -> (u64, u64) {
    world.app.usage.flush().await.unwrap();
    let since = world.clock.now() - TimeDelta::minutes(3);
    let (id, revision) = (world.environment_id("production"), present(world));
    let mut tx = world.app.db.read().await.unwrap();
    store::instance::having(&mut tx, id, revision, since)
        .await
        .unwrap()
}

backends! {
    /// Nodes write reports some seconds after they came, each its own.
    async fn a_relay_that_said_last_that_nobody_is_there_is_believed(world: World) {
        world.shop().await;
        let now = present(world);
        says(world, 1, 5, now, Some(&[(now, 4), (now - 1, 2)]));
        assert_eq!(having(world).await, (4, 6));
        says(world, 1, 7, now, Some(&[]));
        assert_eq!(having(world).await, (0, 0));
        says(world, 1, 6, now, Some(&[(now - 1, 6)]));
        assert_eq!(having(world).await, (0, 0), "they went");
        says(world, 1, 8, now, Some(&[(now, 3)]));
        assert_eq!(having(world).await, (3, 3));
    }

    /// Whoever has a server key may say so.
    async fn no_report_speaks_for_more_than_a_relay_can_know(world: World) {
        world.shop().await;
        let now = present(world);
        let many = [(now, 3_000_000), (now - 1, u64::MAX / 2), (now - 1, u64::MAX / 2)];
        says(world, 1, 1, now, Some(&many[..1]));
        assert_eq!(having(world).await, (100_000, 100_000));
        says(world, 1, 2, now, Some(&many[1..]));
        assert_eq!(having(world).await, (0, 100_000));
        says(world, 1, 3, now, Some(&[(now, 300_000), (now - 1, 100_000)]));
        assert_eq!(having(world).await, (75_000, 100_000), "in proportion");
    }

    async fn a_revision_that_there_is_not_is_not_what_a_release_waits_for(world: World) {
        world.shop().await;
        let now = present(world);
        says(world, 1, 1, u64::MAX, None);
        says(world, 2, 1, now + 1, None);
        says(world, 3, 1, now, None);
        says(world, 4, 1, now, Some(&[(u64::MAX, 5), (now + 1, 2), (now, 10)]));
        assert_eq!(having(world).await, (11, 20));
        // Those that have it now say so.
        says(world, 1, 2, now, None);
        assert_eq!(having(world).await, (12, 20));
    }
}
