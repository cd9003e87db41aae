//! Serin's engine: the flag model, its evaluation and the canary state machine.
//!
//! Everything here is a pure function of its arguments. There is no clock, no
//! randomness, no I/O and no async, so that the server, the SDK, the relay, the
//! command line and the browser decide alike. `docs/evaluation.md` is the
//! specification.

#![warn(missing_docs)]

pub mod condition;
pub mod flag;
pub mod release;
pub mod segment;
