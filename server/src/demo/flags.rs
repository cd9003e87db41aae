//! The demo's own flags and segment, and what is said of the imported ones.

use serde_json::json;
use serin_api::{
    change::{Action, Change},
    entity::EntityKind,
};
use serin_engine::flag::{FlagDefinition, Lifetime};

use super::{DEVELOPMENT, PRODUCTION, change};

/// The flag that is being released.
pub(super) const CHECKOUT: &str = "new-checkout";
/// What it is judged by.
pub(super) const ERRORS: &str = "checkout-errors";
pub(super) const LATENCY: &str = "checkout-latency";
const RANKING: &str = "search-ranking";
/// A plain switch, to be played with: no release is cancelled by it.
const GIFTS: &str = "gift-wrapping";
const BETA_TESTERS: &str = "beta-testers";

/// Key, name, tag and owner of the imported flags.
const DESCRIPTIONS: [(&str, &str, &str, &str); 16] = [
    ("adFailure", "Ad failure", "fault", "ads"),
    ("adHighCpu", "Ad high CPU", "fault", "ads"),
    ("adManualGc", "Ad manual garbage collection", "fault", "ads"),
    ("cartFailure", "Cart failure", "fault", "cart"),
    ("emailMemoryLeak", "Email memory leak", "fault", "email"),
    (
        "failedReadinessProbe",
        "Failed readiness probe",
        "fault",
        "cart",
    ),
    ("imageSlowLoad", "Slow images", "latency", "frontend"),
    (
        "intlShippingSlowdown",
        "International shipping slowdown",
        "latency",
        "shipping",
    ),
    (
        "kafkaQueueProblems",
        "Kafka queue problems",
        "latency",
        "orders",
    ),
    (
        "loadGeneratorBrowserVUs",
        "Load generator: browser users",
        "load",
        "platform",
    ),
    (
        "loadGeneratorTraffic",
        "Load generator: traffic",
        "load",
        "platform",
    ),
    (
        "loadGeneratorVUs",
        "Load generator: HTTP users",
        "load",
        "platform",
    ),
    ("paymentFailure", "Payment failure", "fault", "payment"),
    (
        "paymentUnreachable",
        "Payment unreachable",
        "fault",
        "payment",
    ),
    (
        "productCatalogFailure",
        "Product catalog failure",
        "fault",
        "catalog",
    ),
    (
        "recommendationCacheFailure",
        "Recommendation cache failure",
        "fault",
        "recommendation",
    ),
];

/// Adds what the flagd file has no place for.
pub(super) fn describe(key: &str, definition: &mut FlagDefinition) {
    definition.lifetime = Lifetime::Operational;
    if let Some((_, name, tag, owner)) = DESCRIPTIONS
        .iter()
        .find(|(described, ..)| *described == key)
    {
        definition.name = Some((*name).to_owned());
        definition.tags = vec![(*tag).to_owned(), "opentelemetry".to_owned()];
        definition.owner = Some((*owner).to_owned());
    }
}

/// The segment and the flags that the shop's own people made.
pub(super) fn changes() -> Vec<Change> {
    let mut changes = vec![
        change(
            EntityKind::Segment,
            None,
            BETA_TESTERS,
            Action::Create,
            json!({
                "name": "Beta testers",
                "description": "Customers who signed up for what is new, and two organisations that we know well",
                "tags": ["customers"],
            }),
        ),
        change(
            EntityKind::Flag,
            None,
            CHECKOUT,
            Action::Create,
            json!({
                "type": "boolean",
                "name": "New checkout",
                "description": "One page instead of four, and payment by wallet",
                "variations": [
                    {"key": "on", "value": true, "name": "New"},
                    {"key": "off", "value": false, "name": "Old"},
                ],
                "tags": ["checkout", "frontend"],
                "owner": "checkout",
                "lifetime": "release",
                "client_visible": true,
            }),
        ),
        change(
            EntityKind::Flag,
            None,
            RANKING,
            Action::Create,
            json!({
                "type": "object",
                "name": "Search ranking",
                "description": "Weights of the product search",
                "variations": [
                    {"key": "classic", "value": {"text": 1.0, "popularity": 0.2}, "name": "Classic"},
                    {"key": "popular", "value": {"text": 0.7, "popularity": 0.6}, "name": "Popular first"},
                    {"key": "semantic", "value": {"text": 0.4, "popularity": 0.2, "meaning": 0.8}, "name": "By meaning"},
                ],
                "schema": {
                    "type": "object",
                    "required": ["text", "popularity"],
                    "additionalProperties": {"type": "number", "minimum": 0, "maximum": 1},
                },
                "tags": ["search"],
                "owner": "catalog",
                "lifetime": "experiment",
            }),
        ),
        change(
            EntityKind::Flag,
            None,
            GIFTS,
            Action::Create,
            json!({
                "type": "boolean",
                "name": "Gift wrapping",
                "description": "Offered in the cart; the warehouse has it switched off when it runs out of paper",
                "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
                "tags": ["cart", "frontend"],
                "owner": "cart",
                "lifetime": "operational",
                "client_visible": true,
            }),
        ),
    ];
    changes.extend(metrics());
    for environment in [PRODUCTION, DEVELOPMENT] {
        changes.push(change(EntityKind::SegmentConfig, Some(environment), BETA_TESTERS, Action::Put, json!({
            "included": [{"attribute": "org.id", "values": ["org-7", "org-42"]}],
            "excluded": [{"values": ["user-13"]}],
            "rules": [{"when": {"attribute": "beta", "op": "in", "values": [true]}, "description": "Signed up"}],
        })));
    }
    changes.extend([
        checkout(PRODUCTION, "off"),
        checkout(DEVELOPMENT, "on"),
        ranking(PRODUCTION, true),
        ranking(DEVELOPMENT, false),
        gifts(PRODUCTION),
        gifts(DEVELOPMENT),
    ]);
    changes
}

/// What the shop's programs report.
fn metrics() -> [Change; 2] {
    let metric = |key, document| change(EntityKind::Metric, None, key, Action::Create, document);
    [
        metric(
            ERRORS,
            json!({"kind": "count", "direction": "up", "name": "Checkout errors", "description": "Checkouts that ended on an error page"}),
        ),
        metric(
            LATENCY,
            json!({"kind": "value", "unit": "ms", "direction": "up", "name": "Checkout latency", "description": "From the click to the confirmation"}),
        ),
    ]
}

fn checkout(environment: &str, default: &str) -> Change {
    change(
        EntityKind::FlagConfig,
        Some(environment),
        CHECKOUT,
        Action::Put,
        json!({
            "enabled": true,
            "off": "off",
            "targets": [
                {"variation": "on", "values": ["user-1", "user-2"]},
                {"variation": "off", "values": ["user-99"]},
            ],
            "rules": [
                {
                    "id": "beta",
                    "name": "Beta testers on a current app",
                    "when": {"all": [
                        {"segment": BETA_TESTERS},
                        {"attribute": "version", "op": "semver_gte", "values": ["3.0.0-rc.1"]},
                    ]},
                    "serve": {"variation": "on"},
                },
                {
                    "id": "enterprise",
                    "name": "Half of the enterprise customers in Europe",
                    "when": {"all": [
                        {"attribute": "org.plan", "op": "in", "values": ["enterprise"]},
                        {"attribute": "country", "op": "in", "values": ["DE", "FR", "GB"]},
                    ]},
                    "serve": {"split": {"by": "org.id", "weights": {"on": 50_000, "off": 50_000}}},
                },
            ],
            "default": {"variation": default},
        }),
    )
}

fn ranking(environment: &str, enabled: bool) -> Change {
    change(
        EntityKind::FlagConfig,
        Some(environment),
        RANKING,
        Action::Put,
        json!({
            "enabled": enabled,
            "off": "classic",
            "rules": [{
                "id": "mobile",
                "name": "No experiments on phones",
                "when": {"attribute": "platform", "op": "in", "values": ["ios", "android"]},
                "serve": {"variation": "classic"},
            }],
            "default": {"split": {"weights": {"classic": 60_000, "popular": 20_000, "semantic": 20_000}}},
        }),
    )
}

fn gifts(environment: &str) -> Change {
    change(
        EntityKind::FlagConfig,
        Some(environment),
        GIFTS,
        Action::Put,
        json!({"enabled": true, "off": "off", "default": {"variation": "on"}}),
    )
}
