//! What operators ask: does it live, is it ready, how does it do.

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, HeaderValue},
    web::Data,
};
use serde_json::{Value, json};
use serin_api::error::codes;

use crate::http::{
    Api,
    error::{Answer, ApiError},
};

/// `GET /health/live`: the process answers. Restart it where it does not.
pub(super) async fn get_live() -> Answer {
    Ok(fresh().json(json!({"status": "live"})))
}

/// `GET /health/ready`: send it requests. Not ready while it shuts down, and while what
/// it answers from is not (`Health`).
pub(super) async fn get_ready(api: Data<Api>) -> Answer {
    if api.shutdown.draining() {
        return Err(ApiError::new(codes::UNAVAILABLE, "shutting down"));
    }
    let mut state = api
        .app
        .health
        .ready()
        .await
        .map_err(|reason| ApiError::new(codes::UNAVAILABLE, reason))?;
    state["status"] = Value::from("ready");
    Ok(fresh().json(state))
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
