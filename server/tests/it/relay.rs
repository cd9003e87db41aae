//! `serin relay`: a real server upstream, real relays, real SDKs, over real connections.

mod away;
mod binary;
mod evidence;
mod gate;
mod hostile;
mod keys;
mod propagation;
mod telemetry;
mod through;

use std::{net::TcpListener, path::Path, sync::Arc, time::Duration};

use serde_json::{Value, json};
use serin_sdk::{Client as Sdk, Context};
use serin_server::{
    config::Protection,
    http::{Server, Settings},
    ids::SystemRandom,
    relay::{Options, Relay, Timing},
};

use crate::{
    harness::{World, until},
    http::Site,
    web::{Client, NO_LIMITS},
};

/// Short enough for tests, long enough for a busy machine.
pub(crate) const TIMING: Timing = Timing {
    connect: Duration::from_secs(2),
    answer: Duration::from_secs(2),
    silence: Duration::from_secs(45),
    backoff: (Duration::from_millis(10), Duration::from_millis(100)),
    recheck: Duration::from_millis(200),
    report: Duration::from_millis(50),
    acknowledge: Duration::from_millis(20),
    fail_back: Duration::from_secs(1),
    gather: Duration::from_millis(10),
};

/// A relay that runs in this process.
pub(crate) struct Relaying {
    relay: Relay,
    server: Server,
    pub(crate) client: Client,
}

/// How a relay is started.
pub(crate) struct Setup<'s> {
    pub(crate) upstreams: Vec<String>,
    pub(crate) keys: Vec<String>,
    pub(crate) data: Option<&'s Path>,
    pub(crate) listener: TcpListener,
}

impl Setup<'_> {
    pub(crate) fn of(upstream: &str, key: &str) -> Self {
        Self {
            upstreams: vec![upstream.to_owned()],
            keys: vec![key.to_owned()],
            data: None,
            listener: TcpListener::bind(("127.0.0.1", 0)).unwrap(),
        }
    }

    pub(crate) async fn start(self, world: &World) -> Relaying {
        self.start_with(world, TIMING).await
    }

    pub(crate) async fn start_with(self, world: &World, timing: Timing) -> Relaying {
        let options = Options {
            upstreams: self.upstreams,
            keys: self.keys,
            data: self.data.map(Path::to_owned),
            timing,
        };
        let clock = Arc::clone(&world.clock);
        let relay = Relay::open(options, clock, Arc::new(SystemRandom))
            .await
            .unwrap();
        let settings = Settings {
            public_url: None,
            secure_cookies: false,
            rate_limits: NO_LIMITS,
            protection: Protection::NONE,
            workers: 1,
            shutdown_timeout: 0,
            drain: Duration::ZERO,
            listener_stays: false,
        };
        let server = Server::start_relay(&relay, settings, self.listener).unwrap();
        let client = Client::new(format!("http://{}", server.address()));
        Relaying {
            relay,
            server,
            client,
        }
    }
}

impl Relaying {
    /// A relay of an upstream, once it is ready.
    pub(crate) async fn ready(world: &World, upstream: &str, key: &str) -> Self {
        let relaying = Setup::of(upstream, key).start(world).await;
        relaying.until_ready().await;
        relaying
    }

    pub(crate) fn url(&self) -> &str {
        &self.client.base
    }

    pub(crate) async fn until_ready(&self) -> Value {
        until(|| async {
            let reply = self.client.get("/health/ready").await;
            (reply.status == 200).then(|| reply.json())
        })
        .await
    }

    /// Waits until its only environment stands so.
    pub(crate) async fn until_it_stands(&self, wanted: impl Fn(&Value) -> bool) -> Value {
        until(|| async {
            let reply = self.client.get("/health/ready").await;
            let state = (reply.status == 200).then(|| reply.json()["environments"][0].clone())?;
            wanted(&state).then_some(state)
        })
        .await
    }

    pub(crate) async fn metric(&self, name: &str) -> f64 {
        let text = self.client.get("/metrics").await.expect(200).text();
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line.and_then(|line| line.rsplit(' ').next());
        value
            .unwrap_or_else(|| panic!("no {name} in {text}"))
            .parse()
            .unwrap()
    }

    pub(crate) async fn stop(self) {
        self.server.stop().await.unwrap();
        self.relay.shutdown().await;
    }
}

/// A key of the production of `shop`.
pub(crate) async fn key(site: &Site, kind: &str) -> (String, String) {
    let keys = "/api/v1/projects/shop/environments/production/keys";
    let body = json!({"name": kind, "kind": kind});
    let key = site.admin.post(keys, &body).await.expect(201).json();
    let text = |member: &str| key[member].as_str().unwrap().to_owned();
    (text("secret"), format!("{keys}/{}", text("id")))
}

pub(crate) async fn toggle(site: &Site, enabled: bool) {
    let config = "/api/v1/projects/shop/environments/production/flags/checkout";
    site.admin
        .patch(config, &json!({"enabled": enabled}))
        .await
        .expect(200);
}

/// An SDK that has its first ruleset.
pub(crate) async fn sdk(url: &str, key: &str) -> Sdk {
    let sdk = Sdk::builder(url, key)
        .backoff(Duration::from_millis(10), Duration::from_millis(100))
        .build()
        .unwrap();
    sdk.ready().await.unwrap();
    sdk
}

/// Waits until an SDK serves `checkout` so.
pub(crate) async fn until_sdk_serves(sdk: &Sdk, on: bool) {
    let context = Context::new("user-1");
    until(|| async { (sdk.bool("checkout", &context, !on) == on).then_some(()) }).await;
}
