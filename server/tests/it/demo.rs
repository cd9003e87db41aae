//! The demo data, as `serin serve --demo` makes it.

use serde_json::json;
use serin_engine::context::Context;
use serin_server::{
    demo::{self, Secrets},
    service::{Actor, key, release},
};

use crate::harness::backends;

backends! {
    async fn the_demo_is_made_once(world: World) {
        let app = &world.app;
        let secrets = Secrets {
            production: Some("a secret that is long enough".to_owned()),
            development: None,
        };
        let made = demo::seed(app, secrets).await.unwrap();
        assert_eq!(made.project, "demo");
        assert_eq!(made.keys.len(), 1);
        let (environment, secret) = &made.keys[0];
        assert_eq!(*environment, "development");
        for (secret, environment) in [(secret.as_str(), "development"), ("a secret that is long enough", "production")] {
            let grant = key::authenticate(&app.front(), secret).unwrap();
            assert_eq!((grant.project.as_str(), grant.environment.as_str()), ("demo", environment));
        }
        let again = demo::seed(app, Secrets::default()).await.unwrap();
        assert!(again.keys.is_empty());
    }

    async fn the_demo_has_a_release_under_way_and_all_of_targeting(world: World) {
        let app = &world.app;
        demo::seed(app, Secrets::default()).await.unwrap();
        let actor = Actor::system("test");
        let releases = release::list(app, &actor, "demo", "production", release::Filter::default()).await.unwrap().items;
        assert_eq!(releases.len(), 1);
        assert_eq!(releases[0].weight, Some(5.0));
        assert!(releases[0].next_at.is_some());

        let snapshot = app.publisher.find("demo", "production").unwrap();
        assert_eq!(snapshot.ruleset.flags().count(), 19);
        let reason = |context: Context| {
            let evaluation = snapshot.ruleset.evaluate("new-checkout", &context);
            (evaluation.reason.as_str(), evaluation.rule)
        };
        let beta = Context::new("u").with("beta", true).with("version", "3.1.0");
        assert_eq!(reason(Context::new("user-1")), ("TARGET_MATCH", None));
        assert_eq!(reason(beta), ("RULE_MATCH", Some("beta")));
        assert_eq!(reason(Context::new("u")), ("SPLIT", None));
        let enterprise = Context::new("u").with("country", "DE").with("org", json!({"id": "org-1", "plan": "enterprise"}));
        assert_eq!(reason(enterprise), ("SPLIT", Some("enterprise")));
    }
}
