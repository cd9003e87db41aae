//! The program under test, as a process that can be killed.

use std::{
    env,
    fs::{self, File, OpenOptions},
    path::PathBuf,
    process::{Output, Stdio},
    sync::Arc,
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use tempfile::TempDir;
use tokio::{
    process::{Child, Command},
    sync::Mutex,
};

use super::{Database, Faults, PATIENCE, eventually, port};

/// What the administrator signs in with.
pub(crate) const PASSWORD: &str = "a password for tests only";
/// What programs act with as the administrator.
pub(crate) const TOKEN: &str = "srn_test_0123456789abcdefghijklmnopqrstuvwxyz";
/// The server key of a demo's production environment.
pub(crate) const DEMO_KEY: &str = "srv_demo_0123456789abcdefghijklmnopqrstuvwxyz";

const STOPS_WITHIN: Duration = Duration::from_secs(15);

/// A server on a port of its own, with its data in a folder of its own.
pub(crate) struct Server {
    port: u16,
    arguments: Vec<String>,
    process: Mutex<Option<Child>>,
    /// Before the folder, which a running PostgreSQL does not need but a file does.
    database: Arc<Database>,
    folder: TempDir,
    /// What it is started with besides.
    environment: Mutex<Vec<(&'static str, PathBuf)>>,
}

impl Server {
    /// Starts the program and waits until it is ready.
    ///
    /// # Errors
    /// Where it is not built, ends, or is not ready in time.
    pub(crate) async fn start(database: Database, arguments: &[&str]) -> Result<Self> {
        Self::start_on(Arc::new(database), arguments).await
    }

    /// Starts another node on the same database.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn another_node(&self, arguments: &[&str]) -> Result<Self> {
        Self::start_on(Arc::clone(&self.database), arguments).await
    }

    async fn start_on(database: Arc<Database>, arguments: &[&str]) -> Result<Self> {
        let port = port::reserve()?;
        let server = Self {
            port,
            arguments: arguments.iter().map(ToString::to_string).collect(),
            process: Mutex::new(None),
            database,
            folder: tempfile::Builder::new().prefix("serin-e2e-").tempdir()?,
            environment: Mutex::default(),
        };
        server.restart().await?;
        Ok(server)
    }

    /// Where it listens on this machine.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The address of its database.
    pub(crate) fn database_url(&self) -> String {
        self.database.url(self.folder.path())
    }

    /// The size of the largest file in its folder, in bytes.
    ///
    /// # Errors
    /// Where the folder cannot be read.
    pub(crate) fn largest_file(&self) -> Result<u64> {
        let files = fs::read_dir(self.folder.path())?;
        let sizes = files.map(|file| Ok(file?.metadata()?.len()));
        let sizes = sizes.collect::<Result<Vec<_>>>()?;
        Ok(sizes.into_iter().max().unwrap_or(0))
    }

    /// Lets its files grow to so many bytes and no more, as where the disk is full; to any
    /// size with `None`.
    ///
    /// # Errors
    /// Where it is not running, or the system does not allow that.
    pub(crate) async fn limit_files(&self, bytes: Option<u64>) -> Result<()> {
        let id = self.id().await?;
        // The soft limit alone, so that it can be raised again.
        let limit = bytes.map_or("unlimited".to_owned(), |bytes| bytes.to_string());
        let status = Command::new("prlimit")
            .args([format!("--pid={id}"), format!("--fsize={limit}:")])
            .status()
            .await
            .context("starting prlimit")?;
        ensure!(status.success(), "prlimit: {status}");
        Ok(())
    }

    /// Where it is reached.
    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Stops it, and starts it again with no more open files than these.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn restart_with_files(&self, most: u32) -> Result<()> {
        self.stop().await;
        *self.environment.lock().await = vec![("FILES", most.to_string().into())];
        self.restart().await
    }

    /// Stops it, and starts it again so that `faults` befall it from then on.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn restart_under(&self, faults: &Faults) -> Result<()> {
        self.stop().await;
        *self.environment.lock().await = faults.environment().into();
        self.restart().await
    }

    /// Its process.
    ///
    /// # Errors
    /// Where it is not running.
    pub(crate) async fn id(&self) -> Result<u32> {
        let id = self.process.lock().await.as_ref().and_then(Child::id);
        id.context("the server is not running")
    }

    /// Starts it again on its data and its port.
    ///
    /// # Errors
    /// As [`Self::start`].
    pub(crate) async fn restart(&self) -> Result<()> {
        let log = self.log_file()?;
        let mut command = self.command()?;
        command
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port)])
            .args(&self.arguments);
        command
            .env("SERIN_ADMIN_PASSWORD", PASSWORD)
            .env("SERIN_ADMIN_TOKEN", TOKEN);
        command.env("SERIN_DEMO_KEY", DEMO_KEY);
        command.envs(self.environment.lock().await.iter().cloned());
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .kill_on_drop(true);
        *self.process.lock().await = Some(command.spawn().context("starting the server")?);
        self.ready().await
    }

    /// Kills it as a power cut would: at once.
    ///
    /// # Errors
    /// Where it is not running.
    pub(crate) async fn kill(&self) -> Result<()> {
        let mut process = self
            .process
            .lock()
            .await
            .take()
            .context("the server is not running")?;
        process.kill().await.context("killing the server")
    }

    /// Runs another command of the program on the same data.
    ///
    /// # Errors
    /// Where it does not start; how it ends is for the caller to judge.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Result<Output> {
        self.command()?
            .args(arguments)
            .output()
            .await
            .context("starting serin")
    }

    /// What it has written so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default()
    }

    /// Asks it to end, so that what it measures about itself is not cut off.
    pub(crate) async fn stop(&self) {
        let Some(mut process) = self.process.lock().await.take() else {
            return;
        };
        if let Some(id) = process.id() {
            let _ = Command::new("kill")
                .args(["-TERM", &id.to_string()])
                .status()
                .await;
        }
        // One that does not end is killed by being dropped.
        let _ = tokio::time::timeout(STOPS_WITHIN, process.wait()).await;
    }

    fn command(&self) -> Result<Command> {
        // A write beyond a limit of files' sizes is to fail, and not to end the program.
        let mut command = Command::new("sh");
        command
            .args([
                "-c",
                r#"trap "" XFSZ; ulimit -n "${FILES:-$(ulimit -n)}"; exec "$0" "$@""#,
            ])
            .arg(program()?);
        command.env("SERIN_DATABASE_URL", self.database_url());
        command.current_dir(self.folder.path());
        Ok(command)
    }

    fn log_file(&self) -> Result<File> {
        let path = self.folder.path().join("server.log");
        OpenOptions::new()
            .create(true)
            .append(true)
            .open(path)
            .context("opening the server's log")
    }

    async fn ready(&self) -> Result<()> {
        let url = format!("{}/health/ready", self.url());
        let ready = eventually("the server is ready", PATIENCE, async || {
            if let Some(process) = &mut *self.process.lock().await
                && let Some(status) = process.try_wait()?
            {
                return Ok(Some(Err(status)));
            }
            let answer = reqwest::get(&url).await?;
            Ok(answer.status().is_success().then_some(Ok(())))
        });
        match ready.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => bail!("the server ended ({status}):\n{}", self.log()),
            Err(error) => Err(error.context(self.log())),
        }
    }
}

/// The program that belongs to this test: built beside it.
pub(crate) fn program() -> Result<PathBuf> {
    let program = match env::var_os("SERIN_BIN") {
        Some(path) => PathBuf::from(path),
        None => {
            let test = env::current_exe()?;
            let profile = test
                .parent()
                .and_then(|deps| deps.parent())
                .context("no folder")?;
            profile.join("serin")
        }
    };
    if !program.is_file() {
        bail!(
            "{} is not built: run `cargo xtask test --only e2e`",
            program.display()
        );
    }
    Ok(program)
}
