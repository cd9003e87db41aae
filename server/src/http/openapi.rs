//! `GET /openapi.json`: the API described in OpenAPI 3.1, from one table of operations
//! and the types that cross the wire.

mod documents;
mod operation;
mod schemas;
mod table;

use std::sync::OnceLock;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    web::Bytes,
};
use serde_json::{Map, Value, json};

use self::schemas::Schemas;

/// `GET /openapi.json`
pub(crate) async fn get_openapi() -> HttpResponse {
    static BYTES: OnceLock<Bytes> = OnceLock::new();
    let bytes = BYTES.get_or_init(|| Bytes::from(format!("{:#}\n", document())));
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static("application/json")))
        .insert_header((CACHE_CONTROL, HeaderValue::from_static("no-cache")))
        .body(bytes.clone())
}

/// The document.
pub(crate) fn document() -> Value {
    let mut schemas = Schemas::default();
    let mut paths: Map<String, Value> = Map::new();
    for operation in table::operations(&mut schemas) {
        let path = paths
            .entry(operation.path.clone())
            .or_insert_with(|| json!({}));
        if let Value::Object(methods) = path {
            methods.insert(operation.method.to_lowercase(), operation.describe());
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Serin",
            "version": "v1",
            "description": "Feature flags and canary releases. Errors have one body (ErrorBody) everywhere but under /ofrep, \
                which speaks OFREP 0.3.",
            "license": {"name": "Apache-2.0 OR MIT", "identifier": "Apache-2.0 OR MIT"}
        },
        "tags": table::TAGS.iter().map(|(name, description)| json!({"name": name, "description": description})).collect::<Vec<_>>(),
        "paths": paths,
        "components": {"schemas": schemas.into_components(), "securitySchemes": security_schemes()}
    })
}

fn security_schemes() -> Value {
    json!({
        "session": {"type": "apiKey", "in": "cookie", "name": "serin_session",
            "description": "From POST /api/v1/session. Writes also need its CSRF token in the header X-CSRF-Token."},
        "token": {"type": "http", "scheme": "bearer", "description": "An API token: acts as the user who made it."},
        "key": {"type": "http", "scheme": "bearer", "description": "An SDK key."},
        "keyHeader": {"type": "apiKey", "in": "header", "name": "X-API-Key", "description": "An SDK key."}
    })
}
