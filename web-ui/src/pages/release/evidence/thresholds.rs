//! What rules with a fixed threshold would have done, beside what the evidence says.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serin_api::judgement::{Judgements, Threshold};
use serin_engine::release::{judge::Verdict, thresholds::Rule};

use crate::{
    clock,
    components::{badge::Tone, show::Show},
};

/// A rule in words.
fn words(rule: Rule) -> &'static str {
    match rule {
        Rule::Success => "Argo-style: 99\u{202f}% without it, each 5 min, 3 failures",
        Rule::SuccessEachMinute => "Flagger-style: 99\u{202f}% without it, each minute, 5 failures",
        Rule::Ratio => "At most 1.5\u{202f}× the baseline, each 5 min, 3 failures",
        Rule::RankSum => "Kayenta-style: ranks of the minutes, each 5 min",
    }
}

/// What is said of a rule that did nothing: it may not have looked often enough to.
fn idle(threshold: &Threshold) -> String {
    match threshold.not_before {
        Some(minutes) => format!("could not have acted yet: first after {minutes} min"),
        None => "would have done nothing".to_owned(),
    }
}

/// When evidence sufficed for harm, if it did.
fn found(judged: &Judgements) -> Option<chrono::DateTime<chrono::Utc>> {
    let harm = |verdict| verdict == Verdict::Harm;
    let mut points = judged.points.iter();
    points
        .find(|point| harm(point.judgement.verdict))
        .map(|point| point.at)
}

/// Folded away: it is for those who wonder.
#[component]
pub(super) fn ThresholdsView(
    judgements: RwSignal<Judgements>,
    /// Whether nothing more is going to be counted.
    over: Signal<bool>,
) -> impl IntoView {
    let by_metric = move || {
        let mut all: BTreeMap<String, Vec<Threshold>> = BTreeMap::new();
        judgements.with(|judged| {
            for threshold in &judged.thresholds {
                let of = all.entry(threshold.metric.clone()).or_default();
                of.push(threshold.clone());
            }
        });
        all
    };
    let ours = move || match judgements.with(found) {
        Some(at) => (
            Tone::Bad,
            format!("harm from {} on", clock::time_of_day(at)),
        ),
        None if over.get() => (Tone::Neutral, "no harm".to_owned()),
        None => (Tone::Neutral, "no harm so far".to_owned()),
    };
    let row = |words: &'static str, tone: Tone, said: String| {
        view! {
            <li class="threshold" data-tone=tone.name()>
                <span>{words}</span>
                <span class="number strong">{said}</span>
            </li>
        }
    };
    let lists = move || {
        let lists = by_metric().into_iter().map(|(metric, rules)| {
            let (tone, said) = ours();
            let rules = rules.into_iter().map(|it| {
                let (tone, said) = match it.rolled_back_at {
                    Some(at) => (
                        Tone::Warn,
                        format!("would have rolled back at {}", clock::time_of_day(at)),
                    ),
                    None => (Tone::Neutral, idle(&it)),
                };
                row(words(it.rule), tone, said)
            });
            view! {
                <li class="stack-s">
                    <h4 class="mono tiny">{metric}</h4>
                    <ul class="small">
                        {row("Serin, by evidence", tone, said)}
                        {rules.collect_view()}
                    </ul>
                </li>
            }
            .into_any()
        });
        lists.collect::<Vec<_>>()
    };
    let any = move || judgements.with(|judged| !judged.thresholds.is_empty());
    view! {
        <Show when=any>
            <details class="more thresholds" data-testid="thresholds">
                <summary class="small muted">"What a fixed threshold would have done"</summary>
                <div class="stack">
                    <p class="tiny muted">
                        "The same counts, held against one number again and again. Such rules say nothing of how often they are wrong: with little traffic, most of them roll back healthy releases."
                    </p>
                    <ul class="stack">{lists()}</ul>
                </div>
            </details>
        </Show>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_had_not_looked_is_not_said_to_have_let_it_pass() {
        let of = |not_before| Threshold {
            metric: "errors".to_owned(),
            rule: Rule::Ratio,
            rolled_back_at: None,
            not_before,
        };
        assert_eq!(idle(&of(None)), "would have done nothing");
        assert_eq!(
            idle(&of(Some(15))),
            "could not have acted yet: first after 15 min"
        );
    }
}
