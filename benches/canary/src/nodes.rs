//! Three nodes that lead one release, are killed at any moment, and whose clocks are wrong: the
//! runner's protocol with the real machine, over a database that is a struct here.
//!
//! Time is true time in milliseconds. A node knows how long it has been up, and a clock that is
//! off by up to five minutes. A look is two transactions, as the runner's: one that takes the
//! lease and keeps the bake, and one that moves the release if it still is where it was seen.

use std::time::Duration;

use serde_json::json;
use serin_engine::{
    json::read,
    release::{Document, Effect, Signal, State, Transition, Watch, step},
};

use serin_simulation::each;

use crate::{figure::Figure, traffic::Random};

const NODES: usize = 3;
/// How far clocks are off at the most.
const OFF: f64 = 300_000.0;
/// How long a lease holds.
const LEASE: i64 = 5000;
/// After so many looks a release that moves has come to its end.
const LOOKS: u32 = 2000;

/// Random kills and clocks.
pub fn nodes(releases: u64) -> Vec<Figure> {
    let outcomes = each(releases, |number| schedule(number % 4 == 0, number));
    let count = |of: fn(&Outcome) -> bool| outcomes.iter().filter(|it| of(it)).count();
    let of = outcomes.len();
    let counted = |name: &str, found: usize| {
        let (found, name) = (
            found as f64,
            format!("3 nodes, kills, clocks ±5 min, {of} schedules: {name}"),
        );
        Figure::new(name, found, (found, found), "schedules").at_most(0.0)
    };
    let unfinished = of - count(|outcome| outcome.completed);
    vec![
        counted(
            "a stage entered twice or left out",
            count(|outcome| outcome.out_of_order),
        ),
        counted(
            "a stage shorter than its bake",
            count(|outcome| outcome.too_short),
        ),
        counted("a gap in the events' numbers", count(|outcome| outcome.gap)),
        // Or the rules would be kept by standing still.
        Figure::percentage(
            "3 nodes: schedules that ended before the release did",
            unfinished,
            of,
        )
        .at_most(10.0),
    ]
}

/// What is wrong with a schedule.
struct Outcome {
    out_of_order: bool,
    too_short: bool,
    gap: bool,
    completed: bool,
}

/// What the database keeps.
struct Store {
    document: Document,
    state: State,
    epoch: u64,
    /// Number, true time and effect of each transition.
    events: Vec<(u64, i64, Effect)>,
    lease: Option<(usize, i64)>,
    /// When the candidate was seen.
    evidence: Vec<i64>,
}

/// What a node forgets when it dies, and what its clock is off by.
#[derive(Default)]
struct Node {
    off: i64,
    watch: Option<Watch>,
    /// Decided, and not written yet.
    due: Option<(u64, Transition)>,
}

fn document(measured: bool) -> Option<Document> {
    let guards = if measured {
        json!([{"metric": "errors"}])
    } else {
        json!([])
    };
    read(json!({
        "flag": "f", "baseline": "off", "candidate": "on", "guards": guards,
        "stages": [
            {"weight": 1, "min_bake": "30s"}, {"weight": 10, "min_bake": "20s"},
            {"weight": 50, "min_bake": "10s"}, {"weight": 100},
        ],
    }))
    .ok()
}

fn up(now: i64) -> Duration {
    Duration::from_millis(now.unsigned_abs())
}

impl Store {
    fn new(measured: bool) -> Option<Self> {
        let document = document(measured)?;
        let start = step(&document, &State::Draft, Signal::Start, &Default::default()).ok()?;
        let mut store = Self {
            document,
            state: State::Draft,
            epoch: 0,
            events: Vec::new(),
            lease: None,
            evidence: Vec::new(),
        };
        store.advance(0, start, 0);
        Some(store)
    }

    /// The second transaction; false where somebody else was sooner.
    fn advance(&mut self, seen: u64, transition: Transition, now: i64) -> bool {
        if self.epoch != seen {
            return false;
        }
        self.epoch += 1;
        self.state = transition.next;
        self.events.push((self.epoch, now, transition.effect));
        true
    }

    fn outcome(&self) -> Outcome {
        let stages = &self.document.stages;
        let entered: Vec<(usize, i64)> = self
            .events
            .iter()
            .filter_map(|(_, at, effect)| match effect {
                Effect::Stage(stage) => Some((*stage, *at)),
                Effect::Candidate => Some((stages.len(), *at)),
                Effect::Keep | Effect::Restore | Effect::HandOver => None,
            })
            .collect();
        let bake = |stage: usize| {
            let bake = stages.get(stage).and_then(|stage| stage.min_bake);
            bake.map_or(0, |bake| {
                i64::try_from(bake.as_millis()).unwrap_or(i64::MAX)
            })
        };
        let mut pairs = entered.iter().zip(entered.iter().skip(1));
        let mut numbers = self.events.iter().map(|(number, ..)| *number).zip(1..);
        Outcome {
            out_of_order: entered
                .iter()
                .zip(0..)
                .any(|((stage, _), place)| *stage != place),
            too_short: pairs.any(|((stage, from), (_, to))| to - from < bake(*stage)),
            gap: numbers.any(|(number, place)| number != place),
            completed: self.state == State::Completed,
        }
    }
}

impl Node {
    /// The first transaction.
    fn look(&mut self, me: usize, store: &mut Store, now: i64) {
        let clock = now + self.off;
        if store
            .lease
            .is_some_and(|(holder, until)| holder != me && until > clock)
        {
            self.watch = None;
            return;
        }
        store.lease = Some((me, clock + LEASE));
        if store.state.is_over() {
            return;
        }
        let mut watch = Watch::resume(self.watch.take(), store.epoch, &store.state, up(now));
        let seen = watch.look(up(now), clock, store.evidence.iter().rev().take(4).copied());
        let Ok(transition) = step(&store.document, &store.state, Signal::Tick, &seen) else {
            return;
        };
        if transition.next.same_place(&store.state) {
            store.state = transition.next;
            watch.left_as(&store.state);
            self.watch = Some(watch);
        } else {
            self.due = Some((store.epoch, transition));
        }
    }

    fn move_on(&mut self, store: &mut Store, now: i64) {
        if let Some((seen, transition)) = self.due.take()
            && store.advance(seen, transition, now)
        {
            self.watch = Some(Watch::begin(store.epoch, &store.state, up(now)));
        }
    }
}

/// Moments at which one of the nodes does something, or dies.
fn schedule(measured: bool, number: u64) -> Outcome {
    let mut random = Random::new("nodes", number);
    let mut dice = |sides: f64| (random.share() * sides) as i64;
    let mut nodes: [Node; NODES] = Default::default();
    for node in &mut nodes {
        node.off = dice(2.0 * OFF) - OFF as i64;
    }
    let Some(mut store) = Store::new(measured) else {
        // A document of our own that is none.
        return Outcome {
            out_of_order: true,
            too_short: true,
            gap: true,
            completed: false,
        };
    };
    let (mut now, mut favourite) = (0, 0);
    for _ in 0..LOOKS {
        // Mostly a second goes by, and now and then all of them are away for longer.
        now += if dice(40.0) == 0 {
            dice(60_000.0)
        } else {
            200 + dice(1200.0)
        };
        if dice(60.0) == 0 {
            favourite = dice(NODES as f64) as usize;
        }
        let me = if dice(8.0) == 0 {
            dice(NODES as f64) as usize
        } else {
            favourite
        };
        if dice(4.0) == 0 {
            store.evidence.push(now - dice(20_000.0));
        }
        let Some(node) = nodes.get_mut(me) else {
            continue;
        };
        if dice(50.0) == 0 {
            *node = Node {
                off: dice(2.0 * OFF) - OFF as i64,
                ..Node::default()
            };
        }
        node.look(me, &mut store, now);
        // Others may come in between, and so may death.
        if dice(10.0) > 0 {
            node.move_on(&mut store, now);
        }
        if store.state.is_over() {
            break;
        }
    }
    store.outcome()
}
