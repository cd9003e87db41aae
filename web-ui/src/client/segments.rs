//! Segments in one environment.

use serin_api::{entity::Entity, paths};
use serin_engine::segment::{SegmentConfig, SegmentDefinition};

use super::{Error, get};

/// One segment's definition.
pub(crate) async fn segment(project: &str, key: &str) -> Result<Entity<SegmentDefinition>, Error> {
    get(&paths::segment(project, key)).await
}

/// One segment's members and rules in an environment.
pub(crate) async fn segment_config(
    project: &str,
    environment: &str,
    key: &str,
) -> Result<Entity<SegmentConfig>, Error> {
    get(&paths::segment_config(project, environment, key)).await
}
