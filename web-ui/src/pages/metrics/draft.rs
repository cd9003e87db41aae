//! A metric as it is typed.

use serin_api::{
    change::{Action, Change},
    entity::{Entity, EntityKind},
    error::Detail,
};
use serin_engine::release::{
    Direction, Metric, MetricKind, Prometheus, Source, Span, validate_metric,
};

use crate::{
    patch::difference,
    typed::{part_of, typed_of, unreadable},
};

const PERCENT: f64 = 100.0;

/// A metric as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct MetricDraft {
    pub(super) name: String,
    /// Whether it has values, and is not counted.
    pub(super) values: bool,
    pub(super) unit: String,
    /// Whether less of it is bad.
    pub(super) down: bool,
    /// In percent; empty for none.
    pub(super) objective: String,
    /// Whether Prometheus counts it, and no program reports it.
    pub(super) asked: bool,
    pub(super) exposures: String,
    pub(super) events: String,
    /// Like `30s`; empty for what is usual.
    pub(super) window: String,
    pub(super) description: String,
}

impl MetricDraft {
    pub(super) fn of(metric: &Metric) -> Self {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let queries = metric.prometheus();
        let query = |of: fn(&Prometheus) -> &String| queries.map(of).cloned().unwrap_or_default();
        Self {
            name: text(&metric.name),
            values: metric.kind == MetricKind::Value,
            unit: text(&metric.unit),
            down: metric.direction == Direction::Down,
            objective: metric
                .objective
                .map_or_else(String::new, |part| typed_of(part, PERCENT)),
            asked: queries.is_some(),
            exposures: query(|queries| &queries.exposures),
            events: query(|queries| &queries.events),
            window: queries
                .and_then(|queries| queries.window)
                .map_or_else(String::new, |span| span.to_string()),
            description: text(&metric.description),
        }
    }

    pub(super) fn kind(&self) -> MetricKind {
        if self.values {
            MetricKind::Value
        } else {
            MetricKind::Count
        }
    }

    /// The metric, with everything that is wrong with it, by place.
    pub(super) fn read(&self) -> (Metric, Vec<Detail>) {
        let mut mistakes = Vec::new();
        let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let counted = !self.values;
        let objective = some(&self.objective).filter(|_| counted).and_then(|text| {
            let part = part_of(&text, PERCENT);
            if part.is_none() {
                let message = "A percentage, like 99.9; empty for none.";
                mistakes.push(unreadable("/objective".to_owned(), message));
            }
            part
        });
        let source = (self.asked && counted).then(|| self.queries(&mut mistakes));
        let metric = Metric {
            name: some(&self.name),
            kind: self.kind(),
            unit: some(&self.unit).filter(|_| self.values),
            direction: if self.down {
                Direction::Down
            } else {
                Direction::Up
            },
            source: source.map(Source::Prometheus),
            objective,
            description: some(&self.description),
        };
        let found = validate_metric(&metric).into_iter();
        mistakes.extend(found.map(|found| Detail {
            path: found.path,
            code: found.code.to_owned(),
            message: found.message,
        }));
        (metric, mistakes)
    }

    fn queries(&self, mistakes: &mut Vec<Detail>) -> Prometheus {
        let at = |member: &str| format!("/source/prometheus/{member}");
        for (member, query) in [("exposures", &self.exposures), ("events", &self.events)] {
            if query.trim().is_empty() {
                mistakes.push(unreadable(at(member), "A query."));
            }
        }
        let window: String = self.window.to_lowercase().split_whitespace().collect();
        let read: Option<Span> = window.parse().ok();
        if read.is_none() && !window.is_empty() {
            let message = "A time like 30s or 1m; empty for one minute.";
            mistakes.push(unreadable(at("window"), message));
        }
        Prometheus {
            exposures: self.exposures.trim().to_owned(),
            events: self.events.trim().to_owned(),
            window: read,
        }
    }
}

/// The change that makes one metric of another; all of a new one.
pub(super) fn change(key: String, before: Option<&Entity<Metric>>, after: &Metric) -> Change {
    let value = |metric: &Metric| serde_json::to_value(metric).unwrap_or_default();
    let (action, document) = match before {
        None => (Action::Create, value(after)),
        Some(before) => (
            Action::Patch,
            difference(&value(&before.document), &value(after)),
        ),
    };
    Change {
        kind: EntityKind::Metric,
        environment: None,
        key,
        action,
        document: Some(document),
        version: before.map(|before| before.version),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn asked(events: &str) -> Metric {
        serde_json::from_value(json!({"kind": "count", "name": "Errors", "direction": "up", "objective": 0.999, "source": {"prometheus": {
            "exposures": "all{v=\"{{variation}}\"}", "events": events, "window": "30s"}}}))
        .unwrap()
    }

    #[test]
    fn what_is_typed_is_what_is_read() {
        let latency =
            json!({"kind": "value", "unit": "ms", "direction": "down", "description": "p"});
        let metrics = [
            asked("bad{v=\"{{variation}}\"}"),
            serde_json::from_value(latency).unwrap(),
        ];
        for metric in metrics {
            assert_eq!(MetricDraft::of(&metric).read(), (metric, Vec::new()));
        }
    }

    #[test]
    fn mistakes_are_told_by_place() {
        let mut draft = MetricDraft::of(&asked("bad{v=\"{{arm}}\"}"));
        draft.window = "often".to_owned();
        draft.objective = "most".to_owned();
        let places = |draft: &MetricDraft| -> Vec<String> {
            draft.read().1.into_iter().map(|it| it.path).collect()
        };
        assert_eq!(
            places(&draft),
            [
                "/objective",
                "/source/prometheus/window",
                "/source/prometheus/events"
            ]
        );
        // Values come from programs, and have no objective: nothing of that is asked for.
        draft.values = true;
        assert_eq!(places(&draft), [""; 0]);
        draft = MetricDraft {
            asked: true,
            ..MetricDraft::default()
        };
        assert!(places(&draft).contains(&"/source/prometheus/exposures".to_owned()));
    }

    #[test]
    fn a_new_one_is_sent_whole_and_an_edit_with_its_version() {
        let metric: Metric = serde_json::from_value(json!({"kind": "count"})).unwrap();
        let made = change("errors".to_owned(), None, &metric);
        assert_eq!((made.action, made.version), (Action::Create, None));
        assert_eq!(made.document.unwrap()["kind"], "count");
        let stored: Entity<Metric> = serde_json::from_value(json!({"key": "errors", "version": 3,
            "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob", "kind": "count", "unit": "x"}))
        .unwrap();
        let edit = change("errors".to_owned(), Some(&stored), &metric);
        assert_eq!((edit.action, edit.version), (Action::Patch, Some(3)));
        assert_eq!(edit.document, Some(json!({"unit": null})));
    }
}
