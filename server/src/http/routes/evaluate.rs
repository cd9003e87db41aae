//! An environment as evaluators see it, for people.

use std::sync::Arc;

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Path},
};
use serde_json::{Map, Value};
use serin_api::evaluate::{
    EvaluateRequest, EvaluateResponse, ImpactRequest, ImpactResponse, MAX_UNITS,
};
use serin_engine::{context::Context, explain::Explanation};

use super::sdk;
use crate::{
    http::{
        Management,
        error::{Answer, ApiError},
        extract::{body::Json, caller::Caller},
    },
    publish::Snapshot,
    service::{
        environment,
        preview::{self, Sample},
    },
};

/// `GET …/ruleset`
pub(super) async fn get_ruleset(
    api: Data<Management>,
    caller: Caller,
    request: HttpRequest,
    address: Path<(String, String)>,
) -> Answer {
    let snapshot = seen(&api, &caller, &address.0, &address.1).await?;
    Ok(sdk::ruleset(&request, &snapshot))
}

/// `POST …/evaluate`: a preview with its explanation, which counts nowhere.
pub(super) async fn evaluate(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Json<EvaluateRequest>,
) -> Answer {
    let EvaluateRequest {
        flag,
        context,
        config,
    } = body.0;
    let (context, address) = (read(context)?, (&*address.0, &*address.1));
    let (explanation, revision) =
        preview::evaluate(&api.app, &caller.actor, address, flag, context, config).await?;
    Ok(HttpResponse::Ok().json(answer(explanation, revision)))
}

/// `POST …/impact`: what an edit would change.
pub(super) async fn impact(
    api: Data<Management>,
    caller: Caller,
    address: Path<(String, String)>,
    body: Json<ImpactRequest>,
) -> Answer {
    let request = body.0;
    let sample = match request.contexts {
        Some(contexts) => {
            let contexts: Result<_, _> = contexts.into_iter().map(read).collect();
            Sample::Contexts(contexts?)
        }
        None => Sample::Units {
            count: request.units.unwrap_or(MAX_UNITS as u32),
            base: read(request.base)?,
            by: request.by,
        },
    };
    let (flag, config, address) = (request.flag, request.config, (&*address.0, &*address.1));
    let weighed = preview::impact(&api.app, &caller.actor, address, flag, config, sample).await?;
    Ok(HttpResponse::Ok().json(ImpactResponse {
        impact: weighed.impact,
        complete: weighed.complete,
        revision: weighed.revision,
    }))
}

fn read(context: Map<String, Value>) -> Result<Context, ApiError> {
    Context::from_json(Value::Object(context))
        .map_err(|error| ApiError::bad_request(error.to_string()))
}

fn answer(explanation: Explanation, revision: u64) -> EvaluateResponse {
    EvaluateResponse {
        flag: explanation.flag,
        value: explanation.value,
        variation: explanation.variation,
        reason: explanation.reason.as_str().to_owned(),
        rule: explanation.rule,
        slot: explanation.slot,
        prerequisite: explanation.prerequisite,
        error_code: explanation.error_code.map(|code| code.as_str().to_owned()),
        error: explanation.error,
        flag_version: explanation.flag_version,
        revision,
        steps: explanation.steps,
        cut: explanation.cut,
    }
}

/// The snapshot of an environment, for those who may see it.
pub(super) async fn seen(
    api: &Management,
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
