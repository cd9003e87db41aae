//! `serin serve`, run as people run it: the real binary.

use std::{
    net::{SocketAddr, TcpListener},
    os::fd::OwnedFd,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use serde_json::json;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines},
    net::TcpStream,
    process::{Child, ChildStdout, Command},
    task::JoinSet,
    time::timeout,
};

use crate::{
    harness::until,
    web::{Client, PATIENCE},
};

/// A server in a directory of its own.
struct Serving {
    child: Child,
    out: Lines<BufReader<ChildStdout>>,
    client: Client,
}

fn command(directory: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
    command
        .arg("serve")
        .args(arguments)
        .current_dir(directory.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("SERIN_")) {
        command.env_remove(name);
    }
    // The port that it takes by itself may be somebody's on this machine.
    command.env("SERIN_LISTEN", "127.0.0.1:0");
    command
}

/// The same on a socket that we hold, as systemd does.
fn command_on(socket: &TcpListener, directory: &TempDir) -> Command {
    let plain = command(directory, &[]);
    let mut command = Command::new("sh");
    command.args([
        "-c",
        r#"export LISTEN_PID=$$ LISTEN_FDS=1; exec "$0" "$@" 3<&0 </dev/null"#,
    ]);
    command
        .arg(plain.as_std().get_program())
        .args(plain.as_std().get_args());
    for (name, value) in plain.as_std().get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
        .current_dir(directory.path())
        .stdin(OwnedFd::from(socket.try_clone().unwrap()))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

impl Serving {
    /// Starts it and waits until it says where it is.
    async fn start(directory: &TempDir, arguments: &[&str]) -> Self {
        let arguments = [&["--listen", "127.0.0.1:0"], arguments].concat();
        Self::run(command(directory, &arguments)).await
    }

    async fn run(mut command: Command) -> Self {
        let mut child = command.spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = loop {
            let line = timeout(PATIENCE, out.next_line())
                .await
                .unwrap()
                .unwrap()
                .expect("an address");
            if let Some((_, url)) = line.split_once("Serin is at ") {
                break url.to_owned();
            }
        };
        Self {
            child,
            out,
            client: Client::new(url),
        }
    }

    /// Sends SIGTERM and waits; the exit status, the rest of the output and the log.
    async fn stop(mut self) -> (Option<i32>, String, String) {
        let id = self.child.id().unwrap().to_string();
        assert!(
            Command::new("kill")
                .args(["-TERM", &id])
                .status()
                .await
                .unwrap()
                .success()
        );
        let status = timeout(PATIENCE, self.child.wait()).await.unwrap().unwrap();
        let (mut out, mut log) = (String::new(), String::new());
        self.out
            .into_inner()
            .read_to_string(&mut out)
            .await
            .unwrap();
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut log)
            .await
            .unwrap();
        (status.code(), out, log)
    }
}

/// Runs what is to fail by itself; the exit status and the log.
async fn failing(directory: &TempDir, arguments: &[&str]) -> (Option<i32>, String) {
    let output = timeout(PATIENCE, command(directory, arguments).output())
        .await
        .unwrap()
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

#[tokio::test]
async fn the_first_start_needs_nothing_and_tells_the_password_once() {
    let directory = tempfile::tempdir().unwrap();
    let mut first = Serving::start(&directory, &[]).await;
    let password = loop {
        let line = timeout(PATIENCE, first.out.next_line())
            .await
            .unwrap()
            .unwrap()
            .expect("a password");
        if let Some((_, password)) = line.split_once("with the password ") {
            break password.to_owned();
        }
    };
    let sign_in = json!({"username": "admin", "password": password});
    first
        .client
        .post("/api/v1/session", &sign_in)
        .await
        .expect(200);
    let (status, _, log) = first.stop().await;
    assert_eq!(status, Some(0), "{log}");
    assert!(!log.contains(&password) && log.contains("stopped"), "{log}");
    assert!(!log.contains('\u{1b}'), "colours in a file: {log}");
    let second = Serving::start(&directory, &["--log-format", "json"]).await;
    second
        .client
        .post("/api/v1/session", &sign_in)
        .await
        .expect(200);
    let (status, out, log) = second.stop().await;
    assert_eq!(
        (status, out.contains("password")),
        (Some(0), false),
        "{out}"
    );
    for line in log.lines() {
        let _: serde_json::Value = serde_json::from_str(line).unwrap();
    }
}

#[tokio::test]
async fn a_shutdown_lets_streams_and_writes_end() {
    let directory = tempfile::tempdir().unwrap();
    let token = "serin_token_of_the_serve_tests";
    let serving = Serving::start(&directory, &["--admin-token", token]).await;
    let admin = serving.client.bearer(token);
    admin
        .post("/api/v1/projects", &json!({"key": "shop"}))
        .await
        .expect(201);
    let key = json!({"name": "sdk", "kind": "server"});
    let key = admin
        .post("/api/v1/projects/shop/environments/production/keys", &key)
        .await
        .expect(201)
        .json();
    let mut stream = serving
        .client
        .bearer(key["secret"].as_str().unwrap())
        .stream("/sdk/v1/stream")
        .await;
    stream.next().await.unwrap();
    let (stopped, goodbye) = tokio::join!(serving.stop(), async {
        let goodbye = stream.next().await.unwrap();
        (goodbye.name, stream.next().await)
    });
    assert_eq!(goodbye, ("goodbye".to_owned(), None));
    assert_eq!(stopped.0, Some(0), "{}", stopped.2);
    let again = Serving::start(&directory, &[]).await;
    again
        .client
        .bearer(token)
        .get("/api/v1/projects/shop")
        .await
        .expect(200);
    again.stop().await;
}

#[tokio::test]
async fn a_shutdown_lets_a_request_end_that_has_begun() {
    let directory = tempfile::tempdir().unwrap();
    let token = "serin_token_of_the_serve_tests";
    let serving = Serving::start(&directory, &["--admin-token", token]).await;
    let (_, address) = serving.client.base.split_once("://").unwrap();
    let address = address.to_owned();
    let body = r#"{"key": "shop"}"#;
    let head = format!(
        "POST /api/v1/projects HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        body.len()
    );
    let mut request = TcpStream::connect(&address).await.unwrap();
    request.write_all(head.as_bytes()).await.unwrap();
    let mut go_on = [0; 25];
    request.read_exact(&mut go_on).await.unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    let (stopped, answer) = tokio::join!(serving.stop(), async {
        // It takes nothing new any more.
        until(async || TcpStream::connect(&address).await.err()).await;
        request.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        request.read_to_string(&mut answer).await.unwrap();
        answer
    });
    assert!(answer.starts_with("HTTP/1.1 201 Created"), "{answer}");
    assert_eq!(stopped.0, Some(0), "{}", stopped.2);
}

/// Asks on a connection of its own for each request, until it is told to end; what failed.
async fn ask_on(address: SocketAddr, asked: Arc<AtomicUsize>, end: Arc<AtomicBool>) -> Vec<String> {
    const REQUEST: &[u8] = b"GET /health/live HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n";
    let mut failures = Vec::new();
    while !end.load(Ordering::Relaxed) {
        let ask = async {
            let mut connection = TcpStream::connect(address).await?;
            connection.write_all(REQUEST).await?;
            let mut answer = String::new();
            connection.read_to_string(&mut answer).await?;
            std::io::Result::Ok(answer)
        };
        match ask.await {
            Ok(answer) if answer.starts_with("HTTP/1.1 200") => {}
            other => failures.push(format!("{other:?}")),
        }
        asked.fetch_add(1, Ordering::Relaxed);
    }
    failures
}

#[tokio::test]
async fn a_restart_on_a_socket_that_is_held_fails_no_request() {
    let directory = tempfile::tempdir().unwrap();
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let mut serving = Serving::run(command_on(&socket, &directory)).await;
    assert_eq!(serving.client.base, format!("http://{address}"));
    let (asked, end) = (
        Arc::new(AtomicUsize::new(0)),
        Arc::new(AtomicBool::new(false)),
    );
    let mut clients = JoinSet::new();
    for _ in 0..32 {
        clients.spawn(ask_on(address, Arc::clone(&asked), Arc::clone(&end)));
    }
    for _ in 0..2 {
        let enough = asked.load(Ordering::Relaxed) + 200;
        until(async || (asked.load(Ordering::Relaxed) > enough).then_some(())).await;
        let (status, _, log) = serving.stop().await;
        assert_eq!(status, Some(0), "{log}");
        serving = Serving::run(command_on(&socket, &directory)).await;
    }
    let enough = asked.load(Ordering::Relaxed) + 200;
    until(async || (asked.load(Ordering::Relaxed) > enough).then_some(())).await;
    end.store(true, Ordering::Relaxed);
    let failures = clients.join_all().await.concat();
    assert!(
        failures.is_empty(),
        "{} of {}: {:?}",
        failures.len(),
        asked.load(Ordering::Relaxed),
        failures[0]
    );
    serving.stop().await;
}

#[tokio::test]
async fn failures_and_wrong_uses_have_their_own_exit_status() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (status, log) = failing(&directory, &["--listen", &address]).await;
    assert_eq!(status, Some(1));
    assert!(log.contains(&address), "{log}");
    assert!(!directory.path().join("serin.db").exists());
    for (arguments, expected) in [
        (&["--database-url", "mysql://somewhere"][..], 2),
        (&["--database-url", "sqlite://"], 2),
        (&["--admin-token", "short"], 2),
        (&["--log", "no=such=filter"], 2),
        (&["--public-url", "nonsense"], 2),
        (&["--nonsense"], 2),
        (&["--listen", "nowhere"], 2),
    ] {
        let (status, log) = failing(&directory, arguments).await;
        assert_eq!(
            (status, log.is_empty()),
            (Some(expected), false),
            "{arguments:?}: {log}"
        );
    }
}

#[tokio::test]
async fn a_database_that_cannot_be_opened_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("text.db"), "x".repeat(4096)).unwrap();
    let closed = TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let postgres = format!("postgres://serin:secret-word@{closed}/serin");
    for (url, named) in [
        ("sqlite://text.db", "text.db"),
        ("sqlite://no/such/folder.db", "no/such/folder.db"),
        (postgres.as_str(), "onnection refused"),
    ] {
        let arguments = ["--listen", "127.0.0.1:0", "--database-url", url];
        let (status, log) = failing(&directory, &arguments).await;
        assert_eq!(status, Some(1), "{log}");
        assert!(log.contains(named) && !log.contains("secret-word"), "{log}");
    }
}

#[tokio::test]
async fn a_database_that_only_reads_is_refused_at_the_start() {
    let directory = tempfile::tempdir().unwrap();
    Serving::start(&directory, &[]).await.stop().await;
    let arguments = [
        "--listen",
        "127.0.0.1:0",
        "--database-url",
        "sqlite://serin.db?mode=ro",
    ];
    let (status, log) = failing(&directory, &arguments).await;
    assert_eq!(status, Some(1), "{log}");
    assert!(log.contains("readonly"), "{log}");
}

/// As a browser does that was given https in the place of http.
#[tokio::test]
async fn what_is_no_request_is_no_failure_of_ours() {
    let directory = TempDir::new().unwrap();
    let serving = Serving::start(&directory, &["--log", "info,serin_server=debug"]).await;
    let address = serving.client.base.trim_start_matches("http://").to_owned();
    let mut connection = TcpStream::connect(address).await.unwrap();
    // How a ClientHello begins.
    let hello = [0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x03];
    connection.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, connection.read_to_end(&mut answer))
        .await
        .unwrap()
        .unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    let (status, _, log) = serving.stop().await;
    assert_eq!(status, Some(0), "{log}");
    assert!(!log.contains("ERROR"), "{log}");
    let told = log.lines().find(|line| line.contains("no request came"));
    assert!(told.is_some_and(|line| line.contains("DEBUG")), "{log}");
}
