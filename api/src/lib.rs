//! What crosses HTTP between Serin's server and its clients: request and response
//! bodies, paths and error codes. Data only; the server maps to and from it.

#![warn(missing_docs)]

pub mod audit;
pub mod change;
pub mod entity;
pub mod error;
pub mod evaluate;
pub mod event;
pub mod evidence;
pub mod forecast;
pub mod judgement;
pub mod key;
pub mod manifest;
pub mod metric;
pub mod page;
pub mod paths;
pub mod project;
pub mod release;
pub mod sdk;
pub mod segment;
pub mod session;
pub mod usage;
pub mod uses;
pub mod webhook;

#[cfg(test)]
mod tests;
