//! A person who has no mouse: keys go to whatever has the focus.

use std::cmp::Ordering;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};

use super::{Browser, PATIENCE, eventually};

/// Keys, in WebDriver's characters.
pub(crate) const TAB: &str = "\u{E004}";
pub(crate) const ENTER: &str = "\u{E007}";
pub(crate) const SPACE: &str = " ";
pub(crate) const ARROW_DOWN: &str = "\u{E015}";
pub(crate) const ARROW_UP: &str = "\u{E013}";
const SHIFT: &str = "\u{E008}";
const CONTROL: &str = "\u{E009}";
const ALT: &str = "\u{E00A}";

/// More stops than any page has.
const STOPS: usize = 400;

/// The keyboard of a browser.
#[derive(Clone, Copy)]
pub(crate) struct Keyboard<'b>(pub(crate) &'b Browser);

impl Keyboard<'_> {
    /// Presses and lets go of one key after the other: each character of `keys` is one.
    pub(crate) async fn press(self, keys: &str) -> Result<()> {
        self.strokes(keys, None).await
    }

    /// The same with Shift held.
    pub(crate) async fn shift(self, keys: &str) -> Result<()> {
        self.strokes(keys, Some(SHIFT)).await
    }

    /// The same with Alt held.
    pub(crate) async fn alt(self, keys: &str) -> Result<()> {
        self.strokes(keys, Some(ALT)).await
    }

    async fn strokes(self, keys: &str, held: Option<&str>) -> Result<()> {
        let key = |kind: &str, value: &str| json!({ "type": kind, "value": value });
        let mut strokes: Vec<Value> = held.iter().map(|held| key("keyDown", held)).collect();
        for character in keys.chars() {
            let character = character.to_string();
            strokes.push(key("keyDown", &character));
            strokes.push(key("keyUp", &character));
        }
        strokes.extend(held.iter().map(|held| key("keyUp", held)));
        self.0.session().press(strokes).await
    }

    /// Whether what has the focus is, or is in, what a selector matches.
    pub(crate) async fn is_on(self, css: &str) -> Result<bool> {
        let script = format!("return !!document.activeElement?.closest({})", json!(css));
        Ok(self.0.script(&script).await? == true)
    }

    /// Walks with Tab until something that a selector matches has the focus, once it is
    /// there.
    pub(crate) async fn tab_to(self, css: &str) -> Result<()> {
        self.walk(css, false).await
    }

    /// The same backwards.
    pub(crate) async fn tab_back_to(self, css: &str) -> Result<()> {
        self.walk(css, true).await
    }

    async fn walk(self, css: &str, back: bool) -> Result<()> {
        self.0.find(css).await?;
        for _ in 0..STOPS {
            if self.is_on(css).await? {
                return Ok(());
            }
            if back {
                self.shift(TAB).await?;
            } else {
                self.press(TAB).await?;
            }
        }
        bail!("Tab does not come to {css}")
    }

    /// Goes to a field and replaces what stands in it.
    pub(crate) async fn fill(self, css: &str, text: &str) -> Result<()> {
        self.tab_to(css).await?;
        self.strokes("a", Some(CONTROL)).await?;
        self.press(text).await
    }

    /// Goes to a button or a switch and presses it.
    pub(crate) async fn activate(self, css: &str, key: &str) -> Result<()> {
        self.tab_to(css).await?;
        self.press(key).await
    }

    /// Goes to a list of choices and walks to the one that says `words`.
    pub(crate) async fn choose(self, css: &str, words: &str) -> Result<()> {
        self.tab_to(css).await?;
        let state = "const list = document.activeElement;
            return [list.selectedIndex, [...list.options].map(it => it.text)]";
        let wanted = eventually(&format!("{css} has {words:?}"), PATIENCE, async || {
            let there = self.0.script(state).await?;
            let choices = there[1].as_array().map_or(&[][..], Vec::as_slice);
            Ok(choices.iter().position(|choice| *choice == words))
        })
        .await?;
        for _ in 0..STOPS {
            let now = self.0.script(state).await?;
            let at = now[0].as_u64().context("the focus left the list")?;
            match at.cmp(&(wanted as u64)) {
                Ordering::Less => self.press(ARROW_DOWN).await?,
                Ordering::Equal => return Ok(()),
                Ordering::Greater => self.press(ARROW_UP).await?,
            }
        }
        bail!("arrow keys do not come to {words:?} in {css}")
    }
}
