//! Canary releases: the document that people write, the state that it is in, and
//! the pure machine that moves it.

mod document;
mod span;
mod state;

pub use document::{Document, Site, Stage, Template};
pub use span::{InvalidSpan, Span};
pub use state::{Phase, Position, Signal, State};
