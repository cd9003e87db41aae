//! `serin relay`, run as people run it: the real binary.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader},
    process::Command,
    time::timeout,
};

use super::{key, sdk, toggle, until_sdk_serves};
use crate::{
    harness::backends,
    http::Site,
    web::{Client, PATIENCE},
};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
    command
        .arg("relay")
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SERIN_")) {
        command.env_remove(name);
    }
    command
}

backends! {
    async fn one_command_starts_a_relay_and_a_signal_ends_it(world: World) {
        let mut site = Site::new(world);
        site.shop().await;
        let (secret, _) = key(&site, "server").await;
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("relay");
        let arguments = ["--upstream", &site.web.anyone.base, "--data", data.to_str().unwrap(), "--listen", "127.0.0.1:0"];
        let mut child = command(&arguments).env("SERIN_RELAY_KEYS", &secret).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = timeout(PATIENCE, out.next_line()).await.unwrap().unwrap().expect("an address");
            if let Some((_, url)) = line.split_once(" at http") {
                break format!("http{}", url.trim());
            }
        };
        let sdk = sdk(&url, &secret).await;
        toggle(&site, true).await;
        until_sdk_serves(&sdk, true).await;
        let mut stream = Client::new(url).bearer(&secret).stream("/sdk/v1/stream").await;
        stream.next().await.unwrap();
        // Two would write over each other's copy.
        let second = command(&arguments).env("SERIN_RELAY_KEYS", &secret).output();
        let second = timeout(PATIENCE, second).await.unwrap().unwrap();
        let told = String::from_utf8(second.stderr).unwrap();
        assert_eq!(second.status.code(), Some(1), "{told}");
        assert!(told.contains("another relay") && told.contains(data.to_str().unwrap()), "{told}");
        sdk.shutdown().await;
        let id = child.id().unwrap().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().await.unwrap().success());
        assert_eq!(stream.next().await.unwrap().name, "goodbye");
        assert_eq!(stream.next().await, None);
        let status = timeout(PATIENCE, child.wait()).await.unwrap().unwrap();
        let mut log = String::new();
        child.stderr.take().unwrap().read_to_string(&mut log).await.unwrap();
        assert_eq!(status.code(), Some(0), "{log}");
        assert!(log.contains("stopped") && !log.contains(&secret), "{log}");
        assert!(data.join("state").exists());
        site.web.stop().await;
    }
}

#[tokio::test]
async fn wrong_uses_are_told() {
    let key = ["--key", "serin_server_some_key"];
    let upstream = ["--upstream", "http://127.0.0.1:9"];
    for (arguments, expected, told) in [
        (&key[..], 2, "--upstream"),
        (&upstream[..], 2, "--key"),
        (&["--upstream", "nonsense", key[0], key[1]], 2, "--upstream"),
        (&[upstream[0], upstream[1], "--key", ","], 2, "key"),
        (
            &[
                upstream[0],
                upstream[1],
                key[0],
                key[1],
                "--data",
                "/proc/nowhere",
            ],
            1,
            "/proc/nowhere",
        ),
    ] {
        let output = timeout(PATIENCE, command(arguments).output())
            .await
            .unwrap()
            .unwrap();
        let log = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(expected), "{arguments:?}: {log}");
        assert!(log.contains(told), "{arguments:?}: {log}");
    }
}
