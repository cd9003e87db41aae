//! Segments whose lists may be long: their members by page, changes to them that send
//! only what changes, and what is left of long lists where a document is shown.

use serde::{Deserialize, Serialize};
use serin_engine::segment::SegmentRule;

/// Which of a segment's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub enum MemberList {
    /// Always in.
    Included,
    /// Out, where not included.
    Excluded,
}

/// `POST …/segments/{s}/members`, and the document of a change with the action `members`:
/// what comes to the lists and what goes from them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MembersEdit {
    /// What changes among those who are always in.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub included: Vec<ListEdit>,
    /// What changes among those who are out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub excluded: Vec<ListEdit>,
}

/// What comes to a list, and what goes from it. Adding what is there and removing what is
/// not there changes nothing and is no mistake; both at once is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListEdit {
    /// What the list is compared with; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// Units that come.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<String>,
    /// Units that go.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<String>,
}

/// What came of a change to members, or would come of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MembersOutcome {
    /// The version that stands now; of a rehearsal, the one that stood.
    pub version: u64,
    /// One for each list of the request, in its order.
    pub lists: Vec<ListOutcome>,
}

/// What came of a change to one list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListOutcome {
    /// Which.
    pub list: MemberList,
    /// What it is compared with; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// How many units it has then.
    pub units: usize,
    /// How many came.
    pub added: usize,
    /// How many were to come and were there.
    pub present: usize,
    /// How many went.
    pub removed: usize,
    /// How many were to go and were not there.
    pub absent: usize,
}

/// How long a list is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListSize {
    /// Which.
    pub list: MemberList,
    /// What it is compared with; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// How many units it has.
    pub units: usize,
}

/// A segment in an environment without its units: as large as its rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SegmentOverview {
    /// Its lists.
    pub lists: Vec<ListSize>,
    /// In where any holds, for all who are not listed.
    pub rules: Vec<SegmentRule>,
}

/// One unit of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct Member {
    /// Which list.
    pub list: MemberList,
    /// What it is compared with; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// The unit.
    pub unit: String,
}

/// A page of a segment's members, by list, attribute and unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct MemberPage {
    /// The version that was read.
    pub version: u64,
    /// How many there are that were asked for, on all pages.
    pub matches: usize,
    /// The members.
    pub items: Vec<Member>,
    /// Asks for what follows (`?cursor=…`); absent on the last page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// How a long list changed, where the documents before and after leave its units out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
pub struct ListChange {
    /// Which.
    pub list: MemberList,
    /// What it is compared with; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attribute: Option<String>,
    /// How many units came.
    pub added: usize,
    /// How many units went.
    pub removed: usize,
    /// Those that came: all of them in one change set, the first hundred in lists of change sets
    /// and in the audit log.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added_units: Vec<String>,
    /// Those that went, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed_units: Vec<String>,
    /// SHA-256 over all of them in order: `+` or `-`, the unit as JSON, a line feed.
    pub digest: String,
}

impl ListChange {
    /// Whether some units were left out here.
    #[must_use]
    pub fn is_shortened(&self) -> bool {
        self.added_units.len() < self.added || self.removed_units.len() < self.removed
    }
}
