//! The real HTTP server around an application, and a client for it.

use std::{net::TcpListener, sync::Once, time::Duration};

use reqwest::{
    Method,
    header::{HeaderMap, HeaderName, HeaderValue},
};
use serde_json::Value;
use serin_server::{
    app::App,
    config::{Protection, RateLimits},
    http::{Server, Settings},
};
use tokio::time::Instant;

/// No limit, so that tests don't meet it by chance.
pub(crate) const NO_LIMITS: RateLimits = RateLimits {
    sign_ins: 0,
    client_key: 0,
    server_key: 0,
};
/// Longer than anything takes that works.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

/// A server that runs in this process.
pub(crate) struct Web {
    pub(crate) app: App,
    server: Option<Server>,
    /// Sends what everybody may send.
    pub(crate) anyone: Client,
}

impl Web {
    /// Starts a server on a free port.
    pub(crate) fn start(app: &App, rate_limits: RateLimits) -> Self {
        Self::protected(app, rate_limits, Protection::NONE)
    }

    /// The same with limits to what callers may take up.
    pub(crate) fn protected(app: &App, rate_limits: RateLimits, protection: Protection) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let settings = Settings {
            public_url: None,
            secure_cookies: false,
            rate_limits,
            protection,
            workers: 1,
            shutdown_timeout: 0,
            drain: Duration::ZERO,
            listener_stays: false,
        };
        let server = Server::start(app.clone(), settings, listener).unwrap();
        let anyone = Client::new(format!("http://{}", server.address()));
        Self {
            app: app.clone(),
            server: Some(server),
            anyone,
        }
    }

    /// Stops the server, not the application.
    pub(crate) async fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            server.stop().await.unwrap();
        }
    }
}

fn http_client() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    // Tests speak plain HTTP, but the client wants to know how it would speak TLS.
    PROVIDER.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
    reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        .build()
        .unwrap()
}

/// Somebody who sends requests, with some headers on each.
#[derive(Clone)]
pub(crate) struct Client {
    pub(crate) base: String,
    http: reqwest::Client,
    headers: HeaderMap,
}

impl Client {
    /// Somebody who talks to a server at an address.
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            http: http_client(),
            headers: HeaderMap::new(),
        }
    }

    /// The same with one more header.
    pub(crate) fn with(&self, name: &'static str, value: &str) -> Self {
        let mut client = self.clone();
        client.headers.insert(
            HeaderName::from_static(name),
            HeaderValue::from_str(value).unwrap(),
        );
        client
    }

    /// The same at another server.
    pub(crate) fn at(self, web: &Web) -> Self {
        Self {
            base: web.anyone.base.clone(),
            ..self
        }
    }

    /// The same with a token or an SDK key.
    pub(crate) fn bearer(&self, secret: &str) -> Self {
        self.with("authorization", &format!("Bearer {secret}"))
    }

    /// What [`Self::bearer`] was given.
    #[track_caller]
    pub(crate) fn secret(&self) -> &str {
        let header = self.headers["authorization"].to_str().unwrap();
        header.strip_prefix("Bearer ").unwrap()
    }

    /// A request that nothing was put into yet.
    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.base))
            .headers(self.headers.clone())
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Reply {
        send(self.request(Method::POST, path).json(body)).await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Reply {
        send(self.request(Method::PUT, path).json(body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Reply {
        let request = self.request(Method::PATCH, path);
        send(
            request
                .header("content-type", "application/merge-patch+json")
                .body(body.to_string()),
        )
        .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    /// Sends a body as it is.
    pub(crate) async fn raw(
        &self,
        method: Method,
        path: &str,
        media_type: &str,
        body: impl Into<reqwest::Body>,
    ) -> Reply {
        send(
            self.request(method, path)
                .header("content-type", media_type)
                .body(body),
        )
        .await
    }

    /// Opens a stream.
    pub(crate) async fn stream(&self, path: &str) -> Events {
        // Were the client to give up, that would look like an end.
        let request = self.request(Method::GET, path).timeout(PATIENCE * 100);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Events {
            response,
            buffer: String::new(),
        }
    }
}

/// Sends a request and reads the whole answer.
pub(crate) async fn send(request: reqwest::RequestBuilder) -> Reply {
    let response = request.send().await.unwrap();
    Reply {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        body: response.bytes().await.unwrap().to_vec(),
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The same, which must have this status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The body, which must be JSON.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .unwrap_or_else(|| panic!("no {name}: {:?}", self.headers))
            .to_str()
            .unwrap()
    }

    /// The error, which must be of this code and its status; what every error has is checked.
    #[track_caller]
    pub(crate) fn fails(self, code: &str) -> Value {
        let body = self.json();
        let error = &body["error"];
        assert_eq!(error["code"], code, "{body}");
        let (_, status) = serin_api::error::codes::ALL
            .iter()
            .find(|(known, _)| *known == code)
            .unwrap();
        assert_eq!(self.status, *status, "{body}");
        assert_eq!(error["request_id"], self.header("x-request-id"), "{body}");
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{body}"
        );
        error.clone()
    }
}

/// The events of a stream.
pub(crate) struct Events {
    response: reqwest::Response,
    buffer: String,
}

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Event {
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) data: Value,
}

impl Events {
    /// A header of the answer that carries them.
    #[track_caller]
    pub(crate) fn header(&self, name: &str) -> &str {
        self.response.headers()[name].to_str().unwrap()
    }

    /// The next event; comments are passed over, and put nothing off. `None` where the stream
    /// ended.
    pub(crate) async fn next(&mut self) -> Option<Event> {
        let end = Instant::now() + PATIENCE;
        loop {
            while let Some((frame, rest)) = self.buffer.split_once("\n\n") {
                let (frame, rest) = (frame.to_owned(), rest.to_owned());
                self.buffer = rest;
                if let Some(event) = parse(&frame) {
                    return Some(event);
                }
            }
            let chunk = tokio::time::timeout_at(end, self.response.chunk());
            let chunk = chunk.await.expect("the stream goes on without an event");
            self.buffer
                .push_str(std::str::from_utf8(&chunk.ok().flatten()?).unwrap());
        }
    }
}

fn parse(frame: &str) -> Option<Event> {
    let field = |name: &str| {
        frame
            .lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    };
    Some(Event {
        name: field("event").unwrap_or("message").to_owned(),
        id: field("id").map(str::to_owned),
        data: serde_json::from_str(field("data")?).unwrap(),
    })
}
