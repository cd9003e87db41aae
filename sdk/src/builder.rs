//! Building a client.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::TryRng as _;
use rand::rngs::{StdRng, SysRng};
use reqwest::Url;
use serin_api::paths;
use serin_api::sdk::stream::SILENCE_SECS;
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

use crate::backoff::Backoff;
use crate::client::{Client, Stop};
use crate::connection::{Connection, Limits};
use crate::shared::Shared;
use crate::task::{EndWhenDropped, Task};
use crate::telemetry::{ContextSampling, Counters, Delivery, Samples, Timing};
use crate::tls;

/// Options of a [`Client`]; the defaults suit a server in production.
#[derive(Clone)]
#[must_use = "a builder does nothing before `build`"]
pub struct ClientBuilder {
    url: String,
    key: String,
    telemetry: Option<Duration>,
    sampling: Option<ContextSampling>,
    connect_timeout: Duration,
    request_timeout: Duration,
    silence_limit: Duration,
    backoff: (Duration, Duration),
    stable_after: Duration,
    unauthorized_retry: Duration,
    max_frame_bytes: usize,
    flush_timeout: Duration,
    instance: Option<Uuid>,
    seed: Option<u64>,
    roots_pem: Vec<u8>,
}

/// Why a client cannot be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// There is no tokio runtime around the call.
    #[error("a client must be built within a tokio runtime")]
    NoRuntime,
    /// The address is not one of a server.
    #[error("{url:?} is no server's address: {reason}")]
    Url {
        /// The address.
        url: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The key cannot be sent in a header.
    #[error("the key is empty or has characters that no key has")]
    Key,
    /// TLS cannot be set up, or a root certificate cannot be read.
    #[error("TLS cannot be set up: {0}")]
    Tls(String),
    /// The HTTP client cannot be set up.
    #[error("the HTTP client cannot be set up")]
    Http(#[source] reqwest::Error),
    /// The operating system gives no randomness.
    #[error("there is no source of randomness")]
    Randomness,
}

impl ClientBuilder {
    pub(crate) fn new(url: String, key: String) -> Self {
        Self {
            url,
            key,
            telemetry: Some(Duration::from_secs(10)),
            sampling: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(15),
            silence_limit: Duration::from_secs(SILENCE_SECS),
            backoff: (Duration::from_millis(500), Duration::from_secs(30)),
            stable_after: Duration::from_secs(10),
            unauthorized_retry: Duration::from_secs(60),
            max_frame_bytes: 64 * 1024 * 1024,
            flush_timeout: Duration::from_secs(5),
            instance: None,
            seed: None,
            roots_pem: Vec::new(),
        }
    }

    /// How often counts of evaluations are sent; 10 s by default, at least 10 ms.
    pub fn telemetry_interval(mut self, interval: Duration) -> Self {
        self.telemetry = Some(interval.max(Duration::from_millis(10)));
        self
    }

    /// Counts nothing and sends nothing.
    pub fn without_telemetry(mut self) -> Self {
        self.telemetry = None;
        self
    }

    /// Sends some of the contexts that flags are evaluated for, at most twenty with each
    /// batch of counts, so that people see in the web UI whom an edit would move before
    /// they save it. Off by default: without this, contexts never leave the program.
    pub fn sample_contexts(mut self, sampling: ContextSampling) -> Self {
        self.sampling = Some(sampling);
        self
    }

    /// How long connecting may take; 10 s by default.
    pub fn connect_timeout(mut self, limit: Duration) -> Self {
        self.connect_timeout = limit;
        self
    }

    /// How long the server may take to answer, be it by the first byte of the stream;
    /// 15 s by default.
    pub fn request_timeout(mut self, limit: Duration) -> Self {
        self.request_timeout = limit;
        self
    }

    /// How long the stream may be silent before it counts as dead; 45 s by default,
    /// three of the server's heartbeats.
    pub fn silence_limit(mut self, limit: Duration) -> Self {
        self.silence_limit = limit;
        self
    }

    /// The waits between attempts to connect: anything up to `base` after the first
    /// failure, up to twice that after the second, and so on up to `cap`. By default
    /// 500 ms and 30 s.
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.backoff = (base, cap);
        self
    }

    /// How long a stream must have lived for the waits to begin with short ones again;
    /// 10 s by default.
    pub fn stable_after(mut self, age: Duration) -> Self {
        self.stable_after = age;
        self
    }

    /// The least wait after the server has refused the key; 60 s by default.
    pub fn unauthorized_retry(mut self, wait: Duration) -> Self {
        self.unauthorized_retry = wait;
        self
    }

    /// How many bytes one event of the stream may have, so also the largest ruleset;
    /// 64 MiB by default.
    pub fn max_frame_bytes(mut self, limit: usize) -> Self {
        self.max_frame_bytes = limit;
        self
    }

    /// How long a shutdown may take to deliver the last counts; 5 s by default.
    pub fn flush_timeout(mut self, limit: Duration) -> Self {
        self.flush_timeout = limit;
        self
    }

    /// The id that telemetry is told apart by; random by default. Two clients must
    /// never run with the same one, nor one twice: counts would be taken for repeats.
    pub fn instance(mut self, instance: Uuid) -> Self {
        self.instance = Some(instance);
        self
    }

    /// Fixes the random waits, for tests.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Certificates, in PEM, of authorities to trust beside the system's.
    pub fn root_certificates(mut self, pem: &[u8]) -> Self {
        self.roots_pem.extend_from_slice(pem);
        self.roots_pem.push(b'\n');
        self
    }

    /// Starts the client; its background task runs on the tokio runtime around the call.
    ///
    /// It does not wait for the server, nor fail where that is away: see [`Client::ready`].
    ///
    /// # Errors
    /// Where there is no runtime, or the address, the key or the certificates make no sense.
    pub fn build(self) -> Result<Client, BuildError> {
        let runtime = Handle::try_current().map_err(|_| BuildError::NoRuntime)?;
        let base = base_url(&self.url)?;
        if self.key.is_empty() {
            return Err(BuildError::Key);
        }
        let https = base.starts_with("https:");
        let http = tls::client(&self.key, self.connect_timeout, https, &self.roots_pem)?;
        let counters = self.telemetry.map(|_| Counters::new());
        let samples = counters
            .as_ref()
            .and(self.sampling.clone())
            .map(Samples::new);
        let shared = Arc::new(Shared::new(counters, samples));
        let connection = Connection {
            http: http.clone(),
            url: format!("{base}{}", paths::SDK_STREAM),
            shared: Arc::clone(&shared),
            limits: self.limits(),
            backoff: self.waits(0)?,
        };
        let delivery = match self.telemetry {
            Some(interval) => Some(self.delivery(http, &base, &shared, interval)?),
            None => None,
        };
        let (signal, stopped) = watch::channel(false);
        let task = Task {
            connection,
            delivery,
            stopped,
            flush_timeout: self.flush_timeout,
            end: EndWhenDropped(Arc::clone(&shared)),
        };
        runtime.spawn(task.run());
        // The task ends in time by itself; the rest is for a runtime that is busy.
        let limit = self.flush_timeout + Duration::from_secs(1);
        Ok(Client::new(shared, Stop { signal, limit }))
    }

    fn limits(&self) -> Limits {
        Limits {
            response: self.request_timeout,
            silence: self.silence_limit,
            frame: self.max_frame_bytes,
            stable: self.stable_after,
            unauthorized: self.unauthorized_retry,
        }
    }

    fn delivery(
        &self,
        http: reqwest::Client,
        base: &str,
        shared: &Arc<Shared>,
        interval: Duration,
    ) -> Result<Delivery, BuildError> {
        let instance = match self.instance {
            Some(instance) => instance,
            None => random_instance()?,
        };
        let timing = Timing {
            interval,
            request: self.request_timeout,
            unauthorized: self.unauthorized_retry,
        };
        let url = format!("{base}{}", paths::SDK_TELEMETRY);
        let shared = Arc::clone(shared);
        Ok(Delivery::new(
            http,
            url,
            shared,
            instance,
            timing,
            self.waits(1)?,
        ))
    }

    fn waits(&self, stream: u64) -> Result<Backoff, BuildError> {
        let rng = match self.seed {
            Some(seed) => StdRng::seed_from_u64(seed.wrapping_add(stream)),
            None => StdRng::try_from_rng(&mut SysRng).map_err(|_| BuildError::Randomness)?,
        };
        let (base, cap) = self.backoff;
        Ok(Backoff::new(base, cap, rng))
    }
}

/// It does not show the key.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

fn base_url(text: &str) -> Result<String, BuildError> {
    let refused = |reason: String| BuildError::Url {
        url: text.to_owned(),
        reason,
    };
    let url = Url::parse(text).map_err(|error| refused(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refused(
            "it begins with neither http:// nor https://".into(),
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(refused("it has a query or a fragment".into()));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

fn random_instance() -> Result<Uuid, BuildError> {
    let mut bytes = [0; 16];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| BuildError::Randomness)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
