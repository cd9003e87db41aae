//! What a flag serves and why, and what an edit of it would change; nothing is written.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use serde_json::{Map, Value};
use serin_api::{entity::EntityKind, error::Detail, evaluate::MAX_UNITS, session::Role};
use serin_documents::{entry, schema, shares, zeros};
use serin_engine::{
    attribute::AttributeRef,
    context::Context,
    explain::{Edited, Explanation, Source as _, explain},
    flag::{FlagConfig, FlagDefinition},
    impact::{Impact, Tally, Units},
    ruleset::Ruleset,
    validate::{self, Neighbours},
};

use super::{Actor, Error, Result, access, document, offload};
use crate::{app::App, publish::Snapshot, store};

/// How long an impact is counted.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many contexts are counted between two looks at the time.
const STRIDE: u64 = 128;
/// A flag's configuration that is not saved.
type Config = Map<String, Value>;

/// Which contexts an edit is tried on.
#[derive(Clone, Debug)]
pub enum Sample {
    /// These.
    Contexts(Vec<Context>),
    /// Units that are made up.
    Units {
        /// How many.
        count: u32,
        /// Their attributes.
        base: Context,
        /// The attribute that tells them apart; the targeting key where absent.
        by: Option<String>,
    },
}

/// What an edit would change, and of what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weighed {
    /// The counts.
    pub impact: Impact,
    /// Whether all contexts were counted.
    pub complete: bool,
    /// The ruleset's revision.
    pub revision: u64,
}

/// What a flag serves for a context, and why: the flag as it is saved, or with another
/// configuration. Answers with the revision of the ruleset, too.
///
/// # Errors
/// [`Error::NotFound`]; with a configuration [`Error::Invalid`].
pub async fn evaluate(
    app: &App,
    actor: &Actor,
    address: (&str, &str),
    flag: String,
    context: Context,
    config: Option<Config>,
) -> Result<(Explanation, u64)> {
    let snapshot = seen(app, actor, address).await?;
    let draft = match config {
        Some(config) => Some(draft(app, actor, &snapshot, &flag, config).await?),
        None => None,
    };
    offload::on_thread(move || {
        let explanation = match &draft {
            None => explain(&snapshot.ruleset, &*snapshot, &flag, &context),
            Some(draft) => {
                let (ruleset, _) = snapshot.ruleset.with_flag(&flag, Some(draft));
                let source = Edited {
                    source: &*snapshot,
                    key: &flag,
                    flag: draft,
                };
                explain(&ruleset, &source, &flag, &context)
            }
        };
        (explanation, snapshot.revision)
    })
    .await
}

/// What another configuration of a flag would change.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Invalid`] for a configuration with mistakes, too many
/// contexts, or an attribute reference that is none.
pub async fn impact(
    app: &App,
    actor: &Actor,
    address: (&str, &str),
    flag: String,
    config: Config,
    sample: Sample,
) -> Result<Weighed> {
    let by = check(&sample)?;
    let snapshot = seen(app, actor, address).await?;
    let draft = draft(app, actor, &snapshot, &flag, config).await?;
    offload::on_thread(move || {
        let (after, _) = snapshot.ruleset.with_flag(&flag, Some(&draft));
        let (impact, complete) = count(&snapshot.ruleset, &after, &flag, &sample, &by);
        Weighed {
            impact,
            complete,
            revision: snapshot.revision,
        }
    })
    .await
}

/// The snapshot of an environment, for those who may see it.
async fn seen(app: &App, actor: &Actor, address: (&str, &str)) -> Result<Arc<Snapshot>> {
    let (project, environment) = address;
    let mut tx = app.db.read().await?;
    access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    let found = app.publisher.find(project, environment);
    found.ok_or(Error::NotFound)
}

fn check(sample: &Sample) -> Result<AttributeRef> {
    let (path, count, by) = match sample {
        Sample::Contexts(contexts) => ("/contexts", contexts.len(), None),
        Sample::Units { count, by, .. } => ("/units", *count as usize, by.as_deref()),
    };
    if count > MAX_UNITS {
        let message = format!("expected at most {MAX_UNITS}, found {count}");
        return Err(Error::invalid(path, "too_many", message));
    }
    by.map_or_else(|| Ok(AttributeRef::targeting_key()), AttributeRef::parse)
        .map_err(|error| Error::invalid("/by", "invalid_attribute", error.to_string()))
}

/// A flag as evaluators would get it with this configuration: checked as if it were to
/// be saved, with the allocations that it would get.
async fn draft(
    app: &App,
    actor: &Actor,
    snapshot: &Snapshot,
    flag: &str,
    mut config: Config,
) -> Result<Value> {
    for name in document::KEPT {
        config.remove(name);
    }
    let mut config = Value::Object(config);
    zeros::settle(&mut config);
    refuse(schema::check(EntityKind::FlagConfig, &config))?;
    let config: std::result::Result<FlagConfig, _> = serde_json::from_value(config);
    let mut config =
        config.map_err(|error| Error::invalid("/config", "shape", error.to_string()))?;

    let (definition, before) = stored(app, actor, snapshot, flag).await?;
    let mistakes = validate::flag_config(&definition, &config, &Near(snapshot));
    let mistakes = mistakes.into_iter().map(|mistake| Detail {
        path: mistake.path,
        code: mistake.code.to_owned(),
        message: mistake.message,
    });
    refuse(mistakes.collect())?;
    shares::allocate(&definition, &mut config, before.as_ref());
    entry::flag(&definition, &config, snapshot.revision + 1).ok_or(Error::NotFound)
}

/// A flag and its configuration as they are saved.
async fn stored(
    app: &App,
    actor: &Actor,
    snapshot: &Snapshot,
    flag: &str,
) -> Result<(FlagDefinition, Option<FlagConfig>)> {
    let mut tx = app.db.read().await?;
    let (project, environment) = (&snapshot.project, &snapshot.environment);
    let (seen, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    let id = seen.project.project_id;
    let definition = store::entity::in_project(&mut tx, id, "flag", flag).await?;
    let definition = definition.ok_or(Error::NotFound)?;
    let id = environment.environment_id;
    let config = store::entity::in_environment(&mut tx, id, "flag_config", flag).await?;
    Ok((
        document::typed(definition.document)?,
        config
            .map(|row| document::typed(row.document))
            .transpose()?,
    ))
}

fn refuse(mistakes: Vec<Detail>) -> Result<()> {
    if mistakes.is_empty() {
        return Ok(());
    }
    let mistakes = mistakes.into_iter().map(|mistake| Detail {
        path: format!("/config{}", mistake.path),
        ..mistake
    });
    Err(Error::Invalid(mistakes.collect()))
}

/// What a configuration may refer to: the flags and segments of the ruleset.
struct Near<'s>(&'s Snapshot);

impl Neighbours for Near<'_> {
    fn flag_variations(&self, key: &str) -> Option<Vec<String>> {
        let flag = self.0.flag(key)?;
        let variations = flag["variations"].as_array()?.iter();
        let keys = variations.filter_map(|variation| variation["key"].as_str());
        Some(keys.map(str::to_owned).collect())
    }

    fn segment_exists(&self, key: &str) -> bool {
        self.0.segment(key).is_some()
    }
}

/// Counts until it takes too long, and says whether it did not.
fn count(
    before: &Ruleset,
    after: &Ruleset,
    flag: &str,
    sample: &Sample,
    by: &AttributeRef,
) -> (Impact, bool) {
    let start = Instant::now();
    let mut tally = Tally::new(before, after, flag);
    let in_time = |tally: &Tally<'_>| tally.contexts() % STRIDE != 0 || start.elapsed() < PATIENCE;
    let mut complete = true;
    match sample {
        Sample::Contexts(contexts) => {
            for context in contexts {
                complete = in_time(&tally);
                if !complete {
                    break;
                }
                tally.add(context);
            }
        }
        Sample::Units { count, base, .. } => {
            let mut units = Units::new(base, by, *count);
            while let Some((name, context)) = units.next() {
                complete = in_time(&tally);
                if !complete {
                    break;
                }
                tally.add_named(name, context);
            }
        }
    }
    (tally.finish(), complete)
}
