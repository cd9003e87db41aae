//! How much stack the module has.

use std::env;

/// What a worker's thread has for recursion, in bytes: as much as checking a value schema
/// may need (`value_schema::STACK` of documents); conditions nest less deep.
const STACK: usize = 8 << 20;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if env::var("CARGO_CFG_TARGET_FAMILY").is_ok_and(|family| family == "wasm") {
        println!("cargo::rustc-link-arg-bins=-zstack-size={STACK}");
    }
}
