//! How often the flag is evaluated, and what it served.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::usage::FlagUsage;

use super::editor::Editor;
use crate::{
    components::{
        sparkline::{Sparkline, grouped},
        time::Time,
        variation::{VariationName, color, name},
    },
    order,
    pages::flags::usage_of,
    weights::{percent, percent_number},
};

/// Counts of the last 24 hours, by variation.
#[component]
pub(crate) fn UsageCard() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let all = usage_of(editor.place);
    let usage = Memo::new(move |_| {
        all.with(|usage| usage.flags.get(&editor.key()).cloned())
            .flatten()
    });
    let known = Memo::new(move |_| usage.with(Option::is_some));
    let counts = Signal::derive(move || {
        usage.with(|usage| {
            usage
                .as_ref()
                .map_or_else(Vec::new, |usage| usage.hourly.clone())
        })
    });
    let total = move || grouped(counts.with(|counts| counts.iter().sum()));
    let last = Memo::new(move |_| {
        usage.with(|usage| usage.as_ref().and_then(|usage| usage.last_evaluated_at))
    });
    let none = || view! { <p class="small faint">"Nobody evaluated it here in the last 24 hours, as far as SDKs report."</p> };
    view! {
        <section class="card" aria-labelledby="usage-title">
            <div class="card-head">
                <h2 id="usage-title">"Usage"</h2>
                <span class="push tiny faint">
                    {move || last.get().map(|at| view! { "last evaluated " <Time at /> })}
                </span>
            </div>
            <div class="card-body stack">
                <Show when=move || known.get() fallback=none>
                    <div class="usage-total">
                        <span class="usage-number number">{total}</span>
                        <span class="small muted">"evaluations in 24 h"</span>
                        <span class="push usage-line"><Sparkline counts /></span>
                    </div>
                    <Bars usage />
                </Show>
            </div>
        </section>
    }
}

#[component]
fn Bars(usage: Memo<Option<FlagUsage>>) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let rows = move || {
        let usage = usage.get().unwrap_or_default();
        let total: u64 = usage.variations.values().sum::<u64>().max(1);
        let mut rows: Vec<_> = usage.variations.into_iter().collect();
        order::short(&mut rows, |(_, count)| std::cmp::Reverse(*count));
        editor.definition.with(|definition| {
            rows.into_iter()
                .map(|(key, count)| {
                    let slots = (count as f64 / total as f64 * 1000.0).round() as u32 * 100;
                    let (color, name) = if key.is_empty() {
                        ("off".to_owned(), "errors and callers' defaults".to_owned())
                    } else {
                        (color(definition, &key), name(definition, &key))
                    };
                    let tone = color.clone();
                    view! {
                        <li class="usage-row" data-variation-color=tone>
                            <VariationName color name />
                            <span class="usage-bar" aria-hidden="true"><span style=format!("width:{}%", percent_number(slots))></span></span>
                            <span class="small number usage-count">{grouped(count)}</span>
                            <span class="tiny faint number usage-share">{percent(slots)}</span>
                        </li>
                    }
                })
                .collect_view()
        })
    };
    view! { <ul class="stack-s">{rows}</ul> }
}
