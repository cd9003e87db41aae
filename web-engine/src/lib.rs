//! Serin's engine for browsers: what is being edited and is not saved, checked, explained
//! and weighed by the code that the server and the SDKs run.
//!
//! A module of its own beside the web UI's: pages that edit load it, into a worker, and
//! call it with JSON. A [`Session`] holds the environment's ruleset between calls, so that
//! a keystroke costs what changed by it.
//!
//! The wasm part is one small type at the end; everything else is plain Rust, and tested
//! as such.

#![warn(missing_docs)]

mod check;
mod draft;
mod loaded;
mod question;
mod session;

#[cfg(test)]
mod tests;

use wasm_bindgen::prelude::wasm_bindgen;

pub use session::Session;

/// The engine as JavaScript sees it.
#[wasm_bindgen]
#[derive(Default)]
pub struct Engine {
    session: Session,
}

#[wasm_bindgen]
impl Engine {
    /// An engine without a ruleset.
    #[wasm_bindgen(constructor)]
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// See [`Session::ask`].
    pub fn ask(&mut self, call: &str, argument: &str) -> String {
        self.session.ask(call, argument)
    }
}
