//! The binary as it is shipped: optimised, with the web UI in it.

use std::{
    fs,
    net::{Ipv4Addr, TcpListener},
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use tokio::{process::Command, time::sleep};

use crate::{
    command::{self, cargo},
    http, ui,
    workspace::Workspace,
};

/// What the binary may weigh, in bytes.
const LIMIT: u64 = 40_000_000;
const STARTS_WITHIN: Duration = Duration::from_secs(30);

/// Builds target/release/serin, and looks whether it is small and serves the web UI.
///
/// # Errors
/// Where it does not build, is over its limit, or comes without the UI.
pub(crate) async fn build(workspace: &Workspace) -> Result<()> {
    ui::build(workspace, ui::Arguments::default()).await?;
    command::run(cargo(workspace, &["build", "--release", "-p", "serin"])).await?;
    let program = workspace.target().join("release/serin");
    let size = fs::metadata(&program).context("the binary")?.len();
    println!("{}: {size} bytes", program.display());
    if size > LIMIT {
        bail!("the binary is {size} bytes; its limit is {LIMIT}");
    }
    serves_ui(&program).await
}

/// Starts it far from the checkout, where it has nothing but itself.
async fn serves_ui(program: &Path) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port();
    let mut command = Command::new(program);
    command
        .args(["serve", "--listen", &format!("127.0.0.1:{port}")])
        .current_dir(folder.path());
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let begun = Instant::now();
    let mut server = command.spawn().context("starting the binary")?;
    while !http::answers(port, "/health/ready").await {
        if server.try_wait()?.is_some() || begun.elapsed() > STARTS_WITHIN {
            bail!("the binary does not start");
        }
        sleep(Duration::from_millis(10)).await;
    }
    println!("ready after {} ms", begun.elapsed().as_millis());
    let page = http::get(port, "/").await?;
    if !page.contains("/assets/boot-") {
        bail!("the binary comes without the web UI");
    }
    Ok(())
}
