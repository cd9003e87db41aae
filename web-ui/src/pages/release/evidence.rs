//! What is known of the candidate: for each guard the ratio over time, and how much evidence
//! there is of what it would take to act.

mod chart;
mod objectives;
mod thresholds;
pub(super) mod wording;

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;
use serin_api::{
    entity::Entity,
    judgement::{Judgements, Point},
    release::Release,
};
use serin_engine::release::{Guard, Metric, MetricGuard};

use crate::{
    client, clock,
    components::{
        badge::{Badge, Tone},
        each::{Each, entry},
        loaded::loaded,
        show::Show,
        skeleton::SkeletonRows,
        sparkline::grouped,
    },
    describe::{metric, release::remaining},
    live::Live,
    query::Query,
};
use chart::Chart;
use objectives::Objectives;
pub(super) use objectives::burned;
use thresholds::ThresholdsView;

/// Every so many seconds a live release is judged anew.
const EACH: i64 = 10;

/// The moment that a decision of the history was made at, in milliseconds since 1970, while
/// somebody looks at what it was made on; a context of the page.
#[derive(Clone, Copy, Default)]
pub(super) struct Spot(pub(super) RwSignal<Option<i64>>);

/// The evidence card; nothing where a release has no guards, or where there can be none yet.
#[component]
pub(super) fn Evidence(data: RwSignal<Release>) -> impl IntoView {
    let guarded = move || data.with(|release| !release.document.guards.is_empty());
    let ahead = Memo::new(move |_| data.with(|release| release.state.is_ahead()));
    let guards = Memo::new(move |_| data.with(metrics));
    let judged = Memo::new(move |_| !ahead.get() && guarded());
    let origins = Origins::of(data, judged);
    view! {
        <Show when=move || judged.get()>
            <section class="card evidence-card" aria-labelledby="release-evidence">
                <header class="card-head">
                    <h2 id="release-evidence">"Evidence"</h2>
                    <span class="tiny faint">"candidate against baseline, at the same time; a unit counts once in each window"</span>
                </header>
                <div class="card-body stack evidence">
                    <Show when=move || !guards.with(Vec::is_empty)><Judged data guards origins /></Show>
                    <Objectives data origins />
                </div>
            </section>
        </Show>
    }
}

/// The guards that compare the arms.
fn metrics(release: &Release) -> Vec<MetricGuard> {
    let guards = release.document.guards.iter();
    guards.filter_map(Guard::metric).cloned().collect()
}

#[component]
fn Judged(
    data: RwSignal<Release>,
    guards: Memo<Vec<MetricGuard>>,
    origins: Origins,
) -> impl IntoView {
    let skeleton = || view! { <SkeletonRows count=2 height=96 /> }.into_any();
    let ready = move |judgements: RwSignal<Judgements>| {
        view! { <Guards judgements guards origins /> }.into_any()
    };
    loaded(follow(data), skeleton, ready)
}

/// Who counts what.
#[derive(Clone, Copy)]
struct Origins {
    data: RwSignal<Release>,
    metrics: Query<Vec<Entity<Metric>>>,
}

impl Origins {
    /// Read where they are asked for.
    fn of(data: RwSignal<Release>, asked: Memo<bool>) -> Self {
        let project = Memo::new(move |_| data.with(|release| release.project.clone()));
        let metrics = Query::new(
            move || asked.get().then(|| project.get()),
            |project| async move { client::metrics(&project).await },
        );
        Self { data, metrics }
    }

    /// A metric, tracked; nothing while they are not here.
    fn metric(self, key: &str) -> Option<Metric> {
        let find = |metrics: &Vec<Entity<Metric>>| {
            let known = metrics.iter().find(|metric| metric.key == key);
            known.map(|metric| metric.document.clone())
        };
        self.metrics.with(find).flatten()
    }

    /// In a sentence, tracked; nothing while the metrics are not here.
    fn words(self, key: &str) -> Option<String> {
        self.metrics.with(|metrics| {
            let known = metrics.iter().find(|metric| metric.key == key);
            let known = known.map(|metric| &metric.document);
            self.data
                .with(|release| metric::origin(&release.document, key, known))
        })
    }
}

/// The judgements, read again while the release lives.
fn follow(data: RwSignal<Release>) -> Query<Judgements> {
    let at = Memo::new(move |_| {
        data.with(|release| {
            (
                release.project.clone(),
                release.environment.clone(),
                release.id.to_string(),
            )
        })
    });
    let judged = Query::new(
        move || Some(at.get()),
        |(project, environment, id)| async move {
            client::release_judgements(&project, &environment, &id).await
        },
    );
    let now = clock::each_second();
    let look = Memo::new(move |_| {
        let live = data.with(|release| release.state.is_live());
        let epoch = data.with(|release| release.epoch);
        (epoch, live.then(|| now.get().timestamp() / EACH))
    });
    Effect::new(move |seen: Option<()>| {
        // Tracked alone, what nobody reads is never worked out, and so never changes.
        look.get();
        if seen.is_some() {
            judged.refetch();
        }
    });
    judged
}

#[component]
fn Guards(
    judgements: RwSignal<Judgements>,
    guards: Memo<Vec<MetricGuard>>,
    origins: Origins,
) -> impl IntoView {
    let live = Memo::new(move |_| origins.data.with(|release| release.state.is_live()));
    let empty = move || judgements.with(|judged| judged.points.is_empty());
    let complete_after = move || judgements.with(|judged| judged.complete_after_ms);
    let last = move || judgements.with(|judged| judged.points.last().cloned());
    let over = Signal::derive(move || origins.data.with(|release| release.state.is_over()));
    let seen = move || {
        last().map(|point| {
            let (baseline, candidate) = (point.exposed.baseline, point.exposed.candidate);
            view! {
                <dl class="evidence-facts small">
                    <div><dt>"Baseline"</dt><dd class="number">{exposures(baseline)}</dd></div>
                    <div><dt>"Candidate"</dt><dd class="number">{exposures(candidate)}</dd></div>
                    <div>
                        <dt>"Events too many"</dt>
                        <dd class="number">{wording::excess(point.judgement.excess_events)}</dd>
                    </div>
                    <LastWindow at=point.at judgements live />
                </dl>
            }
        })
    };
    let rows = move || {
        let guards = guards.get().into_iter();
        guards
            .map(|guard| {
                entry(guard.metric.clone(), move || {
                    view! { <GuardView judgements guard=guard.clone() origins /> }.into_any()
                })
            })
            .collect()
    };
    view! {
        <Show when=empty>
            <p class="small muted" data-testid="evidence-none">
                {move || wording::nothing(over.get(), complete_after())}
            </p>
        </Show>
        {seen}
        <ul class="stack"><Each of=rows /></ul>
        <Late judgements />
        <ThresholdsView judgements over />
    }
}

/// Of when what stands here is: evidence that stays away looks like evidence that is new.
#[component]
fn LastWindow(
    at: DateTime<Utc>,
    judgements: RwSignal<Judgements>,
    live: Memo<bool>,
) -> impl IntoView {
    let now = expect_context::<Live>().seen(clock::each_second());
    let age = Memo::new(move |_| {
        now.get()
            .signed_duration_since(at)
            .to_std()
            .unwrap_or_default()
    });
    let old =
        move || live.get() && judgements.with(|judged| is_old(age.get(), judged.old_after_ms));
    view! {
        <div>
            <dt>"Last window"</dt>
            <dd class="number" class:old=old data-testid="evidence-last">
                {move || clock::moment(at)}
                {move || live.get().then(|| format!(", {} ago", remaining(age.get())))}
            </dd>
        </div>
    }
}

/// Whether a window is not the newest that there could be. How late reports may be is for the
/// server to say; one that does not say it, while it is upgraded, calls nothing old.
fn is_old(age: Duration, old_after_ms: u64) -> bool {
    old_after_ms != 0 && age > Duration::from_millis(old_after_ms)
}

/// Says of reports that did not count.
#[component]
fn Late(judgements: RwSignal<Judgements>) -> impl IntoView {
    let late = Memo::new(move |_| judgements.with(|judged| judged.late));
    view! {
        <Show when=move || late.get() != 0>
            <p class="small muted" data-testid="evidence-late">{move || wording::late(late.get())}</p>
        </Show>
    }
}

#[component]
fn GuardView(
    judgements: RwSignal<Judgements>,
    guard: MetricGuard,
    origins: Origins,
) -> impl IntoView {
    let over = Memo::new(move |_| origins.data.with(|release| release.state.is_over()));
    let (metric, name) = (guard.metric.clone(), guard.metric.clone());
    let (key, chart_key, of) = (name.clone(), name.clone(), name.clone());
    let known = Memo::new(move |_| judgements.with(|judged| Known::of(judged, &guard)));
    let tone = Signal::derive(move || known.with(|known| known.tone));
    view! {
        <li class="guard stack-s" data-testid="guard" data-metric=metric>
            <div class="row wrap">
                <h3 class="mono small">{name}</h3>
                <Badge tone>{move || known.with(|known| standing(known.state, over.get()))}</Badge>
                <span class="small number grow" data-testid="guard-ratio">{move || known.with(|known| known.ratio.clone())}</span>
                <span class="tiny faint">{move || known.with(|known| known.asks.clone())}</span>
            </div>
            <p class="tiny muted" data-testid="guard-origin">{move || origins.words(&key)}</p>
            <Show when=move || known.with(|known| known.samples.len() > 1)>
                <Chart
                    samples=Signal::derive(move || known.with(|known| known.samples.clone()))
                    label=Signal::derive({
                        let key = chart_key.clone();
                        move || known.with(|known| wording::chart(&key, known.samples.len(), &known.ratio))
                    })
                />
            </Show>
            <div class="meters">
                <Meter name=format!("{of}: evidence of harm") label="of the evidence that harm takes" share=Signal::derive(move || known.with(|known| Some(known.harm))) tone=Tone::Bad />
                <Meter name=format!("{of}: evidence of safety") label="of the evidence that safety takes" share=Signal::derive(move || known.with(|known| known.safe)) tone=Tone::Good />
            </div>
        </li>
    }
}

/// How far something is, from 0 to 1.
#[component]
fn Meter(
    /// What it measures, for those who do not see where it stands.
    name: String,
    /// What it is a share of.
    label: &'static str,
    share: Signal<Option<f64>>,
    tone: Tone,
) -> impl IntoView {
    let name = StoredValue::new(name);
    let percent = move || share.get().map_or(0.0, |share| (100.0 * share).round());
    view! {
        <Show when=move || share.get().is_some()>
            <div
                class="meter"
                data-tone=tone.name()
                role="meter"
                aria-label=name.get_value()
                aria-valuemin="0"
                aria-valuemax="100"
                aria-valuenow=percent
                aria-valuetext=move || format!("{}\u{202f}% {label}", percent())
            >
                <span class="meter-track" aria-hidden="true">
                    <span class="meter-done" style=move || format!("width:{}%", percent())></span>
                </span>
                <span class="tiny muted"><span class="number">{percent}{"\u{202f}%"}</span> " " {label}</span>
            </div>
        </Show>
    }
}

/// What a guard's row shows.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    state: &'static str,
    tone: Tone,
    ratio: String,
    asks: String,
    harm: f64,
    safe: Option<f64>,
    samples: Vec<chart::Sample>,
}

impl Known {
    fn of(judged: &Judgements, guard: &MetricGuard) -> Self {
        let of = |point: &Point| point.judgement.guards.get(guard.metric.as_str()).cloned();
        let last = judged.points.last().and_then(of);
        let (state, tone) = match &last {
            Some(known) if known.harm => ("Harm", Tone::Bad),
            Some(known) if known.safe => ("Safe", Tone::Good),
            Some(_) => ("Collecting", Tone::Neutral),
            None => ("No data", Tone::Neutral),
        };
        // What is held against a limit has no ratio to anything.
        let compared = judged.points.iter().filter(|_| guard.limit.is_none());
        let samples = compared.filter_map(|point| {
            let ratio = of(point)?.ratio?;
            Some(chart::Sample {
                at: point.at.timestamp_millis(),
                stage: point.stage,
                estimate: ratio.estimate,
                low: ratio.low,
                high: ratio.high,
            })
        });
        let share = |evidence: f64, limit: f64| (evidence / limit).clamp(0.0, 1.0);
        let harm = last.as_ref().map_or(0.0, |known| known.ln_e_harm);
        let safe = last.as_ref().and_then(|known| known.ln_e_safe);
        Self {
            state,
            tone,
            ratio: wording::stands(guard, last.as_ref()),
            asks: wording::asks(guard, judged.limits),
            harm: share(harm, judged.limits.ln_e_harm),
            safe: safe.map(|evidence| share(evidence, judged.limits.ln_e_safe)),
            samples: samples.collect(),
        }
    }
}

/// What a guard's badge says: of a release that is over nothing is collected any more.
fn standing(state: &'static str, over: bool) -> &'static str {
    match state {
        "Collecting" if over => "Undecided",
        state => state,
    }
}

/// `12 345 exposures`: a unit is counted once in each window, and so more often the longer it
/// stays.
fn exposures(number: f64) -> String {
    // Counts are far below what a double holds exactly.
    format!("{} exposures", grouped(number.round() as u64))
}

#[cfg(test)]
mod tests;
