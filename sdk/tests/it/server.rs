//! A server made of a listener and of what a test writes.

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serin_sdk::{Client, ClientBuilder};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Longer than anything takes that works.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits for what must happen.
#[track_caller]
pub(crate) fn within<F: Future>(future: F) -> impl Future<Output = F::Output> {
    let place = std::panic::Location::caller();
    async move {
        match tokio::time::timeout(LIMIT, future).await {
            Ok(output) => output,
            Err(_) => panic!("it did not happen: {place}"),
        }
    }
}

/// Waits long enough to believe that something does not happen.
pub(crate) async fn never<F: Future>(future: F) {
    let happened = tokio::time::timeout(Duration::from_millis(300), future).await;
    assert!(happened.is_err(), "it happened");
}

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    streams: mpsc::UnboundedReceiver<Request>,
    telemetry: mpsc::UnboundedReceiver<Request>,
    polls: mpsc::UnboundedReceiver<Request>,
    serves_polls: Arc<AtomicBool>,
    accepting: JoinHandle<()>,
}

/// A request that waits for its answer.
pub(crate) struct Request {
    pub(crate) line: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
    socket: TcpStream,
}

/// An answer that goes on.
pub(crate) struct Stream {
    socket: TcpStream,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_at("127.0.0.1:0".parse().unwrap()).await
    }

    pub(crate) async fn start_at(address: SocketAddr) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let address = listener.local_addr().unwrap();
        let (to_streams, streams) = mpsc::unbounded_channel();
        let (to_telemetry, telemetry) = mpsc::unbounded_channel();
        let (to_polls, polls) = mpsc::unbounded_channel();
        let serves_polls = Arc::new(AtomicBool::new(false));
        let serves = Arc::clone(&serves_polls);
        let accepting = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let (to_streams, to_telemetry) = (to_streams.clone(), to_telemetry.clone());
                let (to_polls, serves) = (to_polls.clone(), Arc::clone(&serves));
                tokio::spawn(async move {
                    let Some(request) = read(socket).await else {
                        return;
                    };
                    let queue = if request.line.starts_with("GET /sdk/v1/stream ") {
                        to_streams
                    } else if request.line.starts_with("GET /sdk/v1/ruleset ") {
                        if !serves.load(Ordering::Relaxed) {
                            return request.answer("404 Not Found", "").await;
                        }
                        to_polls
                    } else {
                        to_telemetry
                    };
                    let _ = queue.send(request);
                });
            }
        });
        Self {
            address,
            streams,
            telemetry,
            polls,
            serves_polls,
            accepting,
        }
    }

    /// A client that is impatient enough for tests.
    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder(format!("http://{}", self.address), "srv_test")
            .backoff(Duration::from_millis(1), Duration::from_millis(20))
            .telemetry_interval(Duration::from_millis(20))
            .seed(1)
    }

    /// The next request for the stream.
    pub(crate) async fn request(&mut self) -> Request {
        self.streams.recv().await.unwrap()
    }

    /// The next request for the stream, answered by an open one.
    #[track_caller]
    pub(crate) fn stream(&mut self) -> impl Future<Output = Stream> {
        within(async { self.request().await.open().await })
    }

    /// Gives requests for the whole ruleset to the test, instead of answering 404.
    pub(crate) fn serve_polls(&self) {
        self.serves_polls.store(true, Ordering::Relaxed);
    }

    /// The next request for the whole ruleset.
    pub(crate) async fn poll(&mut self) -> Request {
        self.polls.recv().await.unwrap()
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The next request with telemetry.
    pub(crate) async fn telemetry(&mut self) -> Request {
        self.telemetry.recv().await.unwrap()
    }

    /// Closes the listener, so that connecting is refused.
    pub(crate) async fn stop(self) -> SocketAddr {
        self.accepting.abort();
        let _ = self.accepting.await;
        self.address
    }
}

impl Request {
    pub(crate) fn last_event_id(&self) -> Option<&str> {
        self.headers.get("last-event-id").map(String::as_str)
    }

    /// Answers with a status line, like `503 Service Unavailable`, and headers.
    pub(crate) async fn answer(self, status: &str, headers: &str) {
        self.answer_with(status, headers, "").await;
    }

    /// Answers with a ruleset and its tag.
    pub(crate) async fn ruleset(self, document: impl ToString, tag: &str) {
        let headers = format!("content-type: application/json\r\netag: {tag}\r\n");
        self.answer_with("200 OK", &headers, &document.to_string())
            .await;
    }

    async fn answer_with(mut self, status: &str, headers: &str, body: &str) {
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        // The client may have gone.
        let _ = self.socket.write_all(answer.as_bytes()).await;
    }

    pub(crate) async fn open(mut self) -> Stream {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                    transfer-encoding: chunked\r\n\r\n";
        self.socket.write_all(head.as_bytes()).await.unwrap();
        Stream {
            socket: self.socket,
        }
    }
}

impl Stream {
    pub(crate) async fn event(&mut self, name: &str, data: impl ToString) {
        let data = data.to_string();
        self.bytes(format!("event: {name}\nid: 1\ndata: {data}\n\n").as_bytes())
            .await;
    }

    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend_from_slice(bytes);
        chunk.extend_from_slice(b"\r\n");
        self.socket.write_all(&chunk).await.unwrap();
    }

    /// Ends the answer as HTTP wants it. (Dropping it cuts it off.)
    pub(crate) async fn end(mut self) {
        self.socket.write_all(b"0\r\n\r\n").await.unwrap();
    }

    /// Waits until the client has closed it.
    pub(crate) async fn closed(mut self) {
        let mut rest = Vec::new();
        let _ = self.socket.read_to_end(&mut rest).await;
    }
}

async fn read(socket: TcpStream) -> Option<Request> {
    let mut reader = BufReader::new(socket);
    let mut line = String::new();
    reader.read_line(&mut line).await.ok()?;
    let mut headers = HashMap::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).await.ok()?;
        let Some((name, value)) = header.trim_end().split_once(": ") else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length");
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).await.ok()?;
    Some(Request {
        line,
        headers,
        body: String::from_utf8(body).unwrap(),
        socket: reader.into_inner(),
    })
}
