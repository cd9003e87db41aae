//! What can be told of a state, a site and a document.

use serde_json::json;

use super::{at, document, running};
use crate::{
    flag::{FlagConfig, Run, Serve, Shares, Split},
    release::{
        Phase::{AwaitingApproval, Baking},
        Position, Signal, Site, State, retries, share_serve,
    },
};

#[test]
fn a_state_tells_whether_it_lives() {
    let document = document();
    for (state, live, over, weight) in [
        (State::Draft, false, false, None),
        (running(0, Baking, 5), true, false, Some(1.0)),
        (running(1, AwaitingApproval, 0), true, false, Some(10.0)),
        (State::Paused(at(2, Baking, 0)), true, false, Some(100.0)),
        (State::Paused(at(3, Baking, 0)), true, false, None),
        (State::Held(at(1, Baking, 0)), true, false, Some(10.0)),
        (State::Scheduled, false, false, None),
        (
            State::AwaitingStart {
                blocked: Vec::new(),
            },
            false,
            false,
            None,
        ),
        (State::Superseded, false, true, None),
        (State::Completed, false, true, None),
        (State::RolledBack, false, true, None),
        (State::Cancelled, false, true, None),
    ] {
        assert_eq!(
            (state.is_live(), state.is_over()),
            (live, over),
            "{state:?}"
        );
        assert_eq!(state.position().is_some(), live);
        assert_eq!(state.weight(&document), weight, "{state:?}");
    }
}

#[test]
fn progress_is_no_other_place() {
    let here = running(1, Baking, 5);
    assert!(here.same_place(&running(1, Baking, 500)));
    assert!(State::Draft.same_place(&State::Draft));
    for other in [
        running(0, Baking, 5),
        running(1, AwaitingApproval, 5),
        State::Paused(at(1, Baking, 5)),
        State::Held(at(1, Baking, 5)),
        State::Running(Position::begin(1, 2, Baking)),
        State::Draft,
    ] {
        assert!(
            !here.same_place(&other) && !other.same_place(&here),
            "{other:?}"
        );
    }
    assert!(!State::Completed.same_place(&State::Cancelled));
}

#[test]
fn signals_and_sites_are_named_for_people() {
    for signal in [Signal::Tick].into_iter().chain(Signal::BY_PEOPLE) {
        assert_eq!(signal.to_string(), signal.name());
    }
    assert_eq!(Site::Default.to_string(), "default");
    assert_eq!(Site::Rule("beta".to_owned()).to_string(), "rule beta");
}

#[test]
fn a_site_is_the_serve_that_it_names() {
    let mut config: FlagConfig = serde_json::from_value(json!({
        "enabled": true, "default": {"variation": "off"},
        "rules": [
            {"id": "a", "when": {"all": []}, "serve": {"variation": "on"}},
            {"id": "b", "when": {"all": []}, "serve": {"variation": "other"}},
        ],
    }))
    .unwrap();
    let variation = |key: &str| Serve::Variation(key.to_owned());
    let rule = |id: &str| Site::Rule(id.to_owned());
    for (site, expected) in [
        (Site::Default, Some("off")),
        (rule("a"), Some("on")),
        (rule("b"), Some("other")),
        (rule("c"), None),
    ] {
        let mut expected = expected.map(variation);
        assert_eq!(site.serve(&config), expected.as_ref());
        assert_eq!(site.serve_mut(&mut config), expected.as_mut());
    }
    *rule("b").serve_mut(&mut config).unwrap() = variation("on");
    *Site::Default.serve_mut(&mut config).unwrap() = variation("on");
    assert_eq!(config.rules[1].serve, variation("on"));
    assert_eq!(config.default, variation("on"));
}

#[test]
fn the_candidate_takes_the_last_slots_of_the_baseline() {
    let runs = |slots: u32| {
        let now = Serve::Variation("off".to_owned());
        match share_serve(&document(), &super::validate::definition(), &now, slots) {
            Serve::Split(Split {
                shares: Shares::Allocation(runs),
                ..
            }) => runs,
            other => panic!("{other:?}"),
        }
    };
    let run = |variation: &str, slots| Run {
        variation: variation.to_owned(),
        slots,
    };
    assert_eq!(runs(1000), [run("off", 99_000), run("on", 1000)]);
    assert_eq!(runs(100_000), [run("on", 100_000), run("off", 0)]);
    assert_eq!(runs(200_000), runs(100_000));
}

#[test]
fn evidence_is_fresh_where_a_stage_is_begun_again() {
    let attempt = |stage, attempt| Position {
        attempt,
        ..at(stage, Baking, 0)
    };
    let history = [
        State::Draft,
        State::Running(attempt(0, 1)),
        State::Held(attempt(0, 1)),
        State::Running(attempt(0, 2)),
        State::Paused(attempt(0, 2)),
        State::Running(attempt(1, 1)),
        State::Running(attempt(1, 2)),
        State::Running(attempt(1, 3)),
        State::Completed,
    ];
    assert_eq!(retries(history.iter().enumerate()), [3, 6, 7]);
    // Of a stage that was left after that it goes on.
    assert_eq!(retries(history[..6].iter().enumerate()), [3]);
}
