//! The engine that pages load beside the UI: a module of its own, and the two scripts
//! between it and the page.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

use crate::ui::assets::{Asset, Assets, rename};

/// What its wasm may weigh as it is sent, in bytes. Nobody waits for it: it is loaded
/// beside a page that can be used already.
pub(super) const LIMIT: usize = 720_000;
pub(super) const CRATE: &str = "serin-web-engine";

/// Adds the module and its scripts; gives the script that pages load, and the module.
pub(super) fn add(source: &Path, wasm: &Path, assets: &mut Assets) -> Result<(Asset, Asset)> {
    let folder = tempfile::tempdir()?;
    bind(wasm, folder.path())?;
    let read =
        |name: &str| fs::read(folder.path().join(name)).with_context(|| format!("reading {name}"));
    let module = assets.add(
        &format!("{CRATE}_bg"),
        "wasm",
        &read(&format!("{CRATE}_bg.wasm"))?,
    )?;
    let glue = assets.add(CRATE, "js", &read(&format!("{CRATE}.js"))?)?;
    let names = [
        (format!("{CRATE}.js"), glue.url),
        (format!("{CRATE}_bg.wasm"), module.url.clone()),
    ];
    let worker = script(source, "engine-worker", &names, assets)?;
    let names = [("engine-worker.js".to_owned(), worker.url)];
    Ok((script(source, "engine", &names, assets)?, module))
}

fn script(
    source: &Path,
    name: &str,
    urls: &[(String, String)],
    assets: &mut Assets,
) -> Result<Asset> {
    let file = format!("{name}.js");
    let text = fs::read_to_string(source.join(&file)).with_context(|| format!("reading {file}"))?;
    assets.add(name, "js", rename(&file, &text, urls)?.as_bytes())
}

/// Runs wasm-bindgen.
fn bind(wasm: &Path, folder: &Path) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .out_name(CRATE)
        .web(true)?
        .typescript(false)
        .remove_producers_section(true)
        .remove_name_section(true);
    bindgen
        .generate(folder)
        .with_context(|| format!("wasm-bindgen on {}", wasm.display()))?;
    if folder.join("snippets").exists() {
        bail!("a dependency of the engine brings JavaScript snippets, which are not placed");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_module_has_the_stack_that_schemas_may_need() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/..");
        for path in ["documents/src/value_schema.rs", "web-engine/build.rs"] {
            let source = fs::read_to_string(format!("{folder}/{path}")).unwrap();
            let stated = "const STACK: usize = 8 << 20;";
            assert!(source.contains(stated), "{path} states another number");
        }
    }
}
