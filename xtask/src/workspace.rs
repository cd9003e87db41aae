//! Where things are.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

/// The repository's checkout.
#[derive(Clone, Debug)]
pub(crate) struct Workspace {
    root: PathBuf,
}

impl Workspace {
    /// The checkout that this program was built from.
    ///
    /// # Errors
    /// Where the folder is gone.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let root = root
            .canonicalize()
            .context("the checkout that this xtask was built from is gone")?;
        Ok(Self { root })
    }

    /// The folder of the virtual manifest.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// A path in the checkout, with `/` between its parts.
    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Where cargo builds.
    pub(crate) fn target(&self) -> PathBuf {
        env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| self.path("target"), |dir| self.root.join(dir))
    }

    /// All files under `folder` whose names end in `.extension` (any extension where
    /// `None`), sorted; none where the folder does not exist.
    ///
    /// # Errors
    /// Where a folder cannot be read.
    pub(crate) fn files(folder: &Path, extension: Option<&str>) -> Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        let mut folders = vec![folder.to_path_buf()];
        while let Some(folder) = folders.pop() {
            if !folder.is_dir() {
                continue;
            }
            let entries =
                fs::read_dir(&folder).with_context(|| format!("reading {}", folder.display()))?;
            for entry in entries {
                let path = entry?.path();
                if path.is_dir() {
                    folders.push(path);
                } else if extension
                    .is_none_or(|wanted| path.extension().is_some_and(|it| it == wanted))
                {
                    found.push(path);
                }
            }
        }
        found.sort();
        Ok(found)
    }
}
