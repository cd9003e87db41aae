//! One delivery over HTTP.

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use reqwest::{
    Client, StatusCode, Url,
    header::{CONTENT_TYPE, RETRY_AFTER},
    redirect::Policy,
};

use super::{
    Options,
    address::{self, NOT_PUBLIC, PublicOnly},
    signature::sign,
};
use crate::{outgoing, store::delivery::Due};

/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How long all of it may take.
const TIMEOUT: Duration = Duration::from_secs(10);
/// A wait that is longer than this is a mistake.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// The most of an error's words that a log keeps, in characters.
const MAX_ERROR: usize = 500;

/// Posts deliveries.
#[derive(Clone)]
pub(super) struct Post {
    /// Made when something is posted for the first time: most servers post nothing, and would keep
    /// all authorities that the machine trusts in memory. Or why there is none, for people.
    http: Arc<OnceLock<Result<Client, String>>>,
    options: Options,
}

/// What became of posting.
#[derive(Debug)]
pub(super) struct Outcome {
    /// The status of the answer, where one came.
    pub(super) status: Option<u16>,
    /// Why it failed, where it did.
    pub(super) error: Option<String>,
    /// When to come again at the earliest, where the answer says so.
    pub(super) retry_after: Option<Duration>,
}

impl Post {
    pub(super) fn new(options: Options) -> Self {
        Self {
            http: Arc::default(),
            options,
        }
    }

    fn http(&self) -> Result<&Client, String> {
        let http = self.http.get_or_init(|| client(self.options));
        http.as_ref().map_err(Clone::clone)
    }

    /// Posts a delivery, signed with the time. Of the answer only its head is read: its body
    /// is nobody's business, and might be what only this server may ask for.
    pub(super) async fn send(&self, due: &Due, timestamp: i64) -> Outcome {
        let failed = |error: String| Outcome {
            status: None,
            error: Some(error),
            retry_after: None,
        };
        let Ok(url) = Url::parse(&due.url) else {
            return failed("the address cannot be read".to_owned());
        };
        if self.options.public_only && address::names_private(&url) {
            return failed(NOT_PUBLIC.to_owned());
        }
        let id = due.delivery.delivery_id.to_string();
        let Some(signature) = sign(&due.secret, &id, timestamp, &due.delivery.body) else {
            return failed("the secret cannot be read".to_owned());
        };
        let http = match self.http() {
            Ok(http) => http,
            Err(error) => return failed(error),
        };
        let request = http
            .post(url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", id)
            .header("webhook-timestamp", timestamp)
            .header("webhook-signature", signature)
            .body(due.delivery.body.clone());
        match request.send().await {
            Ok(answer) => answered(answer.status(), answer.headers().get(RETRY_AFTER)),
            Err(error) => failed(words(error)),
        }
    }
}

/// Redirects are not followed: they would lead past what was checked of the address.
fn client(options: Options) -> Result<Client, String> {
    outgoing::client(|builder| {
        let builder = builder
            .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .referer(false)
            .connect_timeout(CONNECT)
            .timeout(TIMEOUT);
        match options.public_only {
            // A proxy would look names up by itself.
            true => builder.no_proxy().dns_resolver(Arc::new(PublicOnly)),
            false => builder,
        }
    })
}

fn answered(status: StatusCode, retry_after: Option<&reqwest::header::HeaderValue>) -> Outcome {
    let seconds = retry_after.and_then(|value| value.to_str().ok()?.trim().parse().ok());
    let error = if status.is_success() {
        None
    } else if status.is_redirection() {
        Some("it redirects, which is not followed".to_owned())
    } else {
        Some(format!("HTTP {}", status.as_u16()))
    };
    Outcome {
        status: Some(status.as_u16()),
        error,
        retry_after: seconds.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WAIT)),
    }
}

/// The error with its causes, without the address.
fn words(error: reqwest::Error) -> String {
    if error.is_timeout() {
        return format!("no answer within {} s", TIMEOUT.as_secs());
    }
    outgoing::words(error).chars().take(MAX_ERROR).collect()
}
