//! `serin serve`: starts the server, and ends it cleanly.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result};
use chrono::TimeDelta;
use tokio::{
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
};

use super::{
    listen::{Listening, listen},
    log::log,
};
use crate::{
    app::{App, FirstStart, OpenError, Options},
    clock::SystemClock,
    config::Serve,
    demo::{self, Demo},
    http::{Server, Settings},
    ids::SystemRandom,
    release, webhook,
};

/// Runs until it is told to end.
pub(super) fn run(options: &Serve) -> ExitCode {
    match start(options) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Standard error is all there is; where it is closed nobody reads.
            let _ = writeln!(io::stderr(), "serin: {error:#}");
            match error.downcast_ref::<OpenError>() {
                Some(error) if error.by_options() => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

fn start(options: &Serve) -> Result<()> {
    log(&options.logging)?;
    // Before anything is written: a port that is taken should leave no trace.
    let listening = listen(options.listen)?;
    Runtime::new()
        .context("starting the runtime")?
        .block_on(serve(options, listening))
}

async fn serve(options: &Serve, listening: Listening) -> Result<()> {
    let mut signals = Signals::new()?;
    let (app, first_start) = App::open(
        Options {
            database_url: options.database_url.clone(),
            admin_password: options.admin_password.clone(),
            admin_token: options.admin_token.clone(),
            prometheus: options.prometheus.clone(),
            evidence_grace: Some(TimeDelta::seconds(i64::from(options.evidence_grace))),
        },
        Arc::new(SystemClock),
        Arc::new(SystemRandom),
    )
    .await?;
    let demo = match options.demo {
        true => Some(
            demo::seed(&app, demo::Secrets::from_environment())
                .await
                .context("making the demo")?,
        ),
        false => None,
    };
    let releases = release::Task::start(&app);
    let webhooks = webhook::Task::start(&app, options.webhooks.into());
    let settings = settings(options, listening.is_held);
    let server =
        Server::start(app.clone(), settings, listening.listener).context("starting the server")?;
    let url = options
        .public_url
        .clone()
        .unwrap_or_else(|| format!("http://{}", server.address()));
    greet(&url, &first_start, demo.as_ref())?;
    tracing::info!(http.address = %server.address(), "serving {url}");
    let outcome = run_until_told(server, &mut signals).await;
    tokio::join!(releases.stop(), webhooks.stop());
    app.shutdown().await;
    tracing::info!("stopped");
    outcome
}

fn settings(options: &Serve, is_held: bool) -> Settings {
    Settings {
        public_url: options.public_url.clone(),
        secure_cookies: options.https_only(),
        rate_limits: options.rate_limits,
        protection: options.protection,
        workers: options.worker_count(),
        shutdown_timeout: options.shutdown_timeout,
        drain: Duration::from_secs(options.drain),
        listener_stays: is_held,
    }
}

/// Says where the server is and, on the first start, how to sign in. To standard output:
/// logs go elsewhere, and a password has no place in them.
fn greet(url: &str, first_start: &FirstStart, demo: Option<&Demo>) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "\n  Serin is at {url}\n")?;
    if let Some(password) = &first_start.password {
        writeln!(out, "  Sign in as admin with the password {password}")?;
        writeln!(
            out,
            "  It is shown this once. Set SERIN_ADMIN_PASSWORD before the first start to choose your own.\n"
        )?;
    }
    for (environment, secret) in demo.iter().flat_map(|demo| &demo.keys) {
        writeln!(
            out,
            "  The demo's key of {environment}, shown this once: {secret}"
        )?;
    }
    out.flush()
}

/// Serves until a signal comes, then ends gracefully; a second signal ends at once.
pub(super) async fn run_until_told(mut server: Server, signals: &mut Signals) -> Result<()> {
    tokio::select! {
        name = signals.next() => tracing::info!("{name}: shutting down"),
        outcome = server.ended() => return outcome.context("the server failed"),
    }
    tokio::select! {
        outcome = server.stop() => outcome.context("the server failed"),
        name = signals.next() => {
            tracing::warn!("{name} again: not waiting for requests any longer");
            Ok(())
        }
    }
}

/// The signals that end the server.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Listens for them from now on.
    pub(super) fn new() -> Result<Self> {
        let listen = |kind| signal(kind).context("listening for signals");
        Ok(Self {
            terminate: listen(SignalKind::terminate())?,
            interrupt: listen(SignalKind::interrupt())?,
        })
    }

    /// The name of the next one.
    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}
