//! Everything that is wrong: as the engine sees it here, and as the server saw it.

use leptos::prelude::*;
use serin_api::{entity::Entity, error::Detail};
use serin_engine::{
    release::{Document, Guard, Metric, MetricKind, Plan, Shadow, validate, validate_plan},
    validate::Violation,
};

use super::{Form, Subject};

/// Lists it all, tracked; what both saw is said once.
pub(super) fn find(form: Form, read: Result<Document, Vec<Detail>>) -> Vec<Detail> {
    let mut all = form.refused.get();
    // One that nobody has written yet is not reproached for.
    let nameless = form.draft.with(|draft| draft.name.trim().is_empty())
        && form.begun.with(|begun| !begun.name.is_empty());
    if form.subject == Subject::Template && nameless {
        all.push(mistake("/name".to_owned(), "missing", "A name."));
    }
    match read {
        Err(mistakes) => all.extend(mistakes),
        Ok(document) => {
            all.extend(meaning(form, &document).into_iter().map(detail));
            let names = |known: &Vec<Entity<Metric>>| unknown(&document, known);
            all.extend(form.metrics.with(names).unwrap_or_default());
        }
    }
    let mut once: Vec<Detail> = Vec::new();
    for detail in all {
        let known = |it: &Detail| it.path == detail.path && it.code == detail.code;
        if !once.iter().any(known) {
            once.push(detail);
        }
    }
    once
}

fn meaning(form: Form, document: &Document) -> Vec<Violation> {
    match form.subject {
        // The template that it begins with is on its way.
        _ if document.stages.is_empty() && form.templates.with(|_| ()).is_none() => Vec::new(),
        Subject::Live(_) | Subject::Template => validate_plan(&Plan::of(document)),
        Subject::Release => match form.chosen() {
            Some(chosen) => validate(document, &chosen.definition, &chosen.config),
            None => validate_plan(&Plan::of(document)),
        },
    }
}

/// What guards and shadow stages name and is not there, or cannot be judged so.
fn unknown(document: &Document, known: &[Entity<Metric>]) -> Vec<Detail> {
    let find = |key: &str| known.iter().find(|metric| metric.key == key);
    let check = |path: String, key: &str, fits: &dyn Fn(&Metric) -> Option<Detail>| {
        if key.is_empty() {
            return None;
        }
        match find(key) {
            Some(metric) => fits(&metric.document),
            None => Some(mistake(
                path,
                "unknown_metric",
                &format!("there is no metric {key:?} in the project"),
            )),
        }
    };
    let guards = document.guards.iter().enumerate();
    let guards = guards.filter_map(|(index, guard)| match guard {
        Guard::Metric(guard) => {
            let path = format!("/guards/{index}/metric");
            check(path.clone(), &guard.metric, &|metric| {
                let message = "Its queries do not tell the arms apart: it is an objective alone.";
                (!metric.compares()).then(|| mistake(path.clone(), "no_variation", message))
            })
        }
        Guard::Slo(guard) => {
            let path = format!("/guards/{index}/slo");
            check(path.clone(), &guard.slo, &|metric| {
                let message = "This metric has no objective.";
                let none = metric.objective.is_none();
                none.then(|| mistake(path.clone(), "unknown_objective", message))
            })
        }
    });
    let stages = document.stages.iter().enumerate();
    let shadows = stages.flat_map(|(index, stage)| {
        let named = stage.shadow.iter().flat_map(named);
        let wrong = named.filter_map(|(member, key, kind)| {
            let path = format!("/stages/{index}/shadow/{member}");
            check(path.clone(), key, &|metric| {
                let message = match kind {
                    MetricKind::Count => "Results that differ are counted, by programs.",
                    MetricKind::Value => "Times are values, reported by programs.",
                };
                let fits = metric.kind == kind && metric.source.is_none();
                (!fits).then(|| mistake(path.clone(), "wrong_kind", message))
            })
        });
        wrong.collect::<Vec<_>>()
    });
    guards.chain(shadows).collect()
}

/// The metrics that a shadow stage reports, by the member that names them.
fn named(shadow: &Shadow) -> impl Iterator<Item = (&'static str, &str, MetricKind)> {
    let latency = shadow.latency.as_deref();
    std::iter::once(("mismatch", shadow.mismatch.as_str(), MetricKind::Count))
        .chain(latency.map(|key| ("latency", key, MetricKind::Value)))
}

fn mistake(path: String, code: &str, message: &str) -> Detail {
    Detail {
        path,
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

/// In the words of the form, where the engine's are for those who write JSON.
fn detail(found: Violation) -> Detail {
    // An empty key is what an empty choice leads to.
    let nothing = found.code == "invalid_key"
        && (found.path.starts_with("/guards/") || found.path.contains("/shadow/"));
    let message = match found.code {
        _ if nothing => "choose a metric".to_owned(),
        "not_guarded" => "nothing limits it: add a guard that does".to_owned(),
        "out_of_range" if found.path.ends_with("/limit") => {
            "a limit is above 0, and below all of the units".to_owned()
        }
        _ => found.message,
    };
    Detail {
        message,
        path: found.path,
        code: found.code.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_named_has_to_be_there_and_to_fit() {
        let metric = |key: &str, more: serde_json::Value| {
            let mut metric = json!({"key": key, "version": 1, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "b", "kind": "count"});
            let members = metric.as_object_mut().unwrap();
            members.extend(more.as_object().unwrap().clone());
            serde_json::from_value::<Entity<Metric>>(metric).unwrap()
        };
        let together = json!({"prometheus": {"exposures": "a", "events": "b"}});
        let known = [
            metric("errors", json!({})),
            metric("slow", json!({"kind": "value"})),
            metric("budget", json!({"objective": 0.999, "source": together})),
        ];
        let document: Document = serde_json::from_value(json!({
            "flag": "f", "baseline": "off", "candidate": "on",
            "guards": [{"metric": "errors"}, {"metric": "none"}, {"metric": "budget"}, {"slo": "budget"}, {"slo": "errors"}, {"metric": ""}],
            "stages": [
                {"weight": 10, "shadow": {"mismatch": "errors", "latency": "slow"}},
                {"weight": 20, "shadow": {"mismatch": "slow", "latency": "none"}},
                {"weight": 100},
            ],
        }))
        .unwrap();
        let found = unknown(&document, &known);
        let places: Vec<(&str, &str)> = found
            .iter()
            .map(|it| (it.path.as_str(), it.code.as_str()))
            .collect();
        assert_eq!(
            places,
            [
                ("/guards/1/metric", "unknown_metric"),
                ("/guards/2/metric", "no_variation"),
                ("/guards/4/slo", "unknown_objective"),
                ("/stages/1/shadow/mismatch", "wrong_kind"),
                ("/stages/1/shadow/latency", "unknown_metric"),
            ]
        );
    }
}
