//! Where everything is. Keys are percent-encoded, since they may contain anything.

use std::fmt::Write as _;

/// Percent-encodes one path segment.
#[must_use]
pub fn encode(segment: &str) -> String {
    let mut encoded = String::with_capacity(segment.len());
    for byte in segment.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

macro_rules! paths {
    ($($(#[$doc:meta])+ fn $name:ident($($arg:ident),*) = $format:literal;)+) => {
        $($(#[$doc])+ #[must_use] pub fn $name($($arg: &str),*) -> String {
            format!($format, $($arg = encode($arg)),*)
        })+
    };
}

/// Sign in, out and see who one is.
pub const SESSION: &str = "/api/v1/session";
/// Users, for instance admins.
pub const USERS: &str = "/api/v1/users";
/// The caller's own API tokens.
pub const TOKENS: &str = "/api/v1/tokens";
/// Projects.
pub const PROJECTS: &str = "/api/v1/projects";
/// Change sets; `?project=` and optionally `&environment=`, `&kind=`, `&key=`.
pub const CHANGE_SETS: &str = "/api/v1/change-sets";
/// The audit log; `?project=`.
pub const AUDIT: &str = "/api/v1/audit";
/// The whole ruleset.
pub const SDK_RULESET: &str = "/sdk/v1/ruleset";
/// The ruleset as it changes.
pub const SDK_STREAM: &str = "/sdk/v1/stream";
/// What the key of the request opens.
pub const SDK_KEY: &str = "/sdk/v1/key";
/// Evaluation counts.
pub const SDK_TELEMETRY: &str = "/sdk/v1/telemetry";
/// What programs counted in both arms of releases.
pub const SDK_EVENTS: &str = "/sdk/v1/events";
/// OFREP, all flags.
pub const OFREP_BULK: &str = "/ofrep/v1/evaluate/flags";
/// OFREP, when to evaluate all flags again.
pub const OFREP_EVENTS: &str = "/ofrep/v1/events";
/// The flags, for the `openfeature` command.
pub const MANIFEST: &str = "/openfeature/v0/manifest";

paths! {
    /// One user.
    fn user(username) = "/api/v1/users/{username}";
    /// One token.
    fn token(id) = "/api/v1/tokens/{id}";
    /// One project.
    fn project(project) = "/api/v1/projects/{project}";
    /// A project's members.
    fn members(project) = "/api/v1/projects/{project}/members";
    /// One member.
    fn member(project, username) = "/api/v1/projects/{project}/members/{username}";
    /// A project's environments.
    fn environments(project) = "/api/v1/projects/{project}/environments";
    /// One environment.
    fn environment(project, environment) = "/api/v1/projects/{project}/environments/{environment}";
    /// An environment's SDK keys.
    fn keys(project, environment) = "/api/v1/projects/{project}/environments/{environment}/keys";
    /// One SDK key.
    fn key(project, environment, id) = "/api/v1/projects/{project}/environments/{environment}/keys/{id}";
    /// A project's flags.
    fn flags(project) = "/api/v1/projects/{project}/flags";
    /// One flag's definition.
    fn flag(project, flag) = "/api/v1/projects/{project}/flags/{flag}";
    /// A project's segments.
    fn segments(project) = "/api/v1/projects/{project}/segments";
    /// One segment's definition.
    fn segment(project, segment) = "/api/v1/projects/{project}/segments/{segment}";
    /// A project's release templates.
    fn release_templates(project) = "/api/v1/projects/{project}/release-templates";
    /// One release template.
    fn release_template(project, template) = "/api/v1/projects/{project}/release-templates/{template}";
    /// A project's metrics.
    fn metrics(project) = "/api/v1/projects/{project}/metrics";
    /// One metric.
    fn metric(project, metric) = "/api/v1/projects/{project}/metrics/{metric}";
    /// A project's webhooks.
    fn webhooks(project) = "/api/v1/projects/{project}/webhooks";
    /// One webhook.
    fn webhook(project, id) = "/api/v1/projects/{project}/webhooks/{id}";
    /// Sends an event to try a webhook.
    fn webhook_ping(project, id) = "/api/v1/projects/{project}/webhooks/{id}/ping";
    /// A webhook's delivery log; `?state=` narrows it.
    fn deliveries(project, webhook) = "/api/v1/projects/{project}/webhooks/{webhook}/deliveries";
    /// One delivery.
    fn delivery(project, webhook, id) = "/api/v1/projects/{project}/webhooks/{webhook}/deliveries/{id}";
    /// Sends a delivery again.
    fn redeliver(project, webhook, id) = "/api/v1/projects/{project}/webhooks/{webhook}/deliveries/{id}/redeliver";
    /// What is judged by a project's metrics.
    fn metric_uses(project) = "/api/v1/projects/{project}/metric-uses";
    /// Who can be asked for a project's metrics.
    fn metric_sources(project) = "/api/v1/projects/{project}/metric-sources";
    /// One flag's configuration.
    fn flag_config(project, environment, flag) = "/api/v1/projects/{project}/environments/{environment}/flags/{flag}";
    /// One segment's configuration.
    fn segment_config(project, environment, segment) = "/api/v1/projects/{project}/environments/{environment}/segments/{segment}";
    /// All segments in an environment, without their units.
    fn segment_overviews(project, environment) = "/api/v1/projects/{project}/environments/{environment}/segments";
    /// One segment in an environment, without its units.
    fn segment_overview(project, environment, segment) = "/api/v1/projects/{project}/environments/{environment}/segments/{segment}/overview";
    /// A segment's members; `?list=`, `&attribute=` and `&search=` narrow them.
    fn segment_members(project, environment, segment) = "/api/v1/projects/{project}/environments/{environment}/segments/{segment}/members";
    /// What names a flag.
    fn flag_uses(project, flag) = "/api/v1/projects/{project}/flags/{flag}/uses";
    /// What names a segment.
    fn segment_uses(project, segment) = "/api/v1/projects/{project}/segments/{segment}/uses";
    /// Which flags and segments name which.
    fn graph(project, environment) = "/api/v1/projects/{project}/environments/{environment}/graph";
    /// An environment's releases; `?flag=` and `?live=true` narrow it.
    fn releases(project, environment) = "/api/v1/projects/{project}/environments/{environment}/releases";
    /// What the evidence of a release is going to take.
    fn release_plan(project, environment) = "/api/v1/projects/{project}/environments/{environment}/releases/plan";
    /// One release.
    fn release(project, environment, id) = "/api/v1/projects/{project}/environments/{environment}/releases/{id}";
    /// What the evidence of a release says.
    fn release_judgements(project, environment, id) = "/api/v1/projects/{project}/environments/{environment}/releases/{id}/judgements";
    /// What happened to a release, the newest first.
    fn release_events(project, environment, id) = "/api/v1/projects/{project}/environments/{environment}/releases/{id}/events";
    /// What people tell a release.
    fn release_signals(project, environment, id) = "/api/v1/projects/{project}/environments/{environment}/releases/{id}/signals";
    /// What was counted in both arms of a release, window by window.
    fn release_windows(project, environment, id) = "/api/v1/projects/{project}/environments/{environment}/releases/{id}/windows";
    /// The ruleset as evaluators get it.
    fn ruleset(project, environment) = "/api/v1/projects/{project}/environments/{environment}/ruleset";
    /// A preview.
    fn evaluate(project, environment) = "/api/v1/projects/{project}/environments/{environment}/evaluate";
    /// What an edit would change.
    fn impact(project, environment) = "/api/v1/projects/{project}/environments/{environment}/impact";
    /// What changes, as it changes.
    fn events(project, environment) = "/api/v1/projects/{project}/environments/{environment}/events";
    /// Contexts that SDKs reported.
    fn contexts(project, environment) = "/api/v1/projects/{project}/environments/{environment}/contexts";
    /// How often flags are evaluated.
    fn usage(project, environment) = "/api/v1/projects/{project}/environments/{environment}/usage";
    /// OFREP, one flag.
    fn ofrep_flag(flag) = "/ofrep/v1/evaluate/flags/{flag}";
}
