//! Entries of the audit log, in words.

use serde_json::Value;
use serin_api::{audit::AuditEntry, change::ChangeSet};
use serin_engine::{
    json::read,
    release::{Phase, Position, State},
};
use uuid::Uuid;

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
            Some(signal) => {
                let (done, onwards) = deed(signal, &entry.details);
                format!("{done} the release of {}{}{onwards}", of("flag"), place())
            }
            None => plain(other, &entry.details),
        },
    }
}

/// What was done to a release, before and after its name: `paused`; of what Serin does by itself,
/// what the release came to.
fn deed(signal: &str, details: &Value) -> (&'static str, String) {
    let state = details.get("state").cloned().unwrap_or_default();
    let state = read::<State>(state).ok();
    let verb = match signal {
        "create" => "wrote",
        "edit" => "edited",
        "start" => "started",
        "schedule" => "scheduled",
        "approve" => "approved",
        "reject" => "rejected",
        "pause" => "paused",
        "resume" => "resumed",
        "advance" => "advanced",
        "promote" => "promoted",
        "retry" => "began the stage again of",
        "rollback" => "rolled back",
        "cancel" => "cancelled",
        "supersede" => "ended, for a newer one,",
        _ if has_noted(state.as_ref(), details) => "noted harm in",
        _ => match state {
            Some(State::RolledBack) => "rolled back",
            Some(State::Completed) => "completed",
            Some(State::Held(_)) => "held",
            Some(State::AwaitingStart { .. }) => {
                return ("made", " wait".to_owned());
            }
            Some(State::Running(position)) => return ("moved on", came_to(&position)),
            // While it is paused nothing but harm is news.
            Some(State::Paused(_)) => "noted harm in",
            _ => "moved on",
        },
    };
    (verb, String::new())
}

/// Whether a tick of a release that lives came of harm that its policy only tells of. Later ones
/// carry the mark as well, but no reason: that is what a tick says of harm.
fn has_noted(state: Option<&State>, details: &Value) -> bool {
    let noted = state
        .and_then(State::position)
        .is_some_and(|position| position.noted);
    noted && details.get("reason").is_some_and(Value::is_string)
}

/// `: stage 2 waits for a person`.
fn came_to(position: &Position) -> String {
    let phase = match position.phase {
        Phase::Propagating => "goes out to clients",
        Phase::Baking => "bakes",
        Phase::AwaitingEvidence => "waits for evidence",
        Phase::AwaitingWindow => "waits for its window",
        Phase::AwaitingApproval => "waits for a person",
    };
    format!(": stage {} {phase}", position.stage + 1)
}

/// The release that an entry is about, or that wrote it: its environment, where that is known,
/// and its id.
pub(crate) fn release_of(entry: &AuditEntry) -> Option<(Option<String>, Uuid)> {
    let text = |member: &str| entry.details.get(member).and_then(Value::as_str);
    if entry.action.starts_with("release.") {
        let id = text("release")?.parse().ok()?;
        return Some((text("environment").map(str::to_owned), id));
    }
    let id = entry.actor.strip_prefix("release:")?.parse().ok()?;
    let set = read::<ChangeSet>(entry.details.clone()).ok();
    let mut changed = set.into_iter().flat_map(|set| set.changes);
    Some((changed.find_map(|change| change.environment), id))
}

/// Who did it, as people know them: what a release does is Serin's doing.
pub(crate) fn actor(entry: &AuditEntry) -> &str {
    match entry.actor.strip_prefix("release:") {
        Some(_) => "serin",
        None => &entry.actor,
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
    fn what_serin_does_to_a_release_is_told_by_what_it_came_to() {
        let of = |signal: &str, state: Value| {
            let details = json!({"flag": "checkout", "environment": "production", "state": state});
            said(&format!("release.{signal}"), details)
        };
        assert_eq!(
            of("tick", json!({"state": "rolled_back"})),
            "rolled back the release of checkout in production"
        );
        assert_eq!(
            of("tick", json!({"state": "completed"})),
            "completed the release of checkout in production"
        );
        assert_eq!(
            of(
                "tick",
                json!({"state": "running", "stage": 1, "phase": "awaiting_approval", "baked_ms": 0})
            ),
            "moved on the release of checkout in production: stage 2 waits for a person"
        );
        assert_eq!(
            of(
                "tick",
                json!({"state": "awaiting_start", "blocked": ["limit"]})
            ),
            "made the release of checkout in production wait"
        );
        assert_eq!(
            of("reject", json!({"state": "rolled_back"})),
            "rejected the release of checkout in production"
        );
        assert_eq!(
            of("create", json!({"state": "draft"})),
            "wrote the release of checkout in production"
        );
    }

    #[test]
    fn harm_that_only_tells_is_noted_once() {
        let of = |state: &str, noted: bool, reason: Option<&str>| {
            let state = json!({"state": state, "stage": 0, "phase": "baking", "baked_ms": 0, "noted": noted});
            said(
                "release.tick",
                json!({"flag": "checkout", "state": state, "reason": reason}),
            )
        };
        let (noted, harm) = (
            "noted harm in the release of checkout",
            Some("the candidate does harm"),
        );
        for state in ["running", "paused", "held"] {
            assert_eq!(of(state, true, harm), noted, "{state}");
        }
        assert_eq!(
            of("running", true, None),
            "moved on the release of checkout: stage 1 bakes"
        );
        assert_eq!(of("held", true, None), "held the release of checkout");
    }

    #[test]
    fn a_releases_own_entries_are_serins_and_lead_to_it() {
        let id = "00000000-0000-0000-0000-000000000007";
        let entry = |actor: &str, action: &str, details: Value| -> AuditEntry {
            serde_json::from_value(json!({"sequence": 1, "at": "2026-11-21T10:00:00Z", "actor": actor, "action": action,
                "details": details, "previous_hash": "0", "hash": "1"}))
            .unwrap()
        };
        let moved = json!({"release": id, "environment": "production", "flag": "checkout"});
        let of_signal = entry("ann", "release.pause", moved);
        let there = (Some("production".to_owned()), id.parse().unwrap());
        assert_eq!(release_of(&of_signal), Some(there));
        assert_eq!(actor(&of_signal), "ann");
        let own = entry(&format!("release:{id}"), "change_set.applied", json!({}));
        assert_eq!(release_of(&own), Some((None, id.parse().unwrap())));
        assert_eq!(actor(&own), "serin");
        assert_eq!(
            release_of(&entry("ann", "session.created", json!({}))),
            None
        );
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
