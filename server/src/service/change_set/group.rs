//! Change sets that are applied one after the other, and written together.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;
use serin_api::{change::ChangeSet, session::Role};

use super::{
    Asked, Stop, decide,
    known::Known,
    patch,
    state::{self, Reach},
    write,
};
use crate::service::{Error, Result, writer::Work};

/// What became of a change set of a group.
pub(crate) enum Outcome {
    /// It is written, or refused.
    Done(Box<Result<ChangeSet>>),
    /// It has to be applied by itself. Nothing of it is written.
    Alone,
    /// It panicked. Nothing of it is written.
    Lost,
}

/// Applies change sets, each to what those before it made; what becomes of each. One that is
/// refused leaves nothing behind.
///
/// # Errors
/// Where the database fails, or refuses to write it all. Some of it may be written then: the
/// caller undoes that.
pub(crate) async fn apply(work: &mut Work, sets: &[Asked]) -> Result<Vec<Outcome>> {
    // Where anything fails it is forgotten, since it may have what was not written.
    let mut known = std::mem::take(&mut work.known);
    foresee(work, &mut known, sets).await?;
    let (mut outcomes, mut all) = (Vec::with_capacity(sets.len()), Vec::new());
    for Asked { actor, write, .. } in sets {
        let decided = decide(work, &mut known, actor, write, Reach::Group);
        outcomes.push(match AssertUnwindSafe(decided).catch_unwind().await {
            Ok(Ok(decided)) => {
                known.learn(&decided);
                all.push(decided);
                None
            }
            // The database failed, and may take nothing more in this transaction.
            Ok(Err(Stop::Refused(error @ Error::Store(_)))) => return Err(error),
            Ok(Err(Stop::Refused(error))) => Some(Outcome::Done(Box::new(Err(error)))),
            Ok(Err(Stop::Alone)) => Some(Outcome::Alone),
            // The panic's message is on standard error.
            Err(_) => Some(Outcome::Lost),
        });
    }
    let mut answers = write::all(work, all).await?.into_iter();
    known.shrink();
    work.known = known;
    let outcomes = outcomes.into_iter().map(|outcome| match outcome {
        Some(outcome) => outcome,
        None => match answers.next() {
            Some(answer) => Outcome::Done(Box::new(Ok(answer))),
            None => Outcome::Lost,
        },
    });
    Ok(outcomes.collect())
}

/// Reads what the change sets are about to ask for, all at once. Who may not see it is told
/// when their change set's turn comes.
async fn foresee(work: &mut Work, known: &mut Known, sets: &[Asked]) -> Result<()> {
    let mut addresses = Vec::new();
    for Asked { actor, write, .. } in sets {
        let tx = &mut work.tx;
        let project = match known.project(tx, actor, &write.project, Role::Editor).await {
            Ok(seen) => seen.project,
            Err(error @ Error::Store(_)) => return Err(error),
            Err(_) => continue,
        };
        let environments = known.environments(tx, project.project_id).await?;
        let names = patch::foreseen(&environments, &write.changes).into_iter();
        addresses.extend(names.filter_map(|name| state::address(&project, &environments, &name)));
    }
    known.fetch(&mut work.tx, addresses).await
}
