//! The management API, as the administrator's programs use it.

use anyhow::{Context as _, Result, bail};
use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use serin_api::paths;

/// A server's API with a token.
#[derive(Clone, Debug)]
pub(crate) struct Api {
    http: Client,
    url: String,
    token: String,
}

impl Api {
    pub(crate) fn new(url: String, token: &str) -> Result<Self> {
        Ok(Self {
            http: Client::builder().build()?,
            url,
            token: token.to_owned(),
        })
    }

    /// The same administrator somewhere else, with a connection of its own for each request.
    ///
    /// # Errors
    /// Where there is no client to be had.
    pub(crate) fn at(&self, url: String) -> Result<Self> {
        Ok(Self {
            http: Client::builder().pool_max_idle_per_host(0).build()?,
            url,
            token: self.token.clone(),
        })
    }

    /// The same place with another credential.
    pub(crate) fn with_token(&self, token: &str) -> Self {
        Self {
            token: token.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.expect(Method::GET, path, None).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Result<Value> {
        self.expect(Method::POST, path, Some(body)).await
    }

    /// Sends a request and returns whatever is answered.
    ///
    /// # Errors
    /// Where nothing is.
    pub(crate) async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<(StatusCode, Value)> {
        let mut request = self
            .http
            .request(method.clone(), format!("{}{path}", self.url))
            .bearer_auth(&self.token);
        if let Some(body) = &body {
            request = request.json(body);
        }
        if method == Method::PATCH {
            request = request.header("content-type", "application/merge-patch+json");
        }
        let answer = request.send().await?;
        let status = answer.status();
        let text = answer.text().await?;
        let body = if text.is_empty() {
            Value::Null
        } else {
            serde_json::from_str(&text).unwrap_or(Value::String(text))
        };
        Ok((status, body))
    }

    async fn expect(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let (status, answer) = self.send(method.clone(), path, body).await?;
        if !status.is_success() {
            bail!("{method} {path}: {status} {answer}");
        }
        Ok(answer)
    }

    /// Makes a project; each environment with whether it is a production one.
    pub(crate) async fn create_project(
        &self,
        key: &str,
        environments: &[(&str, bool)],
    ) -> Result<()> {
        let environments: Vec<_> = environments
            .iter()
            .map(|(key, production)| json!({ "key": key, "production": production }))
            .collect();
        self.post(
            paths::PROJECTS,
            json!({ "key": key, "environments": environments }),
        )
        .await?;
        Ok(())
    }

    /// Makes a server key and returns its secret.
    pub(crate) async fn create_key(&self, project: &str, environment: &str) -> Result<String> {
        let body = json!({ "name": "end to end", "kind": "server" });
        let key = self.post(&paths::keys(project, environment), body).await?;
        Ok(key["secret"]
            .as_str()
            .context("a key without its secret")?
            .to_owned())
    }

    /// Applies changes as one change set.
    pub(crate) async fn change(&self, project: &str, changes: Value) -> Result<Value> {
        self.post(
            paths::CHANGE_SETS,
            json!({ "project": project, "reason": "a test", "changes": changes }),
        )
        .await
    }

    /// Makes a boolean flag: `on` and `off`, off everywhere.
    pub(crate) async fn create_flag(&self, project: &str, key: &str) -> Result<()> {
        let document = json!({
            "type": "boolean",
            "variations": [{ "key": "on", "value": true }, { "key": "off", "value": false }],
        });
        let change =
            json!([{ "kind": "flag", "key": key, "action": "create", "document": document }]);
        self.change(project, change).await?;
        Ok(())
    }

    /// Merges into a flag's configuration in one environment.
    pub(crate) async fn configure(
        &self,
        project: &str,
        environment: &str,
        flag: &str,
        patch: Value,
    ) -> Result<()> {
        let change = json!({
            "kind": "flag_config", "environment": environment, "key": flag,
            "action": "patch", "document": patch,
        });
        self.change(project, json!([change])).await?;
        Ok(())
    }
}
