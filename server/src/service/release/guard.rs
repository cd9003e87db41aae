//! What a live release protects: the door of all writes asks here before it writes.

use std::collections::BTreeMap;

use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Rule, Serve},
    release::{Effect, Observation, Owner, Signal, Site, remove_rules, settle_rules, step},
};
use uuid::Uuid;

use super::{
    held, ruleset, site,
    transition::{self, Cause, Place},
    unreadable,
};
use crate::{
    service::{Error, Result, Use, writer::Work},
    store::{self, Tx, release::Release},
};

/// Looks at a configuration that is about to be written. A change of what a live release moves is refused; turning the flag off cancels its releases, and gives their
/// sites in `after` back what they served before.
///
/// # Errors
/// [`Error::InUse`] with the releases, by their places in the configuration.
pub(crate) async fn config(
    work: &mut Work,
    place: &Place,
    author: &str,
    flag: &str,
    before: &FlagConfig,
    after: &mut FlagConfig,
) -> Result<()> {
    let live = store::release::live_on(&mut work.tx, place.environment_id, flag).await?;
    let mut uses = Vec::new();
    let mut used = |release_id: Uuid, path: String| {
        uses.push(Use {
            path,
            by: author_of(release_id),
        });
    };
    let turned_off = before.enabled && !after.enabled;
    let of_others = live
        .read
        .into_iter()
        .filter(|release| author != author_of(release.release_id));
    for release in of_others {
        let site = &release.document.site;
        let touched = site.serve(before) != site.serve(after);
        let id = release.release_id.to_string();
        if turned_off {
            cancel(work, place, author, release, after, touched).await?;
        } else if touched {
            used(release.release_id, place_of(site, after));
        } else if own(before, Owner(&id)) != own(after, Owner(&id)) {
            used(release.release_id, "/rules".to_owned());
        } else {
            settle_rules(&release.document.site, before, after, Owner(&id));
        }
    }
    for held in live.unread {
        let release_id = held.unread.release_id;
        let (name, touched) = (author_of(release_id), held::touched(&held, before, after));
        let id = release_id.to_string();
        if author == name {
            // It is given back just now.
        } else if turned_off {
            held::cancel(work, place, &by_switch(author), flag, held, touched, after).await?;
        } else if touched {
            let site = held.site.as_ref();
            used(
                release_id,
                site.map_or_else(String::new, |site| place_of(site, after)),
            );
        } else if own(before, Owner(&id)) != own(after, Owner(&id)) {
            used(release_id, "/rules".to_owned());
        } else {
            held::settle(&held, before, after);
        }
    }
    refuse(flag, uses)
}

/// Where a site is in a configuration; that of a rule that is not there any more is the list.
fn place_of(site: &Site, config: &FlagConfig) -> String {
    match site {
        Site::Default => "/default".to_owned(),
        Site::Rule(id) => match config.rules.iter().position(|rule| rule.id == *id) {
            Some(index) => format!("/rules/{index}/serve"),
            None => "/rules".to_owned(),
        },
    }
}

/// Looks at a definition that is about to be written, or removed.
///
/// # Errors
/// [`Error::InUse`] with the releases that need what is taken away, by its places in the definition.
pub(crate) async fn definition(
    tx: &mut Tx,
    project_id: Uuid,
    flag: &str,
    before: &FlagDefinition,
    after: Option<&FlagDefinition>,
) -> Result<()> {
    let live = store::release::live_of_flag(tx, project_id, flag).await?;
    let used = live.read.iter().filter_map(|release| {
        let member = match after {
            Some(after) => taken(release, before, after)?,
            None => "",
        };
        Some(Use {
            path: member.to_owned(),
            by: author_of(release.release_id),
        })
    });
    let mut used: Vec<Use> = used.collect();
    for held in live.unread {
        let member = match after {
            None => "",
            Some(after) => match taken_from_all(before, after) {
                Some(member) => member,
                // Nobody knows which two it moves people between.
                None if lost_one(before, after) => return Err(unreadable(held.unread)),
                None => continue,
            },
        };
        used.push(Use {
            path: member.to_owned(),
            by: author_of(held.unread.release_id),
        });
    }
    refuse(flag, used)
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

/// The member with which a definition would take its arms or its people from a release.
fn taken(
    release: &Release,
    before: &FlagDefinition,
    after: &FlagDefinition,
) -> Option<&'static str> {
    let document = &release.document;
    let arms = has(after, &document.baseline) && has(after, &document.candidate);
    taken_from_all(before, after).or_else(|| (!arms).then_some("/variations"))
}

/// The same from whichever release.
fn taken_from_all(before: &FlagDefinition, after: &FlagDefinition) -> Option<&'static str> {
    if after.archived {
        Some("/archived")
    } else if after.salt != before.salt {
        Some("/salt")
    } else {
        None
    }
}

fn has(definition: &FlagDefinition, key: &str) -> bool {
    let mut variations = definition.variations.iter();
    variations.any(|variation| variation.key == key)
}

fn lost_one(before: &FlagDefinition, after: &FlagDefinition) -> bool {
    let mut variations = before.variations.iter();
    variations.any(|variation| !has(after, &variation.key))
}

fn refuse(flag: &str, uses: Vec<Use>) -> Result<()> {
    if uses.is_empty() {
        return Ok(());
    }
    Err(Error::InUse {
        what: format!("flag {flag:?}"),
        uses,
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
    let before = release.state.clone();
    let moved = Release {
        state: transition.next,
        ..release
    };
    let cause = by_switch(author);
    ruleset::update(work, place, &moved).await?;
    // While the flag is off its site serves nothing.
    transition::record(work, place, &before, moved, &cause, None)
        .await
        .map(drop)
}

fn by_switch(author: &str) -> Cause {
    Cause {
        reason: Some("the flag was turned off".to_owned()),
        ..Cause::of(Signal::Cancel, author)
    }
}
