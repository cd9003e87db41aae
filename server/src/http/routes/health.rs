//! What operators ask: does it live, is it ready, how does it do.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};
use serde_json::json;
use serin_api::error::codes;

use crate::http::{
    Api,
    error::{Answer, ApiError},
};

/// `GET /health/live`: the process answers. Restart it where it does not.
pub(super) async fn get_live() -> Answer {
    Ok(fresh().json(json!({"status": "live"})))
}

/// `GET /health/ready`: send it requests. Not ready while it shuts down, and while the
/// database does not answer. Evaluation goes on without the database all the same.
pub(super) async fn get_ready(api: Data<Api>) -> Answer {
    if api.shutdown.begun() {
        return Err(ApiError::new(codes::UNAVAILABLE, "shutting down"));
    }
    api.app.db.read().await.map(drop).map_err(|error| {
        tracing::warn!(%error, "not ready: the database does not answer");
        ApiError::new(codes::UNAVAILABLE, "the database does not answer")
    })?;
    Ok(fresh().json(json!({"status": "ready"})))
}

/// `GET /metrics`, for Prometheus.
pub(super) async fn get_metrics(api: Data<Api>) -> Answer {
    let text = api.metrics.render().map_err(ApiError::internal)?;
    Ok(fresh()
        .content_type("application/openmetrics-text; version=1.0.0; charset=utf-8")
        .body(text))
}

/// An answer that is true only now.
fn fresh() -> actix_web::HttpResponseBuilder {
    let mut response = HttpResponse::Ok();
    response.insert_header((CACHE_CONTROL, HeaderValue::from_static("no-store")));
    response
}
