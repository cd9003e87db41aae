//! What a demo keeps between its runs: a database and the secrets that open it.

use std::{
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use crate::ui::hex_digest;

/// A folder under target/ with everything in it.
pub(crate) struct Demo {
    folder: PathBuf,
    secrets: Value,
}

impl Demo {
    /// Opens the folder, or makes it with new secrets.
    ///
    /// # Errors
    /// Where it cannot be read or written.
    pub(crate) fn open(folder: PathBuf) -> Result<Self> {
        let file = folder.join("secrets.json");
        let secrets = match fs::read_to_string(&file) {
            Ok(text) => serde_json::from_str(&text)
                .with_context(|| format!("reading {}", file.display()))?,
            Err(_) => json!({ "password": secret()?, "key": format!("srv_{}", secret()?) }),
        };
        fs::create_dir_all(&folder)?;
        let demo = Self { folder, secrets };
        demo.save()?;
        Ok(demo)
    }

    /// Begins again with nothing.
    ///
    /// # Errors
    /// Where the folder cannot be removed.
    pub(crate) fn reset(folder: &Path) -> Result<()> {
        if folder.exists() {
            fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
        }
        Ok(())
    }

    /// Where the database is.
    pub(crate) fn database_url(&self) -> String {
        format!("sqlite://{}", self.folder.join("serin.db").display())
    }

    /// What the administrator signs in with.
    pub(crate) fn password(&self) -> &str {
        self.text("password")
    }

    /// The server key of the demo's production environment.
    pub(crate) fn key(&self) -> &str {
        self.text("key")
    }

    fn text(&self, name: &str) -> &str {
        self.secrets
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
    }

    fn save(&self) -> Result<()> {
        let file = self.folder.join("secrets.json");
        fs::write(&file, self.secrets.to_string())
            .with_context(|| format!("writing {}", file.display()))
    }
}

fn secret() -> Result<String> {
    let mut bytes = [0; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(hex_digest(&bytes).chars().take(20).collect())
}
