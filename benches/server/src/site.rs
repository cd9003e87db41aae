//! A server with a project in it, and what an administrator does there.

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    Options,
    child::Process,
    wire::{Connection, request},
};

/// The administrator's.
pub const TOKEN: &str = "srn_bench_0123456789abcdefghijklmnopqrstuvwxyz";
pub const ENVIRONMENT: &str = "/api/v1/projects/shop/environments/production";
/// The context that is evaluated for.
const CONTEXT: &str = r#"{"context":{"targetingKey":"user-4711","plan":"team","country":"NL","age":37,"version":"2.5.1","email":"alice@example.com"}}"#;
/// At most so many changes go in one change set.
const AT_ONCE: usize = 200;

/// A server, its data and an SDK's key. The server ends before its folder goes.
pub struct Site {
    pub process: Process,
    pub key: String,
    folder: TempDir,
}

impl Site {
    /// A fresh server on SQLite with so many flags.
    pub fn new(options: &Options, flags: usize) -> Result<Self> {
        let folder = TempDir::new()?;
        let database = format!("sqlite://{}", folder.path().join("serin.db").display());
        Self::on(options, &database, folder, flags)
    }

    /// The same on a database that is empty.
    pub fn on(options: &Options, database: &str, folder: TempDir, flags: usize) -> Result<Self> {
        let process = Process::serin(&options.serin, database, folder.path())?;
        let mut site = Self {
            process,
            key: String::new(),
            folder,
        };
        site.fill(flags)?;
        Ok(site)
    }

    /// Stops the server, and starts it again on its data.
    pub fn restart(&mut self, options: &Options) -> Result<()> {
        let database = format!("sqlite://{}", self.folder.path().join("serin.db").display());
        self.process = Process::serin(&options.serin, &database, self.folder.path())?;
        Ok(())
    }

    /// Kills the server, and starts it again where it was.
    pub fn kill_and_restart(&mut self, options: &Options) -> Result<()> {
        let folder = self.folder.path();
        let database = format!("sqlite://{}", folder.join("serin.db").display());
        self.process.kill()?;
        let address = self.process.address;
        self.process = Process::serin_at(address, &options.serin, &database, folder)?;
        Ok(())
    }

    fn fill(&mut self, flags: usize) -> Result<()> {
        block_on(async {
            let mut admin = self.admin().await?;
            admin
                .ask("POST", "/api/v1/projects", json!({"key": "shop"}))
                .await?;
            let changes: Vec<Value> = (0..flags).flat_map(flag).collect();
            for changes in changes.chunks(AT_ONCE) {
                let set = json!({"project": "shop", "changes": changes});
                admin.ask("POST", "/api/v1/change-sets", set).await?;
            }
            let new = json!({"name": "bench", "kind": "server"});
            let key = admin
                .ask("POST", &format!("{ENVIRONMENT}/keys"), new)
                .await?;
            self.key = key["secret"].as_str().context("no secret")?.to_owned();
            Ok(())
        })
    }

    /// Somebody who may do everything.
    pub async fn admin(&self) -> Result<Admin> {
        Ok(Admin(Connection::open(self.process.address).await?))
    }

    /// A request with the SDK's key.
    pub fn request(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Vec<u8> {
        let bearer = format!("Bearer {}", self.key);
        let mut all = vec![("authorization", &*bearer)];
        all.extend_from_slice(headers);
        let body = if method == "POST" { CONTEXT } else { "" };
        request(method, path, &all, body)
    }
}

/// Somebody who may do everything.
pub struct Admin(Connection);

impl Admin {
    /// Asks, and is not refused.
    pub async fn ask(&mut self, method: &str, path: &str, body: Value) -> Result<Value> {
        let bearer = format!("Bearer {TOKEN}");
        let headers = [("authorization", &*bearer)];
        // Who asks for something only sends nothing: a body that nobody reads ends the connection.
        let body = match body {
            Value::Null => String::new(),
            body => body.to_string(),
        };
        let request = request(method, path, &headers, &body);
        let answer = self.0.fetch(&request).await?;
        if answer.status >= 300 {
            let text = String::from_utf8_lossy(&answer.body);
            bail!("{method} {path}: {} {text}", answer.status);
        }
        Ok(serde_json::from_slice(&answer.body).unwrap_or_default())
    }

    /// Turns a flag on or off: a change set of its own.
    pub async fn switch(&mut self, flag: usize, on: bool) -> Result<()> {
        let default = json!({"variation": if on { "on" } else { "off" }});
        let path = format!("{ENVIRONMENT}/flags/{}", key(flag));
        self.ask("PATCH", &path, json!({"default": default}))
            .await
            .map(drop)
    }
}

/// The key of a flag.
pub fn key(number: usize) -> String {
    format!("flag-{number:04}")
}

/// A flag and its configuration: of ten, six are only on, two have rules and two are split.
fn flag(number: usize) -> [Value; 2] {
    let key = key(number);
    let variations = json!([{"key": "on", "value": true}, {"key": "off", "value": false}]);
    let rule =
        |id: &str, when: Value| json!({"id": id, "when": when, "serve": {"variation": "on"}});
    let config = match number % 10 {
        3 | 6 => json!({"enabled": true, "rules": [
            rule("plan", json!({"all": [
                {"attribute": "plan", "op": "in", "values": ["pro", "business"]},
                {"attribute": "country", "op": "in", "values": ["DE", "FR", "GB"]},
            ]})),
            rule("version", json!({"attribute": "version", "op": "semver_gte", "values": ["2.4.0"]})),
        ]}),
        8 | 9 => {
            json!({"enabled": true, "default": {"split": {"weights": {"on": 30_000, "off": 70_000}}}})
        }
        _ => json!({"enabled": true}),
    };
    [
        json!({"kind": "flag", "key": key, "action": "create", "document": {"type": "boolean", "variations": variations}}),
        json!({"kind": "flag_config", "environment": "production", "key": key, "action": "patch", "document": config}),
    ]
}

/// Waits for something that is no load.
pub fn block_on<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
