//! Who gets something else once the edits are saved, for the review before saving.

use leptos::prelude::*;

use super::{
    Impact, UNITS,
    run::Run,
    tally::{Move, Tally},
};
use crate::{
    components::{
        field::{Field, TextArea},
        select::Select,
        show::Show,
        sparkline::grouped,
        split_bar::{ShareView, SplitBar},
        variation::{VariationName, color},
    },
    pages::flag::preview::AsIfOn,
    weights::ALL,
};

/// What the edits move, with examples of who.
#[component]
pub(crate) fn ImpactPanel() -> impl IntoView {
    let impact = expect_context::<Impact>();
    let options = Signal::derive(move || {
        let none = (String::new(), "no attributes".to_owned());
        let like = impact.examples.all.with(|all| {
            all.iter()
                .filter(|example| example.context().is_ok())
                .map(|example| {
                    let words = format!("the attributes of {}", example.title());
                    (example.id.to_string(), words)
                })
                .collect::<Vec<_>>()
        });
        [none].into_iter().chain(like).collect::<Vec<_>>()
    });
    let like = Signal::derive(move || {
        impact
            .like
            .get()
            .map(|id| id.to_string())
            .unwrap_or_default()
    });
    let last = grouped(u64::from(UNITS) - 1);
    let title = move || {
        if impact.editor.as_if_on() {
            "Who gets something else once it is on"
        } else {
            "Who gets something else"
        }
    };
    view! {
        <section class="impact" aria-labelledby="impact-title" data-testid="impact">
            <h3 id="impact-title">{title}</h3>
            <AsIfOn testid="impact-as-if-on" />
            <Counted run=impact.units what="unit" />
            <label class="impact-like tiny muted">
                {move || match impact.by.get() {
                    Some(by) => format!("Synthetic units: {by} is unit-0 … unit-{last}, with"),
                    None => format!("Synthetic units unit-0 … unit-{last}, with"),
                }}
                <Select options value=like on_change=move |id: String| impact.like.set(id.parse().ok()) testid="impact-like" />
            </label>
            <Counted run=impact.sampled what="recent context" />
            <Show when=impact.unsampled>
                <p class="tiny faint" data-testid="impact-unsampled">
                    "No program sends contexts from here, which would be counted as well. A program opts in with its SDK's "
                    <code>"sample_contexts"</code>
                    " option."
                </p>
            </Show>
            <Counted run=impact.named what="example" />
            <Pasted />
        </section>
    }
}

#[component]
fn Pasted() -> impl IntoView {
    let impact = expect_context::<Impact>();
    let problem = Signal::derive(move || {
        impact
            .mistake
            .get()
            .map(|mistake| format!("Line {}: {}.", mistake.line, mistake.message))
    });
    // Stays open where something was pasted before the review was closed and opened again.
    let open = impact.text.with_untracked(|text| !text.is_empty());
    view! {
        <details class="json-fold" open=open>
            <summary data-testid="impact-paste">"Paste contexts of your own"</summary>
            <div class="stack impact-pasted">
                <Field label="Contexts" hint="One JSON object a line, or a JSON array. They stay in this page." error=problem>
                    <TextArea value=impact.text on_input=move |text| impact.text.set(text) mono=true rows=3 placeholder=r#"{"targetingKey": "alice", "country": "DE"}"# testid="impact-contexts" />
                </Field>
                <Counted run=impact.pasted what="pasted context" />
            </div>
        </details>
    }
}

/// One count: its words, before and after as bars, and who moves.
#[component]
fn Counted(run: Run, what: &'static str) -> impl IntoView {
    let impact = expect_context::<Impact>();
    let body = move || {
        if let Some(why) = run.failure.get() {
            return Some(view! { <p class="small muted">{why}</p> }.into_any());
        }
        let Some(tally) = run.tally.get() else {
            let counting = run.busy.get();
            return counting.then(|| view! { <p class="small faint">"Counting…"</p> }.into_any());
        };
        let words = tally.words(what, &|key| impact.name(key));
        Some(whole(impact, tally, words).into_any())
    };
    let is_first = move || run.busy.get() && run.tally.with(Option::is_none);
    view! {
        <div class="impact-count" class:room=is_first class:stale=move || run.busy.get() aria-busy=move || if run.busy.get() { "true" } else { "false" } data-testid=format!("impact-{}", what.replace(' ', "-"))>
            {body}
        </div>
    }
}

fn whole(impact: Impact, tally: Tally, words: String) -> impl IntoView {
    let bars = (tally.changed > 0).then(|| {
        view! {
            <div class="impact-bars tiny faint">
                <span>"now"</span>
                <SplitBar shares=Signal::stored(shares(impact, &tally.before, tally.contexts)) />
                <span>"then"</span>
                <SplitBar shares=Signal::stored(shares(impact, &tally.after, tally.contexts)) />
            </div>
        }
    });
    let errors = (tally.errors > 0).then(|| {
        let words = format!("{} can no longer be evaluated.", grouped(tally.errors));
        view! { <p class="small impact-errors">{words}</p> }
    });
    let moves = tally
        .moves
        .iter()
        .map(|moved| one_move(impact, &tally, moved))
        .collect_view();
    view! {
        <p class="small strong">{words}</p>
        {bars}
        {errors}
        <ul class="impact-moves">{moves}</ul>
    }
}

fn one_move(impact: Impact, tally: &Tally, moved: &Move) -> AnyView {
    let named = |key: &str| {
        let tone = impact
            .editor
            .definition
            .with_untracked(|definition| color(definition, key));
        view! { <VariationName color=tone name=impact.name(key) /> }
    };
    let who: Vec<&str> = moved
        .examples
        .iter()
        .map(|key| {
            if key.is_empty() {
                "no targeting key"
            } else {
                key
            }
        })
        .collect();
    let more = moved.count - who.len() as u64;
    let who = match more {
        0 => who.join(", "),
        more => format!("{} and {} more", who.join(", "), grouped(more)),
    };
    view! {
        <li class="impact-move small" data-testid="impact-move">
            <span class="row wrap">
                <span class="number strong">{tally.part(moved.count)}</span>
                {named(&moved.from)} <span aria-hidden="true">"→"</span><span class="visually-hidden">" to "</span> {named(&moved.to)}
            </span>
            <span class="tiny faint impact-who mono">{who}</span>
        </li>
    }
    .into_any()
}

/// Counts as shares of a bar, in the order of the flag's variations.
fn shares(impact: Impact, counts: &[(String, u64)], all: u64) -> Vec<ShareView> {
    impact.editor.definition.with_untracked(|definition| {
        let keys = definition.variations.iter().map(|v| v.key.as_str());
        keys.chain([""])
            .filter_map(|key| {
                let (_, count) = counts.iter().find(|(known, _)| known == key)?;
                // A share of all: no more than all slots.
                let slots = (u128::from(*count) * u128::from(ALL) / u128::from(all.max(1))) as u32;
                Some(ShareView {
                    name: impact.name(key),
                    color: color(definition, key),
                    slots,
                })
            })
            .collect()
    })
}
