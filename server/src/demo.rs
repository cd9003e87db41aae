//! Demo data for `serin serve --demo`: the OpenTelemetry demo's flags by way of the
//! importer, a flag that shows all of targeting, and a release that is under way and judged.

mod flags;

use serde_json::{Value, json};
use serin_api::{
    change::{Action, Change, NewChangeSet},
    entity::EntityKind,
    key::{KeyKind, NewKey},
    project::NewProject,
    release::SendSignal,
};
use serin_engine::release::Signal;

use crate::{
    app::App,
    import::{Placement, changes, flagd},
    service::{self, Actor, change_set, key, project, release},
};

/// The project's key.
pub const PROJECT: &str = "demo";
/// The environment that has the release.
pub const PRODUCTION: &str = "production";
/// The other one.
pub const DEVELOPMENT: &str = "development";

const FLAGD_FILE: &str = include_str!("../demo/opentelemetry-demo.flagd.json");

/// Secrets that are to be the demo's server keys; made up where absent.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    /// For production.
    pub production: Option<String>,
    /// For development.
    pub development: Option<String>,
}

impl Secrets {
    /// `SERIN_DEMO_KEY` and `SERIN_DEMO_KEY_DEVELOPMENT`.
    pub fn from_environment() -> Self {
        let secret = |name| std::env::var(name).ok().filter(|secret| !secret.is_empty());
        Self {
            production: secret("SERIN_DEMO_KEY"),
            development: secret("SERIN_DEMO_KEY_DEVELOPMENT"),
        }
    }
}

/// What the demo made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demo {
    /// The project's key.
    pub project: &'static str,
    /// The server keys that were made up just now, shown this once: environment and secret.
    pub keys: Vec<(&'static str, String)>,
}

/// Why the demo could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A use case refused.
    #[error(transparent)]
    Service(#[from] service::Error),
    /// The flag file, which is part of the program.
    #[error("the demo's flag file: {0}")]
    Flags(String),
}

/// Makes the demo's project; does nothing where there is one.
///
/// # Errors
/// Where a use case refuses, or the database fails.
pub async fn seed(app: &App, secrets: Secrets) -> Result<Demo, Error> {
    let actor = Actor::system("demo");
    let mut demo = Demo {
        project: PROJECT,
        keys: Vec::new(),
    };
    match project::get(app, &actor, PROJECT).await {
        Ok(_) => return Ok(demo),
        Err(service::Error::NotFound) => {}
        Err(error) => return Err(error.into()),
    }
    let new = NewProject {
        key: PROJECT.to_owned(),
        name: Some("OpenTelemetry demo".to_owned()),
        description: Some(
            "A shop with faults to switch on, and a new checkout on its way out".to_owned(),
        ),
        environments: None,
    };
    project::create(app, &actor, new).await?;
    for (reason, changes) in [
        (
            "Import of opentelemetry-demo.flagd.json (flagd)",
            imported()?,
        ),
        (
            "A new checkout, for the beta testers first",
            flags::changes(),
        ),
    ] {
        let new = NewChangeSet {
            project: PROJECT.to_owned(),
            reason: Some(reason.to_owned()),
            changes,
            dry_run: false,
        };
        change_set::apply(app, &actor, new).await?;
    }
    start_release(app, &actor).await?;
    for (environment, secret) in [
        (PRODUCTION, secrets.production),
        (DEVELOPMENT, secrets.development),
    ] {
        if let Some(made) = make_key(app, &actor, environment, secret).await? {
            demo.keys.push((environment, made));
        }
    }
    Ok(demo)
}

/// The file's flags, in both environments.
fn imported() -> Result<Vec<Change>, Error> {
    let wrong = |error: &dyn std::fmt::Display| Error::Flags(error.to_string());
    let import = flagd::import(FLAGD_FILE).map_err(|error| wrong(&error))?;
    let mut all = Vec::new();
    for flag in import.flags {
        let translated = flag.outcome.map_err(|refusal| wrong(&refusal))?;
        let mut definition = translated.definition;
        flags::describe(&flag.key, &mut definition);
        for (environment, existing) in [(PRODUCTION, None), (DEVELOPMENT, Some(&definition))] {
            let placement = Placement {
                environment,
                existing,
            };
            let changes = changes(&flag.key, &definition, &translated.config, placement);
            all.extend(changes.map_err(|error| wrong(&error))?);
        }
    }
    Ok(all)
}

async fn start_release(app: &App, actor: &Actor) -> Result<(), Error> {
    let document = json!({
        "flag": flags::CHECKOUT,
        "baseline": "off",
        "candidate": "on",
        "guards": [
            {"metric": flags::ERRORS, "margin": {"relative": 0.2, "absolute": 0.002}, "require_safe": 1.0},
            {"metric": flags::LATENCY, "margin": {"relative": 0.1}},
        ],
        "stages": [
            {"name": "Canary", "weight": 5.0, "min_bake": "10m"},
            {"name": "Quarter", "weight": 25.0, "min_bake": "30m"},
            {"name": "Half", "weight": 50.0, "min_bake": "1h"},
            {"name": "Everyone", "weight": 100.0, "watch": "1h", "holdback": 1.0},
        ],
    });
    let draft = release::create(app, actor, PROJECT, PRODUCTION, document).await?;
    let start = SendSignal {
        signal: Signal::Start,
        epoch: draft.epoch,
        reason: Some("The beta testers had it for a week".to_owned()),
        start_at: None,
        supersede: false,
    };
    release::signal(app, actor, PROJECT, PRODUCTION, draft.id, start).await?;
    Ok(())
}

/// Makes an environment's server key; gives its secret where it was made up.
async fn make_key(
    app: &App,
    actor: &Actor,
    environment: &'static str,
    secret: Option<String>,
) -> Result<Option<String>, Error> {
    let new = NewKey {
        name: "Demo".to_owned(),
        kind: KeyKind::Server,
        expires_at: None,
    };
    match secret {
        Some(secret) => {
            key::adopt(app, actor, PROJECT, environment, new, secret).await?;
            Ok(None)
        }
        None => {
            let made = key::create(app, actor, PROJECT, environment, new).await?;
            Ok(Some(made.secret))
        }
    }
}

fn change(
    kind: EntityKind,
    environment: Option<&str>,
    key: &str,
    action: Action,
    document: Value,
) -> Change {
    Change {
        kind,
        environment: environment.map(ToOwned::to_owned),
        key: key.to_owned(),
        action,
        document: Some(document),
        version: None,
    }
}
