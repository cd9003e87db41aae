//! A release on a server, over its API.

use std::time::Duration;

use clap::Args;
use reqwest::{Client, redirect::Policy};
use serde::de::DeserializeOwned;
use serin_api::{
    error::ErrorBody,
    page::Page,
    paths,
    release::{Event, Release},
};
use serin_engine::release::evidence::Window;

use crate::{config::web_address, outgoing};

/// How long a connection, and how long an answer may take.
const CONNECT: Duration = Duration::from_secs(10);
const ANSWER: Duration = Duration::from_secs(60);

/// Which server, and where on it.
#[derive(Args, Clone, Debug)]
pub(super) struct Remote {
    /// The server, such as `https://flags.example.com`
    #[arg(long, env = "SERIN_SERVER", value_name = "URL", value_parser = web_address)]
    server: Option<String>,

    /// An API token of a user who may see the project. Other users of the machine can see
    /// command lines: better use the variable
    #[arg(
        long,
        env = "SERIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    token: Option<String>,

    /// The key of the release's project
    #[arg(long, env = "SERIN_PROJECT", value_name = "KEY")]
    project: Option<String>,

    /// The key of the release's environment
    #[arg(long, env = "SERIN_ENVIRONMENT", value_name = "KEY")]
    environment: Option<String>,
}

impl Remote {
    /// Reads a release, all that happened to it, and all of its windows, each in their order.
    ///
    /// # Errors
    /// Where something is not said, or the server does not answer as it should; in words.
    pub(super) fn read(&self, id: &str) -> Result<(Release, Vec<Event>, Vec<Window>), String> {
        let (Some(server), Some(token), Some(project), Some(environment)) = (
            self.server.clone(),
            self.token.clone(),
            self.project.as_ref(),
            self.environment.as_ref(),
        ) else {
            return Err(self.missing());
        };
        let asking = Asking {
            http: client()?,
            server,
            token,
        };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        runtime.block_on(async {
            let release = asking
                .get(&paths::release(project, environment, id))
                .await?;
            let events = paths::release_events(project, environment, id);
            let mut history: Vec<Event> = asking.all(&events).await?;
            history.reverse();
            let windows = paths::release_windows(project, environment, id);
            Ok((release, history, asking.all(&windows).await?))
        })
    }

    fn missing(&self) -> String {
        let options = [
            ("--server", &self.server),
            ("--token", &self.token),
            ("--project", &self.project),
            ("--environment", &self.environment),
        ];
        let missing = options.iter().filter(|(_, value)| value.is_none());
        let missing: Vec<_> = missing.map(|(option, _)| *option).collect();
        format!(
            "a release on a server needs {}; --windows reads a file",
            missing.join(", ")
        )
    }
}

/// Redirects are not followed: they would carry the token to an address that nobody gave.
fn client() -> Result<Client, String> {
    outgoing::client(|builder| {
        builder
            .user_agent(concat!("serin/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
    })
}

struct Asking {
    http: Client,
    server: String,
    token: String,
}

impl Asking {
    /// All pages of a list.
    async fn all<T: DeserializeOwned>(&self, path: &str) -> Result<Vec<T>, String> {
        let mut items = Vec::new();
        let mut cursor = String::new();
        loop {
            let page: Page<T> = self.get(&format!("{path}?limit=500{cursor}")).await?;
            items.extend(page.items);
            match page.next_cursor {
                Some(next) => cursor = format!("&cursor={}", paths::encode(&next)),
                None => return Ok(items),
            }
        }
    }

    async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T, String> {
        let request = self.http.get(format!("{}{path}", self.server));
        let asked = async {
            let response = request.bearer_auth(&self.token).send().await?;
            let status = response.status();
            Ok((status, response.bytes().await?))
        };
        let (status, bytes) = tokio::time::timeout(ANSWER, asked)
            .await
            .map_err(|_| format!("{}: no answer within {ANSWER:?}", self.server))?
            .map_err(|error| format!("{}: {}", self.server, outgoing::words(error)))?;
        if status.is_success() {
            return serde_json::from_slice(&bytes).map_err(|error| {
                format!("{}: an answer that makes no sense: {error}", self.server)
            });
        }
        let said = serde_json::from_slice::<ErrorBody>(&bytes).ok();
        let said = said.map_or_else(String::new, |body| format!(": {}", body.error.message));
        Err(format!("{}: HTTP {status}{said}", self.server))
    }
}
