//! From options to a running client.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use rand::SeedableRng as _;
use rand::TryRng as _;
use rand::rngs::{StdRng, SysRng};
use reqwest::Url;
use tokio::runtime::Handle;
use tokio::sync::watch;
use uuid::Uuid;

use super::{BuildError, ClientBuilder};
use crate::backoff::Backoff;
use crate::bootstrap::{self, Beginning};
use crate::cache::{CacheFile, Keeper, Mirror, Seal};
use crate::client::{Client, Stop};
use crate::connection::{Blockade, Connection, Holdings, Limits};
use crate::endpoints::{Addresses, Rota};
use crate::evidence::Closing;
use crate::shared::Shared;
use crate::task::{EndWhenDropped, Task};
use crate::telemetry::{Counters, Delivery, Samples, Timing};
use crate::tls;

impl ClientBuilder {
    /// Starts the client; its background task runs on the tokio runtime around the call.
    ///
    /// It does not wait for the server, nor fail where that is away: see [`Client::ready`].
    ///
    /// # Errors
    /// Where there is no runtime, or the address, the key, the certificates or the
    /// bootstrap make no sense. A bad copy on the disk is no error.
    pub fn build(mut self) -> Result<Client, BuildError> {
        let bases = self.bases()?;
        if self.key.is_empty() {
            return Err(BuildError::Key);
        }
        let file = match self.cache.take() {
            Some(folder) => Some(self.copy(folder, &bases)?),
            None => None,
        };
        let runtime = match self.offline {
            true => None,
            false => Some(Handle::try_current().map_err(|_| BuildError::NoRuntime)?),
        };
        let beginning = self.beginning(file.as_ref())?;
        let Some(runtime) = runtime else {
            let shared = Arc::new(Shared::new(None, None));
            begin(&shared, beginning);
            return Ok(Client::without_server(shared));
        };
        self.start(&runtime, bases, file, beginning)
    }

    fn start(
        self,
        runtime: &Handle,
        bases: Vec<String>,
        file: Option<CacheFile>,
        beginning: Option<Beginning>,
    ) -> Result<Client, BuildError> {
        let https = bases.iter().any(|base| base.starts_with("https:"));
        let http = tls::client(&self.key, self.connect_timeout, https, &self.roots_pem)?;
        let counters = self.telemetry.map(|_| Counters::new());
        let samples = counters
            .as_ref()
            .and(self.sampling.clone())
            .map(Samples::new);
        let shared = Arc::new(Shared::new(counters, samples));
        let addresses = Arc::new(Addresses::new(bases));
        let mirror = file.as_ref().map(|_| Arc::<Mirror>::default());
        let cached = beginning.as_ref().and_then(|it| it.cached.as_deref());
        if let (Some(mirror), Some(text)) = (&mirror, cached) {
            mirror.begin(text);
        }
        let connection = Connection {
            http: http.clone(),
            rota: Rota::new(Arc::clone(&addresses)),
            shared: Arc::clone(&shared),
            limits: self.limits(),
            backoff: self.waits(0)?,
            holdings: Holdings::new(cached.map(str::len), mirror.clone()),
            blockade: Blockade::default(),
        };
        begin(&shared, beginning);
        let delivery = match self.telemetry {
            Some(interval) => Some(self.delivery(http, addresses, &shared, interval)?),
            None => None,
        };
        let keeper = mirror
            .zip(file)
            .map(|(mirror, file)| Keeper::new(mirror, file, Arc::clone(&shared)));
        let (signal, stopped) = watch::channel(false);
        let task = Task {
            connection,
            delivery,
            closing: Closing(Arc::clone(&shared)),
            keeper,
            stopped,
            flush_timeout: self.flush_timeout,
            end: EndWhenDropped(Arc::clone(&shared)),
        };
        runtime.spawn(task.run());
        // The task ends in time by itself; the rest is for a runtime that is busy.
        let limit = self.flush_timeout + Duration::from_secs(1);
        Ok(Client::new(shared, Stop { signal, limit }))
    }

    fn bases(&self) -> Result<Vec<String>, BuildError> {
        let urls = std::iter::once(&self.url).chain(&self.further_urls);
        urls.map(|url| base_url(url)).collect()
    }

    fn copy(&self, folder: PathBuf, bases: &[String]) -> Result<CacheFile, BuildError> {
        let url = bases.first().map_or("", String::as_str);
        let seal = Seal::new(url, &self.key);
        let writer = random_id()?;
        Ok(CacheFile::new(folder, seal, writer, self.max_frame_bytes))
    }

    /// What the client begins with.
    fn beginning(&mut self, file: Option<&CacheFile>) -> Result<Option<Beginning>, BuildError> {
        let given = self.bootstrap.take();
        let given = given.map(|given| given.read(self.max_frame_bytes));
        let given = given.transpose().map_err(BuildError::Bootstrap)?;
        let cached = file.and_then(bootstrap::cached);
        Ok(bootstrap::better(cached, given))
    }

    fn limits(&self) -> Limits {
        Limits {
            response: self.request_timeout,
            silence: self.silence_limit,
            first_byte: self.first_byte_limit,
            frame_time: self.frame_timeout,
            frame: self.max_frame_bytes,
            stable: self.stable_after,
            unauthorized: self.unauthorized_retry,
            poll: self.poll_interval,
            stream_retry: self.stream_retry,
            failback: self.failback,
        }
    }

    fn delivery(
        &self,
        http: reqwest::Client,
        addresses: Arc<Addresses>,
        shared: &Arc<Shared>,
        interval: Duration,
    ) -> Result<Delivery, BuildError> {
        let instance = match self.instance {
            Some(instance) => instance,
            None => random_id()?,
        };
        let timing = Timing {
            interval,
            request: self.request_timeout,
            unauthorized: self.unauthorized_retry,
        };
        let shared = Arc::clone(shared);
        Ok(Delivery::new(
            http,
            addresses,
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

fn begin(shared: &Shared, beginning: Option<Beginning>) {
    if let Some(beginning) = beginning {
        let (update, source) = beginning.update();
        shared.install(update, source);
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

fn random_id() -> Result<Uuid, BuildError> {
    let mut bytes = [0; 16];
    SysRng
        .try_fill_bytes(&mut bytes)
        .map_err(|_| BuildError::Randomness)?;
    Ok(uuid::Builder::from_random_bytes(bytes).into_uuid())
}
