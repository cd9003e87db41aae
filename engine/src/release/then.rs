//! What follows a release in another environment.

use serde::{Deserialize, Serialize};

/// The release that follows one that is complete: the same change of the same flag, in
/// another environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Then {
    /// The environment's key.
    pub environment: String,
    /// The template that says how it goes on there; as before where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<String>,
    /// Who starts it.
    #[serde(default, skip_serializing_if = "is_automatic")]
    pub start: Start,
    /// What follows that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Box<Self>>,
}

/// Who starts a release that follows another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// It starts by itself, as soon as it may.
    #[default]
    Automatic,
    /// It is a draft until a person starts it.
    Manual,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_automatic(start: &Start) -> bool {
    *start == Start::Automatic
}

impl Then {
    /// This and all that follow it.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |then| then.then.as_deref())
    }
}
