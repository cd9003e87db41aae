//! The web UI: Rust to wasm, wasm to a module that browsers load, styles joined, names
//! hashed, everything compressed.
//!
//! Nothing is downloaded and nothing but cargo is started: wasm-bindgen and the splitter are
//! libraries of this program, and one Cargo.lock keeps them at the versions that the UI links.

mod assets;
mod engine;
mod inputs;
mod split;
mod styles;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};

pub(crate) use inputs::hex_digest;

use crate::{
    command::{self, cargo},
    ui::assets::{Asset, Assets, rename},
    workspace::Workspace,
};

/// What the wasm of the first page may weigh as it is sent, in bytes.
const FIRST_LIMIT: usize = 400_000;
/// What the wasm of all pages may weigh together.
const ALL_LIMIT: usize = 1_200_000;
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
    compile(workspace).await?;
    let [wasm, engine] = [CRATE, engine::CRATE].map(|name| module(workspace, name));
    let room = tempfile::tempdir_in(stamp.parent().context("no folder")?)?;
    let fresh = room.path().join("dist");
    let weight = assemble(workspace, &wasm, &engine, &fresh)?;
    replace(&fresh, &dist)?;
    if let Some(message) = weight.too_much() {
        if !arguments.any_size {
            bail!(message);
        }
        eprintln!("warning: {message}");
        return Ok(());
    }
    fs::write(&stamp, inputs)?;
    Ok(())
}

/// Compiles the UI and the engine beside it, which share most of what they are made of.
async fn compile(workspace: &Workspace) -> Result<()> {
    command::run(cargo(
        workspace,
        &[
            "build",
            "-p",
            CRATE,
            "-p",
            engine::CRATE,
            "--bins",
            "--target",
            TARGET,
            "--profile",
            PROFILE,
        ],
    ))
    .await
}

/// Where cargo leaves the module of a crate.
fn module(workspace: &Workspace, name: &str) -> PathBuf {
    let folder = workspace.target().join(TARGET).join(PROFILE);
    folder.join(format!("{name}.wasm"))
}

/// What the wasm weighs as it is sent, in bytes.
#[derive(Clone, Copy, Debug)]
struct Weight {
    /// For the first page.
    first: usize,
    /// For all pages together.
    all: usize,
    /// For the engine beside them.
    engine: usize,
}

impl Weight {
    fn too_much(self) -> Option<String> {
        let over = |what: &str, size: usize, limit: usize| {
            (size > limit).then(|| {
                format!("the wasm of {what} is {size} bytes compressed; its limit is {limit}")
            })
        };
        over("the web UI's first page", self.first, FIRST_LIMIT)
            .or_else(|| over("the whole web UI", self.all, ALL_LIMIT))
            .or_else(|| over("the engine", self.engine, engine::LIMIT))
    }
}

/// Makes the whole of dist in a folder of its own, so that a failure leaves the last one.
fn assemble(workspace: &Workspace, wasm: &Path, engine: &Path, folder: &Path) -> Result<Weight> {
    let source = workspace.path("web-ui");
    let mut assets = Assets::begin(folder)?;
    let room = tempfile::tempdir()?;
    split::split(wasm, CRATE, room.path())?;
    let parts = assets.add_folder(CRATE, room.path())?;
    let part = |name: &str| {
        let part = parts.iter().find(|(part, _)| part == name);
        part.map(|(_, asset)| asset)
            .with_context(|| format!("no {name}"))
    };
    let (glue, main) = (format!("{CRATE}.js"), format!("{CRATE}_bg.wasm"));
    let module = [
        (glue.clone(), part(&glue)?.url.clone()),
        (main.clone(), part(&main)?.url.clone()),
    ];
    let (engine, engine_module) = engine::add(&source, engine, &mut assets)?;
    let css = assets.add("app", "css", styles::joined(&source)?.as_bytes())?;
    let mut names = vec![("app.css".to_owned(), css.url)];
    for icon in icons(&source)? {
        names.push((icon.clone(), assets.copy(&source, &icon)?.url));
    }
    let boot = fs::read_to_string(source.join("boot.js")).context("reading web-ui/boot.js")?;
    let loaded = [&module[..], &[("engine.js".to_owned(), engine.url)]].concat();
    let boot = rename("boot.js", &boot, &loaded)?;
    names.push((
        "boot.js".to_owned(),
        assets.add("boot", "js", boot.as_bytes())?.url,
    ));
    names.extend(module);
    let page =
        fs::read_to_string(source.join("index.html")).context("reading web-ui/index.html")?;
    assets.plain(
        "index.html",
        rename("index.html", &page, &names)?.as_bytes(),
    )?;
    assets.print();
    Ok(Weight {
        first: part(&main)?.compressed,
        all: wasm_of(&parts),
        engine: engine_module.compressed,
    })
}

fn wasm_of(parts: &[(String, Asset)]) -> usize {
    parts
        .iter()
        .filter(|(name, _)| name.ends_with(".wasm"))
        .map(|(_, asset)| asset.compressed)
        .sum()
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

fn replace(fresh: &Path, dist: &Path) -> Result<()> {
    if dist.exists() {
        fs::remove_dir_all(dist).with_context(|| format!("removing {}", dist.display()))?;
    }
    fs::rename(fresh, dist).with_context(|| format!("moving the web UI to {}", dist.display()))
}
