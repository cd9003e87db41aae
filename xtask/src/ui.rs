//! The web UI: Rust to wasm, wasm to a module that browsers load, styles joined, names
//! hashed, everything compressed.
//!
//! Nothing is downloaded and nothing but cargo is started: wasm-bindgen is a library of
//! this program, and one Cargo.lock keeps it at the version that the UI links.

mod assets;
mod inputs;
mod styles;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use wasm_bindgen_cli_support::Bindgen;

pub(crate) use inputs::hex_digest;

use crate::{
    command::{self, cargo},
    ui::assets::{Assets, rename},
    workspace::Workspace,
};

/// What the UI's wasm may weigh as it is sent, in bytes.
const WASM_LIMIT: usize = 500_000;
const CRATE: &str = "serin-web-ui";
const TARGET: &str = "wasm32-unknown-unknown";
const PROFILE: &str = "wasm-release";

#[derive(clap::Args, Clone, Copy, Debug, Default)]
pub(crate) struct Arguments {
    /// Build it even if nothing has changed since the last time.
    #[arg(long)]
    force: bool,
    /// Only warn where the wasm is over its limit.
    #[arg(long)]
    any_size: bool,
}

impl Arguments {
    /// For trying things out.
    pub(crate) fn any_size() -> Self {
        Self {
            any_size: true,
            ..Self::default()
        }
    }
}

/// Builds web-ui/dist, unless it is there and nothing that it is made of has changed.
///
/// # Errors
/// Where something does not build, a page does not load what it needs, or the wasm is
/// over its limit.
pub(crate) async fn build(workspace: &Workspace, arguments: Arguments) -> Result<()> {
    let dist = workspace.path("web-ui/dist");
    let stamp = workspace.target().join("xtask/ui.stamp");
    fs::create_dir_all(workspace.target().join("xtask"))?;
    let inputs = inputs::fingerprint(workspace)?;
    let built = fs::read_to_string(&stamp).is_ok_and(|built| built == inputs)
        && dist.join("index.html").is_file();
    if built && !arguments.force {
        println!("web UI: unchanged, in web-ui/dist");
        return Ok(());
    }
    let wasm = compile(workspace).await?;
    let room = tempfile::tempdir_in(stamp.parent().context("no folder")?)?;
    let fresh = room.path().join("dist");
    let compressed = assemble(workspace, &wasm, &fresh)?;
    replace(&fresh, &dist)?;
    if compressed > WASM_LIMIT {
        let message = format!(
            "the web UI's wasm is {compressed} bytes compressed; its limit is {WASM_LIMIT}"
        );
        if !arguments.any_size {
            bail!(message);
        }
        eprintln!("warning: {message}");
        return Ok(());
    }
    fs::write(&stamp, inputs)?;
    Ok(())
}

async fn compile(workspace: &Workspace) -> Result<PathBuf> {
    command::run(cargo(
        workspace,
        &[
            "build",
            "-p",
            CRATE,
            "--target",
            TARGET,
            "--profile",
            PROFILE,
        ],
    ))
    .await?;
    Ok(workspace
        .target()
        .join(TARGET)
        .join(PROFILE)
        .join(format!("{CRATE}.wasm")))
}

/// Makes the whole of dist in a folder of its own, so that a failure leaves the last one;
/// gives the compressed size of the wasm.
fn assemble(workspace: &Workspace, wasm: &Path, folder: &Path) -> Result<usize> {
    let source = workspace.path("web-ui");
    let mut assets = Assets::begin(folder)?;
    let (glue, wasm) = bind(wasm, &mut assets)?;
    let css = assets.add("app", "css", styles::joined(&source)?.as_bytes())?;
    let mut names = vec![("app.css".to_owned(), css.url)];
    for icon in icons(&source)? {
        names.push((icon.clone(), assets.copy(&source, &icon)?.url));
    }
    let boot = fs::read_to_string(source.join("boot.js")).context("reading web-ui/boot.js")?;
    let module = [
        (format!("{CRATE}.js"), glue.url),
        (format!("{CRATE}_bg.wasm"), wasm.url.clone()),
    ];
    let boot = rename("boot.js", &boot, &module)?;
    names.push((
        "boot.js".to_owned(),
        assets.add("boot", "js", boot.as_bytes())?.url,
    ));
    let page =
        fs::read_to_string(source.join("index.html")).context("reading web-ui/index.html")?;
    assets.plain(
        "index.html",
        rename("index.html", &page, &names)?.as_bytes(),
    )?;
    assets.print();
    Ok(wasm.compressed)
}

/// The pictures that lie beside the page.
fn icons(source: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(source).context("reading web-ui")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if [".svg", ".png", ".ico"]
            .iter()
            .any(|extension| name.ends_with(extension))
        {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}

/// Runs wasm-bindgen: the module as browsers load it, and the JavaScript around it.
fn bind(wasm: &Path, assets: &mut Assets) -> Result<(assets::Asset, assets::Asset)> {
    let folder = tempfile::tempdir()?;
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(wasm)
        .web(true)?
        .typescript(false)
        .remove_producers_section(true)
        .remove_name_section(true);
    bindgen
        .generate(folder.path())
        .with_context(|| format!("wasm-bindgen on {}", wasm.display()))?;
    if folder.path().join("snippets").exists() {
        bail!(
            "a dependency of the web UI brings JavaScript snippets, which `cargo xtask ui` does not place yet"
        );
    }
    let module = fs::read(folder.path().join(format!("{CRATE}_bg.wasm")))?;
    let wasm = assets.add(&format!("{CRATE}_bg"), "wasm", &module)?;
    let glue = fs::read(folder.path().join(format!("{CRATE}.js")))?;
    let glue = assets.add(CRATE, "js", &glue)?;
    Ok((glue, wasm))
}

fn replace(fresh: &Path, dist: &Path) -> Result<()> {
    if dist.exists() {
        fs::remove_dir_all(dist).with_context(|| format!("removing {}", dist.display()))?;
    }
    fs::rename(fresh, dist).with_context(|| format!("moving the web UI to {}", dist.display()))
}
