//! Prometheus, as a source of what was counted.
//!
//! It is asked over its HTTP API, with bounded times and answers, for counters and for their
//! increases. Whoever may edit metrics chooses the queries; the address and the credentials are the
//! operator's.

mod answer;
mod increase;

use std::{fmt, future::Future, path::PathBuf, time::Duration};

use chrono::{DateTime, Utc};
use clap::Args;
use reqwest::{
    Client, Url,
    header::{CONTENT_TYPE, HeaderValue},
    redirect::Policy,
};
use serin_api::paths::encode;
use tokio::time::timeout;

use crate::{config::web_address, outgoing};
use answer::{Answer, read};
pub(crate) use increase::{Grid, Series, increase};

/// How long a connection may take, and an answer with all of its body.
const CONNECT: Duration = Duration::from_secs(3);
const ANSWER: Duration = Duration::from_secs(6);
/// The largest answer, in bytes.
const LARGEST: usize = 8 << 20;

/// Which Prometheus, and how it is told who asks.
#[derive(Args, Clone, Default)]
pub struct Settings {
    /// The Prometheus that metrics with a source are asked of, such as `http://prometheus:9090`; a name and a password
    /// for it go before the host (`http://NAME:PASSWORD@prometheus:9090`)
    #[arg(
        long = "prometheus-url",
        env = "SERIN_PROMETHEUS_URL",
        value_name = "URL",
        value_parser = web_address,
        hide_env_values = true
    )]
    pub url: Option<String>,

    /// A token for it, sent as `Authorization: Bearer`. Other users of the machine can see command lines: better use the
    /// variable, or a file
    #[arg(
        long = "prometheus-token",
        env = "SERIN_PROMETHEUS_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub token: Option<String>,

    /// A file with the token, read anew each time that Prometheus is asked
    #[arg(
        long = "prometheus-token-file",
        env = "SERIN_PROMETHEUS_TOKEN_FILE",
        value_name = "FILE",
        conflicts_with = "token"
    )]
    pub token_file: Option<PathBuf>,

    /// How long it may take to answer; some seconds where nobody says.
    #[arg(skip)]
    pub patience: Option<Duration>,
}

impl fmt::Debug for Settings {
    /// Without what is secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("url", &self.url.is_some())
            .field("token", &self.token.is_some())
            .field("token_file", &self.token_file)
            .finish()
    }
}

/// A Prometheus that can be asked.
pub struct Prometheus {
    http: Client,
    base: Url,
    token: Option<String>,
    token_file: Option<PathBuf>,
    patience: Duration,
}

/// Why there is no answer, in words.
pub(crate) type Problem = String;

impl Prometheus {
    /// The one that was set up; nothing where none was.
    ///
    /// # Errors
    /// An address that is none, in words.
    pub fn open(settings: &Settings) -> Result<Option<Self>, String> {
        let Some(url) = &settings.url else {
            return Ok(None);
        };
        let base =
            Url::parse(url).map_err(|error| format!("the address of Prometheus: {error}"))?;
        // Redirects are not followed: they would carry credentials to an address that nobody configured.
        let http = outgoing::client(|builder| {
            builder
                .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
                .redirect(Policy::none())
                .connect_timeout(CONNECT)
        });
        Ok(Some(Self {
            http: http?,
            base,
            token: settings.token.clone(),
            token_file: settings.token_file.clone(),
            patience: settings.patience.unwrap_or(ANSWER),
        }))
    }

    /// What its clock shows: everything else that it is asked is dated by that.
    pub(crate) async fn now(&self) -> Result<DateTime<Utc>, Problem> {
        let Answer::Number(seconds) = self.ask("query", &[("query", "time()".to_owned())]).await?
        else {
            return Err("it does not tell its time".to_owned());
        };
        DateTime::from_timestamp_micros((seconds * 1e6) as i64)
            .ok_or_else(|| "it tells a time that is none".to_owned())
    }

    /// The sum of what a query gives at a time.
    pub(crate) async fn sum(&self, query: &str, at: DateTime<Utc>) -> Result<f64, Problem> {
        let parameters = [("query", query.to_owned()), ("time", seconds(at))];
        match self.ask("query", &parameters).await? {
            Answer::Number(number) => Ok(number),
            Answer::Series(series) => Ok(series.iter().flatten().map(|(_, value)| value).sum()),
        }
    }

    /// The series of a query over a grid of times.
    pub(crate) async fn series(&self, query: &str, grid: &Grid) -> Result<Vec<Series>, Problem> {
        let parameters = [
            ("query", query.to_owned()),
            ("start", format!("{:.3}", grid.start)),
            ("end", format!("{:.3}", grid.end)),
            ("step", grid.step.to_string()),
        ];
        match self.ask("query_range", &parameters).await? {
            Answer::Series(series) => Ok(series),
            Answer::Number(_) => Err("it answers a number where series belong".to_owned()),
        }
    }

    async fn ask(&self, path: &str, parameters: &[(&str, String)]) -> Result<Answer, Problem> {
        let mut url = self.base.clone();
        let folder = self.base.path().trim_end_matches('/');
        url.set_path(&format!("{folder}/api/v1/{path}"));
        let form: Vec<_> = parameters
            .iter()
            .map(|(name, value)| format!("{name}={}", encode(value)))
            .collect();
        let form_type = HeaderValue::from_static("application/x-www-form-urlencoded");
        let mut request = self
            .http
            .post(url)
            .header(CONTENT_TYPE, form_type)
            .body(form.join("&"));
        if let Some(token) = self.token().await? {
            request = request.bearer_auth(token);
        }
        within(self.patience, async {
            let mut response = request.send().await.map_err(outgoing::words)?;
            let status = response.status();
            let mut bytes = Vec::new();
            while let Some(piece) = response.chunk().await.map_err(outgoing::words)? {
                bytes.extend_from_slice(&piece);
                if bytes.len() > LARGEST {
                    return Err(format!("its answer has more than {LARGEST} bytes"));
                }
            }
            read(status.as_u16(), &bytes)
        })
        .await
    }

    async fn token(&self) -> Result<Option<String>, Problem> {
        let Some(file) = &self.token_file else {
            return Ok(self.token.clone());
        };
        match tokio::fs::read_to_string(file).await {
            Ok(token) => Ok(Some(token.trim().to_owned())),
            Err(error) => Err(format!("{}: {error}", file.display())),
        }
    }
}

async fn within<T>(
    limit: Duration,
    asked: impl Future<Output = Result<T, Problem>>,
) -> Result<T, Problem> {
    match timeout(limit, asked).await {
        Ok(answered) => answered,
        Err(_) => Err(format!("no answer within {limit:?}")),
    }
}

/// As its API takes times.
fn seconds(at: DateTime<Utc>) -> String {
    format!("{:.3}", at.timestamp_millis() as f64 / 1000.0)
}
