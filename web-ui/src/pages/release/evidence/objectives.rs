//! Guards by objectives: error budgets, which look at both arms together and compare nothing.

use leptos::prelude::*;
use serde_json::{Map, Value};
use serin_api::release::Release;
use serin_engine::release::{
    Action, Guard, Hold, SloGuard,
    judge::burn::{Totals, burn_rate},
};

use super::{super::decision::Decision, Origins, wording::times};
use crate::{
    components::{
        badge::{Badge, Tone},
        each::{Each, entry},
        show::Show,
    },
    weights::thousandths,
};

/// The objectives of a release, each with where it stands; nothing where it has none.
#[component]
pub(super) fn Objectives(data: RwSignal<Release>, origins: Origins) -> impl IntoView {
    let known = Memo::new(move |_| data.with(known));
    let rows = move || {
        let rows = known.get().into_iter();
        let row = |known: Known| {
            let key = format!("{} {:?}", known.slo, known.burns);
            entry(key, move || row(known.clone(), origins))
        };
        rows.map(row).collect()
    };
    view! {
        <Show when=move || !known.with(Vec::is_empty)>
            <ul class="stack objectives"><Each of=rows /></ul>
        </Show>
    }
}

fn row(known: Known, origins: Origins) -> AnyView {
    let (tone, state) = match known.burns {
        Some(_) => (Tone::Bad, "Burns"),
        None => (Tone::Neutral, "Watched"),
    };
    let slo = known.slo.clone();
    let asks = move || asks(origins.metric(&slo).and_then(|metric| metric.objective));
    let burns = known.burns.filter(|words| !words.is_empty());
    let burns = burns.map(|words| {
        view! { <p class="small number burns" data-testid="objective-burns">{words}</p> }
    });
    view! {
        <li class="guard stack-s" data-testid="objective" data-metric=known.slo.clone()>
            <div class="row wrap">
                <h3 class="mono small">{known.slo.clone()}</h3>
                <Badge tone>{state}</Badge>
                <span class="tiny faint push">{known.follows}</span>
            </div>
            {burns}
            <p class="tiny muted">{asks}</p>
        </li>
    }
    .into_any()
}

/// What an objective asks for, as far as it is known.
fn asks(objective: Option<f64>) -> String {
    match objective {
        Some(part) => format!(
            "{}\u{202f}% are to be well, of both sides together.",
            thousandths(100.0 * part)
        ),
        None => "An error budget, of both sides together.".to_owned(),
    }
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    slo: String,
    /// How the budget burned where it burned too fast when that last decided something.
    burns: Option<String>,
    follows: &'static str,
}

fn known(release: &Release) -> Vec<Known> {
    let burning = burning(release);
    let of = |guard: &SloGuard| Known {
        slo: guard.slo.clone(),
        burns: burning
            .get(&guard.slo)
            .map(|how| burned(how).unwrap_or_default()),
        follows: follows(guard.action),
    };
    let guards = release.document.guards.iter();
    guards.filter_map(Guard::slo).map(of).collect()
}

/// `3 % failed in the hour before, where 0.1 % may: 30 × too fast`; nothing where what was kept says
/// less than that.
pub(in crate::pages::release) fn burned(kept: &Value) -> Option<String> {
    let objective = kept["objective"].as_f64()?;
    let (window, before) = match kept["how"].as_str()? {
        "fast" => ("hour", "hour"),
        _ => ("six_hours", "six hours"),
    };
    let count = |name: &str| kept["windows"][window][name].as_f64();
    let totals = Totals {
        requests: count("requests")?,
        failures: count("failures")?,
    };
    let rate = burn_rate(objective, totals)?;
    let percent = |part: f64| {
        // Of whole percents a tenth is enough.
        let percent = if part < 0.01 {
            100.0 * part
        } else {
            (1000.0 * part).round() / 10.0
        };
        format!("{}\u{202f}%", thousandths(percent))
    };
    Some(format!(
        "{} failed in the {before} before, where {} may: {} too fast",
        percent(totals.failures / totals.requests),
        percent(1.0 - objective),
        times(rate),
    ))
}

/// What follows while a budget burns 14.4 times as fast as it may over an hour, or six times
/// over six.
fn follows(action: Action) -> &'static str {
    match action {
        Action::Hold => "holds the release while it burns",
        Action::Notify => "is told while it burns",
        Action::Rollback => "takes the release back where it burns",
    }
}

/// The budgets that burned when the release came to where it stands.
fn burning(release: &Release) -> Map<String, Value> {
    let position = release.state.position();
    let held = position.is_some_and(|at| at.holds.contains(&Hold::SloBurn));
    // What people did meanwhile says nothing of budgets.
    let mut newest = release.history.iter().rev();
    let decided = newest.find(|event| !held || event.evidence.is_some());
    let decision = Decision::of(decided.and_then(|event| event.evidence.as_ref()));
    decision.map_or_else(Map::new, |decision| decision.sources().burning)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(epoch: u64, signal: &str, evidence: &Value) -> Value {
        json!({"epoch": epoch, "at": "2026-11-21T10:00:00Z", "actor": "serin", "signal": signal, "state": "held",
            "stage": 0, "phase": "baking", "baked_ms": 0, "holds": ["slo_burn"], "evidence": evidence})
    }

    #[test]
    fn an_objective_burns_where_the_last_decision_says_so() {
        let release = |history: Value, holds: Value| -> Release {
            serde_json::from_value(json!({
                "id": "00000000-0000-0000-0000-000000000001", "project": "p", "environment": "e", "epoch": 2,
                "document": {"flag": "f", "baseline": "off", "candidate": "on", "stages": [{"weight": 100}],
                    "guards": [{"metric": "errors"}, {"slo": "up"}, {"slo": "fast", "action": "rollback"}]},
                "state": "held", "stage": 0, "phase": "baking", "baked_ms": 0, "holds": holds,
                "created_at": "2026-11-21T10:00:00Z", "created_by": "ann", "entered_at": "2026-11-21T10:00:00Z",
                "actions": [],
                "history": history,
            }))
            .unwrap()
        };
        let burn = |history: Value, hold: &str| {
            let known = known(&release(history, json!([hold]))).into_iter();
            known
                .map(|it| (it.slo, it.burns.is_some()))
                .collect::<Vec<_>>()
        };
        let decided = |evidence: Value| burn(json!([event(2, "tick", &evidence)]), "slo_burn");
        let of = |up: bool| [("up".to_owned(), up), ("fast".to_owned(), false)];
        let burning = json!({"sources": {"burning": {"up": {"how": "fast"}}}});
        assert_eq!(decided(burning.clone()), of(true));
        assert_eq!(decided(json!({"judged_until": null})), of(false));
        assert_eq!(decided(Value::Null), of(false));
        let approved = json!([
            event(2, "tick", &burning),
            event(3, "approve", &Value::Null)
        ]);
        assert_eq!(burn(approved.clone(), "slo_burn"), of(true));
        assert_eq!(burn(approved, "no_data"), of(false), "it burns no more");
    }

    #[test]
    fn how_a_budget_burned_is_said_by_the_window_that_decided() {
        let totals = |failures: f64| json!({"requests": 10_000.0, "failures": failures});
        let kept = |how: &str| {
            json!({"objective": 0.999, "how": how, "windows": {"five_minutes": totals(0.0), "half_hour": totals(0.0),
                "hour": totals(303.9), "six_hours": totals(65.0)}})
        };
        assert_eq!(
            burned(&kept("fast")).unwrap(),
            "3\u{202f}% failed in the hour before, where 0.1\u{202f}% may: 30\u{202f}× too fast"
        );
        assert_eq!(
            burned(&kept("slow")).unwrap(),
            "0.65\u{202f}% failed in the six hours before, where 0.1\u{202f}% may: 6.5\u{202f}× too fast"
        );
        assert_eq!(burned(&json!({"how": "fast"})), None);
        assert_eq!(
            asks(Some(0.999)),
            "99.9\u{202f}% are to be well, of both sides together."
        );
    }
}
