//! Segments in one environment, and what names what.

use serin_api::{
    entity::Entity,
    paths,
    segment::{MemberList, MemberPage, MembersEdit, MembersOutcome, SegmentOverview},
    uses::{Graph, NodeKind, Uses},
};
use serin_engine::segment::SegmentDefinition;

use super::{Error, all_pages, get, post};

/// One segment's definition.
pub(crate) async fn segment(project: &str, key: &str) -> Result<Entity<SegmentDefinition>, Error> {
    get(&paths::segment(project, key)).await
}

/// One segment in an environment, without its units.
pub(crate) async fn segment_overview(
    project: &str,
    environment: &str,
    key: &str,
) -> Result<Entity<SegmentOverview>, Error> {
    get(&paths::segment_overview(project, environment, key)).await
}

/// All segments in an environment, without their units.
pub(crate) async fn segment_overviews(
    project: &str,
    environment: &str,
) -> Result<Vec<Entity<SegmentOverview>>, Error> {
    all_pages(&paths::segment_overviews(project, environment)).await
}

/// Which members of a segment are asked for.
#[derive(Clone, PartialEq)]
pub(crate) struct MemberQuery {
    pub(crate) project: String,
    pub(crate) environment: String,
    pub(crate) segment: String,
    pub(crate) list: MemberList,
    /// Empty for the targeting key.
    pub(crate) attribute: String,
    pub(crate) search: String,
}

/// A page of a segment's members.
pub(crate) async fn segment_members(
    query: &MemberQuery,
    cursor: Option<String>,
) -> Result<MemberPage, Error> {
    let path = paths::segment_members(&query.project, &query.environment, &query.segment);
    let attribute = match query.attribute.as_str() {
        "" => "targetingKey",
        named => named,
    };
    let list = match query.list {
        MemberList::Included => "included",
        MemberList::Excluded => "excluded",
    };
    let mut path = format!(
        "{path}?limit=100&list={list}&attribute={}",
        paths::encode(attribute)
    );
    for (name, value) in [("search", Some(query.search.clone())), ("cursor", cursor)] {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            path += &format!("&{name}={}", paths::encode(&value));
        }
    }
    get(&path).await
}

/// What would come of a change to members; nothing is changed.
pub(crate) async fn rehearse_members(
    project: &str,
    environment: &str,
    key: &str,
    edit: &MembersEdit,
) -> Result<MembersOutcome, Error> {
    let path = paths::segment_members(project, environment, key);
    post(&format!("{path}?dry_run=true"), edit).await
}

/// What names a flag or segment, in all environments.
pub(crate) async fn uses(kind: NodeKind, project: &str, key: &str) -> Result<Uses, Error> {
    let path = match kind {
        NodeKind::Segment => paths::segment_uses(project, key),
        NodeKind::Flag | NodeKind::Release => paths::flag_uses(project, key),
    };
    get(&path).await
}

/// Which flags and segments of an environment name which.
pub(crate) async fn graph(project: &str, environment: &str) -> Result<Graph, Error> {
    get(&paths::graph(project, environment)).await
}
