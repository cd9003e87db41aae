//! Which flag, where, from what to what.

use leptos::prelude::*;

use super::{
    entry::{Entry, problem},
    form::{Form, site_name, site_of, sites},
};
use crate::{
    components::{
        field::Field,
        icon::{Glyph, Icon},
        select::Select,
        variation,
    },
    describe::serve,
    place::Place,
};

/// The flag, its site and the two arms.
#[component]
pub(super) fn What(form: Form) -> impl IntoView {
    let chosen = Memo::new(move |_| form.chosen());
    let site_choices = Signal::derive(move || {
        chosen.with(|chosen| {
            chosen
                .as_ref()
                .map(|chosen| sites(&chosen.config))
                .unwrap_or_default()
        })
    });
    let variations = Signal::derive(move || {
        chosen.with(|chosen| {
            let Some(chosen) = chosen else {
                return Vec::new();
            };
            let variations = chosen.definition.variations.iter();
            variations
                .map(|known| {
                    let name = variation::name(&chosen.definition, &known.key);
                    (known.key.clone(), name)
                })
                .collect::<Vec<_>>()
        })
    });
    let nothing = Signal::derive(move || form.fixed() || chosen.with(Option::is_none));
    let flag = Signal::derive(move || form.draft.with(|draft| draft.flag.clone()));
    let site = Signal::derive(move || form.draft.with(|draft| site_name(&draft.site)));
    let fixed = Signal::derive(move || form.fixed());
    view! {
        <section class="card" aria-labelledby="form-what">
            <header class="card-head"><h2 id="form-what">"What moves"</h2></header>
            <div class="card-body stack">
                <div class="form-pairs two">
                    <Field label="Flag" error=problem(form, Signal::stored("/flag".to_owned()))>
                        <Select options=Signal::derive(move || form.choices()) value=flag on_change=move |key| form.choose_flag(key) disabled=fixed at=Signal::stored("/flag".to_owned()) testid="new-release-flag" />
                    </Field>
                    <Field label="What of it moves" error=problem(form, Signal::stored("/site".to_owned()))>
                        <Select options=site_choices value=site on_change=move |name: String| form.choose_site(site_of(&name)) disabled=nothing at=Signal::stored("/site".to_owned()) testid="new-release-site" />
                    </Field>
                    <Entry form label="From (baseline)" options=variations disabled=nothing at=Signal::stored("/baseline".to_owned())
                        of=|draft, _| draft.baseline.clone() put=|draft, _, key| draft.baseline = key />
                    <Entry form label="To (candidate)" options=variations disabled=nothing at=Signal::stored("/candidate".to_owned())
                        of=|draft, _| draft.candidate.clone() put=|draft, _, key| draft.candidate = key />
                </div>
                <Notes form />
                <details class="more">
                    <summary class="small muted">"What counts as one unit"</summary>
                    <Entry form label="Unit" placeholder="targetingKey" disabled=fixed at=Signal::stored("/unit".to_owned())
                        hint="The attribute that decides who goes together, like org.id. The targeting key where empty."
                        of=|draft, _| draft.unit.clone() put=|draft, _, text| draft.unit = text />
                </details>
            </div>
        </section>
    }
}

/// What the site serves now, and what stands in the way of starting.
#[component]
fn Notes(form: Form) -> impl IntoView {
    let place = Place::current();
    let notes = move || {
        if form.fixed() {
            return None;
        }
        let chosen = form.chosen()?;
        let now = form
            .draft
            .with(|draft| draft.site.serve(&chosen.config).map(serve::serve))?;
        let off = !chosen.config.enabled;
        let live = chosen.live.map(|id| place.path(&format!("releases/{id}")));
        Some(view! {
            <p class="small muted">
                "It serves " <span class="strong">{now}</span> " now."
                {off.then_some(" The flag is off here: turn it on before you start the release.")}
            </p>
            {live
                .map(|href| {
                    view! {
                        <div class="notice" data-tone="warn">
                            <Icon glyph=Glyph::Warning />
                            <p class="small">
                                <a class="link" href=href>"Another release"</a>
                                " moves this already. Two cannot live on the same place: this one starts when that one is over, or takes over from it."
                            </p>
                        </div>
                    }
                })}
        })
    };
    view! { {notes} }
}
