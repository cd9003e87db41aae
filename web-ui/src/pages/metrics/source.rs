//! The queries that Prometheus is asked for a metric.

use leptos::prelude::*;
use serin_engine::release::Placeholder;

use super::{Shared, form::Typed, wording};
use crate::components::{
    field::{Field, TextArea, TextInput},
    icon::{Glyph, Icon},
    show::Show,
};

/// Two queries, how often they are asked, and what they may name.
#[component]
pub(super) fn Source(typed: Typed, shared: Shared) -> impl IntoView {
    let exposures = typed.problem("/source/prometheus/exposures");
    let events = typed.problem("/source/prometheus/events");
    let window = typed.problem("/source/prometheus/window");
    let at = |member: &str| Signal::stored(format!("/source/prometheus/{member}"));
    let nobody = move || shared.has_prometheus() == Some(false);
    let said = move || typed.metric().prometheus().map(wording::queries);
    view! {
        <div class="metric-source">
            <Show when=nobody>
                <div class="notice" data-tone="warn" data-testid="no-prometheus">
                    <Icon glyph=Glyph::Warning />
                    <p class="small">
                        "This server does not know a Prometheus: nobody asks these queries until it is started with "
                        <code class="mono">"--prometheus-url"</code>
                        ". Releases that are guarded by it are held until then."
                    </p>
                </div>
            </Show>
            <Field label="All there was" hint="A counter of everything that may have the event, as all requests." error=exposures>
                <TextArea mono=true value=typed.get(|draft| &draft.exposures) on_input=move |text| typed.put(|draft| draft.exposures = text)
                    placeholder="http_requests_total{flag=\"{{flag}}\",variation=\"{{variation}}\"}" mistake=exposures at=at("exposures") testid="metric-exposures" />
            </Field>
            <Field label="Those with the event" hint="A counter of the part of them that had it, as requests that failed. Never a ratio." error=events>
                <TextArea mono=true value=typed.get(|draft| &draft.events) on_input=move |text| typed.put(|draft| draft.events = text)
                    placeholder="http_requests_total{flag=\"{{flag}}\",variation=\"{{variation}}\",code=~\"5..\"}" mistake=events at=at("events") testid="metric-events" />
            </Field>
            <p class="small muted" role="status">{said}</p>
            <Field label="Asked each" hint="5s to 10m. No less than a few scrapes where the queries have {{window}}." error=window>
                <TextInput value=typed.get(|draft| &draft.window) on_input=move |text| typed.put(|draft| draft.window = text) placeholder="1m" mistake=window at=at("window") testid="metric-window" />
            </Field>
            <details class="more">
                <summary class="small muted">"What queries may name"</summary>
                <dl class="placeholders">{names()}</dl>
            </details>
        </div>
    }
}

fn names() -> Vec<AnyView> {
    let each = Placeholder::ALL.into_iter().map(|placeholder| {
        view! {
            <dt><code class="mono small">{format!("{{{{{}}}}}", placeholder.name())}</code></dt>
            <dd class="small muted">{wording::placeholder(placeholder)}</dd>
        }
        .into_any()
    });
    each.collect()
}
