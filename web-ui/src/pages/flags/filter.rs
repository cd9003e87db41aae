//! Which flags are shown, in which order.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serin_api::{entity::FlagListItem, paths, usage::Usage};
use serin_engine::flag::FlagType;

use crate::{describe::in_use::live, matching, order};

/// What the list is narrowed to; everything absent is every flag that is not archived.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// In name, key, description, tags or owner.
    pub(crate) text: String,
    /// On or off here.
    pub(crate) enabled: Option<bool>,
    /// The type of its values.
    pub(crate) kind: Option<FlagType>,
    /// With this tag.
    pub(crate) tag: Option<String>,
    /// With a live release here.
    pub(crate) releasing: bool,
    /// The archived ones instead.
    pub(crate) archived: bool,
}

impl Filter {
    /// Whether it leaves out more than archived flags.
    pub(crate) fn narrows(&self) -> bool {
        *self != Self::default()
    }

    /// Filter and order as an address has them; what is not known there is left out.
    pub(crate) fn of_query(parameter: impl Fn(&str) -> Option<String>) -> (Self, Sort) {
        let is = |name: &str, value: &str| parameter(name).as_deref() == Some(value);
        let enabled = parameter("state").and_then(|state| match state.as_str() {
            "on" => Some(true),
            "off" => Some(false),
            _ => None,
        });
        let order = parameter("sort").unwrap_or_default();
        let sort = Sort::ALL.iter().find(|(_, name, _)| *name == order);
        let filter = Self {
            text: parameter("q").unwrap_or_default(),
            enabled,
            kind: parameter("type").and_then(|kind| FlagType::parse(&kind)),
            tag: parameter("tag").filter(|tag| !tag.is_empty()),
            releasing: is("release", "live"),
            archived: is("archived", "true"),
        };
        (filter, sort.map_or_else(Sort::default, |(sort, ..)| *sort))
    }

    /// The query that [`Self::of_query`] reads, with its question mark; empty for what is
    /// shown anyway.
    pub(crate) fn query(&self, sort: Sort) -> String {
        let order = Sort::ALL.iter().find(|(other, ..)| *other == sort);
        let order = order.map_or("", |(_, name, _)| name);
        let state = self.enabled.map_or("", |on| if on { "on" } else { "off" });
        let mut query = String::new();
        for (name, value) in [
            ("q", self.text.as_str()),
            ("state", state),
            ("type", self.kind.map_or("", FlagType::as_str)),
            ("tag", self.tag.as_deref().unwrap_or_default()),
            ("release", if self.releasing { "live" } else { "" }),
            ("archived", if self.archived { "true" } else { "" }),
            ("sort", if sort == Sort::default() { "" } else { order }),
        ] {
            if !value.is_empty() {
                query.push(if query.is_empty() { '?' } else { '&' });
                query.push_str(name);
                query.push('=');
                query.push_str(&paths::encode(value));
            }
        }
        query
    }

    fn admits(&self, item: &FlagListItem, environment: &str) -> bool {
        let flag = &item.flag.document;
        let enabled = item
            .environments
            .get(environment)
            .is_some_and(|config| config.document.enabled);
        flag.archived == self.archived
            && self.enabled.is_none_or(|wanted| wanted == enabled)
            && self.kind.is_none_or(|wanted| wanted == flag.kind)
            && self
                .tag
                .as_ref()
                .is_none_or(|wanted| flag.tags.contains(wanted))
            && (!self.releasing || !live(item, environment).is_empty())
            && self.finds(item)
    }

    fn finds(&self, item: &FlagListItem) -> bool {
        if self.text.trim().is_empty() {
            return true;
        }
        let flag = &item.flag.document;
        let texts = [
            item.flag.key.as_str(),
            flag.name.as_deref().unwrap_or_default(),
            flag.description.as_deref().unwrap_or_default(),
            flag.owner.as_deref().unwrap_or_default(),
            &flag.tags.join(" "),
        ]
        .join("\n");
        matching::rank(&self.text, &texts).is_some()
    }
}

/// The order of the list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Sort {
    /// By name, then key.
    #[default]
    Name,
    /// What changed last comes first.
    Changed,
    /// What is evaluated most comes first.
    Evaluated,
}

impl Sort {
    /// All orders, by name and in words.
    pub(crate) const ALL: [(Self, &'static str, &'static str); 3] = [
        (Self::Name, "name", "Name"),
        (Self::Changed, "changed", "Last changed"),
        (Self::Evaluated, "evaluated", "Most evaluated"),
    ];
}

/// The keys of the flags to show, in order.
pub(crate) fn visible(
    flags: &[FlagListItem],
    usage: Option<&Usage>,
    environment: &str,
    filter: &Filter,
    sort: Sort,
) -> Vec<String> {
    let shown: Vec<&FlagListItem> = flags
        .iter()
        .filter(|item| filter.admits(item, environment))
        .collect();
    let shown = order::long(shown, |item| match sort {
        Sort::Name => (
            0,
            format!("{}\n{}", name(item).to_lowercase(), item.flag.key),
        ),
        Sort::Changed => {
            let at = changed(item, environment).1.timestamp_micros();
            (u64::MAX - u64::try_from(at).unwrap_or(0), String::new())
        }
        Sort::Evaluated => {
            let counts = usage.and_then(|usage| usage.flags.get(&item.flag.key));
            let sum = counts.map_or(0, |usage| usage.hourly.iter().sum::<u64>());
            (u64::MAX - sum, String::new())
        }
    });
    shown
        .into_iter()
        .map(|item| item.flag.key.clone())
        .collect()
}

/// What people call a flag.
pub(crate) fn name(item: &FlagListItem) -> &str {
    item.flag.document.name.as_deref().unwrap_or(&item.flag.key)
}

/// Who changed the flag or its configuration here last, and when.
pub(crate) fn changed(item: &FlagListItem, environment: &str) -> (String, DateTime<Utc>) {
    let flag = (&item.flag.updated_by, item.flag.updated_at);
    let config = item
        .environments
        .get(environment)
        .map(|config| (&config.updated_by, config.updated_at));
    let (by, at) = config.filter(|config| config.1 >= flag.1).unwrap_or(flag);
    (by.clone(), at)
}

/// All tags that flags have, sorted.
pub(crate) fn tags(flags: &[FlagListItem]) -> Vec<String> {
    let mut tags = BTreeSet::new();
    for item in flags {
        // One by one: collecting sorts first.
        tags.extend(item.flag.document.tags.iter().cloned());
    }
    tags.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::router::page::parameter;

    fn item(key: &str, kind: &str, enabled: bool, tags: &[&str], minute: u32) -> FlagListItem {
        let at = format!("2026-01-01T00:{minute:02}:00Z");
        serde_json::from_value(json!({
            "key": key, "version": 1, "updated_at": "2025-12-31T00:00:00Z", "updated_by": "ann",
            "type": kind, "variations": [], "tags": tags, "archived": key == "gone",
            "environments": {"dev": {
                "key": key, "version": 1, "updated_at": at, "updated_by": "bob",
                "enabled": enabled, "default": {"variation": "on"},
            }},
        }))
        .unwrap()
    }

    fn flags() -> Vec<FlagListItem> {
        vec![
            item("search", "string", true, &["web"], 3),
            item("Checkout", "boolean", true, &["web", "pay"], 1),
            item("banner", "boolean", false, &[], 2),
            item("gone", "boolean", false, &[], 9),
        ]
    }

    fn keys(filter: &Filter, sort: Sort) -> Vec<String> {
        visible(&flags(), None, "dev", filter, sort)
    }

    #[test]
    fn archived_flags_are_apart() {
        assert_eq!(
            keys(&Filter::default(), Sort::Name),
            ["banner", "Checkout", "search"]
        );
        let archived = Filter {
            archived: true,
            ..Filter::default()
        };
        assert_eq!(keys(&archived, Sort::Name), ["gone"]);
    }

    #[test]
    fn filters_hold_together() {
        let filter = Filter {
            enabled: Some(true),
            kind: Some(FlagType::Boolean),
            ..Filter::default()
        };
        assert_eq!(keys(&filter, Sort::Name), ["Checkout"]);
        let filter = Filter {
            tag: Some("web".to_owned()),
            text: "sea".to_owned(),
            ..Filter::default()
        };
        assert_eq!(keys(&filter, Sort::Name), ["search"]);
        let filter = Filter {
            text: "pay".to_owned(),
            ..Filter::default()
        };
        assert_eq!(keys(&filter, Sort::Name), ["Checkout"]);
        let filter = Filter {
            releasing: true,
            ..Filter::default()
        };
        assert_eq!(keys(&filter, Sort::Name), Vec::<String>::new());
    }

    #[test]
    fn the_address_keeps_filter_and_order() {
        let read = |query: &str| Filter::of_query(|name| parameter(query, name));
        assert_eq!(Filter::default().query(Sort::default()), "");
        assert_eq!(read(""), (Filter::default(), Sort::default()));
        let filter = Filter {
            text: " 50 % & größer".to_owned(),
            enabled: Some(false),
            kind: Some(FlagType::Object),
            tag: Some("a=b?".to_owned()),
            releasing: true,
            archived: true,
        };
        let query = filter.query(Sort::Changed);
        assert_eq!(read(&query), (filter, Sort::Changed), "{query}");
        assert_eq!(
            read("?state=maybe&type=list&sort=none&tag=&archived=1"),
            (Filter::default(), Sort::default())
        );
    }

    #[test]
    fn orders() {
        assert_eq!(
            keys(&Filter::default(), Sort::Changed),
            ["search", "banner", "Checkout"]
        );
        let usage: Usage = serde_json::from_value(
            json!({"flags": {"banner": {"hourly": [1, 2], "variations": {}}}}),
        )
        .unwrap();
        let most = visible(
            &flags(),
            Some(&usage),
            "dev",
            &Filter::default(),
            Sort::Evaluated,
        );
        assert_eq!(most[0], "banner");
    }

    #[test]
    fn the_later_of_flag_and_configuration_is_the_last_change() {
        let flags = flags();
        assert_eq!(changed(&flags[0], "dev").0, "bob");
        assert_eq!(changed(&flags[0], "elsewhere").0, "ann");
        assert_eq!(tags(&flags), ["pay", "web"]);
    }
}
