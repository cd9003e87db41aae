//! The runner's protocol played by three nodes that die at any moment and whose clocks
//! differ, with nothing real but the machine: the database is a struct, and what a node
//! does between two commits may never come.

use std::time::Duration;

use proptest::{prelude::*, test_runner::TestRng};

use super::{document, guarded};
use crate::release::{Document, Effect, Phase, Signal, Stage, State, Transition, Watch, step};

/// What the database keeps.
struct Database {
    document: Document,
    state: State,
    epoch: u64,
    events: Vec<Event>,
    lease: Option<(usize, i64)>,
    /// When the candidate was seen, of what evidence has come.
    evidence: Vec<i64>,
}

/// A transition with the true time at which it was committed.
struct Event {
    epoch: u64,
    at: i64,
    effect: Effect,
}

/// A node: what it forgets when it dies, and what its clock is off by.
#[derive(Default)]
struct Node {
    clock_is_off: i64,
    watch: Option<Watch>,
    /// What it decided in a look and has not committed yet.
    due: Option<(u64, Transition)>,
}

const LEASE: i64 = 5000;

/// What no clock has a say in.
fn uptime(now: i64) -> Duration {
    Duration::from_millis(u64::try_from(now).unwrap())
}

impl Database {
    fn new(document: Document) -> Self {
        let start = step(&document, &State::Draft, Signal::Start, &Default::default()).unwrap();
        let mut database = Self {
            document,
            state: State::Draft,
            epoch: 0,
            events: Vec::new(),
            lease: None,
            evidence: Vec::new(),
        };
        assert!(database.advance(0, start, 0));
        database
    }

    /// A transition, if the release still is at the epoch that was seen.
    fn advance(&mut self, seen: u64, transition: Transition, now: i64) -> bool {
        if self.epoch != seen {
            return false;
        }
        self.epoch += 1;
        self.state = transition.next;
        self.events.push(Event {
            epoch: self.epoch,
            at: now,
            effect: transition.effect,
        });
        true
    }
}

impl Node {
    /// The first transaction of a tick: the lease, and the bake of what does not move.
    fn look(&mut self, me: usize, database: &mut Database, now: i64) {
        let mine = now + self.clock_is_off;
        if let Some((holder, until)) = database.lease
            && holder != me
            && until > mine
        {
            self.watch = None;
            return;
        }
        database.lease = Some((me, mine + LEASE));
        if database.state.is_over() {
            return;
        }
        let up = uptime(now);
        let mut watch = Watch::resume(self.watch.take(), database.epoch, &database.state, up);
        let seen = watch.look(up, mine, database.evidence.iter().rev().take(4).copied());
        let transition = step(&database.document, &database.state, Signal::Tick, &seen).unwrap();
        if transition.next.same_place(&database.state) {
            database.state = transition.next;
            watch.left_as(&database.state);
            self.watch = Some(watch);
        } else {
            self.due = Some((database.epoch, transition));
        }
    }

    /// The second one: the release moves on.
    fn move_on(&mut self, database: &mut Database, now: i64) {
        if let Some((seen, transition)) = self.due.take()
            && database.advance(seen, transition, now)
        {
            self.watch = Some(Watch::begin(database.epoch, &database.state, uptime(now)));
        }
    }

    /// Killed and started again; its clock may have been set meanwhile.
    fn die(&mut self, clock_is_off: i64) {
        *self = Self {
            clock_is_off,
            ..Self::default()
        };
    }
}

/// One schedule: up to `looks` moments at which one of three nodes does something.
fn play(document: Document, rng: &mut TestRng) -> Database {
    let mut dice = |sides: u32| i64::from(rng.next_u32() % sides);
    let mut nodes: [Node; 3] = Default::default();
    for node in &mut nodes {
        node.clock_is_off = dice(600_001) - 300_000;
    }
    // Mostly one node works, which another takes over from.
    let mut favourite = 0;
    let mut database = Database::new(document);
    let mut now = 0;
    for _ in 0..2000 {
        now += match dice(40) {
            0 => dice(60_000),
            _ => 200 + dice(1200),
        };
        if dice(60) == 0 {
            favourite = dice(3) as usize;
        }
        let me = if dice(8) == 0 {
            dice(3) as usize
        } else {
            favourite
        };
        if dice(4) == 0 {
            database.evidence.push(now - dice(20_000));
        }
        if dice(50) == 0 {
            let off = dice(600_001) - 300_000;
            nodes[me].die(off);
        }
        nodes[me].look(me, &mut database, now);
        // Others may come in between, and so may death.
        if dice(10) > 0 {
            nodes[me].move_on(&mut database, now);
        }
        if database.state.is_over() {
            break;
        }
    }
    database
}

/// Each stage once and in order, none before it baked, events without a gap.
fn check(database: &Database) {
    let epochs: Vec<u64> = database.events.iter().map(|event| event.epoch).collect();
    let all: Vec<u64> = (1..=epochs.len() as u64).collect();
    assert_eq!(epochs, all);
    let entered: Vec<(usize, i64)> = database
        .events
        .iter()
        .filter_map(|event| match event.effect {
            Effect::Stage(stage) => Some((stage, event.at)),
            Effect::Candidate => Some((database.document.stages.len(), event.at)),
            Effect::Keep | Effect::Restore | Effect::HandOver => None,
        })
        .collect();
    for (index, (stage, at)) in entered.iter().enumerate() {
        assert_eq!(*stage, index);
        let next = entered.get(index + 1);
        let of = database.document.stage(*stage).map(needed);
        if let (Some((_, next)), Some(needed)) = (next, of) {
            assert!(next - at >= needed, "{} of {needed} ms", next - at);
        }
    }
}

fn needed(stage: &Stage) -> i64 {
    let span = stage.watch.or(stage.min_bake);
    span.map_or(0, |span| i64::try_from(span.as_millis()).unwrap())
}

fn by_time() -> Document {
    let mut document = document();
    document.stages[1].min_bake = Some("20s".parse().unwrap());
    document.stages[0].min_bake = Some("30s".parse().unwrap());
    document.stages[2].min_bake = Some("10s".parse().unwrap());
    document
}

fn measured() -> Document {
    let mut document = Document {
        guards: guarded().guards,
        ..by_time()
    };
    document.guards[0] = serde_json::from_value(serde_json::json!({"metric": "errors"})).unwrap();
    document
}

#[test]
fn ten_thousand_schedules_of_three_nodes() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut completed = 0;
    for round in 0..10_000 {
        let document = if round % 4 == 0 {
            measured()
        } else {
            by_time()
        };
        let database = play(document, runner.rng());
        check(&database);
        completed += u32::from(database.state == State::Completed);
    }
    // Most get there, or the rules above would be kept by standing still.
    assert!(completed > 9000, "{completed}");
}

#[test]
fn the_rules_would_be_seen_to_be_broken() {
    let mut database = Database::new(by_time());
    let early = Transition {
        next: super::running(1, Phase::Baking, 0),
        effect: Effect::Stage(1),
        because: None,
    };
    assert!(
        !database.advance(0, early.clone(), 29_000),
        "the epoch is another"
    );
    assert!(database.advance(1, early, 29_000));
    let found = std::panic::catch_unwind(move || check(&database));
    assert!(found.is_err());
}
