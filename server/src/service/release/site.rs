//! What a release does to its site.

use serin_engine::{
    flag::{FlagConfig, Serve},
    release::{Effect, Owner, Site, divided_at, remove_rules, serve_stage},
};
use uuid::Uuid;

use super::{place::Place, ruleset, transition::Cause, unknown_flag};
use crate::{
    service::{Error, Result, change_set, writer::Work},
    store::{self, release::Release},
};

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
    free(release.release_id, &release.document.site, config, serve);
}

/// The same for one of which no more is known.
pub(super) fn free(release_id: Uuid, site: &Site, config: &mut FlagConfig, serve: Serve) {
    remove_rules(config, Owner(&release_id.to_string()));
    if let Some(site) = site.serve_mut(config) {
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
