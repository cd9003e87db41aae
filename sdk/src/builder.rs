//! Building a client.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use serin_api::sdk::stream::{HEARTBEAT_SECS, SILENCE_SECS};
use uuid::Uuid;

use crate::bootstrap::{Bootstrap, BootstrapError};
use crate::telemetry::ContextSampling;

#[cfg(doc)]
use crate::client::Client;
use serin_engine::ruleset::Document;

mod start;

/// The largest ruleset by default, in bytes.
pub(crate) const MAX_RULESET_BYTES: usize = 64 * 1024 * 1024;

/// Options of a [`Client`]; the defaults suit a server in production.
#[derive(Clone)]
#[must_use = "a builder does nothing before `build`"]
pub struct ClientBuilder {
    url: String,
    further_urls: Vec<String>,
    key: String,
    offline: bool,
    cache: Option<PathBuf>,
    bootstrap: Option<Bootstrap>,
    telemetry: Option<Duration>,
    sampling: Option<ContextSampling>,
    connect_timeout: Duration,
    request_timeout: Duration,
    silence_limit: Duration,
    first_byte_limit: Duration,
    frame_timeout: Duration,
    poll_interval: Duration,
    stream_retry: Duration,
    failback: Duration,
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
    /// The bootstrap cannot be used.
    #[error("the bootstrap cannot be used: {0}")]
    Bootstrap(#[source] BootstrapError),
    /// The operating system gives no randomness.
    #[error("there is no source of randomness")]
    Randomness,
}

impl ClientBuilder {
    pub(crate) fn new(url: String, key: String) -> Self {
        Self {
            url,
            further_urls: Vec::new(),
            key,
            offline: false,
            cache: None,
            bootstrap: None,
            telemetry: Some(Duration::from_secs(10)),
            sampling: None,
            connect_timeout: Duration::from_secs(10),
            request_timeout: Duration::from_secs(15),
            silence_limit: Duration::from_secs(SILENCE_SECS),
            // A server with nothing to say says so with its first heartbeat.
            first_byte_limit: Duration::from_secs(HEARTBEAT_SECS + 5),
            frame_timeout: Duration::from_secs(300),
            poll_interval: Duration::from_secs(30),
            stream_retry: Duration::from_secs(300),
            failback: Duration::from_secs(60),
            backoff: (Duration::from_secs(1), Duration::from_secs(30)),
            stable_after: Duration::from_secs(10),
            unauthorized_retry: Duration::from_secs(60),
            max_frame_bytes: MAX_RULESET_BYTES,
            flush_timeout: Duration::from_secs(5),
            instance: None,
            seed: None,
            roots_pem: Vec::new(),
        }
    }

    /// Another address of the same environment: a relay, or another node. May be called
    /// several times.
    ///
    /// The first address is preferred. Where one fails the next is tried, in this order;
    /// while the client is with a later one it looks [now and then](Self::failback)
    /// whether an earlier one is back.
    pub fn failover(mut self, url: impl Into<String>) -> Self {
        self.further_urls.push(url.into());
        self
    }

    /// How often to look whether a preferred address is back, on average; 60 s by default.
    pub fn failback(mut self, interval: Duration) -> Self {
        self.failback = interval.max(Duration::from_millis(10));
        self
    }

    /// Keeps a copy of the ruleset in a folder, which is made where it is not there, so
    /// that a start without a network begins where the last run ended.
    ///
    /// The file can be read by its owner only, is replaced as a whole, and is bound to
    /// the address and the key: several clients may share a folder. A copy that is
    /// damaged is passed over and replaced. It is read by [`build`](Self::build), which
    /// takes some milliseconds for thousands of flags.
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = Some(folder.into());
        self
    }

    /// A ruleset to begin with where there is no copy on the disk, or only an older one
    /// of the same environment.
    pub fn bootstrap(mut self, document: Document) -> Self {
        self.bootstrap = Some(Bootstrap::Document(Box::new(document)));
        self
    }

    /// The same from a file, such as one that was downloaded from `/sdk/v1/ruleset`.
    pub fn bootstrap_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.bootstrap = Some(Bootstrap::File(path.into()));
        self
    }

    /// Connects with nobody: the client evaluates from its copy on the disk or its
    /// bootstrap for good, counts nothing, and needs no runtime.
    pub fn offline(mut self) -> Self {
        self.offline = true;
        self
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

    /// How long a stream may take to bring its first byte where the client has a ruleset;
    /// 20 s by default, a heartbeat and a bit. Something on the way holds back what takes
    /// longer. A client without a ruleset waits for at most 10 s, since a server sends
    /// one at once.
    pub fn first_byte_limit(mut self, limit: Duration) -> Self {
        self.first_byte_limit = limit;
        self
    }

    /// How long one event of the stream may take, be it ever so large; 5 minutes by
    /// default.
    pub fn frame_timeout(mut self, limit: Duration) -> Self {
        self.frame_timeout = limit;
        self
    }

    /// How often to ask for the ruleset where streams are blocked, on average; 30 s by
    /// default.
    pub fn poll_interval(mut self, interval: Duration) -> Self {
        self.poll_interval = interval.max(Duration::from_millis(10));
        self
    }

    /// How often to try a stream again where streams are blocked, on average; 5 minutes
    /// by default.
    pub fn stream_retry(mut self, interval: Duration) -> Self {
        self.stream_retry = interval;
        self
    }

    /// The waits between attempts to connect: anything up to `base` after the first
    /// failure, up to twice that after the second, and so on up to `cap`. By default
    /// 1 s and 30 s.
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

    /// How many bytes one event of the stream may have, so also the largest ruleset and
    /// the largest copy on the disk; 64 MiB by default.
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
}

/// It does not show the key.
impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}
