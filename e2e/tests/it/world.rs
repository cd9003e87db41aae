//! The world that a test plays in: a server of its own, an administrator's API, SDKs and
//! browsers; and what is kept when a test fails.

mod api;
mod balancer;
mod browser;
mod database;
mod driver;
mod failure;
mod faults;
mod forger;
pub(crate) mod keyboard;
mod line;
mod port;
mod postgres;
mod prometheus;
mod relay;
mod server;
mod wait;
mod webdriver;

use std::{panic::AssertUnwindSafe, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context as _, Result};
use futures_util::FutureExt as _;
use serin_sdk::Client;
use tokio::sync::{Mutex, OnceCell, Semaphore};

pub(crate) use self::{
    api::Api,
    balancer::Balancer,
    browser::{ARROW_RIGHT, Browser, hook},
    database::Database,
    faults::Faults,
    forger::{Forger, Forgery},
    line::Line,
    postgres::Postgres,
    prometheus::Prometheus,
    relay::Relay,
    server::{DEMO_KEY, Server, TOKEN},
    wait::eventually,
};
use self::{driver::Driver, failure::Failure};

/// How long anything may take that a person would wait for: far more than it does.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// The project that most tests play in.
pub(crate) const PROJECT: &str = "shop";
/// Its environments.
pub(crate) const PRODUCTION: &str = "production";
pub(crate) const DEVELOPMENT: &str = "development";

/// How many tests play at a time: each has a server and perhaps a browser, and is in a hurry.
static TURNS: Semaphore = Semaphore::const_new(2);

/// See the module.
pub(crate) struct World {
    /// The program under test.
    pub(crate) server: Server,
    /// The administrator, by token.
    pub(crate) api: Api,
    driver: OnceCell<Driver>,
    browsers: Mutex<Vec<Browser>>,
    nodes: Mutex<Vec<Arc<Server>>>,
    lines: Mutex<Vec<Arc<Line>>>,
}

/// Plays a test named `name` in a world of its own, and keeps what there is to see if it fails.
///
/// # Panics
/// Where the test fails, with its failure.
pub(crate) async fn play<F>(name: &str, database: Database, story: F)
where
    F: AsyncFnOnce(&World) -> Result<()>,
{
    play_with(name, database, &[], story).await;
}

/// As [`play`], with options for the server.
pub(crate) async fn play_with<F>(name: &str, database: Database, options: &[&str], story: F)
where
    F: AsyncFnOnce(&World) -> Result<()>,
{
    let _turn = TURNS.acquire().await;
    // The TLS of reqwest asks for a choice, also where only http is spoken.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let mut world = match World::begin(database, options).await {
        Ok(world) => world,
        Err(error) => panic!("{error:?}"),
    };
    let outcome = AssertUnwindSafe(story(&world)).catch_unwind().await;
    let failed = !matches!(outcome, Ok(Ok(())));
    let kept = if failed {
        world.keep(name).await
    } else {
        PathBuf::new()
    };
    world.end().await;
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(error)) => panic!("{error:?}\n\nkept in {}\n{error:#}", kept.display()),
        Err(panic) => {
            eprintln!("kept in {}", kept.display());
            std::panic::resume_unwind(panic);
        }
    }
}

impl World {
    async fn begin(database: Database, options: &[&str]) -> Result<Self> {
        let server = Server::start(database, options).await?;
        let api = Api::new(server.url(), TOKEN)?;
        Ok(Self {
            server,
            api,
            driver: OnceCell::new(),
            browsers: Mutex::new(Vec::new()),
            nodes: Mutex::new(Vec::new()),
            lines: Mutex::new(Vec::new()),
        })
    }

    /// Makes [`PROJECT`] with a development and a production environment.
    pub(crate) async fn project(&self) -> Result<()> {
        self.api
            .create_project(PROJECT, &[(DEVELOPMENT, false), (PRODUCTION, true)])
            .await
    }

    /// Another node on the same database, with options of its own.
    pub(crate) async fn another_node(&self, options: &[&str]) -> Result<Arc<Server>> {
        let node = Arc::new(self.server.another_node(options).await?);
        self.nodes.lock().await.push(Arc::clone(&node));
        Ok(node)
    }

    /// Another node on the same PostgreSQL, and the line that is between the two: as long as the
    /// node is there, which would else wait for its database when it is to end.
    pub(crate) async fn node_on_a_line(&self) -> Result<(Arc<Server>, Arc<Line>)> {
        let url = self.server.database_url().replace("localhost", "127.0.0.1");
        let place = url.split(['/', '@']).find(|part| part.starts_with("127."));
        let place = place.with_context(|| format!("no address and port in {url}"))?;
        let line = Arc::new(Line::to(place.parse()?).await?);
        self.lines.lock().await.push(Arc::clone(&line));
        let url = url.replace(place, &format!("127.0.0.1:{}", line.port()));
        let node = self.another_node(&["--database-url", &url]).await?;
        Ok((node, line))
    }

    /// A browser of its own, signed in nowhere.
    pub(crate) async fn browser(&self) -> Result<Browser> {
        let driver = self.driver.get_or_try_init(Driver::start).await?;
        let browser = driver.browser(&self.server.url()).await?;
        self.browsers.lock().await.push(browser.clone());
        Ok(browser)
    }

    /// A browser in which the administrator is signed in.
    pub(crate) async fn signed_in(&self) -> Result<Browser> {
        let browser = self.browser().await?;
        browser.sign_in("admin", server::PASSWORD).await?;
        Ok(browser)
    }

    /// An SDK in one of the project's environments that has its first ruleset.
    pub(crate) async fn sdk(&self, environment: &str) -> Result<Client> {
        let key = self.api.create_key(PROJECT, environment).await?;
        self.sdk_with(key).await
    }

    /// An SDK with this key that has its first ruleset.
    pub(crate) async fn sdk_with(&self, key: impl Into<String>) -> Result<Client> {
        self.sdk_at(&self.server.url(), key).await
    }

    /// An SDK with this key that has its first ruleset from somewhere else than the server.
    pub(crate) async fn sdk_at(&self, url: &str, key: impl Into<String>) -> Result<Client> {
        let client = Client::builder(url, key)
            .backoff(Duration::from_millis(50), Duration::from_millis(500))
            .build()?;
        client.ready_within(PATIENCE).await.context("the SDK")?;
        Ok(client)
    }

    async fn keep(&self, name: &str) -> PathBuf {
        let failure = Failure::begin(name);
        failure.keep("server.log", &self.server.log());
        for (number, node) in self.nodes.lock().await.iter().enumerate() {
            failure.keep(&format!("node-{}.log", number + 2), &node.log());
        }
        for (number, browser) in self.browsers.lock().await.iter().enumerate() {
            failure.keep_browser(number + 1, browser).await;
        }
        failure.folder()
    }

    async fn end(&mut self) {
        for browser in self.browsers.get_mut().drain(..) {
            browser.quit().await;
        }
        if let Some(driver) = self.driver.take() {
            driver.stop().await;
        }
        for node in self.nodes.get_mut().drain(..) {
            node.stop().await;
        }
        self.server.stop().await;
    }
}

/// Waits until an SDK evaluates as wanted.
pub(crate) async fn sees(sdk: &Client, what: &str, wanted: impl Fn(&Client) -> bool) -> Result<()> {
    let seen = sdk.when(|_| wanted(sdk));
    tokio::time::timeout(PATIENCE, seen)
        .await
        .with_context(|| format!("the SDK does not see that {what}"))?;
    Ok(())
}
