//! End to end: the real program, a real browser and the real SDK, together.
//!
//! Few tests, each a story that a person would tell; what can be tested below is tested
//! there. `cargo xtask test --only e2e` brings what they need.

mod accessible;
mod away;
mod canary;
mod clock;
mod conflict;
mod database;
mod demo;
mod editing;
mod evidence;
mod herd;
mod hostile;
mod killed;
mod nodes;
mod openfeature;
mod parts;
mod prometheus;
mod relay;
mod release;
mod segments;
mod share;
mod soak;
mod targeting;
mod together;
mod toggle;
mod values;
mod webhooks;
mod weight;
mod world;
mod written;
