//! Transitions, put into force.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use serin_engine::{
    flag::Serve,
    release::{Because, Effect, Observation, Refused, Signal, State, step},
};

use super::{pipeline, site::change_site, start};
pub(crate) use super::{place::Place, view::looked_at};
use crate::{
    publish::commit,
    service::{
        Error, Result, audit,
        webhook::{After, Moved, outbox},
        writer::Work,
    },
    store::{self, release::Release},
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
    let before = release.state.clone();
    let mut moved = Release {
        state: transition.next,
        start_at: cause.start_at,
        ..release
    };
    if starts {
        start::begin(work, place, &mut moved, &cause).await?;
    }
    let mut cause = Cause {
        reason: cause.reason.or_else(|| words(transition.because)),
        ..cause
    };
    let serve = match transition.effect {
        Effect::Keep if cause.signal == Signal::Retry => {
            // To those who count it is another stage: they forget whose events they have counted.
            change_site(work, place, &moved, &cause, Effect::Keep).await?;
            None
        }
        Effect::Keep => None,
        effect => Some(change_site(work, place, &moved, &cause, effect).await?),
    };
    let next = follows(work, place, &moved, &mut cause).await?;
    let moved = record(work, place, &before, moved, &cause, serve).await?;
    if let Some(next) = next {
        pipeline::begin(work, next, &moved, place, &cause.actor).await?;
    }
    Ok(moved)
}

/// The next release of the pipeline, where this one is complete. Where there can be none, the
/// cause says so.
async fn follows(
    work: &mut Work,
    place: &Place,
    moved: &Release,
    cause: &mut Cause,
) -> Result<Option<pipeline::Next>> {
    let (State::Completed, Some(then)) = (&moved.state, &moved.document.then) else {
        return Ok(None);
    };
    match pipeline::next(&mut work.tx, place, &moved.document, then).await? {
        Ok(next) => Ok(Some(next)),
        Err(ends) => {
            let before = cause.reason.take();
            cause.reason = Some(before.map_or(ends.clone(), |before| format!("{before}; {ends}")));
            Ok(None)
        }
    }
}

/// Why a tick did what a person may be surprised at.
fn words(because: Option<Because>) -> Option<String> {
    let words = match because? {
        Because::Harm => "the candidate does harm",
        Because::Inconclusive => "evidence is missing at the end of the longest bake",
    };
    Some(words.to_owned())
}

/// Keeps a transition that was decided: the row, the event, the audit entry, and what
/// webhooks are told.
pub(super) async fn record(
    work: &mut Work,
    place: &Place,
    before: &State,
    mut moved: Release,
    cause: &Cause,
    serve: Option<Serve>,
) -> Result<Release> {
    let now = work.now();
    moved.epoch += 1;
    // Whoever waits for a turn keeps the place in the line, whatever else is in the way.
    let waits = |state: &State| matches!(state, State::AwaitingStart { .. });
    if !(waits(before) && waits(&moved.state)) {
        moved.entered_at = now;
    }
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
    let told = Moved {
        before: Some(before),
        after: After::of(&moved),
        signal: Some(cause.signal),
        actor: &cause.actor,
        reason: cause.reason.as_deref(),
        serve: event.serve.as_ref(),
        evidence: cause.evidence.as_ref(),
    };
    tell(work, place, &told).await?;
    Ok(moved)
}

/// Tells of a release that was written just now.
pub(super) async fn created(
    work: &mut Work,
    place: &Place,
    release: &Release,
    actor: &str,
) -> Result<()> {
    let told = Moved {
        before: None,
        after: After::of(release),
        signal: None,
        actor,
        reason: None,
        serve: None,
        evidence: None,
    };
    tell(work, place, &told).await
}

/// Writes the audit entry of something that happened to a release, and tells those who watch,
/// and webhooks.
pub(super) async fn tell(work: &mut Work, place: &Place, moved: &Moved<'_>) -> Result<()> {
    let (release, actor) = (&moved.after, moved.actor);
    let mut details = json!({
        "release": release.release_id,
        "environment": place.environment,
        "flag": release.flag,
        "epoch": release.epoch,
        "state": release.state,
    });
    if let Some(reason) = moved.reason {
        details["reason"] = reason.into();
    }
    let action = format!("release.{}", moved.signal.map_or("create", Signal::name));
    audit::append(work, actor, &action, Some(&place.project), &details).await?;
    outbox::transition(work, place, moved).await?;
    let told = commit::Told::release(
        place.project.clone(),
        place.environment.clone(),
        release.release_id,
        actor.to_owned(),
        work.now(),
        moved.reason.map(str::to_owned),
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

fn illegal(signal: Signal, refused: Refused) -> Error {
    Error::IllegalTransition(format!(
        "the release does not take {signal:?}: {refused}",
        signal = signal.name()
    ))
}
