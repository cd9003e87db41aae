//! The flags for the `openfeature` command, which writes typed code from them.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Query},
};
use serde::Deserialize;
use serin_api::{error::codes, key::KeyKind};

use crate::{
    http::{
        Management,
        error::{Answer, ApiError},
        extract::{
            caller::{Caller, Credential},
            credential,
        },
    },
    service::{key, manifest},
};

/// What the caller may do with the manifest.
const CAPABILITIES: (&str, &str) = ("x-manifest-capabilities", "read");

/// `?project=` and `?environment=`, for tokens.
#[derive(Deserialize)]
pub(super) struct ManifestQuery {
    project: Option<String>,
    environment: Option<String>,
}

/// `GET /openfeature/v0/manifest`
pub(super) async fn get_manifest(
    api: Data<Management>,
    request: HttpRequest,
    query: Query<ManifestQuery>,
) -> Answer {
    let secret = credential::secret(&request)?;
    let manifest = match key::authenticate(&api.api.app, secret) {
        Some(grant) if grant.kind == KeyKind::Client => {
            let message = "this takes a server key, or an API token";
            return Err(ApiError::new(codes::FORBIDDEN, message));
        }
        Some(grant) => manifest::of_key(&api.app, &grant).await?,
        None => {
            let caller = Caller::of(&api, Credential::Token(secret.to_owned())).await?;
            let (Some(project), Some(environment)) = (&query.project, &query.environment) else {
                let message = "with an API token: ?project=…&environment=…";
                return Err(ApiError::bad_request(message));
            };
            manifest::of_environment(&api.app, &caller.actor, project, environment).await?
        }
    };
    Ok(HttpResponse::Ok()
        .insert_header(CAPABILITIES)
        .json(manifest))
}
