//! Webhooks: what happens is told, at least once and in order.

mod delivering;
mod http;
mod managing;
mod receiver;

use serde_json::{Value, json};
use serin_api::{
    release::{Release, SendSignal},
    webhook::{Delivery, NewWebhook},
};
use serin_engine::release::Signal;
use serin_server::{
    service::{Paging, release, webhook},
    webhook::{Courier, Options},
};
use uuid::Uuid;

use crate::harness::{World, patch_config};
use receiver::Receiver;

/// A project with flags that are on and serve `off`, a courier that is asked to deliver, and
/// somebody who listens.
struct Stage<'w> {
    world: &'w World,
    courier: Courier,
    receiver: Receiver,
}

impl<'w> Stage<'w> {
    async fn new(world: &'w World, flags: &[&str]) -> Self {
        world.shop().await;
        for flag in flags {
            world.flag(flag).await;
            for environment in ["development", "production"] {
                let on = json!({"enabled": true, "default": {"variation": "off"}});
                let on = patch_config(environment, flag, on);
                world.apply(vec![on]).await.unwrap();
            }
        }
        Self {
            world,
            courier: courier(&world.app),
            receiver: Receiver::start().await,
        }
    }

    fn new_webhook(&self, events: &[&str]) -> NewWebhook {
        NewWebhook {
            url: self.receiver.url.clone(),
            description: Some("tests".to_owned()),
            enabled: true,
            events: events.iter().map(|&event| event.to_owned()).collect(),
            environments: Vec::new(),
        }
    }

    /// Makes a webhook; its id and its secret.
    async fn webhook(&self, new: NewWebhook) -> (Uuid, String) {
        let made = webhook::create(&self.world.app, &self.world.admin, "shop", new).await;
        let made = made.unwrap();
        (made.webhook.id, made.secret)
    }

    async fn patch(&self, webhook_id: Uuid, patch: Value) {
        let (app, admin) = (&self.world.app, &self.world.admin);
        let patched = webhook::patch(app, admin, "shop", webhook_id, patch, None).await;
        patched.unwrap();
    }

    async fn release(&self, environment: &str, flag: &str) -> Release {
        let document = json!({
            "flag": flag, "baseline": "off", "candidate": "on",
            "stages": [{"weight": 10, "name": "First"}, {"weight": 100}],
        });
        let (app, admin) = (&self.world.app, &self.world.admin);
        let made = release::create(app, admin, "shop", environment, document).await;
        made.unwrap()
    }

    async fn send(&self, release: &Release, signal: Signal) -> Release {
        self.try_send(release, signal).await.unwrap()
    }

    async fn try_send(
        &self,
        release: &Release,
        signal: Signal,
    ) -> serin_server::service::Result<Release> {
        let sent = SendSignal {
            signal,
            epoch: release.epoch,
            reason: Some("as planned".to_owned()),
            start_at: None,
            supersede: false,
        };
        let (app, admin) = (&self.world.app, &self.world.admin);
        let environment = &release.environment;
        release::signal(app, admin, "shop", environment, release.id, sent).await
    }

    /// The log, the first events first.
    async fn log(&self, webhook_id: Uuid) -> Vec<Delivery> {
        let (app, admin) = (&self.world.app, &self.world.admin);
        let paging = Paging::default();
        let page = webhook::deliveries(app, admin, "shop", webhook_id, None, &paging).await;
        let mut items = page.unwrap().items;
        items.reverse();
        items
    }
}

fn courier(app: &serin_server::app::App) -> Courier {
    Courier::new(app.clone(), Options::default())
}
