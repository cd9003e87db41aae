//! Somebody who listens to webhooks, and answers as it is told.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use serde_json::Value;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// A request that came.
#[derive(Clone, Debug)]
pub(crate) struct Heard {
    pub(crate) headers: HashMap<String, String>,
    pub(crate) text: String,
}

impl Heard {
    pub(crate) fn body(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    pub(crate) fn event(&self) -> String {
        self.body()["type"].as_str().unwrap().to_owned()
    }
}

/// Listens, on a port of its own.
pub(crate) struct Receiver {
    pub(crate) url: String,
    heard: Arc<Mutex<Vec<Heard>>>,
    answer: Arc<Mutex<String>>,
    task: JoinHandle<()>,
}

impl Receiver {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let heard = Arc::<Mutex<Vec<Heard>>>::default();
        let answer = Arc::new(Mutex::new("204 No Content".to_owned()));
        let (hears, answers) = (Arc::clone(&heard), Arc::clone(&answer));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (hears, answers) = (Arc::clone(&hears), Arc::clone(&answers));
                tokio::spawn(async move { one(stream, &hears, &answers).await });
            }
        });
        Self {
            url,
            heard,
            answer,
            task,
        }
    }

    /// What it answers from now on: a status, and headers after it.
    pub(crate) fn answers(&self, status: &str) {
        *self.answer.lock().unwrap() = status.to_owned();
    }

    /// What came, and is forgotten then.
    pub(crate) fn heard(&self) -> Vec<Heard> {
        std::mem::take(&mut self.heard.lock().unwrap())
    }

    /// The names of the events that came, which are forgotten then.
    pub(crate) fn events(&self) -> Vec<String> {
        self.heard().iter().map(Heard::event).collect()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Reads one request, and answers it; nothing where the other side breaks off.
async fn one(stream: TcpStream, heard: &Mutex<Vec<Heard>>, answer: &Mutex<String>) {
    let mut stream = BufReader::new(stream);
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.unwrap_or(0) == 0 {
            return;
        }
        if line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(": ") {
            headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
        }
    }
    let length: usize = headers["content-length"].parse().unwrap();
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.unwrap();
    let text = String::from_utf8(body).unwrap();
    let answer = answer.lock().unwrap().clone();
    heard.lock().unwrap().push(Heard { headers, text });
    let answer = format!("HTTP/1.1 {answer}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    // Whoever asked may be gone.
    drop(stream.write_all(answer.as_bytes()).await);
}
