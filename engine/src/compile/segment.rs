//! Compiles a segment.

use super::reader::{Members, Read, Under as _};
use super::{Directory, condition};
use crate::json::Node as Json;
use crate::plan::SegmentPlan;

pub(super) fn compile(json: Json<'_>, directory: &mut Directory) -> Read<SegmentPlan> {
    let members = Members::of(json)?;
    members.integer("version")?;
    let mut listed = |name| {
        members.each(name, |json| {
            condition::listed(Members::of(json)?, directory)
        })
    };
    Ok(SegmentPlan {
        included: listed("included")?.into(),
        excluded: listed("excluded")?.into(),
        rules: members.each("rules", |json| {
            let when = Members::of(json)?.required("when")?;
            condition::compile(when, directory).under("when")
        })?,
    })
}
