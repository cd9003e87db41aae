//! Evidence from programs without an SDK of ours. They are written by hand: unlike an SDK's, what
//! they send is taken whole or not at all, and has no member that nobody knows.

use std::collections::BTreeMap;

use actix_web::{HttpRequest, HttpResponse, web::Data};
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serin_api::evidence::EvidenceWindow;
use serin_engine::release::evidence::{self as engine, Tally};
use uuid::Uuid;

use crate::{
    http::{
        Api,
        error::Answer,
        extract::{body::Json, credential},
    },
    service::evidence::{self, Report},
};

/// `serin_api::evidence::Events`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::http::routes) struct Events {
    instance: Uuid,
    sequence: u64,
    sent_at: Option<DateTime<Utc>>,
    windows: Vec<Window>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Window {
    release: Uuid,
    stage: usize,
    at: DateTime<Utc>,
    baseline: Arm,
    candidate: Arm,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Arm {
    exposed: f64,
    first: Option<f64>,
    #[serde(default)]
    metrics: BTreeMap<String, Tally>,
}

/// `POST /sdk/v1/events`
pub(in crate::http::routes) async fn report_events(
    api: Data<Api>,
    request: HttpRequest,
    body: Json<Events>,
) -> Answer {
    let grant = credential::server_grant(&request, &api)?;
    let report = Report::from(body.0);
    evidence::strictly(&report, api.app.clock.now())?;
    let accepted = api.app.usage.evidence(grant.environment_id, report).await?;
    Ok(HttpResponse::Accepted().json(accepted))
}

impl From<Events> for Report {
    fn from(events: Events) -> Self {
        Self {
            instance: events.instance,
            sequence: events.sequence,
            sent_at: events.sent_at,
            windows: events.windows.into_iter().map(Window::into).collect(),
        }
    }
}

impl From<Window> for EvidenceWindow {
    fn from(window: Window) -> Self {
        Self {
            release: window.release,
            stage: window.stage,
            at: window.at,
            baseline: window.baseline.into(),
            candidate: window.candidate.into(),
        }
    }
}

impl From<Arm> for engine::Arm {
    fn from(arm: Arm) -> Self {
        Self {
            exposed: arm.exposed,
            first: arm.first,
            metrics: arm.metrics,
        }
    }
}
