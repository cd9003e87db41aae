//! Where logs go, and what of the libraries' is none of ours.

use std::{
    fmt,
    io::{self, IsTerminal as _},
};

use anyhow::{Context as _, Result};
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    EnvFilter, Layer, layer, layer::SubscriberExt as _, util::SubscriberInitExt as _,
};

use crate::config::{LogFormat, Logging};

/// Who says of a connection that no request came on it.
const DISPATCHER: &str = "actix_http::h1::dispatcher";
/// How it begins: with TLS to a port without, and with whatever else is no HTTP.
const NO_REQUEST: &str = "stream error: ";

/// Sets up the log.
///
/// # Errors
/// Where the filter makes no sense.
pub(super) fn log(logging: &Logging) -> Result<()> {
    let filter = EnvFilter::try_new(&logging.log)
        .with_context(|| format!("the log filter {:?}", logging.log))?;
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    match logging.log_format {
        LogFormat::Text => subscriber.finish().with(NoRequests).init(),
        LogFormat::Json => subscriber.json().finish().with(NoRequests).init(),
    }
    Ok(())
}

/// What comes on a connection and is no request is a mistake of whoever sent it. The library calls it
/// an error; here it is told at `debug`.
struct NoRequests;

impl<S: Subscriber> Layer<S> for NoRequests {
    fn event_enabled(&self, event: &Event<'_>, _: layer::Context<'_, S>) -> bool {
        if event.metadata().target() != DISPATCHER {
            return true;
        }
        let mut message = Message::default();
        event.record(&mut message);
        let Some(reason) = message.0.strip_prefix(NO_REQUEST) else {
            return true;
        };
        tracing::debug!(target: "serin_server::http", "no request came on a connection: {reason}");
        false
    }
}

/// The text of an event.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
