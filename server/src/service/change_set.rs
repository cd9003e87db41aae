//! The one door for writes: a change set is applied whole or not at all.
//!
//! Authorise, load, patch, check the documents, check what they mean over the state
//! after the whole change set, write. The steps are modules of their own; `State`
//! carries what they work on. All but the last only read: what they come to is `Decided`, so
//! that those who write at the same time are written together (`group`).

mod allocate;
mod check;
mod decided;
pub(crate) mod defaults;
mod effects;
pub(crate) mod group;
mod history;
mod known;
mod live;
pub(crate) mod members;
mod mistakes;
mod patch;
mod state;
mod uses;
mod write;

use serin_api::{
    change::{Action, Change, ChangeSet, ChangeSetState, NewChangeSet},
    entity::EntityKind,
    session::Role,
};
use serin_documents::shares;
use serin_engine::flag::FlagConfig;
use uuid::Uuid;

use super::{
    Actor, Error, Result, document, fields,
    idempotency::{self, Once},
    release::{guard, transition::Place},
    writer::Work,
};
use crate::{app::App, store};

use decided::Decided;
pub use history::{Filter, get, list};
pub(crate) use known::Known;
use state::{Reach, State};

/// The most changes of one change set.
pub const MAX_CHANGES: usize = 1000;

/// A change set as the server's own parts make it.
#[derive(Clone, Debug, Default)]
pub struct Write {
    /// The project's key.
    pub project: String,
    /// Why, for the history.
    pub reason: Option<String>,
    /// In order.
    pub changes: Vec<Change>,
    /// A configuration of the changes as it is to be stored, its allocations included.
    pub exact: Option<Exact>,
    /// Environments whose live releases moved, so that their rulesets change even where
    /// no entity does.
    pub moved: Vec<String>,
}

/// A configuration with its allocations.
#[derive(Clone, Debug)]
pub struct Exact {
    /// The environment's key.
    pub environment: String,
    /// The flag's key.
    pub flag: String,
    /// As it is to be stored.
    pub config: FlagConfig,
}

impl From<NewChangeSet> for Write {
    fn from(new: NewChangeSet) -> Self {
        Self {
            project: new.project,
            reason: new.reason,
            changes: new.changes,
            ..Self::default()
        }
    }
}

/// Applies a change set.
///
/// # Errors
/// Everything that [`Error`] names but what is about releases' signals; nothing is
/// written then. Paths of mistakes begin with `/changes/N`.
pub async fn apply(app: &App, actor: &Actor, new: NewChangeSet) -> Result<ChangeSet> {
    apply_once(app, actor, new, None).await
}

/// As [`apply`]; a request that came before under the same idempotency key is answered
/// as it was then, and not done again. A dry run leaves no answer behind.
///
/// # Errors
/// As [`apply`]; [`Error::IdempotencyMismatch`].
pub async fn apply_once(
    app: &App,
    actor: &Actor,
    new: NewChangeSet,
    once: Option<Once>,
) -> Result<ChangeSet> {
    if new.changes.is_empty() || new.changes.len() > MAX_CHANGES {
        let message = format!("a change set has 1 to {MAX_CHANGES} changes");
        return Err(Error::invalid("/changes", "count", message));
    }
    let mut details = Vec::new();
    fields::check_text(new.reason.as_deref(), "/reason", &mut details);
    if !details.is_empty() {
        return Err(Error::Invalid(details));
    }
    let actor = actor.clone();
    if new.dry_run {
        return rehearse(app, actor, new).await;
    }
    let write = new.into();
    app.writer.apply(Asked { actor, write, once }).await
}

/// A change set that is to be applied.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) actor: Actor,
    pub(crate) write: Write,
    pub(crate) once: Option<Once>,
}

impl Asked {
    /// Applies it by itself, within a job.
    pub(crate) async fn apply(&self, work: &mut Work) -> Result<ChangeSet> {
        let (actor, once) = (&self.actor, self.once.as_ref());
        if let Some(answer) = idempotency::before(work, actor, once).await? {
            return Ok(answer);
        }
        let answer = apply_in(work, actor, self.write.clone()).await?;
        idempotency::after(work, actor, once, &answer).await?;
        Ok(answer)
    }
}

/// Does all but keeping it: the same checks in the same transaction, which is undone.
async fn rehearse(app: &App, actor: Actor, new: NewChangeSet) -> Result<ChangeSet> {
    let checked = app
        .writer
        .rehearse(move |work| Box::pin(async move { apply_in(work, &actor, new.into()).await }))
        .await?;
    Ok(ChangeSet {
        state: ChangeSetState::Checked,
        ..checked
    })
}

/// Applies a change set within a job that does more in the same transaction.
///
/// Where nothing changes, nothing is written, and the change set that is answered is
/// not kept: it has no changes.
///
/// # Errors
/// As [`apply`]. The job must then answer an error too, so that it is undone.
pub async fn apply_in(work: &mut Work, actor: &Actor, write: Write) -> Result<ChangeSet> {
    let mut known = Known::default();
    let decided = decide(work, &mut known, actor, &write, Reach::Database).await;
    let mut applied = write::all(work, vec![decided.map_err(Error::from)?]).await?;
    let answer = applied.pop();
    answer.ok_or_else(|| Error::Internal("a change set without an answer".to_owned()))
}

/// Everything but writing.
async fn decide(
    work: &mut Work,
    known: &mut Known,
    actor: &Actor,
    write: &Write,
    reach: Reach,
) -> std::result::Result<Decided, Stop> {
    let seen = known.project(&mut work.tx, actor, &write.project, Role::Editor);
    let project = seen.await?.project;
    let mut state = State::load(&mut work.tx, known, project, reach).await?;
    patch::all(&mut state, work, &write.changes).await?;
    check::documents(&mut state)?;
    check::meaning(&mut state, work).await?;
    uses::check(&mut state, work).await?;
    allocate::all(&mut state, write.exact.as_ref())?;
    live::guard(&mut state, work, actor).await?;
    allocate::settle(&mut state)?;
    let published = effects::publish(&mut state, work, &write.moved).await?;
    let reason = write.reason.clone();
    Ok(write::decide(&state, work, actor, reason, published)?)
}

/// Why nothing was decided.
enum Stop {
    Refused(Error),
    /// It has to see, or to change, more than what the group knows.
    Alone,
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<store::Error> for Stop {
    fn from(error: store::Error) -> Self {
        Self::Refused(error.into())
    }
}

impl From<Stop> for Error {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Refused(error) => error,
            Stop::Alone => Self::Internal("a change set that sees all wants more".to_owned()),
        }
    }
}

/// Writes a configuration that a release changed, by a change set of the release's own.
///
/// # Errors
/// As [`apply_in`].
pub(crate) async fn replace_config(
    work: &mut Work,
    place: &Place,
    release_id: Uuid,
    flag: &str,
    config: &FlagConfig,
    reason: String,
) -> Result<ChangeSet> {
    let mut shown = config.clone();
    shares::show(&mut shown);
    let write = Write {
        project: place.project.clone(),
        reason: Some(reason),
        changes: vec![Change {
            kind: EntityKind::FlagConfig,
            environment: Some(place.environment.clone()),
            key: flag.to_owned(),
            action: Action::Put,
            document: Some(document::value(&shown)?),
            version: None,
        }],
        exact: Some(Exact {
            environment: place.environment.clone(),
            flag: flag.to_owned(),
            config: config.clone(),
        }),
        moved: vec![place.environment.clone()],
    };
    let actor = Actor::system(guard::author_of(release_id));
    apply_in(work, &actor, write).await
}
