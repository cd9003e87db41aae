//! What `serin serve` can be told, by flag or by variable.

mod protection;

use std::{
    net::{SocketAddr, ToSocketAddrs as _},
    num::NonZeroUsize,
    thread,
};

use actix_web::http::Uri;
use clap::{Args, ValueEnum};
use tracing_subscriber::EnvFilter;

use crate::{prometheus, webhook};

pub use protection::Protection;

/// Serve the API, the streams and the web UI
#[derive(Args, Clone, Debug)]
pub struct Serve {
    /// Address and port to listen on; port 0 takes a free one
    #[arg(
        long,
        env = "SERIN_LISTEN",
        value_name = "ADDRESS:PORT",
        default_value = "127.0.0.1:8080",
        value_parser = listen_address
    )]
    pub listen: SocketAddr,

    /// Where everything is kept: `sqlite://PATH` for one node, `postgres://USER:PASSWORD@HOST/NAME` for any number of them.
    /// The SQLite file is made where it does not exist; migrations run at each start
    #[arg(
        long,
        env = "SERIN_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://serin.db",
        hide_env_values = true
    )]
    pub database_url: String,

    /// The address under which people and SDKs reach this server, such as `https://flags.example.com`;
    /// with https the session cookie is sent over https only
    #[arg(long, env = "SERIN_PUBLIC_URL", value_name = "URL", value_parser = web_address)]
    pub public_url: Option<String>,

    /// Password of the user `admin`, set on the first start only. Without it, one is made up and printed once.
    /// Other users of the machine can see command lines: better use the variable
    #[arg(
        long,
        env = "SERIN_ADMIN_PASSWORD",
        value_name = "PASSWORD",
        hide_env_values = true
    )]
    pub admin_password: Option<String>,

    /// API token of the user `admin`, set on the first start only; for automation that is there from the beginning.
    /// Other users of the machine can see command lines: better use the variable
    #[arg(
        long,
        env = "SERIN_ADMIN_TOKEN",
        value_name = "TOKEN",
        hide_env_values = true
    )]
    pub admin_token: Option<String>,

    /// Send the session cookie over https only, also where --public-url does not say https
    #[arg(long, env = "SERIN_SECURE_COOKIES")]
    pub secure_cookies: bool,

    /// Make a project `demo` with flags, a segment and a running release, where there is none yet
    #[arg(long, env = "SERIN_DEMO")]
    pub demo: bool,

    /// Threads that answer requests; one for each core where it is not given
    #[arg(long, env = "SERIN_WORKERS", value_name = "COUNT")]
    pub workers: Option<NonZeroUsize>,

    /// Seconds that running requests and streams get to end at a shutdown; with 0 they are cut off at once
    #[arg(
        long,
        env = "SERIN_SHUTDOWN_TIMEOUT",
        value_name = "SECONDS",
        default_value_t = 10
    )]
    pub shutdown_timeout: u64,

    /// Seconds that the server goes on answering after it was told to end, while /health/ready says that it is not ready: longer
    /// than the load balancer takes to see that, so that an upgrade fails no request
    #[arg(long, env = "SERIN_DRAIN", value_name = "SECONDS", default_value_t = 0)]
    pub drain: u64,

    /// Seconds after the end of a window of evidence until it is judged; what comes later is late. SDKs report within two seconds,
    /// and a relay hands on within fifteen: where there is none, fewer make releases act sooner. The same on all nodes
    #[arg(
        long,
        env = "SERIN_EVIDENCE_GRACE",
        value_name = "SECONDS",
        default_value_t = 20,
        value_parser = clap::value_parser!(u16).range(3..=600)
    )]
    pub evidence_grace: u16,

    #[command(flatten)]
    pub prometheus: prometheus::Settings,

    #[command(flatten)]
    pub rate_limits: RateLimits,

    #[command(flatten)]
    pub protection: Protection,

    #[command(flatten)]
    pub webhooks: Webhooks,

    #[command(flatten)]
    pub logging: Logging,
}

/// Where webhooks may lead.
#[derive(Args, Clone, Copy, Debug)]
pub struct Webhooks {
    /// Post webhooks to public addresses only: not to this machine, nor into private networks
    #[arg(long = "webhooks-public-only", env = "SERIN_WEBHOOKS_PUBLIC_ONLY")]
    pub public_only: bool,
}

impl From<Webhooks> for webhook::Options {
    fn from(Webhooks { public_only }: Webhooks) -> Self {
        Self { public_only }
    }
}

/// How often callers may come; 0 is no limit.
#[derive(Args, Clone, Copy, Debug)]
pub struct RateLimits {
    /// Attempts to sign in, per minute, by one username from one address; 0 for no limit
    #[arg(
        long = "sign-in-rate",
        env = "SERIN_SIGN_IN_RATE",
        value_name = "COUNT",
        default_value_t = 10
    )]
    pub sign_ins: u32,

    /// Evaluation requests per second with one client key, which anybody can read in a browser; 0 for no limit
    #[arg(
        long = "client-key-rate",
        env = "SERIN_CLIENT_KEY_RATE",
        value_name = "COUNT",
        default_value_t = 2000
    )]
    pub client_key: u32,

    /// Evaluation requests per second with one server key; 0 for no limit
    #[arg(
        long = "server-key-rate",
        env = "SERIN_SERVER_KEY_RATE",
        value_name = "COUNT",
        default_value_t = 0
    )]
    pub server_key: u32,
}

/// What is logged, and how; logs go to standard error.
#[derive(Args, Clone, Debug)]
pub struct Logging {
    /// What to log: a level (error, warn, info, debug, trace), or levels by module such as `info,serin_server::http=debug`
    #[arg(
        long,
        env = "SERIN_LOG",
        value_name = "FILTER",
        value_parser = log_filter,
        default_value = "info,actix_server=warn,sqlx=warn"
    )]
    pub log: String,

    /// How to write it
    #[arg(
        long,
        env = "SERIN_LOG_FORMAT",
        value_name = "FORMAT",
        default_value = "text"
    )]
    pub log_format: LogFormat,
}

/// How logs are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// A line for people
    Text,
    /// A JSON object a line
    Json,
}

/// Reads an address to listen on; the one of IPv4 where a name has several, since that is
/// what other programs try for it too.
pub(crate) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    let message = |why: &dyn std::fmt::Display| format!("it is like 127.0.0.1:8080 ({why})");
    let found: Vec<_> = text
        .to_socket_addrs()
        .map_err(|error| message(&error))?
        .collect();
    let first = found.iter().find(|address| address.is_ipv4());
    first
        .or(found.first())
        .copied()
        .ok_or_else(|| message(&"the name has no address"))
}

/// Reads an address for people and SDKs, without the slash at its end.
pub(crate) fn web_address(text: &str) -> Result<String, String> {
    let message = "it is like https://flags.example.com";
    let uri: Uri = text.parse().map_err(|_| message.to_owned())?;
    let web = matches!(uri.scheme_str(), Some("http" | "https"));
    if !web || uri.host().is_none_or(str::is_empty) || uri.query().is_some() || text.contains('#') {
        return Err(message.to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn log_filter(text: &str) -> Result<String, String> {
    let read = EnvFilter::try_new(text).map_err(|error| error.to_string());
    read.map(|_| text.to_owned())
}

impl Serve {
    /// Whether session cookies are for https only.
    pub fn https_only(&self) -> bool {
        self.secure_cookies
            || self
                .public_url
                .as_deref()
                .and_then(|url| url.split_once(':'))
                .is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case("https"))
    }

    /// How many threads answer requests.
    pub fn worker_count(&self) -> usize {
        self.workers
            .or_else(|| thread::available_parallelism().ok())
            .map_or(1, NonZeroUsize::get)
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Command {
        #[command(flatten)]
        serve: Serve,
    }

    fn parse(arguments: &[&str]) -> Result<Serve, clap::Error> {
        Command::try_parse_from(std::iter::once(&"serve").chain(arguments))
            .map(|command| command.serve)
    }

    #[test]
    fn needs_nothing() {
        let serve = parse(&[]).unwrap();
        assert_eq!(serve.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(serve.database_url, "sqlite://serin.db");
        assert!(!serve.https_only() && !serve.demo && serve.worker_count() > 0);
    }

    #[test]
    fn listens_by_name_too() {
        let listen = |text| parse(&["--listen", text]).unwrap().listen.to_string();
        assert_eq!(listen("localhost:8081"), "127.0.0.1:8081");
        assert_eq!(listen("[::1]:8081"), "[::1]:8081");
    }

    #[test]
    fn https_makes_cookies_secure() {
        assert!(
            parse(&["--public-url", "https://flags.example.com"])
                .unwrap()
                .https_only()
        );
        assert!(
            !parse(&["--public-url", "http://flags.example.com"])
                .unwrap()
                .https_only()
        );
        assert!(parse(&["--secure-cookies"]).unwrap().https_only());
        let slash = parse(&["--public-url", "HTTPS://flags.example.com/"]).unwrap();
        assert_eq!(
            slash.public_url.as_deref(),
            Some("HTTPS://flags.example.com")
        );
        assert!(slash.https_only());
    }

    #[test]
    fn refuses_what_it_cannot_use() {
        for arguments in [
            &["--listen", "nowhere"][..],
            &["--workers", "0"],
            // SDKs take two seconds.
            &["--evidence-grace", "2"],
            &["--evidence-grace", "601"],
            &["--log-format", "xml"],
            &["--log", "no=such=filter"],
            &["--public-url", "nonsense"],
            &["--public-url", "ftp://flags.example.com"],
            &["--public-url", "https://"],
            &["--public-url", "https://flags.example.com/?a=b"],
            &["--nonsense"],
        ] {
            assert!(parse(arguments).is_err(), "{arguments:?}");
        }
    }
}
