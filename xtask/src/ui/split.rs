//! The web UI's wasm in parts: what the first page needs, and what comes when another page
//! is opened.
//!
//! The linker keeps its relocations, the module is cut along the functions that web-ui marks
//! with `wasm_split`, and wasm-bindgen then sees the main part only. What several parts need
//! and the first does not becomes a part of its own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, anyhow, bail};
use walrus::ModuleConfig;
use wasm_bindgen_cli_support::Bindgen;
use wasm_split_cli_support::Options;

/// Ends the name of the JavaScript that loads the parts.
const LOADER: &str = "_parts.js";

/// Writes the parts of a linked module and the JavaScript around them into a folder, where
/// they name each other; the main part is `name.js` and `name_bg.wasm`.
///
/// # Errors
/// Where it cannot be cut, or a dependency brings JavaScript of its own.
pub(crate) fn split(wasm: &Path, name: &str, folder: &Path) -> Result<()> {
    let room = tempfile::tempdir()?;
    let main = room.path().join(format!("{name}.wasm"));
    for part in cut(wasm, name, &main, folder)? {
        tidy(&part).with_context(|| part.display().to_string())?;
    }
    bind(&main, folder)
}

fn cut(wasm: &Path, name: &str, main: &Path, folder: &Path) -> Result<Vec<PathBuf>> {
    let module = fs::read(wasm).with_context(|| format!("reading {}", wasm.display()))?;
    let (glue, loader) = (format!("./{name}.js"), format!("./{name}{LOADER}"));
    let mut options = Options::new(&module);
    options.output_dir = folder;
    options.main_out_path = main;
    options.main_module = &glue;
    options.link_name = &loader;
    let parts = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("cutting {}: {error:#}", wasm.display()))?;
    if parts.split_modules.is_empty() {
        bail!("{} has nothing to be cut along", wasm.display());
    }
    Ok(parts.split_modules)
}

/// Drops the names and the room that relocations needed, which wasm-bindgen does for the
/// main part: half of the size.
fn tidy(part: &Path) -> Result<()> {
    let mut module = ModuleConfig::new()
        .generate_name_section(false)
        .generate_producers_section(false)
        .parse_file(part)?;
    let others: Vec<_> = module.customs.iter().map(|(id, _)| id).collect();
    for other in others {
        module.customs.delete(other);
    }
    module.emit_wasm_file(part)
}

/// Runs wasm-bindgen: the module as browsers load it, and the JavaScript around it.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        // The parts share the table of functions, which only the linker's export names.
        .keep_lld_exports(true)
        .remove_producers_section(true)
        .remove_name_section(true);
    bindgen
        .generate(folder)
        .with_context(|| format!("wasm-bindgen on {}", wasm.display()))?;
    if folder.join("snippets").exists() {
        bail!(
            "a dependency of the web UI brings JavaScript snippets, which `cargo xtask ui` does not place yet"
        );
    }
    Ok(())
}
