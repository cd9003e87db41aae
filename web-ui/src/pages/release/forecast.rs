//! What the evidence is going to take: for each guard and stage, before the release starts.

use leptos::prelude::*;
use serin_api::{
    forecast::{ReleaseForecast, StageForecast, Unforeseen},
    release::Release,
};
use serin_engine::release::{Document, Guard};

use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
    },
    describe::release::{self, forecast},
    query::Query,
};

/// The card on a draft's page; nothing where it has no guards or has started.
#[component]
pub(super) fn ForecastCard(data: RwSignal<Release>) -> impl IntoView {
    let document = Memo::new(move |_| {
        data.with(|release| {
            let planned = release.state.is_ahead() && release.document.is_guarded();
            planned.then(|| release.document.clone())
        })
    });
    let body = move || {
        let place = data.with_untracked(|it| (it.project.clone(), it.environment.clone()));
        let forecast = Query::new(
            move || document.get().map(Box::new),
            move |document| {
                let (project, environment) = place.clone();
                async move { client::plan_release(&project, &environment, &document).await }
            },
        );
        let skeleton = || view! { <SkeletonRows count=2 height=40 /> }.into_any();
        let ready = move |known: RwSignal<ReleaseForecast>| {
            let shown =
                Signal::derive(move || document.get().map(|document| (document, known.get())));
            view! { <Forecasts shown /> }.into_any()
        };
        loaded(forecast, skeleton, ready)
    };
    view! {
        <Show when=move || document.with(Option::is_some)>
            <section class="card" aria-labelledby="release-forecast">
                <header class="card-head">
                    <h2 id="release-forecast">"What to expect"</h2>
                    <span class="tiny faint">"at the present traffic"</span>
                </header>
                <div class="card-body">{body()}</div>
            </section>
        </Show>
    }
}

/// What each stage finds and when, by guard.
#[component]
pub(crate) fn Forecasts(shown: Signal<Option<(Document, ReleaseForecast)>>) -> impl IntoView {
    let traffic = move || {
        shown.with(|shown| {
            shown
                .as_ref()
                .map(|(_, known)| forecast::traffic(known.traffic))
        })
    };
    let guards = move || {
        let Some((document, known)) = shown.get() else {
            return Vec::new();
        };
        let found = document.guards.iter().filter_map(Guard::metric);
        // What is shown may be the answer to a question before the last edit.
        let found = found.filter_map(|guard| {
            let known = known.guards.iter().find(|it| it.metric == guard.metric)?;
            let first = known.stages.first().and_then(|stage| stage.unknown);
            let same = |stage: &StageForecast| stage.unknown == first || stage.unknown == Some(Unforeseen::OneArm);
            let alike = first.is_some() && known.stages.iter().all(same);
            let rows = document.stages.iter().zip(&known.stages).enumerate();
            // What is the same of all is said once.
            let rows = rows.take(if alike { 1 } else { usize::MAX });
            let rows = rows.map(|(index, (stage, expected))| {
                let short = forecast::is_too_short(guard, stage, expected);
                let weight = if alike {
                    "All".to_owned()
                } else {
                    release::part(stage)
                };
                view! {
                    <li class="forecast-stage" data-testid="forecast-stage" data-stage=index>
                        <span class="number strong">{weight}</span>
                        <span>
                            {forecast::stage(guard, expected)}
                            {short
                                .then(|| {
                                    view! {
                                        <span class="forecast-short"><Icon glyph=Glyph::Warning size=12 />" longer than it bakes"</span>
                                    }
                                })}
                        </span>
                    </li>
                }
            });
            let rows = rows.collect_view();
            Some(view! {
                <li class="stack-s forecast-guard" data-testid="forecast-guard" data-metric=guard.metric.clone()>
                    <p class="row wrap">
                        <span class="mono small strong">{guard.metric.clone()}</span>
                        <span class="tiny muted number">{forecast::rate(known)}</span>
                    </p>
                    <ol class="small number">{rows}</ol>
                </li>
            }.into_any())
        });
        found.collect()
    };
    view! {
        <div class="stack forecast">
            <ul class="stack">{guards}</ul>
            <p class="tiny muted number">{traffic}</p>
        </div>
    }
}
