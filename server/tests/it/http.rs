//! The API through real HTTP, on both databases.

use std::sync::Arc;

use serde_json::json;
use serin_server::{clock::ManualClock, config::RateLimits};

use crate::{
    harness::{ADMIN_TOKEN, World},
    web::{Client, NO_LIMITS, Web},
};

/// Runs each function on both databases, with a server of its own.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::{harness::World, http::Site};

            async fn test(world: World) {
                let mut site = Site::new(&world);
                super::$name(&mut site).await;
                site.web.stop().await;
                world.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                test(World::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                test(World::postgres().await).await;
            }
        }
    )+};
}

mod doors;
mod errors;
mod manifest;
mod ofrep;
mod openapi;
mod preview;
mod protection;
mod resources;
mod sdk;
mod segments;
mod session;
mod ui;

/// A server with an admin, and nothing else in it.
pub(crate) struct Site {
    pub(crate) web: Web,
    pub(crate) admin: Client,
    pub(crate) clock: Arc<ManualClock>,
}

impl Site {
    pub(crate) const PASSWORD: &str = "correct horse battery";

    /// A server on a world's application.
    pub(crate) fn new(world: &World) -> Self {
        let web = Web::start(&world.app, NO_LIMITS);
        let admin = web.anyone.bearer(ADMIN_TOKEN);
        Self {
            web,
            admin,
            clock: Arc::clone(&world.clock),
        }
    }

    /// Gives the admin [`Self::PASSWORD`].
    pub(crate) async fn set_password(&self) {
        let body = json!({"password": Self::PASSWORD});
        self.admin
            .put("/api/v1/users/admin/password", &body)
            .await
            .expect(204);
    }

    /// A project `shop` with a boolean flag `checkout`, off everywhere.
    pub(crate) async fn shop(&self) {
        self.admin
            .post("/api/v1/projects", &json!({"key": "shop"}))
            .await
            .expect(201);
        let flag = json!({
            "key": "checkout",
            "type": "boolean",
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]
        });
        self.admin
            .post("/api/v1/projects/shop/flags", &flag)
            .await
            .expect(201);
    }

    /// An SDK with a new key of production.
    pub(crate) async fn sdk(&self, kind: &str) -> Client {
        let keys = "/api/v1/projects/shop/environments/production/keys";
        let key = self
            .admin
            .post(keys, &json!({"name": kind, "kind": kind}))
            .await
            .expect(201)
            .json();
        self.web.anyone.bearer(key["secret"].as_str().unwrap())
    }

    /// Another server around the same application.
    pub(crate) fn another_server(&self, rate_limits: RateLimits) -> Web {
        Web::start(&self.web.app, rate_limits)
    }
}
