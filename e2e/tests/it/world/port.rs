//! Ports for processes that are started again where they were.

use std::{
    net::{Ipv4Addr, TcpListener},
    process,
    sync::atomic::{AtomicU16, Ordering},
};

use anyhow::{Result, bail};

/// Below what systems give to outgoing connections (from 32768, or higher): one of those would
/// take the port of a process that is away, and keep it from coming back.
const FIRST: u16 = 12_000;
const COUNT: u16 = 20_000;

/// A port that nobody listens on, and that no other test here is given.
///
/// # Errors
/// Where all are taken.
pub(super) fn reserve() -> Result<u16> {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Another run of the tests at the same time begins elsewhere.
    let begin = (process::id() % 200) as u16 * 100;
    for _ in 0..COUNT {
        let next = GIVEN.fetch_add(1, Ordering::Relaxed) % COUNT;
        let port = FIRST + (begin + next) % COUNT;
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    bail!("no port is free between {FIRST} and {}", FIRST + COUNT)
}
