//! Guards by objectives: error budgets, which look at both arms together and compare nothing.

use leptos::prelude::*;
use serde_json::{Map, Value};
use serin_api::release::Release;
use serin_engine::release::{Action, Guard, Hold, SloGuard};

use super::super::decision::Decision;
use crate::components::{
    badge::{Badge, Tone},
    each::{Each, entry},
    show::Show,
};

/// The objectives of a release, each with where it stands; nothing where it has none.
#[component]
pub(super) fn Objectives(data: RwSignal<Release>) -> impl IntoView {
    let known = Memo::new(move |_| data.with(known));
    let rows = move || {
        let rows = known.get().into_iter();
        let row = |known: Known| {
            let key = format!("{} {}", known.slo, known.burns);
            entry(key, move || row(known.clone()))
        };
        rows.map(row).collect()
    };
    view! {
        <Show when=move || !known.with(Vec::is_empty)>
            <ul class="stack objectives"><Each of=rows /></ul>
        </Show>
    }
}

fn row(known: Known) -> AnyView {
    let (tone, state) = match known.burns {
        true => (Tone::Bad, "Burns"),
        false => (Tone::Neutral, "Watched"),
    };
    view! {
        <li class="guard stack-s" data-testid="objective" data-metric=known.slo.clone()>
            <div class="row wrap">
                <h3 class="mono small">{known.slo.clone()}</h3>
                <Badge tone>{state}</Badge>
                <span class="small grow">"An error budget, of both sides together"</span>
                <span class="tiny faint">{known.follows}</span>
            </div>
        </li>
    }
    .into_any()
}

/// What a row shows.
#[derive(Clone, Debug, PartialEq)]
struct Known {
    slo: String,
    /// Whether the budget burned too fast when that last decided something.
    burns: bool,
    follows: &'static str,
}

fn known(release: &Release) -> Vec<Known> {
    let burning = burning(release);
    let of = |guard: &SloGuard| Known {
        slo: guard.slo.clone(),
        burns: burning.contains_key(&guard.slo),
        follows: follows(guard.action),
    };
    let guards = release.document.guards.iter();
    guards.filter_map(Guard::slo).map(of).collect()
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
            known.map(|it| (it.slo, it.burns)).collect::<Vec<_>>()
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
}
