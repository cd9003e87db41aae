//! Entries of the audit log, in words.

use serde_json::Value;
use serin_api::{audit::AuditEntry, change::ChangeSet};
use serin_engine::json::read;

use super::{change, count};

/// What was done, in a sentence without its actor.
pub(crate) fn sentence(entry: &AuditEntry) -> String {
    let of = |member: &str| {
        entry
            .details
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or("?")
    };
    let place = || match entry.details.get("environment").and_then(Value::as_str) {
        Some(environment) => format!(" in {environment}"),
        None => String::new(),
    };
    match entry.action.as_str() {
        "change_set.applied" => change_set(&entry.details),
        "key.created" => format!("made the {} key {}{}", of("kind"), of("name"), place()),
        "key.revoked" => format!("revoked the key {}{}", of("name"), place()),
        "token.created" => format!("made the API token {}", of("name")),
        "token.revoked" => format!("revoked the API token {}", of("name")),
        "user.created" => format!("made the user {}", of("username")),
        "user.deleted" => format!("deleted the user {}", of("username")),
        "user.password_changed" => format!("changed the password of {}", of("username")),
        "member.put" => format!("gave {} the role {}", of("username"), of("role")),
        "member.deleted" => format!("took the role of {} away", of("username")),
        "session.created" => "signed in".to_owned(),
        "session.ended" => "signed out".to_owned(),
        "session.failed" => format!("failed to sign in as {}", of("username")),
        "project.created" => "made the project".to_owned(),
        "project.changed" => "changed the project".to_owned(),
        "project.deleted" => "deleted the project".to_owned(),
        other => match other.strip_prefix("release.") {
            Some(signal) => format!("{} the release of {}{}", past(signal), of("flag"), place()),
            None => plain(other, &entry.details),
        },
    }
}

/// What was done to a release: `paused`.
fn past(signal: &str) -> &str {
    match signal {
        "created" => "wrote",
        "start" => "started",
        "pause" => "paused",
        "resume" => "resumed",
        "advance" => "advanced",
        "tick" => "moved on",
        "rollback" => "rolled back",
        "cancel" => "cancelled",
        other => other,
    }
}

/// Of one thing, what became of it; of many, how many there were.
fn change_set(details: &Value) -> String {
    let Ok(set) = read::<ChangeSet>(details.clone()) else {
        return "applied a change set".to_owned();
    };
    match set.changes.as_slice() {
        [only] => {
            let said = change::sentences(only).join(" · ");
            let subject = change::subject(only);
            if said.starts_with(&subject) {
                said
            } else {
                format!("{subject}: {said}")
            }
        }
        many => {
            let mut keys: Vec<&str> = many.iter().map(|change| change.key.as_str()).collect();
            keys.dedup();
            let more = keys.len().saturating_sub(3);
            let more = if more > 0 {
                format!(" and {more} more")
            } else {
                String::new()
            };
            keys.truncate(3);
            format!("{}: {}{more}", count(many.len(), "change"), keys.join(", "))
        }
    }
}

/// `environment.changed` with its key: `environment changed: staging`.
fn plain(action: &str, details: &Value) -> String {
    let words = action.replace(['.', '_'], " ");
    let named = ["key", "environment", "name"];
    let name = named
        .iter()
        .find_map(|member| details.get(member).and_then(Value::as_str));
    match name {
        Some(name) => format!("{words}: {name}"),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn said(action: &str, details: Value) -> String {
        let entry = json!({"sequence": 1, "at": "2026-11-21T10:00:00Z", "actor": "ann", "action": action,
            "details": details, "previous_hash": "0", "hash": "1"});
        sentence(&serde_json::from_value(entry).unwrap())
    }

    #[test]
    fn entries_read_as_sentences() {
        assert_eq!(
            said(
                "key.created",
                json!({"name": "web", "kind": "client", "environment": "production"})
            ),
            "made the client key web in production"
        );
        assert_eq!(
            said("member.put", json!({"username": "bob", "role": "editor"})),
            "gave bob the role editor"
        );
        assert_eq!(
            said("environment.changed", json!({"environment": "staging"})),
            "environment changed: staging"
        );
        assert_eq!(
            said(
                "release.rollback",
                json!({"flag": "checkout", "environment": "production"})
            ),
            "rolled back the release of checkout in production"
        );
        assert_eq!(said("something.new", json!({})), "something new");
    }

    #[test]
    fn change_sets_say_what_they_did() {
        let set = |changes: Value| {
            json!({"id": "00000000-0000-0000-0000-000000000001", "project": "shop", "author": "ann", "state": "applied",
                   "applied_at": "2026-11-21T10:00:00Z", "changes": changes})
        };
        let change = |key: &str| {
            json!({"kind": "flag_config", "environment": "production", "key": key, "version": 2,
                   "before": {"enabled": false, "default": {"variation": "on"}},
                   "after": {"enabled": true, "default": {"variation": "on"}}})
        };
        assert_eq!(
            said("change_set.applied", set(json!([change("a")]))),
            "flag a in production: turned on"
        );
        assert_eq!(
            said(
                "change_set.applied",
                set(json!([change("a"), change("b"), change("c"), change("d")]))
            ),
            "4 changes: a, b, c and 1 more"
        );
        assert_eq!(
            said("change_set.applied", json!({"odd": true})),
            "applied a change set"
        );
    }
}
