//! What a release template names: metrics, segments and a time zone.

use serin_api::entity::EntityKind;
use serin_engine::release::{Guard, Template};

use super::super::{
    mistakes::Mistakes,
    state::{Name, Slot, State},
};
use crate::service::{Result, release::windows};

/// Something of the project that a template names.
struct Named<'t> {
    path: String,
    kind: EntityKind,
    key: &'t str,
}

/// The entities that have to be known to check a template.
pub(super) fn names(template: &Template) -> impl Iterator<Item = Name> {
    named(template).map(|named| Name::of_project(named.kind, named.key))
}

/// Notes what a template names and is not there. What it named before may have gone meanwhile: that
/// keeps nobody from changing the rest of it.
pub(super) fn check(
    state: &State<'_>,
    slot: &Slot,
    template: &Template,
    mistakes: &mut Mistakes,
) -> Result<()> {
    let path = slot.path();
    let before = slot.typed_before::<Template>()?;
    let is_kept = |it: &Named<'_>| {
        let mut before = before.iter().flat_map(named);
        before.any(|before| (before.kind, before.key) == (it.kind, it.key))
    };
    for it in named(template) {
        if state.exists(&Name::of_project(it.kind, it.key)) || is_kept(&it) {
            continue;
        }
        let (code, what) = match it.kind {
            EntityKind::Segment => ("unknown_segment", "segment"),
            _ => ("unknown_metric", "metric"),
        };
        let message = format!("there is no {what} {:?} in the project", it.key);
        mistakes.add(format!("{path}{}", it.path), code, message);
    }
    if let Some(windows) = &template.windows
        && !windows::is_known(&windows.time_zone)
    {
        let message = windows::unknown(&windows.time_zone);
        mistakes.add(
            format!("{path}/windows/time_zone"),
            "unknown_time_zone",
            message,
        );
    }
    Ok(())
}

fn named(template: &Template) -> impl Iterator<Item = Named<'_>> {
    let metric = |path: String, key| Named {
        path,
        kind: EntityKind::Metric,
        key,
    };
    let guards = template.guards.iter().enumerate();
    let guards = guards.map(move |(index, guard)| {
        let member = match guard {
            Guard::Metric(_) => "metric",
            Guard::Slo(_) => "slo",
        };
        metric(format!("/guards/{index}/{member}"), guard.key())
    });
    let stages = template.stages.iter().enumerate();
    let stages = stages.flat_map(move |(index, stage)| {
        let path = format!("/stages/{index}");
        let segment = stage.segment.as_deref().map(|key| Named {
            path: format!("{path}/segment"),
            kind: EntityKind::Segment,
            key,
        });
        let shadow = stage.shadow.as_ref();
        let mismatch = shadow.map(|it| (metric)(format!("{path}/shadow/mismatch"), &it.mismatch));
        let latency = shadow.and_then(|it| it.latency.as_deref());
        let latency = latency.map(|key| (metric)(format!("{path}/shadow/latency"), key));
        [segment, mismatch, latency].into_iter().flatten()
    });
    guards.chain(stages)
}
