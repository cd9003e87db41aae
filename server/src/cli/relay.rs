//! `serin relay`: answers SDKs near them, from a server far away.

use std::{
    io::{self, Write as _},
    net::SocketAddr,
    num::NonZeroUsize,
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Args;
use tokio::runtime::Runtime;

use super::{
    listen::{Listening, listen},
    log::log,
    serve::{Signals, run_until_told},
};
use crate::{
    clock::SystemClock,
    config::{Logging, Protection, RateLimits, listen_address, web_address},
    http::{Server, Settings},
    ids::SystemRandom,
    relay::{OpenError, Options, Relay, Timing},
};

/// Serve SDKs and OpenFeature clients from another Serin: a server, or a relay
///
/// A relay has no database. It follows the upstream with one stream for each environment, whatever
/// the number of its own clients; it goes on while the upstream is away, sums up telemetry and
/// forwards it. SDKs use it like the server, with the keys that they have.
#[derive(Args, Clone, Debug)]
pub(super) struct RelayOptions {
    /// The server or relay to follow, such as `https://flags.example.com`. Give several, by repeating the
    /// option or with commas, and one that fails hands over to the next
    #[arg(
        long = "upstream",
        env = "SERIN_UPSTREAM",
        value_name = "URL",
        value_delimiter = ',',
        required = true,
        value_parser = web_address
    )]
    upstreams: Vec<String>,

    /// A server key of each environment to serve; repeat the option, or separate them with commas. Clients may use
    /// other keys of the same environments: the upstream is asked about them. Other users of the machine can see
    /// command lines: better use the variable
    #[arg(
        long = "key",
        env = "SERIN_RELAY_KEYS",
        value_name = "KEY",
        value_delimiter = ',',
        required = true,
        hide_env_values = true
    )]
    keys: Vec<String>,

    /// Folder for a copy of the rulesets, for a start while the upstream is away; made where there is none, for this
    /// user alone. Without it a relay that starts waits for its upstream
    #[arg(long, env = "SERIN_RELAY_DATA", value_name = "FOLDER")]
    data: Option<PathBuf>,

    /// Address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "SERIN_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = listen_address
    )]
    listen: SocketAddr,

    /// The address under which clients reach this relay; taken from each request where it is not given
    #[arg(long, env = "SERIN_PUBLIC_URL", value_name = "URL", value_parser = web_address)]
    public_url: Option<String>,

    /// Threads that answer requests; one for each core where it is not given
    #[arg(long, env = "SERIN_WORKERS", value_name = "COUNT")]
    workers: Option<NonZeroUsize>,

    /// Seconds that running requests and streams get to end at a shutdown; with 0 they are cut off at once
    #[arg(
        long,
        env = "SERIN_SHUTDOWN_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 10
    )]
    shutdown_timeout: u64,

    /// Seconds that the relay goes on answering after it was told to end, while /health/ready says that it is not
    /// ready: longer than a load balancer takes to see that
    #[arg(long, env = "SERIN_DRAIN", value_name = "SECONDS", default_value_t = 0)]
    drain: u64,

    /// Evaluation requests per second with one client key, which anybody can read in a browser; 0 for no limit
    #[arg(
        long,
        env = "SERIN_CLIENT_KEY_RATE",
        value_name = "COUNT",
        default_value_t = 2000
    )]
    client_key_rate: u32,

    /// Evaluation requests per second with one server key; 0 for no limit
    #[arg(
        long,
        env = "SERIN_SERVER_KEY_RATE",
        value_name = "COUNT",
        default_value_t = 0
    )]
    server_key_rate: u32,

    #[command(flatten)]
    protection: Protection,

    #[command(flatten)]
    logging: Logging,
}

/// Runs until it is told to end.
pub(super) fn run(options: &RelayOptions) -> ExitCode {
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is all there is; where it is closed nobody reads.
            drop(writeln!(io::stderr(), "serin: {error:#}"));
            match error.downcast_ref::<OpenError>() {
                Some(OpenError::Option(_)) => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn start(options: &RelayOptions) -> Result<()> {
    log(&options.logging)?;
    let listening = listen(options.listen)?;
    Runtime::new()
        .context("starting the runtime")?
        .block_on(serve(options, listening))
}

async fn serve(options: &RelayOptions, listening: Listening) -> Result<()> {
    let mut signals = Signals::new()?;
    let relay = Relay::open(
        Options {
            upstreams: options.upstreams.clone(),
            keys: options.keys.clone(),
            data: options.data.clone(),
            timing: Timing::default(),
        },
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
    .await?;
    let settings = settings(options, listening.is_held);
    let server =
        Server::start_relay(&relay, settings, listening.listener).context("starting the server")?;
    let url = options
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", server.address()));
    greet(&url, &options.upstreams)?;
    tracing::info!(http.address = %server.address(), "relaying at {url}");
    let outcome = run_until_told(server, &mut signals).await;
    relay.shutdown().await;
    tracing::info!("stopped");
    outcome
}

fn greet(url: &str, upstreams: &[String]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let upstreams = upstreams.join(", ");
    writeln!(out, "\n  Serin relays {upstreams} at {url}\n")?;
    out.flush()
}

fn settings(options: &RelayOptions, is_held: bool) -> Settings {
    let workers = options
        .workers
        .or_else(|| thread::available_parallelism().ok());
    Settings {
        public_url: options.public_url.clone(),
        secure_cookies: false,
        rate_limits: RateLimits {
            sign_ins: 0,
            client_key: options.client_key_rate,
            server_key: options.server_key_rate,
        },
        protection: options.protection,
        workers: workers.map_or(1, NonZeroUsize::get),
        shutdown_timeout: options.shutdown_timeout,
        drain: Duration::from_secs(options.drain),
        listener_stays: is_held,
    }
}
