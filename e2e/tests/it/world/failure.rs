//! What is kept of a failed test, to be looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::Browser;

/// Where a browser is, what lies over its page, and the page, in which that is once more.
const SEEN: &str = "
    const dialogs = [...document.querySelectorAll('dialog[open]')].map((it) => it.innerText);
    return [location.href, ...dialogs, document.body.innerText].join('\\n--\\n');
";

/// A folder under e2e/failures.
pub(crate) struct Failure(PathBuf);

impl Failure {
    pub(crate) fn begin(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("failures")
            .join(name);
        let _ = fs::remove_dir_all(&folder);
        let _ = fs::create_dir_all(&folder);
        Self(folder)
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.0.clone()
    }

    /// Keeps some text. What cannot be written is let go: the failure itself counts more.
    pub(crate) fn keep(&self, name: &str, text: &str) {
        let _ = fs::write(self.0.join(name), text);
    }

    /// Keeps what a browser shows, is made of, and has complained about.
    pub(crate) async fn keep_browser(&self, number: usize, browser: &Browser) {
        if let Ok(picture) = browser.session().screenshot().await {
            let _ = fs::write(self.0.join(format!("browser-{number}.png")), picture);
        }
        // Where the folder is gone with the machine, this is left in the log.
        if let Ok(seen) = browser.script(SEEN).await {
            let seen = seen.as_str().unwrap_or_default();
            let shown: String = seen.chars().take(6000).collect();
            eprintln!("browser {number} shows {shown}\n");
        }
        if let Ok(page) = browser.session().source().await {
            self.keep(&format!("browser-{number}.html"), &page);
        }
        self.keep(
            &format!("browser-{number}.console"),
            &browser.console().await.join("\n"),
        );
    }
}
