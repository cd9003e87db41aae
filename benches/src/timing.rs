//! Medians of repeated runs that take turns.

use std::time::{Duration, Instant};

/// One thing to time: does its work so many times.
pub struct Line<'a> {
    pub case: &'static str,
    pub engine: String,
    work: Box<dyn FnMut(u64) + 'a>,
}

impl<'a> Line<'a> {
    pub fn new(case: &'static str, engine: impl Into<String>, work: impl FnMut(u64) + 'a) -> Self {
        Self {
            case,
            engine: engine.into(),
            work: Box::new(work),
        }
    }
}

/// The nanoseconds that one time takes.
#[derive(Clone, Debug)]
pub struct Timed {
    pub case: &'static str,
    pub engine: String,
    pub nanoseconds: f64,
}

/// Times all lines in turn, `rounds` times, so that what disturbs the machine disturbs
/// all of them; the median counts.
pub fn time(lines: &mut [Line<'_>], rounds: usize, each: Duration) -> Vec<Timed> {
    let counts: Vec<u64> = lines.iter_mut().map(|line| calibrate(line, each)).collect();
    let mut samples = vec![Vec::with_capacity(rounds); lines.len()];
    for _ in 0..rounds {
        for ((line, count), samples) in lines.iter_mut().zip(&counts).zip(&mut samples) {
            // What ran in between has filled the caches with its own.
            (line.work)(*count / 4 + 1);
            let begun = Instant::now();
            (line.work)(*count);
            samples.push(begun.elapsed().as_secs_f64() * 1e9 / *count as f64);
        }
    }
    lines
        .iter()
        .zip(samples)
        .map(|(line, samples)| Timed {
            case: line.case,
            engine: line.engine.clone(),
            nanoseconds: median(samples),
        })
        .collect()
}

/// How often a line does its work in about the time of one sample.
fn calibrate(line: &mut Line<'_>, each: Duration) -> u64 {
    let mut count = 1;
    loop {
        let begun = Instant::now();
        (line.work)(count);
        let took = begun.elapsed();
        if took * 4 >= each {
            let wanted = each.as_secs_f64() / took.as_secs_f64().max(1e-9);
            return ((count as f64 * wanted) as u64).max(1);
        }
        count *= 4;
    }
}

pub fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    samples.get(samples.len() / 2).copied().unwrap_or(f64::NAN)
}
