//! What the web UI is made of, as one hash: the same hash, the same UI.

use std::{fmt::Write as _, fs};

use anyhow::{Context as _, Result};
use sha2::{Digest as _, Sha256};

use crate::{ui::icons, workspace::Workspace};

const FOLDERS: &[&str] = &[
    "web-ui/src",
    "web-ui/style",
    "engine/src",
    "api/src",
    "documents/src",
    "web-engine/src",
    "xtask/src/ui",
];
const FILES: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    ".cargo/config.toml",
    "rust-toolchain.toml",
    "api/Cargo.toml",
    "documents/Cargo.toml",
    "engine/Cargo.toml",
    "web-engine/Cargo.toml",
    "web-engine/build.rs",
    "web-ui/Cargo.toml",
    "web-ui/boot.js",
    "web-ui/build.rs",
    "web-ui/engine-worker.js",
    "web-ui/engine.js",
    "web-ui/index.html",
    "xtask/src/ui.rs",
];

/// A hash over the names and contents of every input.
///
/// # Errors
/// Where one cannot be read.
pub(crate) fn fingerprint(workspace: &Workspace) -> Result<String> {
    let mut paths: Vec<_> = FILES.iter().map(|file| workspace.path(file)).collect();
    for folder in FOLDERS {
        paths.extend(Workspace::files(&workspace.path(folder), None)?);
    }
    let pictures = icons(&workspace.path("web-ui"))?;
    paths.extend(
        pictures
            .iter()
            .map(|name| workspace.path("web-ui").join(name)),
    );
    let mut hash = Sha256::new();
    for path in paths {
        let contents = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let name = path.strip_prefix(workspace.root())?.to_string_lossy();
        hash.update(format!("{name}\0{}\0", contents.len()));
        hash.update(&contents);
    }
    Ok(hex(&hash.finalize()))
}

/// The SHA-256 of some bytes, in hexadecimal.
pub(crate) fn hex_digest(contents: &[u8]) -> String {
    hex(&Sha256::digest(contents))
}

fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}
