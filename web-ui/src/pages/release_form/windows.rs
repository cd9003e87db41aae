//! Editing when a release may go on by itself.

use js_sys::{Array, Intl, Object, Reflect};
use leptos::prelude::*;
use wasm_bindgen::{JsCast as _, JsValue};

use super::{
    draft::{
        Draft,
        windows::{FreezeDraft, words},
    },
    entry::{Entry, problem},
    form::Form,
};
use crate::components::{
    button::{Button, IconButton},
    combobox::Combobox,
    field::{Checkbox, Field},
    icon::Glyph,
    show::Show,
    tag_input::TagInput,
};

/// The time zone that the browser is in.
fn own_zone() -> String {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    let zone = Reflect::get(&options, &JsValue::from_str("timeZone")).ok();
    zone.and_then(|zone| zone.as_string())
        .unwrap_or_else(|| "UTC".to_owned())
}

/// The time zones that the browser knows.
fn zones() -> Vec<(String, String)> {
    let known = || {
        let intl = Reflect::get(&js_sys::global(), &JsValue::from_str("Intl")).ok()?;
        let list = Reflect::get(&intl, &JsValue::from_str("supportedValuesOf")).ok()?;
        let list: js_sys::Function = list.dyn_into().ok()?;
        let zones = list.call1(&intl, &JsValue::from_str("timeZone")).ok()?;
        let zones = Array::from(&zones);
        let all = zones.iter().filter_map(|zone| zone.as_string());
        Some(all.map(|zone| (zone, String::new())).collect::<Vec<_>>())
    };
    let mut all = known().unwrap_or_default();
    if !all.iter().any(|(zone, _)| zone == "UTC") {
        all.push(("UTC".to_owned(), String::new()));
    }
    all
}

/// Time zone, hours and freezes, with their sentence above.
#[component]
pub(super) fn WindowFields(form: Form) -> impl IntoView {
    let on = Signal::derive(move || form.draft.with(|draft| draft.windows.on));
    let said = move || form.draft.with(|draft| words(&draft.windows));
    let fixed = Signal::derive(move || form.fixed());
    let switch = move |on: bool| {
        form.edit(|draft| {
            draft.windows.on = on;
            if on && draft.windows.time_zone.is_empty() {
                draft.windows.time_zone = own_zone();
                draft.windows.allow.push("Mon-Thu 09:00-16:00".to_owned());
            }
        });
    };
    view! {
        <section class="card" aria-labelledby="form-windows">
            <header class="card-head"><h2 id="form-windows">"When it may go on"</h2></header>
            <div class="card-body">
                <details class="more" open=on.get_untracked()>
                    <summary class="small muted">{said}</summary>
                    <div class="stack">
                        <Checkbox checked=on on_change=switch disabled=fixed label="Only at some hours" hint="What takes a release back never waits." />
                        <Show when=move || on.get()><Hours form fixed /></Show>
                    </div>
                </details>
            </div>
        </section>
    }
}

#[component]
fn Hours(form: Form, fixed: Signal<bool>) -> impl IntoView {
    let zone = Signal::derive(move || form.draft.with(|draft| draft.windows.time_zone.clone()));
    let allow = Signal::derive(move || form.draft.with(|draft| draft.windows.allow.clone()));
    let at = |path: &str| Signal::stored(path.to_owned());
    let wrong = problem(form, at("/windows/time_zone"));
    let count = Memo::new(move |_| form.draft.with(|draft| draft.windows.freezes.len()));
    let freezes = move || {
        let rows = 0..count.get();
        rows.map(|index| view! { <FreezeRow form index=index as u32 fixed /> }.into_any())
            .collect::<Vec<_>>()
    };
    let add = move |()| form.edit(|draft| draft.windows.freezes.push(FreezeDraft::default()));
    view! {
        <div class="form-pairs">
            <Field label="Time zone" error=wrong>
                <Combobox label="Time zone" value=zone options=Signal::stored(zones()) free=true disabled=fixed mistake=wrong at=at("/windows/time_zone")
                    on_change=move |zone: String| form.edit(|draft| draft.windows.time_zone = zone) />
            </Field>
            <div class="field">
                <span class="field-label">"Hours"</span>
                <TagInput values=allow on_change=move |all| form.edit(|draft| draft.windows.allow = all) label="hours" placeholder="Mon-Thu 09:00-16:00" at=at("/windows/allow") disabled=fixed />
                <span class="field-hint">"Any of them; at all times where there are none."</span>
                <span class="field-error" role="status">{problem(form, at("/windows/allow"))}</span>
            </div>
        </div>
        <div class="stack-s">
            <span class="field-label">"Freezes"</span>
            <ul class="stack">{freezes}</ul>
            <div><Button small=true glyph=Glyph::Plus on_click=add disabled=fixed>"Add a freeze"</Button></div>
        </div>
    }
}

fn get(draft: &Draft, index: u32, of: fn(&FreezeDraft) -> &String) -> String {
    let freeze = draft.windows.freezes.get(index as usize);
    freeze.map_or_else(String::new, |freeze| of(freeze).clone())
}

fn set(draft: &mut Draft, index: u32, put: impl FnOnce(&mut FreezeDraft)) {
    if let Some(freeze) = draft.windows.freezes.get_mut(index as usize) {
        put(freeze);
    }
}

#[component]
fn FreezeRow(form: Form, index: u32, fixed: Signal<bool>) -> impl IntoView {
    let at = |member: &str| Signal::stored(format!("/windows/freezes/{index}/{member}"));
    let remove = move |()| {
        form.edit(|draft| {
            let index = index as usize;
            if index < draft.windows.freezes.len() {
                draft.windows.freezes.remove(index);
            }
        });
    };
    view! {
        <li class="freeze-edit">
            <Entry form id=index label="From" placeholder="2026-12-24" disabled=fixed at=at("from")
                of=|draft, id| get(draft, id, |freeze| &freeze.from) put=|draft, id, text| set(draft, id, |freeze| freeze.from = text) />
            <Entry form id=index label="To" placeholder="2027-01-03" disabled=fixed at=at("to")
                of=|draft, id| get(draft, id, |freeze| &freeze.to) put=|draft, id, text| set(draft, id, |freeze| freeze.to = text) />
            <Entry form id=index label="Why" placeholder="optional" disabled=fixed at=at("reason")
                of=|draft, id| get(draft, id, |freeze| &freeze.reason) put=|draft, id, text| set(draft, id, |freeze| freeze.reason = text) />
            <IconButton glyph=Glyph::Trash label=Signal::stored(format!("Remove freeze {}", index + 1)) on_click=remove disabled=fixed />
        </li>
    }
}
