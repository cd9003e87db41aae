//! A release that somebody wrote, and what then comes in: signals, time, and windows of
//! evidence, a line each.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use serin_engine::release::{
    Document, Observation, Plan, Signal, State, Wall, actions,
    evidence::{Line, Window},
    judge::{Judge, Judgement},
    remaining, step, validate_plan,
};

fuzz_target!(|text: &str| {
    let mut lines = text.lines();
    let Some(Ok(document)) = lines.next().map(serde_json::from_str::<Document>) else {
        return;
    };
    let written = serde_json::to_string(&document).expect("it was JSON");
    let read: Document = serde_json::from_str(&written).expect("what was written is read");
    assert_eq!(read, document);
    let is_valid = validate_plan(&Plan::of(&document)).is_empty();
    let mut judge = Judge::new(&document.policy, &document.guards);
    let mut state = State::Draft;
    for line in lines {
        if let Ok(millis) = serde_json::from_str::<u32>(line) {
            look(&document, &mut state, millis);
        } else if let Ok(signal) = serde_json::from_str::<Signal>(line) {
            send(&document, &mut state, signal, &Observation::default());
        } else {
            match Line::read(line.as_bytes()) {
                Ok(line) if is_valid => enter(&mut judge, &line.window),
                Ok(_) => {}
                Err(error) => assert!(!error.reason.is_empty()),
            }
        }
    }
});

/// Time goes by; the number says also what was seen, and on which day.
fn look(document: &Document, state: &mut State, millis: u32) {
    let since_last = Duration::from_millis(millis.into());
    let now = Wall(i64::from(millis) - i64::from(u32::MAX / 2));
    let window_open = document.windows.as_ref().is_none_or(|it| it.is_open(now));
    let seen = Observation {
        since_last,
        observed: since_last,
        harm: millis % 16 == 3,
        safe: millis % 2 == 1,
        due: true,
        window_open,
        ..Observation::default()
    };
    send(document, state, Signal::Tick, &seen);
}

fn send(document: &Document, state: &mut State, signal: Signal, seen: &Observation) {
    actions(document, state);
    remaining(document, state);
    let Ok(transition) = step(document, state, signal, seen) else {
        return;
    };
    assert!(!state.is_over(), "{signal} moved {state:?}");
    if let Some(position) = transition.next.position() {
        assert!(position.stage < document.stages.len(), "{position:?}");
    }
    *state = transition.next;
}

/// A window counts once, whatever it says, and leaves numbers.
fn enter(judge: &mut Judge, window: &Window) {
    let before = judge.clone();
    let Ok(judgement) = judge.enter(window) else {
        assert_eq!(*judge, before, "a window that is none changes nothing");
        return;
    };
    assert_numbers(&judgement);
    let kept = judge.clone();
    let again = judge.enter(window).expect("it was a window");
    assert_eq!((&again, &*judge), (&judgement, &kept));
    let written = serde_json::to_string(judge).expect("a judge is kept as JSON");
    let read: Judge = serde_json::from_str(&written).expect("what was kept is read");
    assert_eq!(read, *judge);
}

fn assert_numbers(judgement: &Judgement) {
    for number in [
        judgement.ln_e_harm,
        judgement.ln_e_sample_ratio,
        judgement.excess_events,
    ] {
        assert!(number.is_finite(), "{judgement:?}");
    }
}
