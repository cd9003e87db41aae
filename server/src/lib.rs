//! The server behind the binary `serin`. The library is there for the tests.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod front;
pub mod http;
pub mod ids;
pub mod import;
mod ofrep;
mod outgoing;
pub mod prometheus;
pub mod publish;
pub mod relay;
pub mod release;
pub mod service;
mod shape;
pub mod store;
mod tenure;
pub mod webhook;
