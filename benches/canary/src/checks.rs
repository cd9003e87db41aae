//! What the judge has to show, one function for each line of the table.

use serde_json::json;
use serin_engine::{
    json::read,
    release::{
        Guard, Policy,
        evidence::Window,
        judge::{Judge, planner::information},
    },
};
use serin_simulation::each;

use crate::{
    figure::Figure,
    rivals::{NAMES, Rivals},
    traffic::{Base, Minute, Random, ramp},
};

/// The base rate and requests a minute, unless a line says otherwise.
pub const RATE: f64 = 0.005;
pub const REQUESTS: f64 = 6000.0;
const ALPHA: f64 = 0.01;

pub fn judge(guard: serde_json::Value) -> Judge {
    let guards: Vec<Guard> = read(json!([guard])).unwrap_or_default();
    Judge::new(&Policy::default(), &guards)
}

fn errors() -> Judge {
    judge(json!({"metric": "errors"}))
}

/// What a judge says of a window, in the three numbers that are looked at.
fn enter(judge: &mut Judge, window: &Window) -> (f64, f64, f64) {
    match judge.enter(window) {
        Ok(found) => {
            let safe = found.guards.get("errors").and_then(|guard| guard.ln_e_safe);
            (
                found.ln_e_harm,
                safe.unwrap_or(0.0),
                found.ln_e_sample_ratio,
            )
        }
        Err(_) => (f64::NAN, f64::NAN, f64::NAN),
    }
}

/// What became of one ramp.
struct Ramp {
    /// The most that ln E_harm ever was.
    highest: f64,
    stopped: Option<(usize, f64)>,
    rivals: [Option<(usize, f64)>; 4],
}

fn run_ramp(name: &str, release: u64, traffic: (Base, f64, f64), mut judge: Judge) -> Ramp {
    let mut random = Random::new(name, release);
    let mut rivals = Rivals::default();
    let (mut highest, mut excess, mut stopped) = (f64::NEG_INFINITY, 0.0, None);
    for (index, minute) in ramp(&mut random, traffic).enumerate() {
        let ln_e = enter(&mut judge, &minute.window(index)).0;
        highest = f64::max(highest, ln_e);
        excess += minute.excess();
        if ln_e >= (1.0 / ALPHA).ln() {
            stopped.get_or_insert((index + 1, excess));
        }
        rivals.look(&minute);
    }
    Ramp {
        highest,
        stopped,
        rivals: rivals.stopped,
    }
}

fn above(ramps: &[Ramp], alpha: f64) -> usize {
    let limit = (1.0 / alpha).ln();
    ramps.iter().filter(|ramp| ramp.highest >= limit).count()
}

/// False rollbacks, of ours and of the rivals.
pub fn health(releases: u64) -> Vec<Figure> {
    let steady = Base::Steady(RATE);
    // What the table of rivals states: 6000 a minute, an incident, 300 a minute.
    let scenarios: [(&str, Base, f64, Option<[f64; 5]>); 5] = [
        (
            "steady",
            steady,
            REQUESTS,
            Some([0.7, 99.7, 19.0, 0.0, 0.47]),
        ),
        (
            "ten-fold shared incident",
            Base::Incident(RATE),
            REQUESTS,
            Some([47.0, 100.0, 17.0, 0.0, 0.38]),
        ),
        (
            "baseline .2 to 1 %",
            Base::Moving(0.002, 0.01),
            REQUESTS,
            None,
        ),
        (
            "baseline 1 to .2 %",
            Base::Moving(0.01, 0.002),
            REQUESTS,
            None,
        ),
        (
            "300 requests a minute",
            steady,
            300.0,
            Some([62.0, 100.0, 97.0, 0.0, 0.24]),
        ),
    ];
    let (mut own, mut others) = (Vec::new(), Vec::new());
    for (name, base, requests, stated) in scenarios {
        let ramps = each(releases, |release| {
            run_ramp(name, release, (base, requests, 1.0), errors())
        });
        let at = |alpha, limit: f64| {
            let title = format!("false rollback, {name}, α = {alpha}");
            Figure::percentage(title, above(&ramps, alpha), ramps.len()).at_most(limit)
        };
        let ours = at(0.01, 1.21);
        own.push(stated.map_or(ours.clone(), |stated| ours.stated(stated[4])));
        own.push(at(0.05, 5.46));
        for (rival, title) in NAMES.iter().enumerate() {
            let false_ones = ramps
                .iter()
                .filter(|ramp| ramp.rivals[rival].is_some())
                .count();
            let figure =
                Figure::percentage(format!("{title}: false, {name}"), false_ones, ramps.len());
            others.push(stated.map_or(figure.clone(), |stated| figure.stated(stated[rival])));
        }
    }
    let margin = || judge(json!({"metric": "errors", "margin": {"relative": 0.1}}));
    let ramps = each(releases, |release| {
        run_ramp("boundary", release, (steady, REQUESTS, 1.1), margin())
    });
    own.push(
        Figure::percentage(
            "false rollback at the margin's boundary, α = 0.01",
            above(&ramps, ALPHA),
            ramps.len(),
        )
        .at_most(1.21),
    );
    own.extend(others);
    own
}

/// How soon each finds twice as many errors, and what it costs.
pub fn doubling(releases: u64) -> Vec<Figure> {
    let ramps = each(releases, |release| {
        run_ramp(
            "doubling",
            release,
            (Base::Steady(RATE), REQUESTS, 2.0),
            errors(),
        )
    });
    let mut figures = Vec::new();
    let mut add = |name: &str, stops: Vec<Option<(usize, f64)>>, stated: Option<(f64, f64)>| {
        let found: Vec<_> = stops.into_iter().flatten().collect();
        let minutes = found.iter().map(|(minute, _)| *minute as f64).collect();
        let excess: Vec<_> = found.iter().map(|(_, excess)| *excess).collect();
        let both = [
            Figure::median(format!("{name}: 2 × found after"), minutes, "min"),
            Figure::mean(
                format!("{name}: excess errors until then"),
                &excess,
                "errors",
            ),
        ];
        figures.extend(
            both.into_iter()
                .zip([0, 1])
                .map(|(figure, part)| match stated {
                    Some((minutes, errors)) => figure.stated([minutes, errors][part]),
                    None => figure,
                }),
        );
    };
    let stated = [Some((40.0, 31.0)), None, None, Some((65.0, 76.0))];
    for (rival, name) in NAMES.iter().enumerate() {
        let stops = ramps.iter().map(|ramp| ramp.rivals[rival]).collect();
        add(name, stops, stated[rival]);
    }
    let own = ramps.iter().map(|ramp| ramp.stopped).collect();
    add("label e-process, α = .01", own, Some((35.0, 18.0)));
    figures
}

/// Minutes at one weight until harm is found, with the excess until then.
fn until_found(
    name: &str,
    release: u64,
    (weight, requests): (f64, f64),
    ratio: impl Fn(usize) -> f64,
) -> (usize, f64) {
    let mut random = Random::new(name, release);
    let (mut judge, mut excess) = (errors(), 0.0);
    for index in 0..100_000 {
        let rates = (RATE, RATE * ratio(index));
        let minute = Minute::new(&mut random, (0, weight), requests, rates);
        excess += minute.excess();
        if enter(&mut judge, &minute.window(index)).0 >= (1.0 / ALPHA).ln() {
            return (index + 1, excess);
        }
    }
    (usize::MAX, f64::NAN)
}

/// How much more than the least that any test needs is spent.
pub fn information_spent(releases: u64) -> Vec<Figure> {
    let cases = [
        (1.25, 0.05, 1.35, 1.26),
        (1.25, 0.50, 1.35, 1.31),
        (1.5, 0.05, 1.48, 1.30),
        (1.5, 0.50, 1.48, 1.43),
    ];
    let figure = |(ratio, weight, limit, stated): (f64, f64, f64, f64)| {
        let name = format!("information spent at {ratio} ×, weight {weight}");
        let minute = REQUESTS * RATE * information(ratio, weight) / (1.0 / ALPHA).ln();
        let spent = each(releases, |release| {
            until_found(&name, release, (weight, REQUESTS), |_| ratio).0 as f64 * minute
        });
        Figure::mean(name, &spent, "÷ ln 1/α")
            .at_most(limit)
            .stated(stated)
    };
    cases.map(figure).into()
}

/// Harm that nobody can overlook, and harm that comes when nobody expects it any more.
pub fn onset(releases: u64) -> Vec<Figure> {
    let sudden = each(releases, |release| {
        until_found("ten-fold", release, (0.01, REQUESTS), |_| 10.0)
    });
    let looks = sudden.iter().map(|(looks, _)| *looks as f64).collect();
    let excess: Vec<_> = sudden.iter().map(|(_, excess)| *excess).collect();
    const HEALTHY: usize = 15 * 60;
    let (weight, requests) = (0.5, 600.0);
    let late = each(releases / 4, |release| {
        let ratio = |minute| if minute < HEALTHY { 1.0 } else { 3.0 };
        until_found("late", release, (weight, requests), ratio).0
    });
    let bound = (1.0 / ALPHA).ln() / (requests * RATE * information(3.0, weight));
    let false_ones = late.iter().filter(|minute| **minute <= HEALTHY).count();
    let after: Vec<f64> = late
        .iter()
        .filter_map(|minute| minute.checked_sub(HEALTHY).filter(|after| *after > 0))
        .map(|minutes| minutes as f64)
        .collect();
    let times = after.iter().map(|minutes| minutes / bound).collect();
    vec![
        Figure::median("ten-fold errors at 1 %: found after", looks, "looks").at_most(2.0),
        Figure::mean("ten-fold errors at 1 %: excess errors", &excess, "errors").at_most(10.0),
        Figure::median("three-fold after 15 h of health: found after", after, "min").stated(20.0),
        Figure::median("three-fold after 15 h, beside the bound", times, "× bound").at_most(3.6),
        Figure::percentage(
            "three-fold after 15 h: found before it was there",
            false_ones,
            late.len(),
        ),
    ]
}

/// False safety, at the ratio where it ends.
pub fn safety(releases: u64) -> Vec<Figure> {
    let safe = each(releases, |release| {
        let mut judge = judge(json!({"metric": "errors", "require_safe": 0.5}));
        let mut random = Random::new("safety", release);
        ramp(&mut random, (Base::Steady(RATE), REQUESTS, 1.5))
            .enumerate()
            .any(|(index, minute)| enter(&mut judge, &minute.window(index)).1 >= 20_f64.ln())
    });
    let count = safe.iter().filter(|safe| **safe).count();
    vec![
        Figure::percentage("false \"safe\" at r = r1 = 1.5, β = .05", count, safe.len())
            .at_most(5.0),
    ]
}

/// Units that are lost, and none that are.
pub fn sample_ratio(releases: u64) -> Vec<Figure> {
    let until = |name: &str, release: u64, kept: f64, looks: usize| {
        let mut judge = Judge::new(&Policy::default(), &[]);
        let mut random = Random::new(name, release);
        (0..looks).find(|index| {
            let mut minute = Minute::new(&mut random, (0, 0.5), 2000.0, (0.0, 0.0));
            minute.candidate.0 = random.binomial(minute.candidate.0, kept);
            enter(&mut judge, &minute.window(*index)).2 >= 1000_f64.ln()
        })
    };
    let healthy = each(releases, |release| {
        until("split", release, 1.0, 600).is_some()
    });
    let lost = each(releases / 10, |release| until("lost", release, 0.95, 600));
    let false_ones = healthy.iter().filter(|held| **held).count();
    let minutes = lost
        .into_iter()
        .map(|look| look.map_or(f64::INFINITY, |look| (look + 1) as f64));
    vec![
        Figure::percentage(
            "sample ratio, healthy, 600 looks: held",
            false_ones,
            healthy.len(),
        )
        .at_most(0.25),
        Figure::median(
            "sample ratio, 5 % lost: found after",
            minutes.collect(),
            "min",
        )
        .at_most(16.0),
    ]
}

/// One unit's errors come in bursts of five; each unit counts once, or each error.
pub fn bursts(releases: u64) -> Vec<Figure> {
    let run = |name: &str, each_counts: f64| {
        let found = each(releases, |release| {
            let mut random = Random::new("bursts", release);
            let mut judge = errors();
            // A fifth as many units as errors; the same stream for both ways of counting.
            ramp(&mut random, (Base::Steady(RATE / 5.0), REQUESTS, 1.0))
                .enumerate()
                .any(|(index, mut minute)| {
                    for (exposed, events) in [&mut minute.baseline, &mut minute.candidate] {
                        *events = (*events * each_counts).min(*exposed);
                    }
                    enter(&mut judge, &minute.window(index)).0 >= (1.0 / ALPHA).ln()
                })
        });
        Figure::percentage(
            name,
            found.iter().filter(|found| **found).count(),
            found.len(),
        )
    };
    vec![
        run(
            "false rollback, bursts of 5 errors a unit, de-duplicated",
            1.0,
        )
        .at_most(1.2),
        run("false rollback, the same bursts, each error counted", 5.0).stated(47.0),
    ]
}

/// Windows that come twice, and in another order.
pub fn order(releases: u64) -> Vec<Figure> {
    let found = each(releases, |release| {
        let mut random = Random::new("order", release);
        let windows: Vec<_> = ramp(&mut random, (Base::Incident(RATE), REQUESTS, 1.2))
            .enumerate()
            .map(|(index, minute)| minute.window(index))
            .collect();
        let guard = json!({"metric": "errors", "margin": {"absolute": 0.001}, "require_safe": 0.5});
        let run = |windows: &mut dyn Iterator<Item = &Window>| {
            let mut judge = judge(guard.clone());
            windows.fold((0.0, 0.0, 0.0), |_, window| enter(&mut judge, window))
        };
        let plain = run(&mut windows.iter());
        let twice = run(&mut windows
            .iter()
            .flat_map(|window| [window, &windows[0], window]));
        let reversed = run(&mut windows.iter().rev());
        let bits = |(harm, safe, split): (f64, f64, f64)| [harm, safe, split].map(f64::to_bits);
        (bits(plain) != bits(twice), (plain.1 - reversed.1).abs())
    });
    let differ = found.iter().filter(|(differs, _)| *differs).count() as f64;
    let apart = found.iter().map(|(_, apart)| *apart).fold(0.0, f64::max);
    vec![
        Figure::new(
            "windows that come twice: streams not bit-equal",
            differ,
            (differ, differ),
            "streams",
        )
        .at_most(0.0),
        Figure::new(
            "windows reordered: ln E_safe apart by",
            apart * 1e9,
            (0.0, apart * 1e9),
            "1e-9",
        )
        .at_most(1.0),
    ]
}
