//! What a look finds: how long stages have baked, which is kept, and what becomes of whom.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde_json::{Value, json};
use serin_engine::release::{Observation, Signal, Watch, remaining, step};
use uuid::Uuid;

use super::{Due, Watched, place};
use crate::{
    release::{
        judging::{self, Known},
        sources,
    },
    service::{
        Error, Result,
        release::{propagation, start, transition, turn::Lines, windows},
        writer::Work,
    },
    store::{self, evidence::Unreadable, lease::Lease, release::Placed},
    tenure::Claim,
};

/// What became of a look.
pub(super) enum Looked {
    At(Look),
    /// Another node looks.
    Held(Lease),
}

/// What a look found.
pub(super) struct Look {
    pub(super) watched: HashMap<Uuid, Watched>,
    pub(super) due: Vec<Due>,
    pub(super) stuck: Vec<Stuck>,
    /// Windows of evidence that cannot be read.
    pub(super) unread: Vec<Unreadable>,
}

/// A release that cannot go on.
pub(super) struct Stuck {
    pub(super) release_id: Uuid,
    pub(super) epoch: u64,
    pub(super) why: String,
}

/// Looks at all releases in one transaction, unless another node has the lease.
pub(super) async fn look(
    work: &mut Work,
    claim: Claim,
    grace: TimeDelta,
    mut seen: HashMap<Uuid, Watched>,
) -> Result<Looked> {
    if let Some(other) = claim.take(work).await? {
        return Ok(Looked::Held(other));
    }
    let mut look = Look {
        watched: HashMap::new(),
        due: Vec::new(),
        stuck: Vec::new(),
        unread: Vec::new(),
    };
    let (watched, unreadable) = store::release::watched(&mut work.tx).await?;
    look.stuck.extend(unreadable.into_iter().map(|row| Stuck {
        release_id: row.release_id,
        epoch: row.epoch,
        why: row.error.to_string(),
    }));
    let mut lines = Lines::default();
    for placed in watched {
        let (release_id, epoch) = (placed.release.release_id, placed.release.epoch);
        let last = seen.remove(&release_id);
        match look_at(work, &mut look, &mut lines, placed, last, grace).await {
            // What is kept of one and cannot be read is no reason not to look after the others.
            Err(
                Error::Store(cause @ store::Error::Inconsistent { .. })
                | Error::Unreadable { cause, .. },
            ) => look.stuck.push(Stuck {
                release_id,
                epoch,
                why: cause.to_string(),
            }),
            looked => looked?,
        }
    }
    Ok(Looked::At(look))
}

/// Looks at one release: keeps how long it has baked, or notes what becomes of it.
async fn look_at(
    work: &mut Work,
    look: &mut Look,
    lines: &mut Lines,
    placed: Placed,
    last: Option<Watched>,
    grace: TimeDelta,
) -> Result<()> {
    let release = &placed.release;
    let mut watch = Watch::resume(
        last.map(|last| last.watch),
        release.epoch,
        &release.state,
        work.uptime(),
    );
    let mut known = judging::judge(work, release, grace).await?;
    look.unread.append(&mut known.unread);
    let (observation, evidence) = observe(work, lines, &placed, &mut watch, &known).await?;
    match step(
        &release.document,
        &release.state,
        Signal::Tick,
        &observation,
    ) {
        Ok(transition) if transition.next.same_place(&release.state) => {
            let release_id = release.release_id;
            let mut release = placed.release;
            if release.state != transition.next {
                release.state = transition.next;
                release.ticked_at = Some(work.now());
                release.next_at = transition::looked_at(&release);
                store::release::keep_bake(&mut work.tx, &release).await?;
            }
            watch.left_as(&release.state);
            let left = remaining(&release.document, &release.state);
            look.watched.insert(release_id, Watched { watch, left });
        }
        Ok(_) => look.due.push(Due {
            placed,
            observation,
            evidence,
        }),
        Err(refused) => look.stuck.push(Stuck {
            release_id: release.release_id,
            epoch: release.epoch,
            why: refused.to_string(),
        }),
    }
    Ok(())
}

/// What was seen since this runner last looked, with what the judge knows.
async fn observe(
    work: &mut Work,
    lines: &mut Lines,
    placed: &Placed,
    watch: &mut Watch,
    known: &Known,
) -> Result<(Observation, Option<Value>)> {
    let now = work.now();
    let release = &placed.release;
    let seen_at = known.seen_at.iter().copied();
    let mut seen = watch.look(work.uptime(), now.timestamp_millis(), seen_at);
    known.tell(release, now, &mut seen);
    seen.window_open = windows::is_open(&release.document, now);
    let place = place(placed);
    if start::is_waiting(&release.state) {
        seen.due = release.start_at.is_none_or(|at| at <= now);
        if seen.due {
            seen.blocked = start::blocked(&mut work.tx, lines, &place, release).await?;
        }
    }
    seen.propagated = propagation::share(&mut work.tx, &place, release, now).await?;
    let told = sources::tell(work, placed, &mut seen).await?;
    let mut evidence = known.evidence(&seen);
    if let Some(told) = told {
        evidence.get_or_insert_with(|| json!({}))["sources"] = told;
    }
    Ok((seen, evidence))
}
