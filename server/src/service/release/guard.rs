//! What a live release protects: the door of all writes asks here before it writes.

use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    release::{Effect, Observation, Signal, step},
};
use uuid::Uuid;

use super::{
    ruleset,
    transition::{self, Cause, Place},
};
use crate::{
    service::{Error, Result, writer::Work},
    store::{self, Tx, release::Release},
};

/// Looks at a configuration that is about to be written. A change of what a live
/// release moves is refused; turning the flag off cancels its releases, and gives their
/// sites in `after` back what they served before.
///
/// # Errors
/// [`Error::InUse`] with the releases.
pub(crate) async fn config(
    work: &mut Work,
    place: &Place,
    author: &str,
    flag: &str,
    before: &FlagConfig,
    after: &mut FlagConfig,
) -> Result<()> {
    let live = store::release::live(&mut work.tx, place.environment_id).await?;
    let of_others = live
        .into_iter()
        .filter(|release| release.document.flag == flag && author != author_of(release.release_id));
    let mut uses = Vec::new();
    for release in of_others {
        let site = &release.document.site;
        let touched = site.serve(before) != site.serve(after);
        if before.enabled && !after.enabled {
            cancel(work, place, author, release, after, touched).await?;
        } else if touched {
            uses.push(release);
        }
    }
    refuse(flag, &uses)
}

/// Looks at a definition that is about to be written, or removed.
///
/// # Errors
/// [`Error::InUse`] with the releases that need what is taken away.
pub(crate) async fn definition(
    tx: &mut Tx,
    project_id: Uuid,
    flag: &str,
    before: &FlagDefinition,
    after: Option<&FlagDefinition>,
) -> Result<()> {
    let mut live = store::release::live_of_flag(tx, project_id, flag).await?;
    live.retain(|release| after.is_none_or(|after| !keeps(release, before, after)));
    refuse(flag, &live)
}

/// The author of a release's own change sets.
pub(crate) fn author_of(release_id: Uuid) -> String {
    format!("release:{release_id}")
}

/// Whether a definition leaves a release its arms and its people.
fn keeps(release: &Release, before: &FlagDefinition, after: &FlagDefinition) -> bool {
    let has = |key: &str| {
        after
            .variations
            .iter()
            .any(|variation| variation.key == key)
    };
    !after.archived
        && after.salt == before.salt
        && has(&release.document.baseline)
        && has(&release.document.candidate)
}

fn refuse(flag: &str, uses: &[Release]) -> Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    Err(Error::InUse {
        what: format!("flag {flag:?}"),
        uses: uses
            .iter()
            .map(|release| author_of(release.release_id).into())
            .collect(),
    })
}

/// Cancels a release whose flag is turned off. Where the same edit touches the site,
/// what it says there stands: the site is free again.
async fn cancel(
    work: &mut Work,
    place: &Place,
    author: &str,
    release: Release,
    after: &mut FlagConfig,
    touched: bool,
) -> Result<()> {
    let transition = step(
        &release.document,
        &release.state,
        Signal::Cancel,
        &Observation::default(),
    )
    .map_err(|refused| Error::Internal(refused.to_string()))?;
    if let (Effect::Restore, false) = (transition.effect, touched) {
        let serve = transition::before_start(&release)?;
        if let Some(site) = release.document.site.serve_mut(after) {
            *site = serve;
        }
    }
    let serve = release.document.site.serve(after).cloned();
    let moved = Release {
        state: transition.next,
        ..release
    };
    let cause = Cause {
        signal: Signal::Cancel,
        observation: Observation::default(),
        actor: author.to_owned(),
        reason: Some("the flag was turned off".to_owned()),
    };
    ruleset::update(work, place, &moved).await?;
    transition::record(work, place, moved, &cause, serve)
        .await
        .map(drop)
}
