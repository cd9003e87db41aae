//! A metric stays what it is as long as a live release is judged by it.

use serin_api::entity::EntityKind;
use serin_engine::release::Metric;

use super::super::{
    Stop,
    state::{Reach, Slot, State, Typed},
};
use crate::{
    service::{
        Error, Result, Use,
        release::{guard, guarded, unreadable},
        writer::Work,
    },
    store,
};

/// Refuses to remove a metric that a guard of a live release names, or to make it one of
/// the other kind.
pub(super) async fn check(state: &State<'_>, work: &mut Work) -> std::result::Result<(), Stop> {
    let mut gone = Vec::new();
    for slot in &state.slots {
        if slot.name.kind == EntityKind::Metric && is_lost(slot)? {
            gone.push(slot);
        }
    }
    if gone.is_empty() {
        return Ok(());
    }
    if state.reach == Reach::Group {
        // A release that another of the group starts is not written yet.
        return Err(Stop::Alone);
    }
    let live = store::release::live_of_project(&mut work.tx, state.project.project_id).await?;
    if let Some(held) = live.unread.into_iter().next() {
        // Nobody knows what it is judged by.
        return Err(Stop::Refused(unreadable(held.unread)));
    }
    let (mut what, mut uses) = (Vec::new(), Vec::new());
    for slot in gone {
        let key = slot.name.key.as_str();
        let change = slot.change.map(|index| format!("/changes/{index}"));
        let path = change.unwrap_or_default();
        let before = uses.len();
        let named = live
            .read
            .iter()
            .filter(|release| guarded::metrics(&release.document).any(|metric| metric == key));
        uses.extend(named.map(|release| Use {
            path: path.clone(),
            by: guard::author_of(release.release_id),
        }));
        if uses.len() > before {
            what.push(format!("the metric {key:?}"));
        }
    }
    if uses.is_empty() {
        return Ok(());
    }
    Err(Stop::Refused(Error::InUse {
        what: what.join(", "),
        uses,
    }))
}

/// Whether what was reported of a metric so far cannot be compared with what is from now on.
fn is_lost(slot: &Slot) -> Result<bool> {
    let Some(before) = slot.typed_before::<Metric>()? else {
        return Ok(false);
    };
    Ok(match &slot.typed {
        Some(Typed::Metric(after)) => {
            let counts_alike = after.source.is_some() == before.source.is_some();
            let guards_less = before.compares() && !after.compares()
                || before.objective.is_some() && after.objective.is_none();
            after.kind != before.kind || !counts_alike || guards_less
        }
        _ => true,
    })
}
