//! What a commit means to evaluators and to people who watch.

use std::{collections::BTreeSet, sync::Arc};

use serin_api::{
    change::ChangeSet,
    event::{ChangeEvent, EntityRef},
};
use serin_engine::ruleset::Patch;
use uuid::Uuid;

use super::{Commits, Publisher};

/// What one transaction committed.
#[derive(Default)]
pub struct Committed {
    /// The end of the audit chain before it.
    pub(crate) before: u64,
    /// The end of the audit chain after it.
    pub(crate) sequence: u64,
    pub(crate) effects: Vec<Effect>,
}

/// One thing that a transaction did.
pub(crate) enum Effect {
    /// An environment came to a new revision.
    Revision(Revision),
    /// People's view changed.
    Told(Told),
    /// Projects, environments or keys changed.
    Reload,
}

/// An environment came to a new revision.
pub(crate) struct Revision {
    pub(crate) environment_id: Uuid,
    pub(crate) patch: Arc<Patch>,
    /// The patch as JSON.
    pub(crate) text: String,
}

/// Something for the event streams of a project's environments.
pub(crate) struct Told {
    pub(crate) project: String,
    /// Those that it concerns; all where `None`.
    pub(crate) environments: Option<BTreeSet<String>>,
    /// Its revision is filled in for each environment.
    pub(crate) event: ChangeEvent,
}

impl Committed {
    pub(crate) fn after(sequence: u64) -> Self {
        Self {
            before: sequence,
            sequence,
            effects: Vec::new(),
        }
    }

    /// A point to come [`Self::back_to`].
    pub(crate) fn mark(&self) -> usize {
        self.effects.len()
    }

    pub(crate) fn back_to(&mut self, mark: usize) {
        self.effects.truncate(mark);
    }
}

impl Told {
    /// Tells of a change set.
    pub(crate) fn change_set(set: &ChangeSet) -> Self {
        let keys: Option<BTreeSet<String>> = set
            .changes
            .iter()
            .map(|change| change.environment.clone())
            .collect();
        let release = set.author.strip_prefix("release:");
        Self {
            project: set.project.clone(),
            environments: keys,
            event: ChangeEvent {
                revision: 0,
                change_set: Some(set.id),
                author: set.author.clone(),
                at: set.applied_at,
                reason: set.reason.clone(),
                entities: set
                    .changes
                    .iter()
                    .map(|change| EntityRef {
                        kind: change.kind,
                        environment: change.environment.clone(),
                        key: change.key.clone(),
                        version: change.version,
                    })
                    .collect(),
                releases: release.and_then(|id| id.parse().ok()).into_iter().collect(),
            },
        }
    }
}

impl Commits {
    /// Publishes what this node's writer committed. Afterwards every reader of this
    /// node sees it.
    pub async fn committed(&self, committed: Committed) {
        let mut sequence = self.sequence.lock().await;
        if committed.before == committed.sequence && committed.effects.is_empty() {
            return;
        }
        let in_order = *sequence == committed.before;
        let reload = committed
            .effects
            .iter()
            .any(|effect| matches!(effect, Effect::Reload));
        if !in_order || reload || !self.publisher.publish(&committed.effects) {
            // The follower tries again where this fails.
            if let Err(error) = self.catch_up_from_database(&mut sequence).await {
                tracing::error!(%error, "could not read what was committed");
            }
            return;
        }
        *sequence = committed.sequence;
    }
}

impl Publisher {
    /// False where a patch does not fit.
    fn publish(&self, effects: &[Effect]) -> bool {
        // Revisions first: the events tell the revision that is to be seen by then.
        let fits = effects.iter().all(|effect| match effect {
            Effect::Revision(revision) => self.advance(revision),
            _ => true,
        });
        if fits {
            for effect in effects {
                if let Effect::Told(told) = effect {
                    self.tell(told);
                }
            }
        }
        fits
    }

    /// False where the patch does not fit. One that was applied before is passed over.
    pub(crate) fn advance(&self, revision: &Revision) -> bool {
        let Some(channel) = self.channel(revision.environment_id) else {
            return false;
        };
        let snapshot = channel.snapshot();
        if revision.patch.to <= snapshot.revision {
            return true;
        }
        match snapshot.apply(&revision.patch) {
            Ok((snapshot, warnings)) => {
                for warning in warnings {
                    tracing::warn!(
                        project = snapshot.project,
                        environment = snapshot.environment,
                        %warning,
                    );
                }
                channel.publish(snapshot, Arc::clone(&revision.patch), &revision.text);
                true
            }
            Err(error) => {
                tracing::error!(%error, environment.id = %revision.environment_id, "a patch does not fit");
                false
            }
        }
    }

    pub(super) fn tell(&self, told: &Told) {
        let directory = self.environments.load();
        let Some(environments) = directory.by_name.get(&told.project) else {
            return;
        };
        for (key, id) in environments {
            let concerned = told
                .environments
                .as_ref()
                .is_none_or(|keys| keys.contains(key));
            if let (true, Some(channel)) = (concerned, directory.by_id.get(id)) {
                channel.tell(Arc::new(ChangeEvent {
                    revision: channel.snapshot().revision,
                    ..told.event.clone()
                }));
            }
        }
    }
}

impl Told {
    /// Tells of a release that moved.
    pub(crate) fn release(
        project: String,
        environment: String,
        release: Uuid,
        author: String,
        at: chrono::DateTime<chrono::Utc>,
        reason: Option<String>,
    ) -> Self {
        Self {
            project,
            environments: Some(BTreeSet::from([environment])),
            event: ChangeEvent {
                revision: 0,
                change_set: None,
                author,
                at,
                reason,
                entities: Vec::new(),
                releases: vec![release],
            },
        }
    }
}
