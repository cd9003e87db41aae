//! Every type that the browser reads comes out of a value as serde_json reads it from text.

use std::fmt::Debug;

use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
    release::Phase,
    release::Template,
    segment::{SegmentConfig, SegmentDefinition},
};

use crate::{
    audit::AuditEntry,
    change::{ChangeSet, NewChangeSet},
    entity::{Entity, FlagListItem},
    error::ErrorBody,
    evaluate::{EvaluateResponse, ImpactResponse},
    event::{ChangeEvent, Hello},
    key::{CreatedKey, Key},
    page::Page,
    project::Project,
    release::Release,
    session::{CreatedToken, Member, Session, Token, User},
    usage::Usage,
};

const ID: &str = "5f0c3f0e-6f6c-4a52-9f2a-0a8d4d6f7a01";
const AT: &str = "2026-11-21T20:30:00.250Z";

/// Reads a document in both ways, and writes it as it was.
fn same<T: DeserializeOwned + Serialize + PartialEq + Debug>(document: &Value) {
    let by_value: T = read(document.clone()).unwrap();
    let by_text: T = serde_json::from_str(&document.to_string()).unwrap();
    assert_eq!(by_value, by_text);
    assert_eq!(&serde_json::to_value(&by_value).unwrap(), document);
}

/// `document` with the members that every entity has.
fn entity(document: &Value) -> Value {
    let mut entity = json!({"key": "a-key", "version": 3, "updated_at": AT, "updated_by": "ada"});
    for (name, value) in document.as_object().unwrap() {
        entity[name] = value.clone();
    }
    entity
}

fn definition() -> Value {
    json!({
        "type": "number",
        "variations": [{"key": "low", "value": 1.5, "name": "Low"}, {"key": "high", "value": -20}],
        "description": "How much", "schema": {"minimum": -20}, "tags": ["one"], "owner": "team",
        "lifetime": "operational", "client_visible": true, "archived": false
    })
}

fn config() -> Value {
    json!({
        "enabled": true,
        "off": "low",
        "prerequisites": [{"flag": "other", "variations": ["on"]}],
        "targets": [{"variation": "low", "attribute": "account", "values": ["a", "b"]}],
        "rules": [
            {"id": "r1", "name": "First", "serve": {"variation": "high"}, "when": {"all": [
                {"any": [{"segment": "beta"}, {"flag": "other", "variations": ["on", "off"]}]},
                {"not": {"attribute": "country", "op": "in", "values": ["NZ", 1, null], "ignore_case": true}},
                {"share": {"slots": 5000, "by": "account", "salt": "s"}},
                {"attribute": "x", "op": "exists"}
            ]}},
            {"id": "r2", "when": {"all": []}, "serve": {"split": {"allocation": [{"variation": "low", "slots": 100_000}]}}}
        ],
        "default": {"split": {"by": "account", "salt": "s", "weights": {"low": 25_000, "high": 75_000}}}
    })
}

fn release(state: &Value) -> Value {
    let mut event = json!({
        "epoch": 1, "at": AT, "actor": "ada", "signal": "start", "reason": "now",
        "serve": {"variation": "low"}
    });
    let mut release = json!({
        "id": ID, "project": "shop", "environment": "production", "epoch": 1,
        "document": {
            "flag": "a-flag", "site": {"rule": "r1"}, "baseline": "low", "candidate": "high", "unit": "account",
            "stages": [{"name": "First", "weight": 0.5, "min_bake": "1h"}, {"weight": 100.0}]
        },
        "created_at": AT, "created_by": "ada", "entered_at": AT, "next_at": AT, "weight": 0.5,
        "actions": [{"signal": "pause"}, {"signal": "resume", "refused": "It is not paused."}],
        "history": []
    });
    for (name, value) in state.as_object().unwrap() {
        event[name] = value.clone();
        release[name] = value.clone();
    }
    release["history"] = json!([event]);
    release
}

fn change_set() -> Value {
    json!({
        "id": ID, "project": "shop", "author": "ada", "reason": "why", "state": "applied", "applied_at": AT,
        "changes": [
            {"kind": "flag_config", "environment": "production", "key": "a-flag", "version": 2,
             "before": {"enabled": false}, "after": {"enabled": true}},
            {"kind": "segment", "key": "beta", "version": 1}
        ],
        "revisions": {"production": 12}
    })
}

#[test]
fn entities() {
    same::<Entity<FlagDefinition>>(&entity(&definition()));
    same::<Entity<FlagConfig>>(&entity(&config()));
    same::<Entity<SegmentDefinition>>(&entity(&json!({"name": "Beta", "tags": ["x"]})));
    same::<Entity<SegmentConfig>>(&entity(&json!({
        "included": [{"values": ["a"]}], "excluded": [{"attribute": "account", "values": []}],
        "rules": [{"when": {"segment": "other"}, "description": "why"}]
    })));
    same::<Entity<Template>>(&entity(&json!({
        "name": "Slow", "stages": [{"weight": 100.0, "min_bake": "1h30m"}]
    })));
}

#[test]
fn a_row_of_the_flag_list() {
    let mut row = entity(&definition());
    row["environments"] = json!({"production": entity(&config())});
    let live = |site: Value| {
        json!({
            "id": ID, "site": site, "stage": 1, "stages": 3, "weight": 2.5, "state": "running"
        })
    };
    row["releases"] = json!({
        "production": [live(json!("default")), live(json!({"rule": "de"}))]
    });
    same::<Page<FlagListItem>>(&json!({"items": [row], "next_cursor": "abc"}));
    row_without_releases_has_none(row);
}

fn row_without_releases_has_none(mut row: Value) {
    row.as_object_mut().unwrap().remove("releases");
    assert!(read::<FlagListItem>(row).unwrap().releases.is_empty());
}

#[test]
fn releases_in_every_state() {
    for state in [
        "draft",
        "scheduled",
        "completed",
        "rolled_back",
        "cancelled",
        "superseded",
    ] {
        same::<Release>(&release(&json!({"state": state})));
    }
    for state in ["running", "paused", "held"] {
        for phase in [
            "propagating",
            "baking",
            "awaiting_evidence",
            "awaiting_window",
            "awaiting_approval",
        ] {
            let at =
                json!({"state": state, "stage": 0, "attempt": 2, "phase": phase, "baked_ms": 1500});
            same::<Release>(&release(&at));
        }
    }
    let holds = [
        "no_data",
        "provider_down",
        "sample_mismatch",
        "slo_burn",
        "harm",
    ];
    same::<Release>(&release(
        &json!({"state": "held", "stage": 0, "attempt": 1, "phase": "baking", "baked_ms": 0, "holds": holds}),
    ));
}

#[test]
fn releases_of_earlier_versions() {
    let at = json!({"state": "running", "stage": 0, "phase": "awaiting_advance", "baked_ms": 1500});
    let read: Release = read(release(&at)).unwrap();
    let position = read.state.position().unwrap();
    assert_eq!(
        (position.attempt, position.phase),
        (1, Phase::AwaitingApproval)
    );
}

#[test]
fn changes_and_events() {
    same::<ChangeSet>(&change_set());
    same::<NewChangeSet>(&json!({"project": "shop", "changes": [
        {"kind": "flag", "key": "a", "action": "patch", "document": {"archived": true}, "version": 1}
    ]}));
    same::<AuditEntry>(&json!({
        "sequence": 7, "at": AT, "actor": "ada", "action": "change_set.applied", "project": "shop",
        "details": change_set(), "previous_hash": "00", "hash": "ff"
    }));
    same::<Hello>(&json!({"revision": 1}));
    same::<ChangeEvent>(&json!({
        "revision": 12, "change_set": ID, "author": "ada", "at": AT,
        "entities": [{"kind": "release_template", "key": "slow", "version": 1}], "releases": [ID]
    }));
}

#[test]
fn people_and_credentials() {
    let user = json!({"username": "ada", "name": "Ada", "admin": true, "created_at": AT});
    same::<User>(&user);
    same::<Session>(&json!({"user": user, "csrf_token": "t"}));
    same::<Member>(&json!({"username": "ada", "role": "editor"}));
    let key = json!({"id": ID, "name": "web", "kind": "client", "prefix": "sc_1",
        "created_by": "ada", "created_at": AT, "expires_at": AT});
    same::<Key>(&key);
    let mut created = key;
    created["secret"] = json!("sc_123");
    same::<CreatedKey>(&created);
    let token =
        json!({"id": ID, "name": "ci", "prefix": "st_1", "created_at": AT, "last_used_at": AT});
    same::<Token>(&token);
    let mut created = token;
    created["secret"] = json!("st_123");
    same::<CreatedToken>(&created);
}

#[test]
fn the_others() {
    same::<Project>(&json!({
        "key": "shop", "name": "Shop", "version": 1, "created_at": AT, "role": "admin",
        "environments": [{"key": "production", "name": "Production", "color": "red", "production": true,
            "allowed_origins": ["*"], "revision": 4, "version": 1}]
    }));
    same::<EvaluateResponse>(&json!({
        "flag": "a", "value": {"deep": [null]}, "variation": "on", "reason": "SPLIT", "slot": 99_999,
        "flag_version": 1, "revision": 4, "cut": true, "steps": [
            {"step": "enabled", "outcome": "passed"},
            {"step": "prerequisite", "outcome": "passed", "flag": "b", "wanted": ["on"], "left_out": 1, "served": "on", "reason": "STATIC"},
            {"step": "target", "outcome": "no_match", "variation": "on", "attribute": "targetingKey", "listed": 7, "seen": "ada"},
            {"step": "rule", "outcome": "no_match", "rule": "r", "name": "R", "condition": {"kind": "any", "result": "false", "parts": [
                {"kind": "not", "result": "false", "parts": [{"kind": "all", "result": "true", "parts": []}]},
                {"kind": "share", "result": "missing", "by": "account", "below": 5},
                {"kind": "flag", "result": "false", "flag": "b", "wanted": ["off"], "served": "on", "reason": "STATIC"},
                {"kind": "attribute", "result": "false", "attribute": "x", "operator": "in", "wanted": [1, "a"], "left_out": 2, "ignore_case": true, "seen": [2]},
                {"kind": "attribute", "result": "false", "attribute": "x", "operator": "gte", "wanted": [1], "seen": "2", "unfit": true},
                {"kind": "segment", "result": "true", "skipped": true, "segment": "s", "because": {"part": "included", "index": 1, "attribute": "org.id", "seen": "o7"}},
                {"kind": "segment", "result": "false", "segment": "s", "because": {"part": "excluded", "index": 0, "attribute": "x", "seen": "y"}},
                {"kind": "segment", "result": "true", "segment": "s", "because": {"part": "rule", "index": 0, "condition": {"kind": "all", "result": "true", "parts": []}}},
                {"kind": "segment", "result": "false", "segment": "s", "because": {"part": "nothing", "parts": []}}
            ]}},
            {"step": "rule", "outcome": "decided", "rule": "q", "serve": {"variation": "on"}},
            {"step": "default", "outcome": "not_reached", "serve": {"split": {"by": "targetingKey", "seen": "ada", "slot": 99_999, "variation": "on", "from": 5000, "to": 100_000}}}
        ]
    }));
    same::<ImpactResponse>(&json!({
        "impact": {"contexts": 3, "changed": 1, "before": {"": 1, "off": 2}, "after": {"on": 1, "off": 2},
            "moves": [{"from": "", "to": "on", "count": 1, "examples": ["ada"]}], "errors_before": 1},
        "complete": true, "revision": 4
    }));
    same::<Usage>(
        &json!({"flags": {"a": {"hourly": [0, 18_446_744_073_709_551_615_u64], "variations": {"": 1}}}}),
    );
    same::<ErrorBody>(
        &json!({"error": {"code": "invalid", "message": "No.", "request_id": "r",
        "details": [{"path": "/x", "code": "c", "message": "m"}], "current_version": 4}}),
    );
    same::<Value>(&json!([null, true, 1, -1, 1.5, "x", {"a": []}]));
    assert_eq!(read::<()>(Value::Null).ok(), Some(()));
}

#[test]
fn messages_say_what_and_where() {
    fn message<T: DeserializeOwned + Debug>(document: Value) -> String {
        read::<T>(document).unwrap_err().to_string()
    }
    let mut wrong = entity(&config());
    wrong["rules"][0]["when"]["all"][0]["any"][0]["segment"] = json!(7);
    let said = message::<Entity<FlagConfig>>(wrong);
    assert!(
        said.contains("all: any: segment: invalid type: integer `7`, expected a string"),
        "{said}"
    );
    let said = message::<Entity<FlagConfig>>(json!({"key": "a", "version": 1, "updated_at": AT}));
    assert!(said.contains("missing field `updated_by`"), "{said}");
    let said = message::<Release>(release(&json!({"state": "lost"})));
    assert!(said.contains("no release is in a state `lost`"), "{said}");
    let said = message::<FlagConfig>(json!({"enabled": true, "default": {"neither": 1}}));
    assert!(said.contains("unknown variant `neither`"), "{said}");
    let said = message::<Member>(json!(["ada", "editor"]));
    assert!(
        said.contains("invalid type: sequence, expected struct Member"),
        "{said}"
    );
}
