//! Transitions, put into force.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use serin_api::session::Role;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Serve},
    release::{
        Because, Effect, Observation, Owner, Refused, Signal, divided_at, remove_rules,
        serve_stage, step,
    },
};
use uuid::Uuid;

pub(crate) use super::view::looked_at;
use super::{ruleset, start, unknown_flag};
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
    /// When it is to start, for a schedule.
    pub(crate) start_at: Option<DateTime<Utc>>,
    /// Whether a start takes the site over from the release that lives on it.
    pub(crate) supersede: bool,
    /// What it is decided on, where no person decides.
    pub(crate) evidence: Option<Value>,
}

impl Cause {
    /// A signal with nothing else to it.
    pub(crate) fn of(signal: Signal, actor: impl Into<String>) -> Self {
        Self {
            signal,
            observation: Observation::default(),
            actor: actor.into(),
            reason: None,
            start_at: None,
            supersede: false,
            evidence: None,
        }
    }
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
    let starts = release.state.is_ahead() && transition.next.is_live();
    let mut moved = Release {
        state: transition.next,
        start_at: cause.start_at,
        ..release
    };
    if starts {
        start::begin(work, place, &mut moved, &cause).await?;
    }
    let cause = Cause {
        reason: cause.reason.or_else(|| words(transition.because)),
        ..cause
    };
    let serve = match transition.effect {
        Effect::Keep => None,
        effect => Some(change_site(work, place, &moved, &cause, effect).await?),
    };
    record(work, place, moved, &cause, serve).await
}

/// Why a tick did what a person may be surprised at.
fn words(because: Option<Because>) -> Option<String> {
    let words = match because? {
        Because::Harm => "the candidate does harm",
        Because::Inconclusive => "evidence is missing at the end of the longest bake",
    };
    Some(words.to_owned())
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
    moved.next_at = looked_at(&moved);
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
        evidence: cause.evidence.clone(),
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
pub(super) async fn change_site(
    work: &mut Work,
    place: &Place,
    moved: &Release,
    cause: &Cause,
    effect: Effect,
) -> Result<Serve> {
    let key = moved.document.flag.clone();
    // Of a live release it is protected; of a draft it may be gone.
    let (definition, mut config) = place
        .flag(&mut work.tx, &key)
        .await?
        .ok_or_else(|| unknown_flag(&key))?;
    let id = moved.release_id.to_string();
    let owner = Owner(&id);
    let divided = match effect {
        Effect::Stage(stage) => {
            serve_stage(&moved.document, &definition, &mut config, stage, owner);
            divided_at(&moved.document, stage, owner)
        }
        Effect::Candidate => {
            let candidate = Serve::Variation(moved.document.candidate.clone());
            put_back(moved, &mut config, candidate);
            moved.document.site.clone()
        }
        Effect::Restore => {
            put_back(moved, &mut config, before_start(moved)?);
            moved.document.site.clone()
        }
        Effect::HandOver => {
            if let Some(serve) = moved.document.site.serve(&config).cloned() {
                put_back(moved, &mut config, serve);
            }
            moved.document.site.clone()
        }
        Effect::Keep => moved.document.site.clone(),
    };
    let serve = divided
        .serve(&config)
        .cloned()
        .ok_or_else(|| Error::Internal(format!("the site of a release on {key:?} is gone")))?;
    ruleset::update(work, place, moved).await?;
    let reason = reason(moved, cause);
    change_set::replace_config(work, place, moved.release_id, &key, &config, reason).await?;
    Ok(serve)
}

/// Gives the site back: nothing of the release stays in the configuration but what the
/// site serves from then on.
pub(super) fn put_back(release: &Release, config: &mut FlagConfig, serve: Serve) {
    let id = release.release_id.to_string();
    remove_rules(config, Owner(&id));
    if let Some(site) = release.document.site.serve_mut(config) {
        *site = serve;
    }
}

/// Why the flag changed, for its history.
fn reason(moved: &Release, cause: &Cause) -> String {
    let what = match (moved.state.position(), moved.state.weight(&moved.document)) {
        (Some(position), Some(weight)) => {
            let stage = moved.document.stage(position.stage);
            let of = stage
                .and_then(|stage| stage.segment.as_ref())
                .map_or_else(String::new, |segment| format!(" of {segment:?}"));
            format!(
                "stage {} of {}: {weight} %{of}",
                position.stage + 1,
                moved.document.stages.len(),
            )
        }
        _ => moved.state.name().replace('_', " "),
    };
    match &cause.reason {
        Some(reason) => format!("{what} ({reason})"),
        None => what,
    }
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
