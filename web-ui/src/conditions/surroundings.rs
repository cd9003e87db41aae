//! What the editor of a condition needs of the page that it is on.

use leptos::prelude::*;
use serin_api::entity::{Entity, EntityKind, FlagListItem};
use serin_engine::{
    condition::Condition,
    flag::{FlagConfig, Serve},
    segment::SegmentDefinition,
};
use wasm_bindgen::JsCast as _;

use crate::{
    client, engine::Mistake, live::Live, order, place::Place, query::Query, shell::ProjectFlags,
};

/// What is still to be filled in.
pub(crate) fn missing(path: impl Into<String>, message: impl Into<String>) -> Mistake {
    Mistake {
        path: path.into(),
        code: "incomplete".to_owned(),
        message: message.into(),
    }
}

/// What the engine finds wrong with the document on the page, as a context; the page
/// keeps it up to date.
#[derive(Clone, Copy)]
pub(crate) struct Mistakes(pub(crate) RwSignal<Vec<Mistake>>);

impl Mistakes {
    /// Makes them known to all inputs of the page.
    pub(crate) fn provide() -> Self {
        let mistakes = Self(RwSignal::new(Vec::new()));
        provide_context(mistakes);
        mistakes
    }

    /// The ones of this page.
    pub(crate) fn current() -> Self {
        use_context().unwrap_or_else(Self::provide)
    }

    /// What is wrong at exactly this place, tracked.
    pub(crate) fn at(self, path: &str) -> Option<String> {
        self.0.with(|all| {
            let mine = all.iter().find(|mistake| mistake.path == path);
            mine.map(|mistake| mistake.message.clone())
        })
    }

    /// What is wrong with the entries of a list, by their positions; tracked.
    pub(crate) fn within(self, path: &str) -> Vec<(usize, String)> {
        let entry = |mistake: &Mistake| {
            let rest = mistake.path.strip_prefix(path)?.strip_prefix('/')?;
            Some((rest.parse().ok()?, mistake.message.clone()))
        };
        self.0.with(|all| all.iter().filter_map(entry).collect())
    }
}

/// What conditions can name, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Vocabulary {
    place: Place,
    segments: Query<Vec<Entity<SegmentDefinition>>>,
    flags: Query<Vec<FlagListItem>>,
    /// The attributes that flags use here, the most used first, with how often.
    pub(crate) attributes: Memo<Vec<(String, String)>>,
}

impl Vocabulary {
    /// Asks for it, for all editors of the page, where nobody has yet.
    pub(crate) fn provide() {
        if use_context::<Self>().is_some() {
            return;
        }
        let place = Place::current();
        let flags = expect_context::<ProjectFlags>().0;
        let segments = Query::new(
            move || Some(place.project.get()),
            |project| async move { client::segments(&project).await },
        );
        let live = expect_context::<Live>();
        live.on_entities(&[EntityKind::Segment], None, move |_| segments.refetch());
        let attributes = Memo::new(move |_| {
            let environment = place.environment.get();
            let used = flags.with(|flags| attributes_in(flags, &environment));
            used.unwrap_or_default()
        });
        provide_context(Self {
            place,
            segments,
            flags,
            attributes,
        });
    }

    /// The one of this page.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// The segments: keys with names, tracked.
    pub(crate) fn segments(self) -> Vec<(String, String)> {
        let named = |segment: &Entity<SegmentDefinition>| {
            let name = segment.document.name.clone();
            (segment.key.clone(), name.unwrap_or_default())
        };
        let known = self.segments.with(|all| all.iter().map(named).collect());
        known.unwrap_or_default()
    }

    /// The flags that can be asked for: keys with names, tracked.
    pub(crate) fn flags(self) -> Vec<(String, String)> {
        let named = |item: &FlagListItem| {
            let name = item.flag.document.name.clone();
            (item.flag.key.clone(), name.unwrap_or_default())
        };
        let there = |item: &&FlagListItem| !item.flag.document.archived;
        let known = self
            .flags
            .with(|all| all.iter().filter(there).map(named).collect());
        known.unwrap_or_default()
    }

    /// The variations of a flag, tracked.
    pub(crate) fn variations(self, flag: &str) -> Vec<String> {
        let of = |all: &Vec<FlagListItem>| {
            let item = all.iter().find(|item| item.flag.key == flag)?;
            let variations = item.flag.document.variations.iter();
            Some(variations.map(|variation| variation.key.clone()).collect())
        };
        self.flags.with(of).flatten().unwrap_or_default()
    }

    /// The address of a segment's page.
    pub(crate) fn segment_path(self, key: &str) -> String {
        let key = serin_api::paths::encode(key);
        self.place.path(&format!("segments/{key}"))
    }
}

/// The attributes that flags use in an environment, the most used first, each with how
/// many flags do.
fn attributes_in(flags: &[FlagListItem], environment: &str) -> Vec<(String, String)> {
    let mut counts: Vec<(String, u64)> = Vec::new();
    for item in flags {
        let Some(config) = item.environments.get(environment) else {
            continue;
        };
        let mut mine = Vec::new();
        names_in(&config.document, &mut mine);
        for (at, name) in mine.iter().enumerate() {
            if name.is_empty() || mine[..at].contains(name) {
                continue;
            }
            match counts.iter_mut().find(|(known, _)| known == name) {
                Some((_, count)) => *count += 1,
                None => counts.push((name.clone(), 1)),
            }
        }
    }
    if !counts.iter().any(|(name, _)| name == "targetingKey") {
        counts.push(("targetingKey".to_owned(), 0));
    }
    order::long(counts, |(name, count)| (u64::MAX - count, name.clone()))
        .into_iter()
        .map(|(name, count)| {
            let words = match count {
                0 => "names the unit".to_owned(),
                1 => "in 1 flag".to_owned(),
                many => format!("in {many} flags"),
            };
            (name, words)
        })
        .collect()
}

fn names_in(config: &FlagConfig, names: &mut Vec<String>) {
    let serves = config.rules.iter().map(|rule| &rule.serve);
    for serve in serves.chain([&config.default]) {
        if let Serve::Split(split) = serve {
            names.extend(split.by.clone());
        }
    }
    let targets = config.targets.iter();
    names.extend(targets.filter_map(|target| target.attribute.clone()));
    for rule in &config.rules {
        names_of(&rule.when, names);
    }
}

fn names_of(condition: &Condition, names: &mut Vec<String>) {
    match condition {
        Condition::All { all: parts } | Condition::Any { any: parts } => {
            parts.iter().for_each(|part| names_of(part, names));
        }
        Condition::Not { not } => names_of(not, names),
        Condition::Share { share } => names.extend(share.by.clone()),
        Condition::Attribute(comparison) => names.push(comparison.attribute.clone()),
        Condition::Segment { .. } | Condition::Flag { .. } => {}
    }
}

/// Moves the focus to the input for a place, or for what is nearest around it.
pub(crate) fn focus(path: &str) {
    let mut path = path;
    loop {
        let name = path.replace('\\', "\\\\").replace('"', "\\\"");
        if focus_in(&format!("[data-at=\"{name}\"]")) {
            return;
        }
        match path.rfind('/') {
            Some(end) => path = &path[..end],
            None => return,
        }
    }
}

/// Moves the focus to the first input within an element; whether there is one.
pub(crate) fn focus_in(selector: &str) -> bool {
    const INPUTS: &str = "input:not([type=hidden]), select, textarea, button, [tabindex]";
    let Ok(Some(found)) = document().query_selector(selector) else {
        return false;
    };
    let input = if found.matches(INPUTS).unwrap_or(false) {
        Some(found)
    } else {
        found.query_selector(INPUTS).ok().flatten()
    };
    let Some(input) = input.and_then(|found| found.dyn_into::<web_sys::HtmlElement>().ok()) else {
        return false;
    };
    let focused = input.focus().is_ok();
    input.scroll_into_view_with_bool(false);
    focused
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_are_suggested_by_how_many_flags_use_them() {
        let flag = |key: &str, mut config: serde_json::Value| -> FlagListItem {
            let about = json!({"key": key, "version": 1,
                "updated_at": "2026-01-01T00:00:00Z", "updated_by": "a"});
            let mut item = about.clone();
            item["type"] = json!("boolean");
            item["variations"] = json!([]);
            for (name, value) in about.as_object().unwrap() {
                config[name] = value.clone();
            }
            item["environments"] = json!({ "live": config });
            serde_json::from_value(item).unwrap()
        };
        let rule = |when| json!({"id": "r", "when": when, "serve": {"variation": "on"}});
        let country = json!({"attribute": "country", "op": "exists"});
        let flags = [
            flag(
                "a",
                json!({"enabled": true, "default": {"variation": "on"},
                "rules": [rule(json!({"all": [country, {"not": country}]}))]}),
            ),
            flag(
                "b",
                json!({"enabled": true, "default": {"variation": "on"},
                "targets": [{"variation": "on", "attribute": "org.id"}],
                "rules": [rule(country.clone())]}),
            ),
        ];
        let found = attributes_in(&flags, "live");
        let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["country", "org.id", "targetingKey"]);
        assert_eq!(found[0].1, "in 2 flags");
    }
}
