//! Projects, environments and members.

use serde_json::json;
use serin_api::{
    entity::EntityKind,
    project::{NewEnvironment, NewProject},
    session::Role,
};
use serin_server::service::{Error, environment, member, project};

use crate::harness::{backends, mistakes, patch_config};

fn new_environment(key: &str) -> NewEnvironment {
    NewEnvironment {
        key: key.to_owned(),
        name: None,
        color: None,
        production: false,
        allowed_origins: Vec::new(),
        copy_from: None,
    }
}

backends! {
    async fn a_project_comes_with_environments(world: World) {
        world.shop().await;
        let shop = project::get(&world.app, &world.admin, "shop").await.unwrap();
        let keys: Vec<_> = shop.environments.iter().map(|e| (e.key.as_str(), e.production, e.revision)).collect();
        assert_eq!(keys, [("development", false, 1), ("production", true, 1)]);
        assert_eq!((shop.role, shop.version), (Role::Admin, 1));
        assert!(world.app.publisher.find("shop", "production").is_some());
        let again = project::create(&world.app, &world.admin, NewProject { key: "shop".to_owned(), name: None, description: None, environments: None }).await;
        assert!(matches!(again, Err(Error::AlreadyExists { .. })));
    }

    async fn odd_projects_are_refused(world: World) {
        let new = NewProject {
            key: "No Spaces".to_owned(),
            name: Some("x".repeat(2000)),
            description: None,
            environments: Some(vec![NewEnvironment { color: Some("pink".to_owned()), allowed_origins: vec!["example.com".to_owned()], ..new_environment("") }]),
        };
        let paths: Vec<_> = mistakes(project::create(&world.app, &world.admin, new).await).into_iter().map(|(path, _)| path).collect();
        assert_eq!(paths, ["/key", "/name", "/environments/0/key", "/environments/0/color", "/environments/0/allowed_origins/0"]);
        let twice = NewProject { key: "p".to_owned(), name: None, description: None, environments: Some(vec![new_environment("e"), new_environment("e")]) };
        assert!(matches!(project::create(&world.app, &world.admin, twice).await, Err(Error::AlreadyExists { .. })));
        assert!(project::list(&world.app, &world.admin).await.unwrap().is_empty());
    }

    async fn members_see_their_projects_only(world: World) {
        world.shop().await;
        let eve = world.user("eve", None).await;
        assert!(project::list(&world.app, &eve).await.unwrap().is_empty());
        assert!(matches!(project::get(&world.app, &eve, "shop").await, Err(Error::NotFound)));
        assert!(matches!(environment::get(&world.app, &eve, "shop", "production").await, Err(Error::NotFound)));
        member::put(&world.app, &world.admin, "shop", "eve", Role::Viewer).await.unwrap();
        assert_eq!(project::list(&world.app, &eve).await.unwrap()[0].role, Role::Viewer);
        assert!(matches!(member::put(&world.app, &eve, "shop", "eve", Role::Admin).await, Err(Error::Forbidden { needs: Role::Admin })));
        member::put(&world.app, &world.admin, "shop", "eve", Role::Editor).await.unwrap();
        let members = member::list(&world.app, &eve, "shop").await.unwrap();
        let roles: Vec<_> = members.iter().map(|m| (m.username.as_str(), m.role)).collect();
        assert_eq!(roles, [("admin", Role::Admin), ("eve", Role::Editor)]);
        assert!(matches!(member::put(&world.app, &world.admin, "shop", "nobody", Role::Viewer).await, Err(Error::NotFound)));
        member::delete(&world.app, &world.admin, "shop", "eve").await.unwrap();
        assert!(matches!(project::get(&world.app, &eve, "shop").await, Err(Error::NotFound)));
    }

    async fn patches_and_versions(world: World) {
        world.shop().await;
        let changed = project::patch(&world.app, &world.admin, "shop", json!({"name": "The shop", "key": "ignored"}), Some(1)).await.unwrap();
        assert_eq!((changed.name.as_str(), changed.version, changed.key.as_str()), ("The shop", 2, "shop"));
        let stale = project::patch(&world.app, &world.admin, "shop", json!({"name": "x"}), Some(1)).await;
        assert!(matches!(stale, Err(Error::VersionConflict { current: 2, .. })));
        assert!(matches!(project::patch(&world.app, &world.admin, "shop", json!({"nom": "x"}), None).await, Err(Error::Invalid(_))));

        let patch = json!({"color": "blue", "allowed_origins": ["https://shop.example:8443"]});
        let changed = environment::patch(&world.app, &world.admin, "shop", "production", patch, Some(1)).await.unwrap();
        assert_eq!((changed.color.as_str(), changed.version, changed.production), ("blue", 2, true));
        assert!(world.app.keys().allows_origin("https://shop.example:8443"));
        let odd = json!({"color": "pink", "allowed_origins": ["shop"]});
        assert_eq!(mistakes(environment::patch(&world.app, &world.admin, "shop", "production", odd, None).await).len(), 2);
        let stale = environment::delete(&world.app, &world.admin, "shop", "production", Some(1)).await;
        assert!(matches!(stale, Err(Error::VersionConflict { current: 2, .. })));
    }

    async fn a_copied_environment_decides_alike(world: World) {
        world.shop().await;
        world.flag("f").await;
        let split = json!({"enabled": true, "default": {"variation": null, "split": {"weights": {"on": 30_000, "off": 70_000}}}});
        world.apply(vec![patch_config("production", "f", split)]).await.unwrap();
        let copy = NewEnvironment { copy_from: Some("production".to_owned()), ..new_environment("canary") };
        environment::create(&world.app, &world.admin, "shop", copy).await.unwrap();
        environment::create(&world.app, &world.admin, "shop", new_environment("empty")).await.unwrap();
        let original = world.app.publisher.find("shop", "production").unwrap();
        let copied = world.app.publisher.find("shop", "canary").unwrap();
        for n in 0..200 {
            let context = serin_engine::context::Context::new(format!("u{n}"));
            assert_eq!(original.ruleset.evaluate("f", &context).variation, copied.ruleset.evaluate("f", &context).variation);
        }
        let empty = world.get(EntityKind::FlagConfig, Some("empty"), "f").await.unwrap();
        assert_eq!(empty.document["enabled"], false);
        // Both go on from there.
        let set = world.apply(vec![patch_config("canary", "f", json!({"enabled": false}))]).await.unwrap();
        assert_eq!(set.revisions["canary"], 2);
        let unknown = NewEnvironment { copy_from: Some("nowhere".to_owned()), ..new_environment("x") };
        assert_eq!(mistakes(environment::create(&world.app, &world.admin, "shop", unknown).await)[0].0, "/copy_from");
    }

    async fn a_removed_project_is_gone(world: World) {
        world.shop().await;
        world.flag("f").await;
        project::delete(&world.app, &world.admin, "shop", None).await.unwrap();
        assert!(matches!(project::get(&world.app, &world.admin, "shop").await, Err(Error::NotFound)));
        assert!(world.app.publisher.find("shop", "production").is_none());
        world.shop().await;
        assert_eq!(world.app.publisher.find("shop", "production").unwrap().ruleset.flags().count(), 0);
    }
}
