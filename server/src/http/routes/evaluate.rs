//! An environment as evaluators see it, for people.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::Value;
use serin_api::evaluate::{EvaluateRequest, EvaluateResponse};
use serin_engine::context::Context;

use super::sdk;
use crate::{
    http::{
        Api,
        error::{Answer, ApiError},
        extract::{body::Json, caller::Caller},
    },
    publish::Snapshot,
    service::environment,
};

/// `GET …/ruleset`
pub(super) async fn get_ruleset(
    api: Data<Api>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, String)>,
) -> Answer {
    let snapshot = seen(&api, &caller, &address.0, &address.1).await?;
    Ok(sdk::ruleset(&request, &snapshot))
}

/// `POST …/evaluate`: a preview, which counts nowhere.
pub(super) async fn evaluate(
    api: Data<Api>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Json<EvaluateRequest>,
) -> Answer {
    let snapshot = seen(&api, &caller, &address.0, &address.1).await?;
    let EvaluateRequest { flag, context } = body.0;
    let context = Context::from_json(Value::Object(context))
        .map_err(|error| ApiError::bad_request(error.to_string()))?;
    Ok(HttpResponse::Ok().json(preview(&snapshot, flag, &context)))
}

fn preview(snapshot: &Snapshot, flag: String, context: &Context) -> EvaluateResponse {
    let evaluation = snapshot.ruleset.evaluate(&flag, context);
    EvaluateResponse {
        value: evaluation.value.cloned(),
        variation: evaluation.variation.map(str::to_owned),
        reason: evaluation.reason.as_str().to_owned(),
        rule: evaluation.rule.map(str::to_owned),
        slot: evaluation.slot,
        prerequisite: evaluation.prerequisite.map(str::to_owned),
        error_code: evaluation.error_code().map(|code| code.as_str().to_owned()),
        error: evaluation
            .error
            .as_ref()
            .map(|error| error.message.to_string()),
        flag_version: evaluation.flag_version,
        revision: snapshot.revision,
        flag,
    }
}

/// The snapshot of an environment, for those who may see it.
pub(super) async fn seen(
    api: &Api,
    caller: &Caller,
    project: &str,
    environment: &str,
) -> Result<Arc<Snapshot>, ApiError> {
    environment::get(&api.app, &caller.actor, project, environment).await?;
    api.app
        .publisher
        .find(project, environment)
        .ok_or_else(ApiError::not_found)
}
