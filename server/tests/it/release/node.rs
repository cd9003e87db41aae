//! A project with one flag, a clock that is moved by hand and a runner that is asked to
//! look.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
    release::{Release, SendSignal},
};
use serin_engine::{
    context::Context,
    release::{Signal, State},
};
use serin_server::{
    app::{App, Options},
    clock::{Clock as _, ManualClock},
    ids::SeededRandom,
    release::Runner,
    service::{Actor, Error, change_set, entity, release},
};
use uuid::Uuid;

use crate::harness::World;

pub(super) const PROJECT: &str = "shop";
pub(super) const PRODUCTION: &str = "production";
pub(super) const FLAG: &str = "new-checkout";

/// One node with its runner.
pub(super) struct Node {
    url: String,
    pub(super) app: App,
    pub(super) clock: Arc<ManualClock>,
    pub(super) actor: Actor,
    pub(super) runner: Runner,
}

impl Node {
    /// The world's node, with a project and a flag that is on and serves `off`.
    pub(super) async fn new(world: &World) -> Self {
        world.shop().await;
        world.flag(FLAG).await;
        let node = Self {
            url: world.database.url(),
            app: world.app.clone(),
            clock: Arc::clone(&world.clock),
            runner: Runner::new(world.app.clone()),
            actor: world.admin.clone(),
        };
        let on = json!({"enabled": true, "default": {"variation": "off"}});
        node.configure(on).await.unwrap();
        node
    }

    /// Another node on the same database, with a clock of its own.
    pub(super) async fn another(&self, now: DateTime<Utc>, seed: u64) -> Self {
        self.with_grace(now, seed, None).await
    }

    /// The same where reports of evidence may be so late.
    pub(super) async fn with_grace(
        &self,
        now: DateTime<Utc>,
        seed: u64,
        grace: Option<TimeDelta>,
    ) -> Self {
        let clock = Arc::new(ManualClock::at(now));
        let options = Options {
            database_url: self.url.clone(),
            evidence_grace: grace,
            ..Options::default()
        };
        let random = Arc::new(SeededRandom::new(seed));
        let (app, _) = App::open(options, clock.clone(), random).await.unwrap();
        Self {
            url: self.url.clone(),
            runner: Runner::new(app.clone()),
            actor: self.actor.clone(),
            app,
            clock,
        }
    }

    /// Makes a metric of the project.
    pub(super) async fn metric(&self, key: &str, kind: &str) {
        let change = Change {
            kind: EntityKind::Metric,
            environment: None,
            key: key.to_owned(),
            action: Action::Create,
            document: Some(json!({"kind": kind})),
            version: None,
        };
        self.apply(vec![change]).await.unwrap();
    }

    /// Applies changes of the project, as one change set.
    pub(super) async fn apply(&self, changes: Vec<Change>) -> Result<(), Error> {
        let set = NewChangeSet {
            project: PROJECT.to_owned(),
            reason: None,
            changes,
            dry_run: false,
        };
        change_set::apply(&self.app, &self.actor, set)
            .await
            .map(drop)
    }

    /// One change to the flag, or to its configuration in production.
    pub(super) async fn change(
        &self,
        kind: EntityKind,
        action: Action,
        document: Value,
    ) -> Result<(), Error> {
        let environment = (kind == EntityKind::FlagConfig).then(|| PRODUCTION.to_owned());
        let change = Change {
            kind,
            environment,
            key: FLAG.to_owned(),
            action,
            document: (action != Action::Delete).then_some(document),
            version: None,
        };
        self.apply(vec![change]).await
    }

    /// Merges into the flag's configuration in production.
    pub(super) async fn configure(&self, patch: Value) -> Result<(), Error> {
        self.change(EntityKind::FlagConfig, Action::Patch, patch)
            .await
    }

    /// The flag's configuration in production, as people see it.
    pub(super) async fn config(&self) -> Value {
        let kind = EntityKind::FlagConfig;
        entity::get(
            &self.app,
            &self.actor,
            PROJECT,
            kind,
            Some(PRODUCTION),
            FLAG,
        )
        .await
        .unwrap()
        .document
    }

    /// The flag as evaluators get it.
    pub(super) fn flag(&self) -> Value {
        self.ruleset()["flags"][FLAG].clone()
    }

    /// The ruleset as evaluators get it.
    pub(super) fn ruleset(&self) -> Value {
        let snapshot = self.app.publisher.find(PROJECT, PRODUCTION).unwrap();
        serde_json::from_slice(snapshot.json()).unwrap()
    }

    /// Who of the first thousand units gets the candidate.
    pub(super) fn on(&self) -> Vec<u32> {
        let snapshot = self.app.publisher.find(PROJECT, PRODUCTION).unwrap();
        let on = |unit: &u32| {
            let context = Context::new(format!("user-{unit}"));
            snapshot.ruleset.evaluate(FLAG, &context).variation == Some("on")
        };
        (0..1000).filter(on).collect()
    }

    pub(super) async fn create(&self, document: Value) -> Result<Release, Error> {
        release::create(&self.app, &self.actor, PROJECT, PRODUCTION, document).await
    }

    /// A release of these stages on the flag's default, started.
    pub(super) async fn started(&self, stages: Value) -> Release {
        let draft = self.create(document(stages)).await.unwrap();
        self.send(&draft, Signal::Start).await.unwrap()
    }

    /// Sends a signal as one who sees the release as it is given.
    pub(super) async fn send(&self, seen: &Release, signal: Signal) -> Result<Release, Error> {
        let sent = SendSignal {
            signal,
            epoch: seen.epoch,
            reason: Some(format!("I want to {signal}")),
            start_at: (signal == Signal::Schedule).then(|| self.clock.now()),
            supersede: false,
        };
        release::signal(&self.app, &self.actor, PROJECT, PRODUCTION, seen.id, sent).await
    }

    pub(super) async fn get(&self, id: Uuid) -> Release {
        release::get(&self.app, &self.actor, PROJECT, PRODUCTION, id)
            .await
            .unwrap()
    }

    /// Lets seconds pass, with a look after each.
    pub(super) async fn watch(&mut self, seconds: u32) {
        for _ in 0..seconds {
            self.sleep(1);
            self.runner.tick().await.unwrap();
        }
    }

    /// Lets seconds pass without anybody looking.
    pub(super) fn sleep(&self, seconds: i64) {
        self.clock.advance(TimeDelta::seconds(seconds));
    }
}

/// A document on the flag's default.
pub(super) fn document(stages: Value) -> Value {
    json!({"flag": FLAG, "baseline": "off", "candidate": "on", "stages": stages})
}

/// 10 % for ten seconds, half for ten, everybody for ten.
pub(super) fn by_time() -> Value {
    json!([
        {"weight": 10, "min_bake": "10s"},
        {"weight": 50, "min_bake": "10s"},
        {"weight": 100, "min_bake": "10s"},
    ])
}

/// The stage and the seconds that it has baked.
pub(super) fn stage(release: &Release) -> Option<(usize, u64)> {
    match &release.state {
        State::Running(position) | State::Paused(position) | State::Held(position) => {
            Some((position.stage, position.baked_ms / 1000))
        }
        _ => None,
    }
}

/// The share of each stage that was entered.
pub(super) fn stages_entered(release: &Release) -> Vec<usize> {
    let entered = release
        .history
        .iter()
        .filter(|event| event.serve.is_some())
        .filter_map(|event| Some(event.state.position()?.stage));
    entered.collect()
}

/// The epochs of a release's history.
pub(super) fn epochs(release: &Release) -> Vec<u64> {
    release.history.iter().map(|event| event.epoch).collect()
}
