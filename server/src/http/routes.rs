//! Every route of the server.

mod audit;
mod change_set;
mod entity;
mod environment;
mod evaluate;
mod events;
mod health;
mod key;
mod manifest;
mod member;
mod ofrep;
mod project;
mod release;
mod sdk;
mod segment;
mod session;
mod token;
mod usage;
mod user;
mod uses;
mod webhook;

use actix_web::web::{self, ServiceConfig};
use serin_api::paths;

use self::entity::{Flag, FlagConfig, Metric, ReleaseTemplate, Segment, SegmentConfig};
use super::{openapi, route::at, ui};

pub(crate) use self::user::PutPassword;

/// Registers them. Paths are those of `serin_api::paths`.
pub(crate) fn register(config: &mut ServiceConfig) {
    register_front(config);
    people(config);
    project(config);
    webhooks(config);
    environment(config);
    at(paths::CHANGE_SETS)
        .get(change_set::list_change_sets)
        .post(change_set::create_change_set)
        .register(config);
    at("/api/v1/change-sets/{id}")
        .get(change_set::get_change_set)
        .register(config);
    at(paths::MANIFEST)
        .get(manifest::get_manifest)
        .register(config);
    at(paths::AUDIT).get(audit::list_audit).register(config);
    at("/openapi.json")
        .get(openapi::get_openapi)
        .register(config);
    config.default_service(web::to(ui::get_ui));
}

/// Registers what a server and a relay both have.
pub(crate) fn register_front(config: &mut ServiceConfig) {
    ofrep(config);
    sdk(config);
    at("/health/live").get(health::get_live).register(config);
    at("/health/ready").get(health::get_ready).register(config);
    at("/metrics").get(health::get_metrics).register(config);
}

fn ofrep(config: &mut ServiceConfig) {
    at(paths::OFREP_BULK)
        .post(ofrep::evaluate_flags)
        .options(ofrep::preflight)
        .register(config);
    at("/ofrep/v1/evaluate/flags/{flag}")
        .post(ofrep::evaluate_flag)
        .options(ofrep::preflight)
        .register(config);
    at(paths::OFREP_EVENTS)
        .get(ofrep::stream_flag_changes)
        .options(ofrep::preflight)
        .register(config);
}

fn sdk(config: &mut ServiceConfig) {
    at(paths::SDK_RULESET)
        .get(sdk::get_sdk_ruleset)
        .register(config);
    at(paths::SDK_STREAM)
        .get(sdk::stream_sdk_ruleset)
        .register(config);
    at(paths::SDK_KEY).get(sdk::get_sdk_key).register(config);
    at(paths::SDK_TELEMETRY)
        .post(sdk::report_telemetry)
        .register(config);
    at(paths::SDK_EVENTS)
        .post(sdk::report_events)
        .register(config);
}

fn people(config: &mut ServiceConfig) {
    at(paths::SESSION)
        .get(session::get_session)
        .post(session::create_session)
        .delete(session::delete_session)
        .register(config);
    at(paths::USERS)
        .get(user::list_users)
        .post(user::create_user)
        .register(config);
    at("/api/v1/users/{username}")
        .delete(user::delete_user)
        .register(config);
    at("/api/v1/users/{username}/password")
        .put(user::put_password)
        .register(config);
    at(paths::TOKENS)
        .get(token::list_tokens)
        .post(token::create_token)
        .register(config);
    at("/api/v1/tokens/{id}")
        .delete(token::delete_token)
        .register(config);
}

fn project(config: &mut ServiceConfig) {
    at(paths::PROJECTS)
        .get(project::list_projects)
        .post(project::create_project)
        .register(config);
    at("/api/v1/projects/{project}")
        .get(project::get_project)
        .patch(project::patch_project)
        .delete(project::delete_project)
        .register(config);
    at("/api/v1/projects/{project}/members")
        .get(member::list_members)
        .register(config);
    at("/api/v1/projects/{project}/members/{username}")
        .put(member::put_member)
        .delete(member::delete_member)
        .register(config);
    at("/api/v1/projects/{project}/flags")
        .get(entity::list_flags)
        .post(entity::create::<Flag>)
        .register(config);
    at("/api/v1/projects/{project}/flags/{flag}").whole::<Flag>(config);
    at("/api/v1/projects/{project}/flags/{flag}/uses")
        .get(uses::get_flag_uses)
        .register(config);
    at("/api/v1/projects/{project}/segments")
        .get(entity::list::<Segment>)
        .post(entity::create::<Segment>)
        .register(config);
    at("/api/v1/projects/{project}/segments/{segment}").whole::<Segment>(config);
    at("/api/v1/projects/{project}/segments/{segment}/uses")
        .get(uses::get_segment_uses)
        .register(config);
    at("/api/v1/projects/{project}/release-templates")
        .get(entity::list::<ReleaseTemplate>)
        .post(entity::create::<ReleaseTemplate>)
        .register(config);
    at("/api/v1/projects/{project}/release-templates/{template}").whole::<ReleaseTemplate>(config);
    at("/api/v1/projects/{project}/metrics")
        .get(entity::list::<Metric>)
        .post(entity::create::<Metric>)
        .register(config);
    at("/api/v1/projects/{project}/metrics/{metric}").whole::<Metric>(config);
    at("/api/v1/projects/{project}/metric-uses")
        .get(uses::get_metric_uses)
        .register(config);
    at("/api/v1/projects/{project}/metric-sources")
        .get(uses::get_metric_sources)
        .register(config);
}

fn webhooks(config: &mut ServiceConfig) {
    let webhooks = "/api/v1/projects/{project}/webhooks";
    let under = |rest: &str| at(&format!("{webhooks}/{{id}}{rest}"));
    at(webhooks)
        .get(webhook::list_webhooks)
        .post(webhook::create_webhook)
        .register(config);
    under("")
        .get(webhook::get_webhook)
        .patch(webhook::patch_webhook)
        .delete(webhook::delete_webhook)
        .register(config);
    under("/ping").post(webhook::ping_webhook).register(config);
    under("/deliveries")
        .get(webhook::list_deliveries)
        .register(config);
    under("/deliveries/{delivery}")
        .get(webhook::get_delivery)
        .register(config);
    under("/deliveries/{delivery}/redeliver")
        .post(webhook::redeliver)
        .register(config);
}

fn environment(config: &mut ServiceConfig) {
    at("/api/v1/projects/{project}/environments")
        .get(environment::list_environments)
        .post(environment::create_environment)
        .register(config);
    let environment = "/api/v1/projects/{project}/environments/{environment}";
    let under = |rest: &str| at(&format!("{environment}/{rest}"));
    at(environment)
        .get(environment::get_environment)
        .patch(environment::patch_environment)
        .delete(environment::delete_environment)
        .register(config);
    under("keys")
        .get(key::list_keys)
        .post(key::create_key)
        .register(config);
    under("keys/{id}").delete(key::delete_key).register(config);
    under("flags/{flag}").whole::<FlagConfig>(config);
    under("segments")
        .get(segment::list_segment_overviews)
        .register(config);
    under("segments/{segment}").whole::<SegmentConfig>(config);
    under("segments/{segment}/overview")
        .get(segment::get_segment_overview)
        .register(config);
    under("segments/{segment}/members")
        .get(segment::list_segment_members)
        .post(segment::edit_segment_members)
        .register(config);
    under("graph").get(uses::get_graph).register(config);
    under("releases")
        .get(release::list_releases)
        .post(release::create_release)
        .register(config);
    // Before the one of any id.
    under("releases/plan")
        .post(release::plan_release)
        .register(config);
    under("releases/{id}")
        .get(release::get_release)
        .put(release::edit_release)
        .register(config);
    under("releases/{id}/signals")
        .post(release::signal_release)
        .register(config);
    under("releases/{id}/events")
        .get(release::list_release_events)
        .register(config);
    under("releases/{id}/judgements")
        .get(release::list_release_judgements)
        .register(config);
    under("releases/{id}/windows")
        .get(release::list_release_windows)
        .register(config);
    under("ruleset").get(evaluate::get_ruleset).register(config);
    under("evaluate").post(evaluate::evaluate).register(config);
    under("impact").post(evaluate::impact).register(config);
    under("events").get(events::stream_events).register(config);
    under("usage").get(usage::get_usage).register(config);
    under("contexts").get(usage::list_contexts).register(config);
}
