//! A whole application on a database of its own, and what tests do with it again and again.

mod database;

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde_json::Value;
use serin_api::{
    change::{Action, Change, ChangeSet, NewChangeSet},
    entity::{Entity, EntityKind},
    project::NewProject,
    session::Role,
};
use serin_server::{
    app::{App, FirstStart, Options},
    clock::ManualClock,
    ids::SeededRandom,
    service::{self, Actor, change_set, entity, member, project},
    store,
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

pub(crate) use database::Database;

/// Runs each test on both databases: `backends! { async fn name(world: World) { … } }`.
macro_rules! backends {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident: World) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            #[allow(unused_imports, reason = "a test may need nothing of its module")]
            use super::*;

            async fn test($world: &$crate::harness::World) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let world = $crate::harness::World::sqlite().await;
                test(&world).await;
                world.close().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let world = $crate::harness::World::postgres().await;
                test(&world).await;
                world.close().await;
            }
        }
    )+};
}
pub(crate) use backends;

/// The admin's token in every test.
pub(crate) const ADMIN_TOKEN: &str = "serin_token_admin_of_the_tests";

/// An application and where its data is.
pub(crate) struct World {
    pub(crate) app: App,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) first_start: FirstStart,
    pub(crate) database: Database,
    /// The admin whom the first start made.
    pub(crate) admin: Actor,
}

/// When every test begins.
pub(crate) fn start_time() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 123_456_000).unwrap()
}

impl World {
    pub(crate) async fn sqlite() -> Self {
        Self::on(Database::sqlite()).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::on(Database::postgres().await).await
    }

    async fn on(database: Database) -> Self {
        let clock = Arc::new(ManualClock::at(start_time()));
        let (app, first_start) = open(&database, &clock, 1).await;
        let mut tx = app.db.read().await.unwrap();
        let admin = store::user::find(&mut tx, "admin").await.unwrap().unwrap();
        drop(tx);
        Self {
            app,
            clock,
            first_start,
            database,
            admin: Actor {
                username: admin.username,
                admin: admin.admin,
                user_id: admin.user_id,
            },
        }
    }

    /// Another node (or the same after a restart) on the same database.
    pub(crate) async fn another_node(&self) -> App {
        open(&self.database, &self.clock, 2).await.0
    }

    pub(crate) async fn close(self) {
        self.app.shutdown().await;
        self.database.remove().await;
    }

    /// Makes the project `shop` with `development` and `production`.
    pub(crate) async fn shop(&self) {
        let new = NewProject {
            key: "shop".to_owned(),
            name: None,
            description: None,
            environments: None,
        };
        project::create(&self.app, &self.admin, new).await.unwrap();
    }

    /// Makes a user with a role in `shop`; none where absent.
    pub(crate) async fn user(&self, username: &str, role: Option<Role>) -> Actor {
        let new = serin_api::session::NewUser {
            username: username.to_owned(),
            name: None,
            password: format!("the password of {username}"),
            admin: false,
        };
        service::user::create(&self.app, &self.admin, new)
            .await
            .unwrap();
        if let Some(role) = role {
            member::put(&self.app, &self.admin, "shop", username, role)
                .await
                .unwrap();
        }
        let mut tx = self.app.db.read().await.unwrap();
        let row = store::user::find(&mut tx, username).await.unwrap().unwrap();
        Actor {
            username: row.username,
            admin: row.admin,
            user_id: row.user_id,
        }
    }

    /// Applies changes to `shop` as the admin.
    pub(crate) async fn apply(&self, changes: Vec<Change>) -> service::Result<ChangeSet> {
        let new = NewChangeSet {
            project: "shop".to_owned(),
            reason: Some("a test".to_owned()),
            changes,
            dry_run: false,
        };
        change_set::apply(&self.app, &self.admin, new).await
    }

    /// Makes a boolean flag with the variations `on` and `off`.
    pub(crate) async fn flag(&self, key: &str) -> ChangeSet {
        self.apply(vec![create_flag(key)]).await.unwrap()
    }

    /// Reads an entity of `shop`.
    pub(crate) async fn get(
        &self,
        kind: EntityKind,
        environment: Option<&str>,
        key: &str,
    ) -> service::Result<Entity<Value>> {
        entity::get(&self.app, &self.admin, "shop", kind, environment, key).await
    }

    pub(crate) fn environment_id(&self, environment: &str) -> Uuid {
        self.app
            .publisher
            .find("shop", environment)
            .unwrap()
            .environment_id
    }

    /// Runs SQL behind the application's back.
    pub(crate) async fn sql(&self, sql: &str) {
        behind(&self.app, sql).await;
    }
}

/// Runs SQL behind an application's back.
pub(crate) async fn behind(app: &App, sql: &str) {
    let mut tx = app.db.write().await.unwrap();
    let sql = AssertSqlSafe(sql.to_owned());
    match &mut tx {
        store::Tx::Sqlite(tx) => drop(sqlx::raw_sql(sql).execute(&mut **tx).await.unwrap()),
        store::Tx::Postgres(tx) => drop(sqlx::raw_sql(sql).execute(&mut **tx).await.unwrap()),
    }
    tx.commit().await.unwrap();
}

async fn open(database: &Database, clock: &Arc<ManualClock>, seed: u64) -> (App, FirstStart) {
    let options = Options {
        database_url: database.url(),
        admin_password: None,
        admin_token: Some(ADMIN_TOKEN.to_owned()),
        ..Options::default()
    };
    let random = Arc::new(SeededRandom::new(seed));
    App::open(options, Arc::clone(clock) as _, random)
        .await
        .unwrap()
}

/// Waits until something holds; it must within ten seconds.
pub(crate) async fn until<T, F: Future<Output = Option<T>>>(mut probe: impl FnMut() -> F) -> T {
    let wait = async {
        let mut ticks = tokio::time::interval(Duration::from_millis(5));
        loop {
            ticks.tick().await;
            if let Some(found) = probe().await {
                return found;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .expect("it never came to hold")
}

pub(crate) fn change(
    kind: EntityKind,
    environment: Option<&str>,
    key: &str,
    action: Action,
    document: Option<Value>,
) -> Change {
    Change {
        kind,
        environment: environment.map(str::to_owned),
        key: key.to_owned(),
        action,
        document,
        version: None,
    }
}

pub(crate) fn create_flag(key: &str) -> Change {
    let document = serde_json::json!({
        "type": "boolean",
        "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
    });
    change(EntityKind::Flag, None, key, Action::Create, Some(document))
}

pub(crate) fn patch_config(environment: &str, key: &str, patch: Value) -> Change {
    change(
        EntityKind::FlagConfig,
        Some(environment),
        key,
        Action::Patch,
        Some(patch),
    )
}

/// The paths and codes of a refusal.
pub(crate) fn mistakes<T: std::fmt::Debug>(result: service::Result<T>) -> Vec<(String, String)> {
    match result {
        Err(service::Error::Invalid(details)) => details
            .into_iter()
            .map(|detail| (detail.path, detail.code))
            .collect(),
        other => panic!("expected a list of mistakes, got {other:?}"),
    }
}
