//! HTTP: from requests to use cases and back. Thin: extract, call a service, answer with
//! a type of `serin_api`.

mod address;
mod cors;
mod error;
mod etag;
mod extract;
mod json;
mod limits;
mod metrics;
mod observe;
mod ofrep;
mod openapi;
mod overload;
mod relay;
mod room;
mod route;
mod routes;
mod shutdown;
mod socket;
mod sse;
mod stream;
mod ui;

use std::{
    io,
    net::{SocketAddr, TcpListener},
    sync::Arc,
    time::Duration,
};

use actix_web::{
    App as WebApp, HttpServer,
    dev::ServerHandle,
    middleware::from_fn,
    web::{self, Data, ServiceConfig},
};
use prometheus_client::metrics::counter::Counter;
use tokio::task::JoinHandle;

use self::{
    error::ApiError,
    extract::query,
    limits::{
        Limits,
        streams::{self, Streams},
    },
    metrics::Metrics,
    observe::RequestIds,
    overload::Gate,
    shutdown::Shutdown,
};
use crate::{
    app::App,
    config::{Protection, RateLimits},
    front::Front,
};

/// How long a connection may stay that asks nothing; longer than most clients keep one.
const IDLE: Duration = Duration::from_secs(75);

/// Far longer than a connection that was accepted waits for a worker to take it.
const TAKEN: Duration = Duration::from_millis(300);

/// How the server answers.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where people and SDKs reach the server; taken from each request where absent.
    pub public_url: Option<String>,
    /// Session cookies go over https only.
    pub secure_cookies: bool,
    /// How often callers may come.
    pub rate_limits: RateLimits,
    /// What callers may take up.
    pub protection: Protection,
    /// Threads that answer requests.
    pub workers: usize,
    /// Seconds that running requests get at a shutdown; with 0 they are cut off at once.
    pub shutdown_timeout: u64,
    /// How long it answers on at a shutdown, not ready, before it takes no more requests.
    pub drain: Duration,
    /// The socket that is listened on outlives the server, with the connections that wait at it:
    /// another process serves them.
    pub listener_stays: bool,
}

/// What the handlers share that answer SDKs, OpenFeature clients and operators.
pub(crate) struct Api {
    app: Front,
    settings: Settings,
    limits: Limits,
    streams: Arc<Streams>,
    metrics: Metrics,
    evaluations: Counter,
    request_ids: RequestIds,
    shutdown: Shutdown,
}

/// What the handlers of the management API share.
pub(crate) struct Management {
    app: App,
    /// What they share with the others.
    api: Data<Api>,
}

impl Api {
    fn new(app: Front, settings: Settings) -> Self {
        let mut process = [0; 4];
        app.random.fill(&mut process);
        let metrics = Metrics::new(&app.publisher);
        Self {
            limits: Limits::new(&settings.rate_limits),
            streams: Streams::new(&settings.protection, streams::room()),
            evaluations: metrics.evaluations("ofrep"),
            metrics,
            request_ids: RequestIds::new(u32::from_be_bytes(process)),
            shutdown: Shutdown::new(),
            settings,
            app,
        }
    }
}

/// A server that runs.
pub struct Server {
    address: SocketAddr,
    api: Data<Api>,
    handle: ServerHandle,
    running: JoinHandle<io::Result<()>>,
}

impl Server {
    /// Answers what comes to `listener`, in threads of its own.
    ///
    /// # Errors
    /// Where the listener cannot be used.
    pub fn start(app: App, settings: Settings, listener: TcpListener) -> io::Result<Self> {
        let mut api = Api::new(app.front(), settings);
        api.metrics.watch_writer(&app.writer);
        api.metrics.watch_evidence(&app.usage);
        api.metrics.watch_deliveries(&app.deliveries);
        let api = Data::new(api);
        let management = Data::new(Management {
            app,
            api: Data::clone(&api),
        });
        Self::run(api, listener, move |config| {
            config.app_data(Data::clone(&management));
            routes::register(config);
        })
    }

    fn run(
        api: Data<Api>,
        listener: TcpListener,
        configure: impl Fn(&mut ServiceConfig) + Clone + Send + 'static,
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let workers = api.settings.workers;
        let shutdown_timeout = api.settings.shutdown_timeout;
        let protection = api.settings.protection;
        socket::prepare(&listener, protection.stall())?;
        let shared = Data::clone(&api);
        let server = HttpServer::new(move || {
            let app = WebApp::new().app_data(Data::clone(&shared));
            let app = match Gate::start(protection.delay_limit) {
                Some(gate) => app.app_data(gate),
                None => app,
            };
            app.app_data(
                web::PathConfig::default().error_handler(|_, _| ApiError::not_found().into()),
            )
            .app_data(
                web::QueryConfig::default()
                    .error_handler(|error, _| query::unreadable(&error).into()),
            )
            .wrap(from_fn(observe::observe))
            .configure(configure.clone())
        })
        .client_request_timeout(protection.request())
        .keep_alive(IDLE)
        // Who closes a connection goes away: a stream must not wait for its next frame to notice.
        .h1_allow_half_closed(false)
        .workers(workers)
        .shutdown_timeout(shutdown_timeout)
        .disable_signals()
        .listen(listener)?
        .run();
        Ok(Self {
            address,
            api,
            handle: server.handle(),
            running: tokio::spawn(server),
        })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Stops being ready, and once load balancers had the time to see that, says goodbye to
    /// streams, lets running requests end and stops.
    ///
    /// # Errors
    /// Where the server failed.
    pub async fn stop(self) -> io::Result<()> {
        self.api.shutdown.drain();
        tokio::time::sleep(self.api.settings.drain).await;
        self.api.shutdown.begin();
        let graceful = self.api.settings.shutdown_timeout > 0;
        if graceful && self.api.settings.listener_stays {
            // What was taken and waits for a worker would be cut off.
            self.handle.pause().await;
            tokio::time::sleep(TAKEN).await;
        }
        self.handle.stop(graceful).await;
        self.running.await.map_err(io::Error::other)?
    }

    /// Waits for the server to end by itself, which it does only by failing.
    ///
    /// # Errors
    /// What it failed with.
    pub async fn ended(&mut self) -> io::Result<()> {
        (&mut self.running).await.map_err(io::Error::other)?
    }
}

/// The document that describes the API, as JSON.
pub fn openapi() -> serde_json::Value {
    openapi::document()
}
