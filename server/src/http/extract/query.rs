//! Query strings of lists.

use serde::Deserialize;

use crate::service;

/// `?limit=&cursor=`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// How many items at most; 50 where absent, never more than 500.
    pub(crate) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

impl From<Paging> for service::Paging {
    fn from(Paging { limit, cursor }: Paging) -> Self {
        Self { cursor, limit }
    }
}
