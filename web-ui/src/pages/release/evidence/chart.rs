//! The ratio over time, with the bounds that it is between.
//!
//! The scale is logarithmic: twice as much and half as much are as far from the middle.

use leptos::prelude::*;

use super::Spot;
use crate::{clock, weights::thousandths};

const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 120.0;
/// Ratios that get a line, where they are in sight.
const LINES: [(f64, &str); 7] = [
    (0.25, "¼ ×"),
    (0.5, "½ ×"),
    (0.8, "0.8 ×"),
    (1.0, "same"),
    (1.25, "1.25 ×"),
    (2.0, "2 ×"),
    (4.0, "4 ×"),
];

/// The shortest stretch of time that fills the width, in milliseconds: two windows alone would
/// look like a long story.
const SHORTEST: i64 = 60_000;
/// Where nothing was measured for this long, in milliseconds, there is a gap …
const GAP: i64 = 45_000;
/// … and where all is measured more seldom, for so many times the usual.
const SELDOM: i64 = 3;

/// What was known at a point in time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Milliseconds since 1970.
    pub(super) at: i64,
    pub(super) stage: usize,
    pub(super) estimate: Option<f64>,
    pub(super) low: f64,
    pub(super) high: f64,
}

/// What part of time and of ratios is in sight.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Frame {
    from: i64,
    until: i64,
    /// ln of the largest ratio; the smallest is its inverse.
    top: f64,
}

impl Frame {
    /// All of the time, and what the last third of it needs of the ratios: in the beginning,
    /// while little is known, the bounds are anywhere.
    fn of(samples: &[Sample]) -> Self {
        let from = samples.first().map_or(0, |first| first.at);
        let until = samples.last().map_or(0, |last| last.at);
        let recent = &samples[samples.len() - samples.len().div_ceil(3)..];
        let reach = |sample: &Sample| sample.low.ln().abs().max(sample.high.ln().abs());
        let most = recent.iter().map(reach).fold(0.0, f64::max);
        Self {
            from,
            until: until.max(from + SHORTEST),
            top: (1.1 * most).clamp(1.5_f64.ln(), 64_f64.ln()),
        }
    }

    fn x(self, at: i64) -> f64 {
        let all = (self.until - self.from).max(1) as f64;
        WIDTH * (at - self.from) as f64 / all
    }

    fn y(self, ratio: f64) -> f64 {
        let from_middle = (ratio.ln() / self.top).clamp(-1.0, 1.0);
        HEIGHT / 2.0 * (1.0 - from_middle)
    }

    fn point(self, at: i64, ratio: f64) -> String {
        format!("{} {}", thousandths(self.x(at)), thousandths(self.y(ratio)))
    }

    /// The areas between the bounds, one for each time that was measured without a gap.
    fn band(self, samples: &[Sample]) -> String {
        let area = |run: &[Sample]| {
            let highs = run.iter().map(|it| self.point(it.at, it.high));
            let lows = run.iter().rev().map(|it| self.point(it.at, it.low));
            let points: Vec<String> = highs.chain(lows).collect();
            format!("M{}Z", points.join("L"))
        };
        runs(samples).into_iter().map(area).collect()
    }

    /// The line of the estimates, broken where there is none.
    fn line(self, samples: &[Sample]) -> String {
        let mut path = String::new();
        for run in runs(samples) {
            let mut broken = true;
            for sample in run {
                let Some(estimate) = sample.estimate.filter(|estimate| *estimate > 0.0) else {
                    broken = true;
                    continue;
                };
                path.push(if broken { 'M' } else { 'L' });
                path.push_str(&self.point(sample.at, estimate));
                if broken {
                    // A point alone is seen too.
                    path.push_str("h0");
                }
                broken = false;
            }
        }
        path
    }

    /// Where the band goes on beyond what is in sight: along the edge that cuts it off. What is
    /// known lately is always in sight.
    fn cuts(self, samples: &[Sample]) -> String {
        let (bottom, top) = ((-self.top).exp(), self.top.exp());
        let mut path = String::new();
        for pair in runs(samples).into_iter().flat_map(|run| run.windows(2)) {
            let mut along = |y: f64| {
                let (from, until) = (self.x(pair[0].at), self.x(pair[1].at));
                let (from, until) = (thousandths(from), thousandths(until));
                path.push_str(&format!("M{from} {y}L{until} {y}"));
            };
            if pair.iter().all(|it| it.high > top) {
                along(0.0);
            }
            if pair.iter().all(|it| it.low < bottom) {
                along(HEIGHT);
            }
        }
        path
    }

    /// Where later stages begin.
    fn stages(self, samples: &[Sample]) -> Vec<f64> {
        samples
            .windows(2)
            .filter(|pair| pair[0].stage != pair[1].stage)
            .map(|pair| self.x(pair[1].at))
            .collect()
    }
}

/// The samples by the times that were measured without a gap: between those nothing is known.
fn runs(samples: &[Sample]) -> Vec<&[Sample]> {
    let mut apart: Vec<i64> = samples.windows(2).map(|it| it[1].at - it[0].at).collect();
    apart.sort_unstable();
    let usual = apart.get(apart.len() / 2).copied().unwrap_or_default();
    let gap = GAP.max(SELDOM * usual);
    samples
        .chunk_by(|one, next| next.at - one.at <= gap)
        .collect()
}

/// The chart. What it shows is said in words beside it.
#[component]
pub(super) fn Chart(
    #[prop(into)] samples: Signal<Vec<Sample>>,
    /// What it shows, in words.
    #[prop(into)]
    label: Signal<String>,
) -> impl IntoView {
    let frame = Memo::new(move |_| samples.with(|samples| Frame::of(samples)));
    let band = move || samples.with(|samples| frame.get().band(samples));
    let line = move || samples.with(|samples| frame.get().line(samples));
    let cuts = move || samples.with(|samples| frame.get().cuts(samples));
    let stages = move || {
        let begins = samples.with(|samples| frame.get().stages(samples));
        let mark = |x: f64| {
            let x = thousandths(x);
            view! { <line class="chart-stage" x1=x.clone() x2=x y1="0" y2=HEIGHT></line> }
        };
        begins.into_iter().map(mark).collect_view()
    };
    let in_sight = move || {
        let top = frame.get().top;
        // What is close to the edge, or to the middle, has no room for its words.
        let room = 0.2 * top..0.85 * top;
        let has_room = move |ratio: f64| ratio == 1.0 || room.contains(&ratio.ln().abs());
        LINES.into_iter().filter(move |(ratio, _)| has_room(*ratio))
    };
    let rules = move || {
        let rule = |(ratio, _): (f64, &str)| {
            let y = thousandths(frame.get().y(ratio));
            let middle = ratio == 1.0;
            view! { <line class="chart-rule" class:middle=middle x1="0" x2=WIDTH y1=y.clone() y2=y></line> }
        };
        in_sight().map(rule).collect_view()
    };
    let labels = move || {
        let label = |(ratio, words): (f64, &'static str)| {
            let top = thousandths(100.0 * frame.get().y(ratio) / HEIGHT);
            view! { <span class="chart-label tiny faint" style=format!("top:{top}%")>{words}</span> }
        };
        in_sight().map(label).collect_view()
    };
    let span = move || {
        let frame = frame.get();
        let time = |at: i64| {
            chrono::DateTime::from_timestamp_millis(at).map_or_else(String::new, clock::moment)
        };
        (time(frame.from), time(frame.until))
    };
    let spot = use_context::<Spot>();
    let spot = move || {
        let (at, frame) = (spot?.0.get()?, frame.get());
        let inside = (frame.from..=frame.until).contains(&at);
        inside.then(|| {
            let x = thousandths(frame.x(at));
            view! { <line class="chart-spot" x1=x.clone() x2=x y1="0" y2=HEIGHT></line> }
        })
    };
    view! {
        <div class="chart" role="img" aria-label=move || label.get()>
            <div class="chart-plot">
                <svg viewBox=format!("0 0 {WIDTH} {HEIGHT}") preserveAspectRatio="none" aria-hidden="true">
                    {rules}
                    {stages}
                    <path class="chart-band" d=band></path>
                    <path class="chart-cut" d=cuts></path>
                    <path class="chart-line" d=line></path>
                    {spot}
                </svg>
                {labels}
            </div>
            <div class="chart-times tiny faint number">
                <span>{move || span().0}</span>
                <span>{move || span().1}</span>
            </div>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(at: i64, stage: usize, estimate: Option<f64>, low: f64, high: f64) -> Sample {
        Sample {
            at,
            stage,
            estimate,
            low,
            high,
        }
    }

    #[test]
    fn the_same_is_in_the_middle_and_twice_is_as_far_as_half() {
        let frame = Frame {
            from: 0,
            until: 10,
            top: 4_f64.ln(),
        };
        assert_eq!(frame.y(1.0), HEIGHT / 2.0);
        let (twice, half) = (frame.y(2.0), frame.y(0.5));
        assert!((twice - HEIGHT / 4.0).abs() < 1e-9 && (half - 0.75 * HEIGHT).abs() < 1e-9);
        assert_eq!((frame.y(1000.0), frame.y(0.0)), (0.0, HEIGHT));
        assert_eq!((frame.x(0), frame.x(10)), (0.0, WIDTH));
    }

    #[test]
    fn what_is_known_lately_fills_the_height() {
        let mut samples = vec![sample(0, 0, None, 1.0 / 64.0, 64.0); 6];
        samples.extend([sample(9, 0, Some(1.1), 0.5, 2.0); 3]);
        assert!((Frame::of(&samples).top - 1.1 * 2_f64.ln()).abs() < 1e-9);
        let still = [sample(5, 0, Some(1.0), 1.0, 1.0)];
        let frame = Frame::of(&still);
        assert_eq!(frame.top, 1.5_f64.ln());
        assert!(frame.band(&still).is_ascii() && frame.x(5).is_finite());
    }

    #[test]
    fn a_line_is_broken_where_nothing_is_estimated() {
        let samples = [
            sample(0, 0, Some(1.0), 0.5, 2.0),
            sample(30_000, 0, None, 0.5, 2.0),
            sample(60_000, 1, Some(1.0), 0.5, 2.0),
        ];
        let frame = Frame::of(&samples);
        assert_eq!(frame.line(&samples), "M0 60h0M600 60h0");
        assert_eq!(frame.stages(&samples), [WIDTH]);
    }

    #[test]
    fn what_was_not_measured_is_not_drawn() {
        let at = |seconds: i64| sample(1000 * seconds, 0, Some(1.0), 0.5, 2.0);
        let samples = [at(0), at(10), at(20), at(200), at(210)];
        let lengths = |samples: &[Sample]| -> Vec<usize> {
            runs(samples).iter().map(|run| run.len()).collect()
        };
        assert_eq!(lengths(&samples), [3, 2]);
        let frame = Frame::of(&samples);
        assert_eq!(frame.band(&samples).matches('M').count(), 2);
        assert_eq!(frame.line(&samples).matches('M').count(), 2);
        let seldom = [at(0), at(60), at(120), at(190)];
        assert_eq!(lengths(&seldom), [4]);
        assert!(runs(&[]).is_empty());
    }

    #[test]
    fn a_band_that_is_cut_off_says_so() {
        let mut samples: Vec<Sample> = (0..9)
            .map(|it| sample(10_000 * it, 0, Some(1.0), 0.5, 2.0))
            .collect();
        let whole = Frame::of(&samples);
        assert_eq!(whole.cuts(&samples), "");
        for wide in &mut samples[..2] {
            wide.high = 40.0;
        }
        assert_eq!(whole.cuts(&samples), "M0 0L75 0");
        assert_eq!(Frame::of(&samples), whole);
        // The newest is never cut off, however wide.
        samples[8].low = 1.0 / 64.0;
        assert_eq!(Frame::of(&samples).cuts(&samples), "");
    }

    #[test]
    fn two_windows_are_a_short_story() {
        let samples = [
            sample(0, 0, Some(1.0), 0.5, 2.0),
            sample(10_000, 0, Some(1.0), 0.5, 2.0),
        ];
        assert_eq!(Frame::of(&samples).x(10_000), WIDTH / 6.0);
    }
}
