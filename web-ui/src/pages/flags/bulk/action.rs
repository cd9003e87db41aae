//! What can be done with several flags, as changes.

use serde_json::{Map, Value, json};
use serin_api::{
    change::{Action as Change, ChangeSet},
    entity::{EntityKind, FlagListItem},
};
use serin_engine::flag::FlagConfig;

use crate::serving;

/// What is done with the chosen flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    /// On in this environment.
    TurnOn,
    /// Off in this environment.
    TurnOff,
    /// More tags.
    AddTags,
    /// Fewer tags.
    RemoveTags,
    /// Into the archive.
    Archive,
    /// Out of it.
    Restore,
}

impl Action {
    /// What can be done with archived flags, or with others.
    pub(super) fn of(archived: bool) -> &'static [Self] {
        if archived {
            &[Self::Restore]
        } else {
            &[
                Self::TurnOn,
                Self::TurnOff,
                Self::AddTags,
                Self::RemoveTags,
                Self::Archive,
            ]
        }
    }

    /// What a button says.
    pub(super) fn title(self) -> &'static str {
        match self {
            Self::AddTags => "Add tags…",
            Self::RemoveTags => "Remove tags…",
            Self::TurnOn => "Turn on…",
            Self::TurnOff => "Turn off…",
            Self::Archive => "Archive…",
            Self::Restore => "Take out of the archive…",
        }
    }

    /// What is done, before a number of flags.
    pub(super) fn verb(self) -> &'static str {
        match self {
            Self::AddTags | Self::RemoveTags => "Tag",
            Self::TurnOn => "Turn on",
            Self::TurnOff => "Turn off",
            Self::Archive => "Archive",
            Self::Restore => "Restore",
        }
    }

    /// What was done.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::AddTags | Self::RemoveTags => "Tagged anew",
            Self::TurnOn => "Turned on",
            Self::TurnOff => "Turned off",
            Self::Archive => "Archived",
            Self::Restore => "Out of the archive",
        }
    }

    /// For browser tests.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::TurnOn => "bulk-on",
            Self::TurnOff => "bulk-off",
            Self::AddTags => "bulk-add-tags",
            Self::RemoveTags => "bulk-remove-tags",
            Self::Archive => "bulk-archive",
            Self::Restore => "bulk-restore",
        }
    }

    /// Whether it changes one environment only.
    pub(super) fn is_of_environment(self) -> bool {
        matches!(self, Self::TurnOn | Self::TurnOff)
    }

    /// Whether it takes tags.
    pub(super) fn is_of_tags(self) -> bool {
        matches!(self, Self::AddTags | Self::RemoveTags)
    }

    /// What follows for a flag, in words.
    pub(super) fn effect(self, item: &FlagListItem, environment: &str) -> String {
        let config = item.environments.get(environment);
        match (self, config) {
            (Self::TurnOn | Self::TurnOff, Some(config)) => {
                let after = FlagConfig {
                    enabled: self == Self::TurnOn,
                    ..config.document.clone()
                };
                serving::effect(&item.flag.document, &after)
            }
            (Self::Archive, _) => {
                let on = item.environments.values();
                match on.filter(|config| config.document.enabled).count() {
                    0 => "is off everywhere".to_owned(),
                    1 => "is on in 1 environment, and will be served nowhere".to_owned(),
                    on => format!("is on in {on} environments, and will be served nowhere"),
                }
            }
            _ => item.flag.document.tags.join(", "),
        }
    }

    /// The change of one flag, at the version that was seen; absent where it is so already.
    pub(super) fn change(
        self,
        item: &FlagListItem,
        environment: &str,
        tags: &[String],
    ) -> Option<serin_api::change::Change> {
        let flag = &item.flag;
        let (name, value) = match self {
            Self::TurnOn | Self::TurnOff => {
                let config = item.environments.get(environment)?;
                let enabled = self == Self::TurnOn;
                return (config.document.enabled != enabled).then(|| serin_api::change::Change {
                    environment: Some(environment.to_owned()),
                    ..patch(
                        EntityKind::FlagConfig,
                        &flag.key,
                        "enabled",
                        json!(enabled),
                        config.version,
                    )
                });
            }
            Self::AddTags | Self::RemoveTags => {
                let mut now = flag.document.tags.clone();
                now.retain(|tag| !tags.contains(tag));
                if self == Self::AddTags {
                    now = flag.document.tags.clone();
                    let new = tags.iter().filter(|tag| !flag.document.tags.contains(tag));
                    now.extend(new.cloned());
                }
                (now != flag.document.tags).then(|| ("tags", json!(now)))?
            }
            Self::Archive | Self::Restore => {
                let archived = self == Self::Archive;
                (flag.document.archived != archived).then(|| ("archived", json!(archived)))?
            }
        };
        Some(patch(
            EntityKind::Flag,
            &flag.key,
            name,
            value,
            flag.version,
        ))
    }
}

fn patch(
    kind: EntityKind,
    key: &str,
    name: &str,
    value: Value,
    version: u64,
) -> serin_api::change::Change {
    serin_api::change::Change {
        kind,
        environment: None,
        key: key.to_owned(),
        action: Change::Patch,
        document: Some(Value::Object(Map::from_iter([(name.to_owned(), value)]))),
        version: Some(version),
    }
}

/// What takes such a change set back, as long as nothing else has changed since.
pub(super) fn back(applied: &ChangeSet) -> Vec<serin_api::change::Change> {
    let changes = applied.changes.iter().filter_map(|change| {
        let (before, after) = (change.before.as_ref()?, change.after.as_ref()?);
        let moved = |name: &&&str| before.get(name) != after.get(name);
        let name = ["enabled", "tags", "archived"].iter().find(moved)?;
        // What was left out before is left out again.
        let value = before.get(name).cloned().unwrap_or_default();
        Some(serin_api::change::Change {
            environment: change.environment.clone(),
            ..patch(change.kind, &change.key, name, value, change.version)
        })
    });
    changes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item() -> FlagListItem {
        serde_json::from_value(json!({
            "key": "f", "version": 3, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "ann",
            "type": "boolean", "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
            "tags": ["web", "pay"],
            "environments": {"dev": {
                "key": "f", "version": 7, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob",
                "enabled": true, "default": {"variation": "on"},
            }},
        }))
        .unwrap()
    }

    fn change(action: Action, tags: &[&str]) -> Option<(EntityKind, Value, u64)> {
        let tags: Vec<String> = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let change = action.change(&item(), "dev", &tags)?;
        assert_eq!(change.environment.is_some(), action.is_of_environment());
        Some((change.kind, change.document?, change.version?))
    }

    #[test]
    fn what_is_so_already_is_left_alone() {
        assert_eq!(change(Action::TurnOn, &[]), None);
        assert_eq!(change(Action::AddTags, &["web"]), None);
        assert_eq!(change(Action::RemoveTags, &["none"]), None);
        assert_eq!(change(Action::Restore, &[]), None);
    }

    #[test]
    fn each_change_is_at_the_version_that_was_seen() {
        let config = EntityKind::FlagConfig;
        assert_eq!(
            change(Action::TurnOff, &[]),
            Some((config, json!({"enabled": false}), 7))
        );
        let flag = EntityKind::Flag;
        assert_eq!(
            change(Action::AddTags, &["new", "web"]),
            Some((flag, json!({"tags": ["web", "pay", "new"]}), 3))
        );
        assert_eq!(
            change(Action::RemoveTags, &["web"]),
            Some((flag, json!({"tags": ["pay"]}), 3))
        );
        assert_eq!(
            change(Action::Archive, &[]),
            Some((flag, json!({"archived": true}), 3))
        );
    }

    #[test]
    fn undoing_goes_back_to_what_was_there() {
        let applied = json!({
            "id": "018f0000-0000-7000-8000-000000000000", "project": "shop", "author": "ann", "state": "applied",
            "applied_at": "2026-01-01T00:00:00Z",
            "changes": [
                {"kind": "flag_config", "environment": "dev", "key": "f", "version": 8,
                 "before": {"enabled": true}, "after": {"enabled": false}},
                {"kind": "flag", "key": "f", "version": 4, "before": {"type": "boolean"}, "after": {"type": "boolean", "tags": ["a"]}},
            ],
        });
        let back = back(&serde_json::from_value(applied).unwrap());
        let found: Vec<_> = back
            .iter()
            .map(|it| (it.document.clone().unwrap(), it.version))
            .collect();
        assert_eq!(
            found,
            [
                (json!({"enabled": true}), Some(8)),
                (json!({"tags": null}), Some(4))
            ]
        );
        assert_eq!(back[0].environment.as_deref(), Some("dev"));
    }
}
