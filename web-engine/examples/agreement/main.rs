//! Whether browsers decide as servers do: random cases, answered by the engine in wasm and
//! by the same engine here, compared byte for byte.
//!
//! `cargo xtask test` runs it on the module that is shipped; by hand:
//! `cargo run -p serin-web-engine --example agreement -- web-ui/dist [CASES] [SEED]`.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a program for the terminal, which tests"
)]

mod cases;
mod documents;
mod random;
mod runner;
mod values;

use std::{env, path::PathBuf, process::ExitCode, time::Instant};

use serin_web_engine::Session;

use crate::{cases::Cases, runner::Runner};

const CASES: usize = 100_000;
const SEED: u64 = 20_261_121;
/// How many disagreements are shown.
const SHOWN: usize = 5;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let dist = PathBuf::from(arguments.next().expect("the folder of the web UI"));
    let mut number = |default: u64| match arguments.next() {
        Some(text) => text.parse().expect("a number"),
        None => default,
    };
    let (count, seed) = (number(CASES as u64) as usize, number(SEED));
    let begun = Instant::now();
    let mut runner = Runner::start(&dist, Cases::new(seed), count);
    let mut session = Session::default();
    let (mut compared, mut refused, mut differing) = (0, 0, 0);
    for case in Cases::new(seed).take(count) {
        let here = session.ask(case.call, &case.argument);
        let there = runner.next();
        compared += 1;
        refused += usize::from(here.starts_with(r#"{"error""#));
        if here != there {
            differing += 1;
            if differing <= SHOWN {
                let (call, argument) = (case.call, case.argument);
                println!("case {compared}: {call} {argument}\n  here:  {here}\n  there: {there}");
            }
        }
    }
    println!(
        "{compared} cases of seed {seed} in {:.1} s: {differing} differ; {refused} were refused by both",
        begun.elapsed().as_secs_f64()
    );
    // A generator that makes nonsense would agree with everything.
    let sound = compared == count && refused * 10 < compared;
    if differing == 0 && sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
