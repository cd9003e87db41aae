//! As much of the WebDriver protocol as the tests speak.
//!
//! A page of code, because the ready-made client turns on a feature of serde_json for the whole
//! workspace, and the tests would then be about another server than the one that is shipped.

use anyhow::{Context as _, Result, bail};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use reqwest::{Client, Method};
use serde_json::{Value, json};

/// The member that holds an element's id.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// Whether an element stays where it is from one picture of the page to the next.
const RESTS: &str = "
    const [element, done] = arguments;
    const place = () => { const { x, y, width, height } = element.getBoundingClientRect(); return [x, y, width, height].join(); };
    requestAnimationFrame(() => { const before = place(); requestAnimationFrame(() => done(place() === before)); });
";

/// Notes whether the next click arrives at an element. The driver moves the mouse to where the
/// element was, and tells nobody what it hit. It chooses options without a mouse.
const LISTENS: &str = "
    const [element] = arguments;
    window.clickArrived = element.matches('option') || false;
    element.addEventListener('click', () => { window.clickArrived = true; }, { capture: true, once: true });
";

/// Whether it did. A page that was loaded since knows of none: then it must have.
const CLICKED: &str = "return window.clickArrived !== false";

/// A browser under control.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    http: Client,
    url: String,
}

/// Something on its page.
#[derive(Clone, Debug)]
pub(crate) struct Element {
    session: Session,
    id: String,
}

impl Session {
    /// Starts a browser by the driver at `url`.
    pub(crate) async fn begin(url: &str, capabilities: Value) -> Result<Self> {
        let http = Client::builder().build()?;
        let body = json!({ "capabilities": { "alwaysMatch": capabilities } });
        let begun = exchange(&http, Method::POST, &format!("{url}/session"), Some(body)).await?;
        let id = begun["sessionId"]
            .as_str()
            .context("a session without an id")?;
        Ok(Self {
            http,
            url: format!("{url}/session/{id}"),
        })
    }

    pub(crate) async fn open(&self, url: &str) -> Result<()> {
        self.post("url", json!({ "url": url })).await?;
        Ok(())
    }

    /// Where the page is.
    pub(crate) async fn url(&self) -> Result<String> {
        text(self.get("url").await?)
    }

    /// All elements that a selector matches now.
    pub(crate) async fn find_all(&self, css: &str) -> Result<Vec<Element>> {
        let found = self
            .post("elements", json!({ "using": "css selector", "value": css }))
            .await?;
        let elements = found.as_array().context("no list of elements")?;
        elements
            .iter()
            .map(|element| {
                let id = element[ELEMENT]
                    .as_str()
                    .context("an element without an id")?
                    .to_owned();
                Ok(Element {
                    session: self.clone(),
                    id,
                })
            })
            .collect()
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) async fn execute(&self, script: &str) -> Result<Value> {
        self.post("execute/sync", json!({ "script": script, "args": [] }))
            .await
    }

    /// Runs a script that calls `arguments[0]` with what it returns.
    pub(crate) async fn execute_async(&self, script: &str) -> Result<Value> {
        self.post("execute/async", json!({ "script": script, "args": [] }))
            .await
    }

    /// Presses keys, on whatever has the focus; each stroke is a key going down or up.
    pub(crate) async fn press(&self, strokes: Vec<Value>) -> Result<()> {
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": strokes });
        self.post("actions", json!({ "actions": [keyboard] }))
            .await?;
        Ok(())
    }

    /// Asks the browser itself, in the words of its developer tools.
    pub(crate) async fn devtools(&self, command: &str, parameters: Value) -> Result<()> {
        let body = json!({ "cmd": command, "params": parameters });
        self.post("goog/cdp/execute", body).await?;
        Ok(())
    }

    /// Whether the last click arrived, of which [`Element::listens`] was to take note.
    pub(crate) async fn clicked(&self) -> Result<bool> {
        Ok(self.execute(CLICKED).await? == true)
    }

    /// A picture of the page, as PNG.
    pub(crate) async fn screenshot(&self) -> Result<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(text(self.get("screenshot").await?)?)?)
    }

    pub(crate) async fn source(&self) -> Result<String> {
        text(self.get("source").await?)
    }

    /// What was written to the console since the last time.
    pub(crate) async fn console(&self) -> Result<Vec<String>> {
        let entries = self.post("se/log", json!({ "type": "browser" })).await?;
        let entries = entries.as_array().context("no list of entries")?;
        Ok(entries
            .iter()
            .map(|entry| format!("{} {}", entry["level"], entry["message"]))
            .collect())
    }

    /// Closes the browser.
    pub(crate) async fn end(&self) -> Result<()> {
        exchange(&self.http, Method::DELETE, &self.url, None).await?;
        Ok(())
    }

    async fn get(&self, command: &str) -> Result<Value> {
        exchange(
            &self.http,
            Method::GET,
            &format!("{}/{command}", self.url),
            None,
        )
        .await
    }

    async fn post(&self, command: &str, body: Value) -> Result<Value> {
        exchange(
            &self.http,
            Method::POST,
            &format!("{}/{command}", self.url),
            Some(body),
        )
        .await
    }
}

impl Element {
    pub(crate) async fn is_displayed(&self) -> Result<bool> {
        Ok(self.get("displayed").await? == true)
    }

    pub(crate) async fn is_enabled(&self) -> Result<bool> {
        Ok(self.get("enabled").await? == true)
    }

    pub(crate) async fn click(&self) -> Result<()> {
        self.post("click", json!({})).await
    }

    /// Whether nothing moves it at the moment: the driver clicks where it was.
    pub(crate) async fn rests(&self) -> Result<bool> {
        let body = json!({ "script": RESTS, "args": [{ (ELEMENT): self.id }] });
        Ok(self.session.post("execute/async", body).await? == true)
    }

    /// Takes note of the next click that arrives here.
    pub(crate) async fn listens(&self) -> Result<()> {
        let body = json!({ "script": LISTENS, "args": [{ (ELEMENT): self.id }] });
        self.session.post("execute/sync", body).await?;
        Ok(())
    }

    /// Types; the keys of the keyboard have characters of their own, from U+E000 on.
    pub(crate) async fn type_text(&self, text: &str) -> Result<()> {
        self.post("value", json!({ "text": text })).await
    }

    /// An attribute of the markup; `None` where it has none.
    pub(crate) async fn attribute(&self, name: &str) -> Result<Option<String>> {
        let value = self.get(&format!("attribute/{name}")).await?;
        Ok(value.as_str().map(str::to_owned))
    }

    /// A property of the object in the page.
    pub(crate) async fn property(&self, name: &str) -> Result<Value> {
        self.get(&format!("property/{name}")).await
    }

    async fn get(&self, command: &str) -> Result<Value> {
        self.session
            .get(&format!("element/{}/{command}", self.id))
            .await
    }

    async fn post(&self, command: &str, body: Value) -> Result<()> {
        self.session
            .post(&format!("element/{}/{command}", self.id), body)
            .await?;
        Ok(())
    }
}

fn text(value: Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("no text: {value}"))
}

async fn exchange(http: &Client, method: Method, url: &str, body: Option<Value>) -> Result<Value> {
    let mut request = http.request(method, url);
    if let Some(body) = &body {
        request = request.json(body);
    }
    let mut answer: Value = request.send().await?.json().await?;
    let value = answer["value"].take();
    if let Some(error) = value.get("error").and_then(Value::as_str) {
        let message = value["message"].as_str().unwrap_or_default();
        bail!("{error}: {}", message.lines().next().unwrap_or_default());
    }
    Ok(value)
}
