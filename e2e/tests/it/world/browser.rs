//! A browser, in the words of the user interface.

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{
    PATIENCE, eventually,
    webdriver::{Element, Session},
};

/// Ctrl+A and letting go of Ctrl, in WebDriver's characters.
const SELECT_ALL: &str = "\u{E009}a\u{E000}";

/// The key, in WebDriver's characters.
pub(crate) const ARROW_RIGHT: &str = "\u{E014}";

/// A browser that looks at Serin.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    session: Session,
    site: String,
}

/// The hook that the user interface has for tests.
pub(crate) fn hook(name: &str) -> String {
    format!("[data-testid='{name}']")
}

impl Browser {
    pub(crate) fn new(session: Session, site: &str) -> Self {
        Self {
            session,
            site: site.to_owned(),
        }
    }

    pub(crate) fn session(&self) -> &Session {
        &self.session
    }

    /// Goes to a page by its path.
    pub(crate) async fn open(&self, path: &str) -> Result<()> {
        self.session
            .open(&format!("{}{path}", self.site))
            .await
            .with_context(|| format!("opening {path}"))
    }

    /// Forgets all files that it has loaded, as if it had never been here.
    pub(crate) async fn forget_files(&self) -> Result<()> {
        self.session
            .devtools("Network.clearBrowserCache", json!({}))
            .await
    }

    /// Loads none of these files from now on, `*` standing for anything.
    pub(crate) async fn refuse_files(&self, files: &[&str]) -> Result<()> {
        self.session.devtools("Network.enable", json!({})).await?;
        self.session
            .devtools("Network.setBlockedURLs", json!({ "urls": files }))
            .await
    }

    /// Signs in and waits until that is done.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Result<()> {
        self.open("/sign-in").await?;
        self.fill(&hook("sign-in-username"), username).await?;
        self.fill(&hook("sign-in-password"), password).await?;
        self.click(&hook("sign-in-submit")).await?;
        eventually("the sign-in page is left", PATIENCE, async || {
            let url = self.session.url().await?;
            Ok((!url.contains("/sign-in")).then_some(()))
        })
        .await
    }

    /// Waits for an element that is shown.
    pub(crate) async fn find(&self, css: &str) -> Result<Element> {
        eventually(&format!("{css} is shown"), PATIENCE, async || {
            for element in self.session.find_all(css).await? {
                if element.is_displayed().await? {
                    return Ok(Some(element));
                }
            }
            Ok(None)
        })
        .await
    }

    /// Whether an element is shown now.
    pub(crate) async fn shows(&self, css: &str) -> Result<bool> {
        for element in self.session.find_all(css).await? {
            if element.is_displayed().await.unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Waits until no such element is shown.
    pub(crate) async fn gone(&self, css: &str) -> Result<()> {
        eventually(&format!("{css} is gone"), PATIENCE, async || {
            Ok((!self.shows(css).await?).then_some(()))
        })
        .await
    }

    /// Clicks an element as soon as it takes clicks and stands still, until a click arrives.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        eventually(&format!("{css} can be clicked"), PATIENCE, async || {
            let element = self.find(css).await?;
            element.listens().await?;
            if !element.is_enabled().await? || !element.rests().await? {
                return Ok(None);
            }
            // Fails while something lies over it or the page is being drawn anew.
            element.click().await?;
            // A person sees that a click went past what moved meanwhile, and clicks again. Who
            // cannot be asked is on the way to another page.
            let arrived = self.session.clicked().await.unwrap_or(true);
            if !arrived {
                eprintln!("a click went past {css}, which moved");
            }
            Ok(arrived.then_some(()))
        })
        .await
    }

    /// Replaces what stands in a field, as a person does, who sees what arrived.
    pub(crate) async fn fill(&self, css: &str, text: &str) -> Result<()> {
        eventually(&format!("{css} takes {text:?}"), PATIENCE, async || {
            let field = self.find(css).await?;
            field.type_text(&format!("{SELECT_ALL}{text}")).await?;
            Ok((field.property("value").await? == text).then_some(()))
        })
        .await
    }

    /// Presses keys on an element.
    pub(crate) async fn press(&self, css: &str, keys: &str) -> Result<()> {
        self.find(css).await?.type_text(keys).await
    }

    /// An attribute of an element that is shown; empty where it has none.
    pub(crate) async fn attribute(&self, css: &str, name: &str) -> Result<String> {
        Ok(self
            .find(css)
            .await?
            .attribute(name)
            .await?
            .unwrap_or_default())
    }

    /// Waits until an element's attribute is as wanted.
    pub(crate) async fn attribute_is(&self, css: &str, name: &str, wanted: &str) -> Result<()> {
        eventually(
            &format!("{css} has {name}={wanted}"),
            PATIENCE,
            async || Ok((self.attribute(css, name).await? == wanted).then_some(())),
        )
        .await
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) async fn script(&self, script: &str) -> Result<Value> {
        self.session.execute(script).await
    }

    /// As [`Self::script`], for one that calls `arguments[0]` with what it returns.
    pub(crate) async fn wait_for_script(&self, script: &str) -> Result<Value> {
        self.session.execute_async(script).await
    }

    /// What the page has written to the console since the last time.
    pub(crate) async fn console(&self) -> Vec<String> {
        self.session.console().await.unwrap_or_default()
    }

    pub(crate) async fn quit(self) {
        // A browser that is gone by now needs no quitting.
        let _ = self.session.end().await;
    }
}
