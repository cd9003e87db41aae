//! Embeds the web UI anew where its files change.

use std::{env, path::Path};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    // A build for development reads the UI's files when they are asked for. Cargo builds
    // again and again while the folder is missing, which only a release build has to bear.
    let release = env::var("PROFILE").is_ok_and(|profile| profile == "release");
    if release || Path::new("../web-ui/dist").exists() {
        println!("cargo::rerun-if-changed=../web-ui/dist");
    }
}
