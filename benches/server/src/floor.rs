//! What nothing on actix-web can be faster than: answers that are there already.

use std::net::Ipv4Addr;

use actix_web::{
    App, HttpResponse, HttpServer,
    http::header::{CACHE_CONTROL, ETAG},
    rt::System,
    web::{self, Bytes, Data},
};
use anyhow::Result;
use futures_util::stream::unfold;
use serde::Serialize;
use tokio::sync::broadcast::{self, error::RecvError};

/// The longest body that is asked for.
const LONGEST: usize = 4 << 20;

struct Shared {
    bytes: Bytes,
    events: broadcast::Sender<Bytes>,
}

/// Serves until it is killed.
pub fn serve(port: u16) -> Result<()> {
    let shared = Data::new(Shared {
        bytes: Bytes::from(vec![b'x'; LONGEST]),
        events: broadcast::channel(64).0,
    });
    let server = HttpServer::new(move || {
        App::new()
            .app_data(Data::clone(&shared))
            .route("/json", web::post().to(json))
            .route("/bytes/{length}", web::to(bytes))
            .route("/unchanged", web::to(unchanged))
            .route("/events", web::get().to(events))
            .route("/publish", web::post().to(publish))
    })
    .bind((Ipv4Addr::LOCALHOST, port))?
    .disable_signals()
    .run();
    System::new().block_on(server)?;
    Ok(())
}

/// As long as a single evaluation's answer.
#[derive(Serialize)]
struct Evaluated {
    key: &'static str,
    reason: &'static str,
    value: bool,
    variant: &'static str,
    metadata: Metadata,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    reason: &'static str,
    flag_version: u64,
    revision: u64,
}

async fn json(_body: Bytes) -> HttpResponse {
    HttpResponse::Ok().json(Evaluated {
        key: "flag-0001",
        reason: "STATIC",
        value: true,
        variant: "on",
        metadata: Metadata {
            reason: "default",
            flag_version: 3,
            revision: 3,
        },
    })
}

// A body that is not read would cost the connection.
async fn bytes(length: web::Path<usize>, _body: Bytes, shared: Data<Shared>) -> HttpResponse {
    let length = length.into_inner().min(LONGEST);
    HttpResponse::Ok()
        .content_type("application/json")
        .body(shared.bytes.slice(..length))
}

async fn unchanged() -> HttpResponse {
    HttpResponse::NotModified()
        .insert_header((ETAG, "\"3-0123456789abcdef\""))
        .finish()
}

async fn events(shared: Data<Shared>) -> HttpResponse {
    let frames = unfold(shared.events.subscribe(), |mut events| async {
        loop {
            match events.recv().await {
                Ok(frame) => return Some((Ok::<_, std::convert::Infallible>(frame), events)),
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return None,
            }
        }
    });
    HttpResponse::Ok()
        .content_type("text/event-stream")
        .insert_header((CACHE_CONTROL, "no-store"))
        .streaming(frames)
}

async fn publish(frame: Bytes, shared: Data<Shared>) -> HttpResponse {
    drop(shared.events.send(frame));
    HttpResponse::NoContent().finish()
}
