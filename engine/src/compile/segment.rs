//! Compiles a segment.

use serde_json::Value;

use super::reader::{Members, Read, Under as _};
use super::{Directory, condition};
use crate::plan::SegmentPlan;

pub(super) fn compile(json: &Value, directory: &mut Directory) -> Read<SegmentPlan> {
    let members = Members::of(json)?;
    members.integer("version")?;
    let listed = |name| members.each(name, |json| condition::listed(Members::of(json)?));
    Ok(SegmentPlan {
        included: listed("included")?,
        excluded: listed("excluded")?,
        rules: members.each("rules", |json| {
            let when = Members::of(json)?.required("when")?;
            condition::compile(when, directory).under("when")
        })?,
    })
}
