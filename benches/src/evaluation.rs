//! The cases A to G.

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Result, ensure};

use crate::engines::{
    Engine, Eppo, LaunchDarkly, PostHog, Serin, SerinJson, SerinPrepared, Served, Yggdrasil,
};
use crate::floor::Floor;
use crate::timing::{self, Line, Timed};
use crate::world::{Person, SINGLE, World};

/// An engine with all that it needs for the cases.
struct Prepared<E: Engine> {
    small: E::Loaded,
    thousand: E::Loaded,
    keys: Vec<String>,
}

impl<E: Engine> Prepared<E> {
    fn new() -> Result<Self> {
        let thousand = World::thousand();
        let prepared = Self {
            small: E::load(&E::document(&World::small()))?,
            thousand: E::load(&E::document(&thousand))?,
            keys: thousand.flags.into_iter().map(|flag| flag.key).collect(),
        };
        prepared.check()?;
        Ok(prepared)
    }

    /// That the engine serves what the case is about.
    fn check(&self) -> Result<()> {
        let served = |key, person| E::evaluate(&self.small, key, &E::context(&self.small, person));
        for (case, key) in SINGLE {
            let wanted = if case == "C" {
                Served::Variation
            } else {
                Served::On
            };
            let found = served(key, &Person::MEMBER);
            ensure!(
                !E::expresses(case) || found == wanted,
                "{} serves {found:?} in case {case}",
                E::NAME
            );
        }
        let stranger = served("flag-d", &Person::STRANGER);
        ensure!(
            stranger == Served::Off,
            "{} has a stranger in its segment",
            E::NAME
        );
        Ok(())
    }

    fn lines<'a>(&'a self, lines: &mut Vec<Line<'a>>) {
        for (case, key) in SINGLE {
            if E::expresses(case) {
                lines.push(self.single(case, key, Person::MEMBER));
            }
        }
        lines.push(self.single("D miss", "flag-d", Person::STRANGER));
        lines.push(Line::new("A+context", E::NAME, move |count| {
            for _ in 0..count {
                let context = E::context(&self.small, black_box(&Person::MEMBER));
                black_box(E::evaluate(&self.small, black_box("flag-a"), &context));
            }
        }));
        let context = E::context(&self.thousand, &Person::MEMBER);
        lines.push(Line::new("G", E::NAME, move |count| {
            for _ in 0..count {
                black_box(E::evaluate_all(
                    &self.thousand,
                    &self.keys,
                    black_box(&context),
                ));
            }
        }));
    }

    fn single<'a>(&'a self, case: &'static str, key: &'static str, person: Person) -> Line<'a> {
        let context = E::context(&self.small, &person);
        Line::new(case, E::NAME, move |count| {
            for _ in 0..count {
                black_box(E::evaluate(
                    &self.small,
                    black_box(key),
                    black_box(&context),
                ));
            }
        })
    }
}

/// Times all cases of all engines, and the floor.
pub fn measure(rounds: usize, each: Duration) -> Result<Vec<Timed>> {
    let serin = Prepared::<SerinPrepared>::new()?;
    let borrowed = Prepared::<Serin>::new()?;
    let json = Prepared::<SerinJson>::new()?;
    let launchdarkly = Prepared::<LaunchDarkly>::new()?;
    let yggdrasil = Prepared::<Yggdrasil>::new()?;
    let eppo = Prepared::<Eppo>::new()?;
    let posthog = Prepared::<PostHog>::new()?;
    let floor = Floor::new();
    let mut lines = Vec::new();
    floor.lines(&mut lines);
    serin.lines(&mut lines);
    borrowed.lines(&mut lines);
    json.lines(&mut lines);
    launchdarkly.lines(&mut lines);
    yggdrasil.lines(&mut lines);
    eppo.lines(&mut lines);
    posthog.lines(&mut lines);
    // A context that is prepared for one evaluation is the slow way of using it.
    lines.retain(|line| line.case != "A+context" || line.engine != SerinPrepared::NAME);
    Ok(timing::time(&mut lines, rounds, each))
}

/// How many allocations a thousand evaluations of each case with a prepared context make.
pub fn allocations() -> Result<Vec<(&'static str, u64)>> {
    let serin = Prepared::<SerinPrepared>::new()?;
    let context = SerinPrepared::context(&serin.small, &Person::MEMBER);
    Ok(SINGLE
        .into_iter()
        .map(|(case, key)| {
            let count = crate::allocations::during(|| {
                for _ in 0..1000 {
                    black_box(serin.small.evaluate_prepared(black_box(key), &context));
                }
            });
            (case, count)
        })
        .collect())
}

/// Evaluates a case so many times, for counting instructions.
pub fn repeat<E: Engine>(key: &str, count: u64) -> Result<()> {
    let loaded = E::load(&E::document(&World::plain()))?;
    let context = E::context(&loaded, &Person::MEMBER);
    for _ in 0..count {
        black_box(E::evaluate(&loaded, black_box(key), black_box(&context)));
    }
    Ok(())
}
