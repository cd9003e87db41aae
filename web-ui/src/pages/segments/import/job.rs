//! A text of units on its way: where it comes from, and what is known of it. Long ones are
//! read in steps between which the page lives on.

use leptos::prelude::*;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

use super::super::intake::{Found, Intake, Layout};
use crate::client;

/// The largest file, in bytes.
const LARGEST: f64 = 50e6;
/// How many records are read before the page gets its turn.
const STEP: usize = 2000;

/// Where the units come from, and what is known of them.
#[derive(Clone, Copy)]
pub(super) struct Job {
    /// What was typed.
    pub(super) typed: RwSignal<String>,
    /// A file or a long paste, by its name.
    pub(super) source: RwSignal<Option<String>>,
    /// Its text.
    text: StoredValue<String>,
    pub(super) layout: RwSignal<Option<Layout>>,
    /// How much is read, in percent, while it is.
    pub(super) reading: RwSignal<Option<usize>>,
    pub(super) found: RwSignal<Option<Found>>,
    /// How many of them would be new; absent until the server said so.
    pub(super) fresh: RwSignal<Option<usize>>,
    pub(super) error: RwSignal<Option<client::Error>>,
    /// What is asked last wins.
    pub(super) turn: StoredValue<u32>,
}

impl Job {
    pub(super) fn new() -> Self {
        Self {
            typed: RwSignal::new(String::new()),
            source: RwSignal::new(None),
            text: StoredValue::new(String::new()),
            layout: RwSignal::new(None),
            reading: RwSignal::new(None),
            found: RwSignal::new(None),
            fresh: RwSignal::new(None),
            error: RwSignal::new(None),
            turn: StoredValue::new(0),
        }
    }

    pub(super) fn begin(self) -> u32 {
        self.turn.update_value(|turn| *turn += 1);
        self.reading.set(None);
        self.found.set(None);
        self.fresh.set(None);
        self.error.set(None);
        self.turn.get_value()
    }

    pub(super) fn is_mine(self, turn: u32) -> bool {
        self.turn.try_get_value() == Some(turn)
    }

    pub(super) fn clear(self) {
        let _ = self.begin();
        self.typed.set(String::new());
        self.source.set(None);
        self.text.set_value(String::new());
        self.layout.set(None);
    }

    /// Another text is to be understood.
    pub(super) fn take(self, text: String, name: Option<String>) {
        self.layout
            .set((!text.trim().is_empty()).then(|| Layout::of(&text)));
        self.text.set_value(text);
        self.source.set(name);
    }
}

/// Lets the page draw and take input.
async fn breathe() {
    let turn = js_sys::Promise::new(&mut |resolve, _| {
        // Where there is no timer, there is nobody to wait for either.
        let _ = window().set_timeout_with_callback(&resolve);
    });
    let _ = JsFuture::from(turn).await;
}

/// Reads the text of a job in the present layout, in steps.
pub(super) async fn understand(job: Job, layout: Layout) -> Option<Found> {
    let turn = job.begin();
    let mut intake = job.text.with_value(|text| Intake::new(text, layout));
    loop {
        let more = job.text.try_with_value(|text| intake.read(text, STEP))?;
        if !more {
            break;
        }
        let percent = job.text.try_with_value(|text| intake.percent(text))?;
        job.reading.try_set(Some(percent));
        breathe().await;
        if !job.is_mine(turn) {
            return None;
        }
    }
    let found = intake.done();
    job.reading.try_set(None);
    job.found.try_set(Some(found.clone()));
    Some(found)
}

/// The file that was chosen, read.
pub(super) async fn read_file(
    input: web_sys::HtmlInputElement,
) -> Option<Result<(String, String), String>> {
    let file = input.files()?.get(0)?;
    // So that the same file may be chosen again after it was changed.
    if file.size() > LARGEST {
        input.set_value("");
        return Some(Err(format!("{} has more than 50 MB.", file.name())));
    }
    let text = JsFuture::from(file.text()).await;
    input.set_value("");
    let text = text.ok().and_then(|text| text.as_string());
    Some(match text {
        Some(text) => Ok((file.name(), text)),
        None => Err(format!("{} cannot be read.", file.name())),
    })
}

/// The text of a paste.
pub(super) fn pasted(event: &leptos::ev::Event) -> String {
    // By name: the typed way would link the whole clipboard.
    let get = |of: &wasm_bindgen::JsValue, name: &str| js_sys::Reflect::get(of, &name.into()).ok();
    let data = get(event, "clipboardData");
    let text = data.as_ref().and_then(|data| {
        let get_data: js_sys::Function = get(data, "getData")?.dyn_into().ok()?;
        get_data.call1(data, &"text/plain".into()).ok()?.as_string()
    });
    text.unwrap_or_default()
}
