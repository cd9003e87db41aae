//! The upstream over HTTP: a server, or another relay.

use std::{fmt, sync::Arc, time::Duration};

use reqwest::{
    Client, RequestBuilder, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, HeaderMap, RETRY_AFTER},
    redirect::Policy,
};
use serde::de::DeserializeOwned;
use serin_api::{
    evidence::Accepted,
    paths,
    sdk::{KeyInfo, Telemetry},
};
use tokio::time::timeout;
use uuid::Uuid;

use super::{
    OpenError, Timing,
    hops::{HOPS, Hops},
};
use crate::outgoing;

/// A wait that is longer than this is a mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(300);
/// The largest answer but a stream, in bytes.
const LARGEST_ANSWER: usize = 1 << 20;

/// Where rulesets come from and counts go to.
pub(super) struct Upstream {
    http: Client,
    bases: Vec<String>,
    timing: Timing,
    hops: Arc<Hops>,
}

/// Why the upstream did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It does not accept the key.
    Unauthorized(u16),
    /// It will never take this.
    Refused(u16),
    /// It could not be asked, or not now: when to come again, where it says so.
    Away(String, Option<Duration>),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthorized(status) => {
                write!(f, "the upstream does not accept the key (HTTP {status})")
            }
            Self::Refused(status) => write!(f, "the upstream refuses (HTTP {status})"),
            Self::Away(reason, _) => f.write_str(reason),
        }
    }
}

impl Upstream {
    pub(super) fn new(
        addresses: &[String],
        instance: Uuid,
        timing: Timing,
    ) -> Result<Self, OpenError> {
        let bases: Vec<String> = addresses
            .iter()
            .map(|address| address.trim().trim_end_matches('/').to_owned())
            .filter(|address| !address.is_empty())
            .collect();
        for base in &bases {
            let url = reqwest::Url::parse(base).ok();
            if !url.is_some_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host()) {
                let message = format!("{base:?} is no address like https://flags.example.com");
                return Err(OpenError::Option(message));
            }
        }
        if bases.is_empty() {
            return Err(OpenError::Option("a relay needs an upstream".to_owned()));
        }
        Ok(Self {
            http: client(timing.connect)?,
            bases,
            timing,
            hops: Arc::new(Hops::new(instance)),
        })
    }

    /// How many addresses it has.
    pub(super) fn addresses(&self) -> usize {
        self.bases.len()
    }

    /// The relays between here and the server.
    pub(super) fn hops(&self) -> &Arc<Hops> {
        &self.hops
    }

    /// Opens the stream at one of the addresses, from a revision on.
    pub(super) async fn stream(
        &self,
        at: usize,
        secret: &str,
        last_event_id: Option<u64>,
    ) -> Result<Response, Failure> {
        let mut request = self
            .http
            .get(self.url(at, paths::SDK_STREAM))
            .header(ACCEPT, "text/event-stream");
        if let Some(revision) = last_event_id {
            request = request.header("last-event-id", revision);
        }
        let response = self.send(request, secret, "").await?;
        let kind = response.headers().get(CONTENT_TYPE);
        if !kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream")) {
            let reason = "the upstream answers without an event stream";
            return Err(Failure::Away(reason.to_owned(), None));
        }
        self.hops.learn(&passed(response.headers()));
        Ok(response)
    }

    /// What a key opens, asked at each address until one knows. `hops` are the relays that
    /// asked this one.
    pub(super) async fn key(&self, secret: &str, hops: &str) -> Result<KeyInfo, Failure> {
        let mut last = Failure::Away("there is no upstream".to_owned(), None);
        for at in 0..self.addresses() {
            let request = self.http.get(self.url(at, paths::SDK_KEY));
            last = match self.send(request, secret, hops).await {
                Ok(response) => match self.body(response).await {
                    Ok(info) => return Ok(info),
                    Err(failure) => failure,
                },
                Err(failure @ Failure::Unauthorized(_)) => return Err(failure),
                Err(failure) => failure,
            };
        }
        Err(last)
    }

    /// Hands over a batch at one of the addresses; what became of its evidence, where the upstream
    /// says so.
    pub(super) async fn report(
        &self,
        at: usize,
        secret: &str,
        batch: &Telemetry,
    ) -> Result<Option<Accepted>, Failure> {
        let request = self.http.post(self.url(at, paths::SDK_TELEMETRY));
        let request = request.header(ACCEPT, "application/json").json(batch);
        let response = self.send(request, secret, "").await?;
        // It has the batch, whatever it says of it.
        Ok(self.body(response).await.ok())
    }

    fn url(&self, at: usize, path: &str) -> String {
        let base = self.bases.get(at).map_or("", String::as_str);
        format!("{base}{path}")
    }

    /// Sends a request; its answer where that is one of success.
    async fn send(
        &self,
        request: RequestBuilder,
        secret: &str,
        hops: &str,
    ) -> Result<Response, Failure> {
        let passed = match hops {
            "" => self.hops.own().to_owned(),
            hops => format!("{}, {hops}", self.hops.own()),
        };
        let request = request.bearer_auth(secret).header(HOPS, passed);
        let response = match timeout(self.timing.answer, request.send()).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(unreachable(error)),
            Err(_) => {
                let reason = format!("no answer within {:?}", self.timing.answer);
                return Err(Failure::Away(reason, None));
            }
        };
        if self.hops.is_circle(&self::passed(response.headers())) {
            let reason = "this relay follows itself: the upstream is fed by it";
            return Err(Failure::Away(reason.to_owned(), None));
        }
        match response.status().is_success() {
            true => Ok(response),
            false => Err(refusal(&response)),
        }
    }

    async fn body<T: DeserializeOwned>(&self, mut response: Response) -> Result<T, Failure> {
        let senseless = |reason: &str| Failure::Away(reason.to_owned(), None);
        let mut bytes = Vec::new();
        let reading = async {
            while let Some(piece) = response.chunk().await.map_err(unreachable)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > LARGEST_ANSWER {
                    return Err(senseless("the upstream's answer is too large"));
                }
            }
            Ok(())
        };
        timeout(self.timing.answer, reading)
            .await
            .map_err(|_| senseless("the upstream's answer breaks off"))??;
        serde_json::from_slice(&bytes)
            .map_err(|error| senseless(&format!("the upstream's answer is senseless: {error}")))
    }
}

fn passed(headers: &HeaderMap) -> String {
    let header = headers.get(HOPS).and_then(|value| value.to_str().ok());
    header.unwrap_or_default().to_owned()
}

fn refusal(response: &Response) -> Failure {
    let status = response.status();
    let after = response.headers().get(RETRY_AFTER);
    let after = after
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT));
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Failure::Unauthorized(status.as_u16()),
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY | StatusCode::TOO_MANY_REQUESTS => {
            Failure::Away(format!("HTTP {status}"), after)
        }
        status if status.is_client_error() => Failure::Refused(status.as_u16()),
        _ => Failure::Away(format!("HTTP {status}"), after),
    }
}

/// Nobody was reached.
pub(super) fn unreachable(error: reqwest::Error) -> Failure {
    Failure::Away(outgoing::words(error), None)
}

/// Redirects are not followed: they would carry keys to an address that nobody configured.
fn client(connect: Duration) -> Result<Client, OpenError> {
    let configured = outgoing::client(|builder| {
        builder
            .user_agent(concat!("serin-relay/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(connect)
    });
    configured.map_err(OpenError::Http)
}
