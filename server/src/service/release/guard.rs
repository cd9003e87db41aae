//! What a live release protects: the door of all writes asks here before it writes.

use std::collections::BTreeMap;

use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Rule, Serve},
    release::{Effect, Observation, Owner, Signal, remove_rules, settle_rules, step},
};
use uuid::Uuid;

use super::{
    ruleset, site,
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
    let live = store::release::live_on(&mut work.tx, place.environment_id, flag).await?;
    let of_others = live
        .into_iter()
        .filter(|release| author != author_of(release.release_id));
    let mut uses = Vec::new();
    for release in of_others {
        let site = &release.document.site;
        let touched = site.serve(before) != site.serve(after);
        let id = release.release_id.to_string();
        if before.enabled && !after.enabled {
            cancel(work, place, author, release, after, touched).await?;
        } else if touched || own(before, Owner(&id)) != own(after, Owner(&id)) {
            uses.push(release);
        } else {
            settle_rules(&release.document, before, after, Owner(&id));
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

/// What a release's own rules serve, wherever they stand.
fn own<'c>(config: &'c FlagConfig, owner: Owner<'_>) -> BTreeMap<&'c str, &'c Serve> {
    let own = |rule: &&Rule| owner.owns(rule);
    let rules = config.rules.iter().filter(own);
    rules.map(|rule| (rule.id.as_str(), &rule.serve)).collect()
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
        let serve = site::before_start(&release)?;
        if let Some(site) = release.document.site.serve_mut(after) {
            *site = serve;
        }
    }
    let id = release.release_id.to_string();
    remove_rules(after, Owner(&id));
    let serve = release.document.site.serve(after).cloned();
    let before = release.state.clone();
    let moved = Release {
        state: transition.next,
        ..release
    };
    let cause = Cause {
        reason: Some("the flag was turned off".to_owned()),
        ..Cause::of(Signal::Cancel, author)
    };
    ruleset::update(work, place, &moved).await?;
    transition::record(work, place, &before, moved, &cause, serve)
        .await
        .map(drop)
}
