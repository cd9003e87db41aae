//! Transitions, put into force.

use serde_json::json;
use serin_api::session::Role;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Serve},
    release::{Effect, Observation, Refused, Signal, ready, share_serve, step},
};
use uuid::Uuid;

pub(crate) use super::view::next_at;
use super::{guard, refuse_mistakes, ruleset, unknown_flag};
use crate::{
    publish::commit,
    service::{Actor, Error, Result, access, audit, change_set, document, writer::Work},
    store::{self, Tx, release::Release},
};

/// What moves a release.
#[derive(Clone, Debug)]
pub(crate) struct Cause {
    /// The signal.
    pub(crate) signal: Signal,
    /// What was seen, for a tick.
    pub(crate) observation: Observation,
    /// Who: a user's name, or `serin` where time did it.
    pub(crate) actor: String,
    /// Why, in their words.
    pub(crate) reason: Option<String>,
}

/// The environment that a release is in.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) project_id: Uuid,
    pub(crate) project: String,
    pub(crate) environment_id: Uuid,
    pub(crate) environment: String,
}

impl Place {
    /// Opens the environment to one who needs a role in its project.
    pub(crate) async fn open(
        tx: &mut Tx,
        actor: &Actor,
        project: &str,
        environment: &str,
        needs: Role,
    ) -> Result<Self> {
        let (seen, environment) =
            access::environment(tx, actor, project, environment, needs).await?;
        Ok(Self {
            project_id: seen.project.project_id,
            project: seen.project.key,
            environment_id: environment.environment_id,
            environment: environment.key,
        })
    }

    /// A flag's definition and configuration here.
    pub(crate) async fn flag(
        &self,
        tx: &mut Tx,
        key: &str,
    ) -> Result<Option<(FlagDefinition, FlagConfig)>> {
        let definition = store::entity::in_project(tx, self.project_id, "flag", key).await?;
        let config =
            store::entity::in_environment(tx, self.environment_id, "flag_config", key).await?;
        let (Some(definition), Some(config)) = (definition, config) else {
            return Ok(None);
        };
        Ok(Some((
            document::typed(definition.document)?,
            document::typed(config.document)?,
        )))
    }
}

/// Moves a release by a signal, as a part of a writer's job.
///
/// # Errors
/// [`Error::IllegalTransition`], [`Error::EpochConflict`], [`Error::Invalid`],
/// [`Error::InUse`]; the job must be undone then.
pub(crate) async fn run(
    work: &mut Work,
    place: &Place,
    release: Release,
    cause: Cause,
) -> Result<Release> {
    let transition = step(
        &release.document,
        &release.state,
        cause.signal,
        &cause.observation,
    )
    .map_err(|refused| illegal(cause.signal, refused))?;
    let mut moved = Release {
        state: transition.next,
        ..release.clone()
    };
    let serve = match transition.effect {
        Effect::Keep => None,
        effect => Some(change_site(work, place, &mut moved, &cause, effect).await?),
    };
    record(work, place, moved, &cause, serve).await
}

/// Keeps a transition that was decided: the row, the event and the audit entry.
pub(super) async fn record(
    work: &mut Work,
    place: &Place,
    mut moved: Release,
    cause: &Cause,
    serve: Option<Serve>,
) -> Result<Release> {
    let now = work.now();
    moved.epoch += 1;
    moved.entered_at = now;
    moved.ticked_at = None;
    moved.next_at = next_at(&moved);
    advance(work, place, &moved).await?;
    let event = store::release::Event {
        release_id: moved.release_id,
        epoch: moved.epoch,
        at: now,
        actor: cause.actor.clone(),
        signal: cause.signal,
        state: moved.state.clone(),
        reason: cause.reason.clone(),
        serve,
    };
    store::release::insert_event(&mut work.tx, &event).await?;
    let action = cause.signal.name();
    tell(
        work,
        place,
        &moved,
        &cause.actor,
        action,
        cause.reason.as_deref(),
    )
    .await?;
    Ok(moved)
}

/// Writes the audit entry of something that happened to a release, and tells those who watch.
pub(super) async fn tell(
    work: &mut Work,
    place: &Place,
    release: &Release,
    actor: &str,
    action: &str,
    reason: Option<&str>,
) -> Result<()> {
    let mut details = json!({
        "release": release.release_id,
        "environment": place.environment,
        "flag": release.document.flag,
        "epoch": release.epoch,
        "state": release.state,
    });
    if let Some(reason) = reason {
        details["reason"] = reason.into();
    }
    let action = format!("release.{action}");
    audit::append(work, actor, &action, Some(&place.project), &details).await?;
    let told = commit::Told::release(
        place.project.clone(),
        place.environment.clone(),
        release.release_id,
        actor.to_owned(),
        work.now(),
        reason.map(str::to_owned),
    );
    work.committed.effects.push(commit::Effect::Told(told));
    Ok(())
}

async fn advance(work: &mut Work, place: &Place, moved: &Release) -> Result<()> {
    match store::release::advance(&mut work.tx, moved).await {
        Ok(true) => Ok(()),
        Ok(false) => {
            let stands = store::release::find(&mut work.tx, place.environment_id, moved.release_id);
            let current = stands.await?.ok_or(Error::NotFound)?.epoch;
            Err(Error::EpochConflict { current })
        }
        Err(error) => Err(error.into()),
    }
}

/// Changes what the site serves, by a change set of the release's own; what it serves then.
async fn change_site(
    work: &mut Work,
    place: &Place,
    moved: &mut Release,
    cause: &Cause,
    effect: Effect,
) -> Result<Serve> {
    let key = moved.document.flag.clone();
    // Of a live release it is protected; of a draft it may be gone.
    let (definition, mut config) = place
        .flag(&mut work.tx, &key)
        .await?
        .ok_or_else(|| unknown_flag(&key))?;
    if cause.signal == Signal::Start {
        start(work, place, moved, &definition, &config).await?;
    }
    let site = moved
        .document
        .site
        .serve_mut(&mut config)
        .ok_or_else(|| Error::Internal(format!("the site of a release on {key:?} is gone")))?;
    let serve = match effect {
        Effect::Share(slots) => share_serve(&moved.document, &definition, site, slots),
        Effect::Candidate => Serve::Variation(moved.document.candidate.clone()),
        Effect::Restore => before_start(moved)?,
        Effect::Keep => site.clone(),
    };
    *site = serve.clone();
    ruleset::update(work, place, moved).await?;
    let reason = reason(moved, cause);
    change_set::replace_config(work, place, moved.release_id, &key, &config, reason).await?;
    Ok(serve)
}

/// Why the flag changed, for its history.
fn reason(moved: &Release, cause: &Cause) -> String {
    let what = match (moved.state.position(), moved.state.weight(&moved.document)) {
        (Some(position), Some(weight)) => format!(
            "stage {} of {}: {weight} %",
            position.stage + 1,
            moved.document.stages.len(),
        ),
        _ => moved.state.name().replace('_', " "),
    };
    match &cause.reason {
        Some(reason) => format!("{what} ({reason})"),
        None => what,
    }
}

/// Checks that a draft may start as things stand now, and notes what its site serves.
async fn start(
    work: &mut Work,
    place: &Place,
    moved: &mut Release,
    definition: &FlagDefinition,
    config: &FlagConfig,
) -> Result<()> {
    let document = &moved.document;
    let live = store::release::live(&mut work.tx, place.environment_id).await?;
    let other = live
        .iter()
        .find(|live| live.document.flag == document.flag && live.document.site == document.site);
    if let Some(other) = other {
        return Err(Error::InUse {
            what: format!("the {} of flag {:?}", document.site, document.flag),
            uses: vec![guard::author_of(other.release_id).into()],
        });
    }
    refuse_mistakes(ready(document, definition, config))?;
    moved.restore = document.site.serve(config).cloned();
    Ok(())
}

/// What the site served before the release started.
pub(super) fn before_start(release: &Release) -> Result<Serve> {
    release.restore.clone().ok_or_else(|| {
        Error::Store(store::Error::Inconsistent {
            table: "releases",
            what: format!(
                "release {} does not know what to restore",
                release.release_id
            ),
        })
    })
}

fn illegal(signal: Signal, refused: Refused) -> Error {
    Error::IllegalTransition(format!(
        "the release does not take {signal:?}: {refused}",
        signal = signal.name()
    ))
}
