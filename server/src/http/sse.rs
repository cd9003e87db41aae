//! Server-sent events: frames, and the answer that carries them.

use std::time::Duration;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Bytes,
};
use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt as _, stream::iter};
use serde::Serialize;
use serin_api::sdk::{Goodbye, stream};

use super::limits::streams::Permit;
use crate::publish::Configuration;

/// How long a stream may be silent before a comment is sent.
pub(crate) const HEARTBEAT: Duration = Duration::from_secs(stream::HEARTBEAT_SECS);
/// Clients that are told to go come back spread over this many milliseconds.
const SPREAD_MS: u64 = 10_000;
/// When pages come back after a connection broke, in milliseconds.
const RETRY_MS: u64 = 2000;
/// How many bytes are given out at once.
const PIECE: usize = 16 << 10;
/// The soonest that they come back.
const SOONEST_MS: u64 = 500;

/// A comment that says the stream lives.
pub(crate) fn heartbeat() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// One event. JSON has no line breaks of its own, so its data is one line.
pub(crate) fn event(
    name: &str,
    id: Option<&str>,
    data: &impl Serialize,
) -> Result<Bytes, serde_json::Error> {
    let mut frame = format!("event: {name}\n").into_bytes();
    if let Some(id) = id {
        frame.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    frame.extend_from_slice(b"data: ");
    serde_json::to_writer(&mut frame, data)?;
    frame.extend_from_slice(b"\n\n");
    Ok(Bytes::from(frame))
}

/// The first frame of a stream of OFREP: no event, but what the page has, for when it
/// comes back before it was told anything.
pub(crate) fn greeting(known: &Configuration) -> Bytes {
    Bytes::from(format!("retry: {RETRY_MS}\nid: {known}\n\n"))
}

/// An event of OFREP: another configuration is in force, fetch again. `now` says when
/// this was told, in whole seconds.
pub(crate) fn refetch(configuration: &Configuration, now: DateTime<Utc>) -> Bytes {
    let at = now.timestamp();
    Bytes::from(format!(
        "id: {configuration}\ndata: {{\"type\":\"refetchEvaluation\",\"etag\":\"{configuration}\",\"lastModified\":{at}}}\n\n"
    ))
}

/// The last event before a shutdown, for the `n`th stream: the delays are spread evenly,
/// so that the clients of one node don't all fall upon the next at once.
pub(crate) fn goodbye(n: u64) -> Bytes {
    // Steps of the golden ratio fill the range without clumps.
    let spread = n.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
    let retry_ms = SOONEST_MS + spread % SPREAD_MS;
    let data = serde_json::to_string(&Goodbye { retry_ms }).unwrap_or_default();
    Bytes::from(format!(
        "event: {}\nretry: {retry_ms}\ndata: {data}\n\n",
        stream::GOODBYE
    ))
}

/// An answer that sends `frames` as they come, for as long as `permit` is held.
///
/// A frame is given out in pieces. They are copied to be sent, and no more of them are asked
/// for while the reader does not take them: so a whole ruleset that goes to ten thousand readers is not in
/// memory ten thousand times.
pub(crate) fn answer(frames: impl Stream<Item = Bytes> + 'static, permit: Permit) -> HttpResponse {
    let pieces = frames.flat_map(move |frame| {
        let _held = &permit;
        iter(pieces(frame))
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")))
        // A proxy that buffers would hold the events back.
        .insert_header(("x-accel-buffering", "no"))
        .streaming(pieces.map(Ok::<_, std::convert::Infallible>))
}

/// The bytes in pieces, which share them.
fn pieces(mut frame: Bytes) -> impl Iterator<Item = Bytes> {
    std::iter::from_fn(move || {
        let next = frame.split_to(frame.len().min(PIECE));
        (!next.is_empty()).then_some(next)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_one_frame() {
        let frame = event(
            "change",
            Some("7"),
            &serde_json::json!({"text": "two\nlines"}),
        )
        .unwrap();
        assert_eq!(
            frame,
            "event: change\nid: 7\ndata: {\"text\":\"two\\nlines\"}\n\n"
        );
    }

    #[test]
    fn a_large_frame_goes_out_in_pieces_that_share_it() {
        let frame = Bytes::from(vec![b'x'; 3 * PIECE + 1]);
        let all: Vec<_> = pieces(frame.clone()).collect();
        let lengths: Vec<_> = all.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [PIECE, PIECE, PIECE, 1]);
        assert_eq!(all[1].as_ptr(), frame[PIECE..].as_ptr());
        assert_eq!(pieces(Bytes::new()).count(), 0);
    }

    #[test]
    fn goodbyes_are_spread_over_the_range() {
        let delay = |n| {
            let frame = String::from_utf8(goodbye(n).to_vec()).unwrap();
            let data = frame
                .lines()
                .find_map(|line| line.strip_prefix("data: "))
                .unwrap()
                .to_owned();
            serde_json::from_str::<Goodbye>(&data).unwrap().retry_ms
        };
        let mut buckets = [0; 10];
        for n in 0..1000 {
            let delay = delay(n);
            assert!((SOONEST_MS..SOONEST_MS + SPREAD_MS).contains(&delay));
            buckets[usize::try_from((delay - SOONEST_MS) / 1000).unwrap()] += 1;
        }
        assert!(
            buckets.iter().all(|count| (80..=120).contains(count)),
            "{buckets:?}"
        );
    }
}
