//! One look at all releases that time moves.

mod look;

use std::{collections::HashMap, time::Duration};

use serde_json::Value;
use serin_engine::release::{Observation, Signal, Watch, remaining, step};
use uuid::Uuid;

use crate::{
    app::App,
    service::{
        Result,
        release::{
            start,
            transition::{self, Cause, Place},
            turn::Lines,
        },
        writer::Work,
    },
    store::{self, release::Placed},
    tenure::Tenure,
};
use look::{Looked, Stuck, look};

/// The lease's name.
const LEASE: &str = "releases";
/// Who moves a release where no person does.
const ACTOR: &str = "serin";

/// Looks at releases, and remembers when it last did: only what it watched itself
/// counts as baking.
pub struct Runner {
    app: App,
    tenure: Tenure,
    watched: HashMap<Uuid, Watched>,
    /// Releases that cannot go on, and at which epoch that was logged: once is enough.
    stuck: HashMap<Uuid, u64>,
}

/// A release as this runner left it.
#[derive(Clone, Debug)]
struct Watched {
    watch: Watch,
    /// How much longer its stage bakes.
    left: Option<Duration>,
}

/// A release that something becomes of.
struct Due {
    placed: Placed,
    observation: Observation,
    /// What the judge knew.
    evidence: Option<Value>,
}

impl Runner {
    /// A runner that has watched nothing yet.
    pub fn new(app: App) -> Self {
        Self {
            tenure: Tenure::new(LEASE, &app),
            app,
            watched: HashMap::new(),
            stuck: HashMap::new(),
        }
    }

    /// Looks at every release that time moves: keeps how long its stage has baked, or
    /// moves it on by one stage. Does nothing while another node has the lease. Answers
    /// in how long a stage will be over, so that it need not wait for a later look;
    /// nothing where none is in sight.
    ///
    /// # Errors
    /// Where the database fails; nothing counts as baking then.
    pub async fn tick(&mut self) -> Result<Option<Duration>> {
        let seen = std::mem::take(&mut self.watched);
        let mut tx = self.app.db.read().await?;
        let (watched, unreadable) = store::release::watched(&mut tx).await?;
        drop(tx);
        if watched.is_empty() && unreadable.is_empty() {
            return Ok(None);
        }
        let uptime = self.app.clock.uptime();
        let claim = self.tenure.claim(uptime);
        let grace = self.app.evidence_grace;
        let looked = self
            .app
            .writer
            .run(move |work| Box::pin(look(work, claim, grace, seen)))
            .await?;
        let look = match looked {
            Looked::At(look) => look,
            Looked::Held(lease) => {
                self.tenure.learn(Some(lease), uptime);
                return Ok(None);
            }
        };
        self.tenure.learn(None, uptime);
        self.watched = look.watched;
        self.note_stuck(look.stuck);
        self.app.unread.note_windows(&look.unread);
        for due in look.due {
            self.move_on(due).await;
        }
        Ok(self
            .watched
            .values()
            .filter_map(|watched| watched.left)
            .min())
    }

    fn note_stuck(&mut self, stuck: Vec<Stuck>) {
        let before = std::mem::take(&mut self.stuck);
        for Stuck {
            release_id,
            epoch,
            why,
        } in stuck
        {
            if before.get(&release_id) != Some(&epoch) {
                tracing::error!(release.id = %release_id, why, "a release cannot go on");
            }
            self.stuck.insert(release_id, epoch);
        }
    }

    /// Gives the lease back, so that another node need not wait.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn retire(self) -> Result<()> {
        self.tenure.give_back(&self.app).await
    }

    /// Moves a release on whose stage is over. Where that fails the release stays as it
    /// is, and the next tick tries again.
    async fn move_on(&mut self, due: Due) {
        let release_id = due.placed.release.release_id;
        let moved = self
            .app
            .writer
            .run(move |work| Box::pin(move_on(work, due)))
            .await;
        match moved {
            Ok(Some(watched)) => {
                self.watched.insert(release_id, watched);
            }
            Ok(None) => {}
            Err(error) => {
                tracing::warn!(release.id = %release_id, %error, "could not move a release on");
            }
        }
    }
}

fn place(placed: &Placed) -> Place {
    Place {
        project_id: placed.project_id,
        project: placed.project.clone(),
        environment_id: placed.release.environment_id,
        environment: placed.environment.clone(),
    }
}

/// Of whom it is the turn that a release takes, in words.
fn passed_over(unreadable: &[Uuid]) -> Option<String> {
    let ids: Vec<String> = unreadable.iter().map(Uuid::to_string).collect();
    (!ids.is_empty()).then(|| {
        format!(
            "ahead of {}, which waits for longer and cannot be read",
            ids.join(", ")
        )
    })
}

/// Reads the release again and decides again: it may have been moved since the look.
async fn move_on(work: &mut Work, due: Due) -> Result<Option<Watched>> {
    let Due {
        placed,
        observation,
        evidence,
    } = due;
    let place = place(&placed);
    let seen = placed.release;
    let stands = store::release::find(&mut work.tx, seen.environment_id, seen.release_id).await?;
    let Some(stands) = stands.filter(|stands| stands.epoch == seen.epoch) else {
        return Ok(None);
    };
    let (mut observation, mut reason) = (observation, None);
    if observation.due {
        // Another that was due at the same look may have taken the turn.
        let mut lines = Lines::default();
        observation.blocked = start::blocked(&mut work.tx, &mut lines, &place, &stands).await?;
        let again = step(&stands.document, &stands.state, Signal::Tick, &observation);
        if again.is_ok_and(|transition| transition.next.same_place(&stands.state)) {
            return Ok(None);
        }
        reason = passed_over(&lines.passed_over(place.environment_id));
    }
    let cause = Cause {
        observation,
        reason,
        evidence,
        ..Cause::of(Signal::Tick, ACTOR)
    };
    let moved = transition::run(work, &place, stands, cause).await?;
    Ok(Some(Watched {
        watch: Watch::begin(moved.epoch, &moved.state, work.uptime()),
        left: remaining(&moved.document, &moved.state),
    }))
}
