//! Pictures of what a browser shows of a release, kept under target/ whether the test fails or not.

use std::{
    fs, io,
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use crate::world::{Browser, PRODUCTION, PROJECT, hook};

/// How long anything takes at the most: silence is held after some 54 seconds, and evidence
/// that is lost on a machine that is busy is there again ten seconds later.
const LIMIT: Duration = Duration::from_secs(120);
/// How often the page is looked at. Each state lasts seconds.
const LOOK: Duration = Duration::from_millis(250);
/// The whole page fits.
const HEIGHT: u32 = 1900;

/// What nothing comes after.
const OVER: [&str; 4] = ["completed", "rolled_back", "cancelled", "superseded"];

/// What the page shows: the state, how many transitions, and what is known of each guard.
const SHOWN: &str = "
    const all = (name) => [...document.querySelectorAll(`[data-testid='${name}']`)];
    return {
        state: all('release-state').map((badge) => badge.dataset.state).join(),
        entries: all('history-entry').length,
        guards: all('guard').map((guard) => guard.querySelector('.badge')?.textContent).join('-'),
    };";

/// The page of one release, which is not loaded anew.
pub(super) struct Album<'b> {
    browser: &'b Browser,
    name: &'static str,
    pictures: usize,
}

/// Throws away the pictures of the last run.
pub(super) fn empty() -> Result<()> {
    let folder = folder()?;
    match fs::remove_dir_all(&folder) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(fs::create_dir_all(&folder)?),
    }
}

fn folder() -> Result<PathBuf> {
    // Cargo's folder for tests is target/tmp.
    let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let target = target.parent().context("no target folder")?;
    Ok(target.join("e2e").join("canary"))
}

impl<'b> Album<'b> {
    /// Opens the page of a release.
    pub(super) async fn open(browser: &'b Browser, name: &'static str, id: &str) -> Result<Self> {
        let size =
            json!({ "width": 1400, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": false });
        browser
            .session()
            .devtools("Emulation.setDeviceMetricsOverride", size)
            .await?;
        let path = format!("/{PROJECT}/{PRODUCTION}/releases/{id}");
        browser.open(&path).await?;
        browser.find(&hook("release-state")).await?;
        Ok(Self {
            browser,
            name,
            pictures: 0,
        })
    }

    /// Takes a picture of all that the page comes to show by itself, until it shows a state.
    pub(super) async fn follow_to(&mut self, state: &str) -> Result<()> {
        let begun = Instant::now();
        let mut looks = tokio::time::interval(LOOK);
        let mut before = json!(null);
        loop {
            looks.tick().await;
            let shown = self.browser.script(SHOWN).await?;
            if shown != before {
                let names =
                    ["state", "guards"].map(|name| shown[name].as_str().unwrap_or_default());
                self.take(&names.join("-").to_lowercase().replace(' ', "_"))
                    .await?;
            }
            if shown["state"] == state && knows_enough(state, &shown["guards"]) {
                return Ok(());
            }
            let is_over = OVER
                .iter()
                .any(|over| shown["state"] == *over && *over != state);
            if is_over || begun.elapsed() > LIMIT {
                bail!(
                    "{}: not {state} after {:?}, but {shown}",
                    self.name,
                    begun.elapsed()
                );
            }
            before = shown;
        }
    }

    /// Takes a picture.
    pub(super) async fn take(&mut self, shown: &str) -> Result<()> {
        self.pictures += 1;
        let file = format!("{}-{:02}-{shown}.png", self.name, self.pictures);
        let picture = self.browser.session().screenshot().await?;
        fs::write(folder()?.join(file), picture).context("keeping a picture")
    }
}

/// Whether the page has the evidence that goes with a state, which it asks for after it.
fn knows_enough(state: &str, guards: &Value) -> bool {
    let guards = guards.as_str().unwrap_or_default();
    state != "rolled_back" || guards.contains("Harm")
}
