//! A browser, in the words of the user interface.

use anyhow::{Context as _, Result};
use serde_json::Value;
use thirtyfour::{By, Key, WebDriver, WebElement};

use super::{PATIENCE, eventually};

/// A browser that looks at Serin.
#[derive(Clone, Debug)]
pub(crate) struct Browser {
    driver: WebDriver,
    site: String,
}

/// The hook that the user interface has for tests.
pub(crate) fn hook(name: &str) -> String {
    format!("[data-testid='{name}']")
}

impl Browser {
    pub(crate) fn new(driver: WebDriver, site: &str) -> Self {
        Self {
            driver,
            site: site.to_owned(),
        }
    }

    pub(crate) fn driver(&self) -> &WebDriver {
        &self.driver
    }

    /// Goes to a page by its path.
    pub(crate) async fn open(&self, path: &str) -> Result<()> {
        self.driver
            .goto(format!("{}{path}", self.site))
            .await
            .with_context(|| format!("opening {path}"))
    }

    /// Signs in and waits until that is done.
    pub(crate) async fn sign_in(&self, username: &str, password: &str) -> Result<()> {
        self.open("/sign-in").await?;
        self.fill(&hook("sign-in-username"), username).await?;
        self.fill(&hook("sign-in-password"), password).await?;
        self.click(&hook("sign-in-submit")).await?;
        eventually("the sign-in page is left", PATIENCE, async || {
            let url = self.driver.current_url().await?;
            Ok((!url.path().starts_with("/sign-in")).then_some(()))
        })
        .await
    }

    /// Waits for an element that is shown.
    pub(crate) async fn find(&self, css: &str) -> Result<WebElement> {
        eventually(&format!("{css} is shown"), PATIENCE, async || {
            for element in self.driver.find_all(By::Css(css)).await? {
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
        for element in self.driver.find_all(By::Css(css)).await? {
            if element.is_displayed().await.unwrap_or(false) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Clicks an element as soon as it takes clicks.
    pub(crate) async fn click(&self, css: &str) -> Result<()> {
        eventually(&format!("{css} can be clicked"), PATIENCE, async || {
            let element = self.find(css).await?;
            if !element.is_enabled().await? {
                return Ok(None);
            }
            // Fails while something lies over it or the page is being drawn anew.
            element.click().await?;
            Ok(Some(()))
        })
        .await
    }

    /// Replaces what stands in a field, as a person does.
    pub(crate) async fn fill(&self, css: &str, text: &str) -> Result<()> {
        let field = self.find(css).await?;
        field.send_keys(Key::Control + "a").await?;
        field.send_keys(text).await?;
        Ok(())
    }

    /// An attribute of an element that is shown; empty where it has none.
    pub(crate) async fn attribute(&self, css: &str, name: &str) -> Result<String> {
        Ok(self.find(css).await?.attr(name).await?.unwrap_or_default())
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

    /// Waits until an element's text has some text in it.
    pub(crate) async fn says(&self, css: &str, wanted: &str) -> Result<()> {
        eventually(&format!("{css} says {wanted:?}"), PATIENCE, async || {
            Ok(self
                .find(css)
                .await?
                .text()
                .await?
                .contains(wanted)
                .then_some(()))
        })
        .await
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) async fn script(&self, script: &str) -> Result<Value> {
        Ok(self
            .driver
            .execute(script, Vec::new())
            .await?
            .json()
            .clone())
    }

    /// As [`Self::script`], for one that calls `arguments[0]` with what it returns.
    pub(crate) async fn wait_for_script(&self, script: &str) -> Result<Value> {
        Ok(self
            .driver
            .execute_async(script, Vec::new())
            .await?
            .json()
            .clone())
    }

    /// What the page has written to the console since the last time.
    pub(crate) async fn console(&self) -> Vec<String> {
        let entries = self.driver.browser_log().await.unwrap_or_default();
        entries
            .into_iter()
            .map(|entry| format!("{} {}", entry.level, entry.message))
            .collect()
    }

    pub(crate) async fn quit(self) {
        // A browser that is gone by now needs no quitting.
        let _ = self.driver.quit().await;
    }
}
