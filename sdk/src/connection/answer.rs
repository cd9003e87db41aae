//! What the head of an answer says.

use std::time::Duration;

use chrono::DateTime;
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER};
use reqwest::{Response, StatusCode};

use super::{End, Limits, Next};
use crate::status::Problem;

/// A `Retry-After` of longer than this is a mistake.
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(300);

/// What to make of an answer that is not the one that was hoped for.
pub(super) fn refused(response: &Response, limits: &Limits) -> End {
    let status = response.status().as_u16();
    let retry_after = retry_after(response);
    match status {
        401 | 403 => End {
            next: Next::NotBefore(limits.unauthorized),
            ..End::new(Problem::Unauthorized { status })
        },
        // The server says that it has too much to do: it is no proxy.
        429 | 503 => End {
            next: retry_after.map_or(Next::Backoff, Next::NotBefore),
            ..End::new(refusal(response))
        },
        _ => End {
            next: retry_after.map_or(Next::Backoff, Next::NotBefore),
            ..End::fruitless(refusal(response))
        },
    }
}

/// What a request ended in that got no answer, or half of one. A proxy that does not
/// like streams may cut them; one cannot even be connected with where there is none.
pub(super) fn unreachable(error: reqwest::Error) -> End {
    let fruitless = !error.is_connect();
    let problem = Problem::Unreachable(with_causes(&error.without_url()));
    End {
        fruitless,
        ..End::new(problem)
    }
}

/// The same where time ran out.
pub(super) fn late(limit: Duration) -> End {
    End::fruitless(Problem::Unreachable(format!("no answer within {limit:?}")))
}

/// An error's message and those of its causes, which hold what one needs to know.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !message.ends_with(&text) {
            message.push_str(": ");
            message.push_str(&text);
        }
        cause = error.source();
    }
    message
}

pub(super) fn is_event_stream(response: &Response) -> bool {
    response.status() == StatusCode::OK
        && text(response.headers(), &CONTENT_TYPE)
            .is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"))
}

pub(super) fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

fn refusal(response: &Response) -> Problem {
    let status = response.status();
    let reason = match text(response.headers(), &LOCATION) {
        Some(location) if status.is_redirection() => {
            format!("HTTP {status} to {location}; give the client that address")
        }
        _ if status.is_success() => format!("HTTP {status} without an event stream"),
        _ => format!("HTTP {status}"),
    };
    Problem::Refused {
        status: status.as_u16(),
        reason,
    }
}

/// The `Retry-After` of an answer: seconds, or a date, which is compared with the
/// server's own `Date`, since the clock here may be wrong.
pub(crate) fn retry_after(response: &Response) -> Option<Duration> {
    let headers = response.headers();
    let after = text(headers, &RETRY_AFTER)?.trim();
    let wait = match after.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let date = |text| DateTime::parse_from_rfc2822(text).ok();
            let wait = date(after)? - date(text(headers, &DATE)?)?;
            wait.to_std().unwrap_or_default()
        }
    };
    Some(wait.min(LONGEST_RETRY_AFTER))
}
