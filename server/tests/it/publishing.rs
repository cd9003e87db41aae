//! Snapshots, patches, streams and events.

use rand::{RngExt as _, SeedableRng as _, rngs::StdRng};
use serde_json::json;
use serin_api::{change::Action, entity::EntityKind};
use serin_engine::ruleset::{Document, Patch, Ruleset};
use serin_server::{
    publish::{CatchUp, Commits, Encoding},
    store,
};

use crate::harness::{backends, change, create_flag, patch_config, until};

/// The data of a frame, and its event's name.
fn data(frame: &[u8]) -> (String, serde_json::Value) {
    let text = std::str::from_utf8(frame).unwrap();
    let line = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap()
    };
    (
        line("event: ").to_owned(),
        serde_json::from_str(line("data: ")).unwrap(),
    )
}

backends! {
    async fn only_the_last_patches_are_kept_and_nodes_load_where_they_are_gone(world: World) {
        world.shop().await;
        world.flag("f").await;
        let id = world.environment_id("production");
        for n in 0..124 {
            world.apply(vec![patch_config("production", "f", json!({"enabled": n % 2 == 0}))]).await.unwrap();
        }
        let mut tx = world.app.db.read().await.unwrap();
        let kept = store::revision::after(&mut tx, id, 0).await.unwrap();
        drop(tx);
        let live = world.app.publisher.find("shop", "production").unwrap();
        // The last revision at which old ones went was the 120th, and a hundred stayed.
        assert_eq!((kept[0].revision, kept.last().unwrap().revision, live.revision), (21, 126, 126));
        let restarted = world.another_node().await;
        assert_eq!(restarted.publisher.find("shop", "production").unwrap().etag, live.etag);
        restarted.shutdown().await;
    }

    async fn patches_lead_to_what_loading_anew_gives(world: World) {
        world.shop().await;
        let start = world.app.publisher.find("shop", "production").unwrap();
        world.flag("a").await;
        world.flag("b").await;
        world.apply(vec![
            change(EntityKind::Segment, None, "s", Action::Create, Some(json!({}))),
            change(EntityKind::SegmentConfig, Some("production"), "s", Action::Patch, Some(json!({"included": [{"values": ["u"]}]}))),
            patch_config("production", "a", json!({"enabled": true, "rules": [{"id": "r", "when": {"segment": "s"}, "serve": {"variation": "on"}}]})),
        ]).await.unwrap();
        world.apply(vec![change(EntityKind::Flag, None, "b", Action::Delete, None)]).await.unwrap();
        world.apply(vec![change(EntityKind::Flag, None, "a", Action::Patch, Some(json!({"client_visible": true})))]).await.unwrap();

        let mut tx = world.app.db.read().await.unwrap();
        let id = world.environment_id("production");
        let mut patched = Ruleset::clone(&start.ruleset);
        for revision in store::revision::after(&mut tx, id, start.revision).await.unwrap() {
            let patch: Patch = serde_json::from_str(&revision.patch).unwrap();
            patched = patched.apply(&patch).unwrap().0;
        }
        drop(tx);
        let restarted = world.another_node().await;
        let loaded = restarted.publisher.find("shop", "production").unwrap();
        let live = world.app.publisher.find("shop", "production").unwrap();
        assert_eq!(live.revision, 6);
        assert_eq!(live.etag, loaded.etag);
        assert_eq!(live.json(), loaded.json());
        assert_eq!(patched.fingerprint(), loaded.ruleset.fingerprint());
        let document: Document = serde_json::from_slice(live.json()).unwrap();
        let (compiled, warnings) = Ruleset::from_document(document).unwrap();
        assert_eq!((compiled.fingerprint(), warnings.len()), (live.ruleset.fingerprint(), 0));
        restarted.shutdown().await;
    }

    async fn any_walk_leads_to_what_loading_anew_gives(world: World) {
        world.shop().await;
        let mut random = StdRng::seed_from_u64(7);
        let mut refused = 0;
        for step in 0..120 {
            let key = format!("f{}", random.random_range(0..6));
            let other = format!("f{}", random.random_range(0..6));
            let on: u32 = random.random_range(0..=100_000);
            let one = match random.random_range(0..9) {
                0 | 1 => create_flag(&key),
                2 => change(EntityKind::Flag, None, &key, Action::Delete, None),
                3 => change(EntityKind::Flag, None, &key, Action::Patch, Some(json!({"archived": step % 2 == 0}))),
                4 => change(EntityKind::Flag, None, &key, Action::Patch, Some(json!({"salt": format!("s{step}"), "name": "n"}))),
                5 => patch_config("production", &key, json!({"enabled": step % 2 == 0})),
                6 => patch_config("production", &key, json!({"default": {"split": {"weights": {"on": on, "off": 100_000 - on}}}})),
                7 => patch_config("production", &key, json!({"prerequisites": [{"flag": other, "variations": ["on"]}]})),
                _ => patch_config("production", &key, json!({"prerequisites": null})),
            };
            refused += u32::from(world.apply(vec![one]).await.is_err());
        }
        assert!((10..110).contains(&refused), "{refused} of 120 were refused");
        let fresh = Commits::load(world.app.db.clone()).await.unwrap();
        let fresh = fresh.publisher();
        for environment in ["development", "production"] {
            let (live, loaded) = (world.app.publisher.find("shop", environment), fresh.find("shop", environment));
            let (live, loaded) = (live.unwrap(), loaded.unwrap());
            assert_eq!(live.json(), loaded.json());
            assert_eq!(live.etag, loaded.etag);
            assert_eq!(loaded.ruleset.warnings(), []);
            let mut tx = world.app.db.read().await.unwrap();
            let row = store::environment::all(&mut tx).await.unwrap();
            let row = row.into_iter().find(|row| row.environment.key == environment).unwrap();
            assert_eq!(row.environment.fingerprint, loaded.ruleset.fingerprint());
        }
    }

    async fn whoever_comes_back_gets_what_was_missed(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        for key in ["a", "b", "c"] {
            world.flag(key).await;
        }
        let publisher = &world.app.publisher;
        assert_eq!(publisher.catch_up(id, Some(4)), Some(CatchUp::UpToDate));
        let Some(CatchUp::Patch(frame)) = publisher.catch_up(id, Some(2)) else { panic!("no patch") };
        let (name, patch) = data(&frame);
        assert_eq!((name.as_str(), &patch["from"], &patch["to"]), ("patch", &json!(2), &json!(4)));
        assert_eq!(patch["flags"].as_object().unwrap().keys().collect::<Vec<_>>(), ["b", "c"]);
        // Merged, it fits like one.
        let patch: Patch = serde_json::from_value(patch).unwrap();
        let _: &Patch = &patch;

        for odd in [None, Some(0), Some(99)] {
            let Some(CatchUp::Put(frame)) = publisher.catch_up(id, odd) else { panic!("no put for {odd:?}") };
            let (name, document) = data(&frame);
            assert_eq!((name.as_str(), &document["revision"], document["flags"].as_object().unwrap().len()), ("put", &json!(4), 3));
        }
    }

    async fn a_stream_has_no_gaps(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let mut stream = world.app.publisher.attach(id, None).unwrap();
        assert_eq!(data(&stream.next().await.unwrap()).0, "put");
        world.flag("a").await;
        let (name, patch) = data(&stream.next().await.unwrap());
        assert_eq!((name.as_str(), &patch["to"]), ("patch", &json!(2)));

        // One that does not read for long is given all of it at once, and everybody the same bytes.
        let mut other = world.app.publisher.attach(id, Some(2)).unwrap();
        for n in 0..70 {
            world.apply(vec![patch_config("production", "a", json!({"enabled": n % 2 == 0}))]).await.unwrap();
        }
        let merged = stream.next().await.unwrap();
        let (name, patch) = data(&merged);
        assert_eq!((name.as_str(), &patch["from"], &patch["to"]), ("patch", &json!(2), &json!(72)));
        assert_eq!(other.next().await.unwrap().as_ptr(), merged.as_ptr());
        world.flag("b").await;
        let (name, patch) = data(&stream.next().await.unwrap());
        assert_eq!((name.as_str(), &patch["from"], &patch["to"]), ("patch", &json!(72), &json!(73)));
    }

    async fn a_burst_is_one_patch(world: World) {
        world.shop().await;
        let id = world.environment_id("production");
        let mut stream = world.app.publisher.attach(id, Some(1)).unwrap();
        for key in ["a", "b", "c"] {
            world.flag(key).await;
        }
        let (name, patch) = data(&stream.next().await.unwrap());
        assert_eq!((name.as_str(), &patch["from"], &patch["to"]), ("patch", &json!(1), &json!(4)));
        assert_eq!(patch["flags"].as_object().unwrap().len(), 3);
        // Nothing of it is left, and what comes next comes by itself.
        world.flag("d").await;
        let (_, patch) = data(&stream.next().await.unwrap());
        assert_eq!((&patch["from"], &patch["to"]), (&json!(4), &json!(5)));
    }

    async fn other_nodes_follow(world: World) {
        world.shop().await;
        let other = world.another_node().await;
        let id = world.environment_id("production");
        let mut stream = other.publisher.attach(id, other.publisher.snapshot(id).map(|s| s.revision)).unwrap();
        let mut events = other.publisher.events(id).unwrap();
        let set = world.flag("a").await;
        assert_eq!(data(&stream.next().await.unwrap()).1["to"], 2);
        let event = events.recv().await.unwrap();
        assert_eq!((event.change_set, event.author.as_str(), event.revision), (Some(set.id), "admin", 2));

        let new = serin_api::project::NewEnvironment {
            key: "staging".to_owned(), name: None, color: None, production: false,
            allowed_origins: vec![], copy_from: Some("production".to_owned()),
        };
        serin_server::service::environment::create(&world.app, &world.admin, "shop", new).await.unwrap();
        let snapshot = until(|| async { other.publisher.find("shop", "staging") }).await;
        assert_eq!(snapshot.ruleset.flags().count(), 1);
        serin_server::service::environment::delete(&world.app, &world.admin, "shop", "production", None).await.unwrap();
        assert!(stream.next().await.is_none());
        other.shutdown().await;
    }

    async fn events_tell_who_changed_what(world: World) {
        world.shop().await;
        world.flag("f").await;
        let (production, development) = (world.environment_id("production"), world.environment_id("development"));
        let mut here = world.app.publisher.events(production).unwrap();
        let mut there = world.app.publisher.events(development).unwrap();
        let set = world.apply(vec![patch_config("production", "f", json!({"enabled": true}))]).await.unwrap();
        let event = here.recv().await.unwrap();
        assert_eq!(event.change_set, Some(set.id));
        assert_eq!(event.reason.as_deref(), Some("a test"));
        assert_eq!((event.entities[0].key.as_str(), event.entities[0].version, event.revision), ("f", 2, 3));
        // What is about a project is for all its environments; the toggle was not.
        world.apply(vec![create_flag("g")]).await.unwrap();
        assert_eq!(there.recv().await.unwrap().entities.len(), 3);
    }

    async fn bytes_are_made_once(world: World) {
        world.shop().await;
        world.flag("f").await;
        let snapshot = world.app.publisher.find("shop", "production").unwrap();
        assert_eq!(snapshot.json().as_ptr(), snapshot.encoded(Encoding::Identity).as_ptr());
        let mut plain = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&snapshot.encoded(Encoding::Gzip)[..]), &mut plain).unwrap();
        assert_eq!(&plain[..], &snapshot.json()[..]);
        let mut plain = Vec::new();
        brotli::BrotliDecompress(&mut &snapshot.encoded(Encoding::Brotli)[..], &mut plain).unwrap();
        assert_eq!(&plain[..], &snapshot.json()[..]);
    }

    async fn a_lying_patch_makes_it_load_anew(world: World) {
        world.shop().await;
        let other = world.another_node().await;
        let id = world.environment_id("production");
        let mut stream = other.publisher.attach(id, Some(1)).unwrap();
        world.app.writer.run(move |work| Box::pin(async move {
            let patch = r#"{"from":1,"to":2,"flags":{},"segments":{},"releases":[],"fingerprint":"0123456789abcdef"}"#;
            let new = store::revision::New {
                environment_id: id, revision: 2, fingerprint: "0000000000000000".to_owned(), patch: patch.to_owned(), created_at: work.now(),
            };
            let mut script = store::Script::default();
            store::revision::insert(&mut script, &[&new]);
            store::environment::advance(&mut script, [&new]);
            script.run(&mut work.tx).await?;
            serin_server::service::audit::append(work, "test", "test", None, &json!({})).await
        })).await.unwrap();
        let (name, document) = data(&stream.next().await.unwrap());
        assert_eq!((name.as_str(), &document["revision"]), ("put", &json!(2)));
        other.shutdown().await;
    }
}
