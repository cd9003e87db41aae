//! Conditions as people edit them: the same editor for rules of flags and of segments.
//!
//! [`draft`] is a condition's document as a tree whose parts can be told apart, [`edit`]
//! what can be done to it, [`operator`] how values are typed, [`mod@incomplete`] what is not
//! finished: all pure. [`view`] shows it; what it needs of the page is in [`surroundings`].

mod draft;
mod edit;
mod incomplete;
mod operator;
mod surroundings;
mod view;

pub(crate) use draft::fresh_name;
pub(crate) use incomplete::incomplete;
pub(crate) use surroundings::{Mistakes, Vocabulary, focus, focus_in, missing};
pub(crate) use view::{ConditionEditor, requirement::Requirement};

#[cfg(test)]
mod tests;
