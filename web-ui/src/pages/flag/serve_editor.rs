//! What a rule or the default serves: one variation, or a percentage rollout.

use std::collections::BTreeMap;

use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::flag::{FlagDefinition, Serve, Shares, Split};

use super::editor::Editor;
use crate::{
    components::{
        combobox::Combobox,
        select::Select,
        variation::{VariationName, color, name},
        weights_editor::WeightsEditor,
    },
    conditions::Vocabulary,
    serving, weights,
};

/// The choice that makes a rollout.
const SPLIT: &str = "\u{0}split";

/// A list of variations with the rollout as its last entry, and sliders below it for that.
#[component]
pub(crate) fn ServeEditor(
    /// What it is about, for screen readers: `Default serves`.
    #[prop(into)]
    label: String,
    /// What is served.
    #[prop(into)]
    serve: Signal<Serve>,
    /// What is served after an edit.
    #[prop(into)]
    on_change: Callback<Serve>,
    /// Its JSON pointer in the configuration.
    at: Signal<String>,
    /// Cannot be edited.
    #[prop(into)]
    disabled: Signal<bool>,
) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let definition = editor.definition;
    let mistakes = editor.views.mistakes;
    // Whatever is wrong below it is said once, here.
    let wrong = move || {
        let at = format!("{}/", at.get());
        mistakes.0.with(|all| {
            let mine = all.iter().find(|mistake| mistake.path.starts_with(&at));
            mine.map(|mistake| mistake.message.clone())
        })
    };
    let options = Signal::derive(move || {
        definition.with(|definition| {
            let variations = definition
                .variations
                .iter()
                .map(|v| (v.key.clone(), name(definition, &v.key)));
            variations
                .chain([(SPLIT.to_owned(), "a percentage rollout".to_owned())])
                .collect::<Vec<_>>()
        })
    });
    let value = Signal::derive(move || match serve.get() {
        Serve::Variation(key) => key,
        Serve::Split(_) => SPLIT.to_owned(),
    });
    let choose = move |choice: String| {
        let before = serve.get_untracked();
        let after = if choice == SPLIT {
            definition.with_untracked(|definition| rollout(definition, &before))
        } else {
            Serve::Variation(choice)
        };
        on_change.run(after);
    };
    let splits = Memo::new(move |_| matches!(serve.get(), Serve::Split(_)));
    let dot = move || match serve.get() {
        Serve::Variation(key) => definition.with(|definition| color(definition, &key)),
        Serve::Split(_) => String::new(),
    };
    view! {
        <div class="serve-editor" data-at=move || at.get()>
            <div class="serve-choice" data-variation-color=dot>
                <span class="variation-dot" hidden=move || splits.get() aria-hidden="true"></span>
                <Select options value on_change=choose label disabled testid="serve-select" />
            </div>
            <Show when=move || splits.get()>
                <Rollout serve on_change at disabled />
            </Show>
            <p class="leaf-mistake tiny" role="status">{wrong}</p>
        </div>
    }
}

#[component]
fn Rollout(
    serve: Signal<Serve>,
    on_change: Callback<Serve>,
    at: Signal<String>,
    disabled: Signal<bool>,
) -> impl IntoView {
    let Editor {
        definition, views, ..
    } = expect_context();
    let vocabulary = Vocabulary::current();
    let by_at = Signal::derive(move || format!("{}/split/by", at.get()));
    let shares = Signal::derive(move || {
        definition.with(|definition| serving::shares(definition, &serve.get()))
    });
    let keys = Memo::new(move |_| {
        definition.with(|definition| {
            definition
                .variations
                .iter()
                .map(|v| v.key.clone())
                .collect::<Vec<_>>()
        })
    });
    let by = Signal::derive(move || match serve.get() {
        Serve::Split(split) => split.by.unwrap_or_default(),
        Serve::Variation(_) => String::new(),
    });
    let edit = move |change: &dyn Fn(&mut Split)| {
        if let Serve::Split(mut split) = serve.get_untracked() {
            change(&mut split);
            on_change.run(Serve::Split(split));
        }
    };
    let on_weights = move |weights: Vec<u32>| {
        let served = keys.get_untracked().into_iter().zip(weights);
        let mut weights = BTreeMap::new();
        weights.extend(served.filter(|(_, slots)| *slots > 0));
        edit(&|split| split.shares = Shares::Weights(weights.clone()));
    };
    let on_by = move |text: String| {
        let by = Some(text.trim().to_owned()).filter(|by| !by.is_empty() && by != "targetingKey");
        edit(&|split| split.by.clone_from(&by));
    };
    view! {
        <div class="rollout">
            {move || view! { <WeightsEditor keys=keys.get() shares on_change=on_weights disabled /> }}
            <div class="rollout-by small">
                <span class="muted">"by"</span>
                <Combobox
                    label="Attribute that names the unit"
                    value=by
                    on_change=on_by
                    options=vocabulary.attributes
                    free=true
                    placeholder="targetingKey"
                    disabled
                    mistake=Signal::derive(move || views.mistakes.at(&by_at.get()))
                    at=by_at
                    testid="split-by"
                />
                <span class="faint tiny">"the attribute that names the unit: the same unit always gets the same"</span>
            </div>
        </div>
    }
}

/// A rollout that serves what is served already.
fn rollout(definition: &FlagDefinition, before: &Serve) -> Serve {
    let served = match before {
        Serve::Split(_) => return before.clone(),
        Serve::Variation(key) => Some(key.clone()),
    };
    let key = served.or_else(|| {
        definition
            .variations
            .first()
            .map(|variation| variation.key.clone())
    });
    let mut weights = BTreeMap::new();
    weights.extend(key.map(|key| (key, weights::ALL)));
    Serve::Split(Split {
        by: None,
        salt: None,
        hash: None,
        shares: Shares::Weights(weights),
    })
}

/// What is served, to be read only.
#[component]
pub(crate) fn ServeWords(#[prop(into)] serve: Signal<Serve>) -> impl IntoView {
    let definition = expect_context::<Editor>().definition;
    move || {
        let serve = serve.get();
        definition.with(|definition| match &serve {
            Serve::Variation(key) => {
                view! { <VariationName color=color(definition, key) name=name(definition, key) /> }
                    .into_any()
            }
            Serve::Split(_) => serving::serve_words(definition, &serve).into_any(),
        })
    }
}
