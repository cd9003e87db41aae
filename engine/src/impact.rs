//! What an edit would change: one flag before and after, over many contexts.

mod model;

pub use model::{Impact, Move};
