//! From counters to how much was counted.

use chrono::{DateTime, TimeDelta, Utc};

/// Values by time, in seconds since 1970.
pub(crate) type Series = Vec<(f64, f64)>;

/// How long before a window a series is looked for: one that was there that lately was away, and
/// goes on from where it was; any other was born in the window, from zero.
const LOOK_BACK: f64 = 900.0;
/// How far apart values are at the least, in seconds.
const STEP: i64 = 5;
/// How many values a window has at most.
const MOST: i64 = 360;
/// Times are told in milliseconds.
const ROUNDING: f64 = 0.002;

/// Times at which series are asked for, whole seconds apart, of which the beginning and the end of
/// a window are two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Grid {
    pub(crate) start: f64,
    pub(crate) end: f64,
    pub(crate) step: i64,
    /// When the window ends.
    pub(crate) to: DateTime<Utc>,
}

impl Grid {
    /// Over a window that ends no later than `latest`, and what is needed before it; nothing where
    /// it would be shorter than the shortest step.
    pub(crate) fn over(from: DateTime<Utc>, latest: DateTime<Utc>) -> Option<Self> {
        let length = (latest - from).num_seconds();
        let step = STEP * (length + STEP * MOST - 1).div_euclid(STEP * MOST).max(1);
        let to = from + TimeDelta::seconds(length - length.rem_euclid(step));
        let before = (LOOK_BACK / step as f64).ceil() * step as f64;
        (to > from).then(|| Self {
            start: seconds(from) - before,
            end: seconds(to),
            step,
            to,
        })
    }
}

/// How much was counted after `from` and until `to`, over all series. A counter that falls began
/// anew, from zero.
pub(crate) fn increase(series: &[Series], from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    let (from, to) = (seconds(from) + ROUNDING, seconds(to) + ROUNDING);
    let of = |series: &Series| {
        let before = series.iter().take_while(|(at, _)| *at <= from).last();
        let within = series.iter().filter(|(at, _)| (from..=to).contains(at));
        let mut last = before.map_or(0.0, |(_, value)| *value);
        let mut sum = 0.0;
        for (_, value) in within {
            sum += if *value >= last { value - last } else { *value };
            last = *value;
        }
        sum
    };
    series.iter().map(of).sum()
}

fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + seconds, 0).unwrap()
    }

    fn series(points: &[(i64, f64)]) -> Series {
        points
            .iter()
            .map(|(second, value)| (1_800_000_000.0 + *second as f64, *value))
            .collect()
    }

    #[test]
    fn a_counter_counts_from_the_beginning_of_the_window_to_its_end() {
        let counter = series(&[(-60, 10.0), (0, 40.0), (30, 50.0), (60, 75.0), (90, 1000.0)]);
        assert_eq!(
            increase(std::slice::from_ref(&counter), at(0), at(60)),
            35.0
        );
        assert_eq!(increase(&[counter.clone(), counter], at(0), at(60)), 70.0);
        assert_eq!(increase(&[], at(0), at(60)), 0.0);
    }

    #[test]
    fn windows_that_follow_one_another_count_everything_once() {
        let counter = series(
            &(0..=60)
                .map(|tens| (10 * tens, f64::from(tens as u32).powi(2)))
                .collect::<Vec<_>>(),
        );
        let all = [counter];
        let parts: f64 = (0..6)
            .map(|minute| increase(&all, at(100 * minute), at(100 * (minute + 1))))
            .sum();
        assert_eq!(parts, increase(&all, at(0), at(600)));
        assert_eq!(parts, 3600.0);
    }

    #[test]
    fn a_counter_that_falls_began_anew() {
        let restarted = series(&[(0, 1000.0), (20, 1010.0), (40, 3.0), (60, 5.0)]);
        assert_eq!(increase(&[restarted], at(0), at(60)), 15.0);
    }

    #[test]
    fn a_new_series_counts_from_zero_and_one_that_was_away_from_where_it_was() {
        // The first error of a new instance is the first value of its series.
        assert_eq!(
            increase(&[series(&[(30, 1.0), (60, 2.0)])], at(0), at(60)),
            2.0
        );
        // A scrape that failed takes a series away for a moment.
        assert_eq!(
            increase(&[series(&[(-300, 990.0), (30, 1000.0)])], at(0), at(60)),
            10.0
        );
        assert_eq!(increase(&[series(&[(-300, 990.0)])], at(0), at(60)), 0.0);
    }

    #[test]
    fn a_grid_has_both_ends_of_the_window_and_few_times() {
        for length in [5, 7, 60, 61, 3600, 21_600, 1_000_000] {
            let grid = Grid::over(at(0), at(length)).unwrap();
            assert!(grid.to <= at(length) && grid.to > at(0) && grid.end == seconds(grid.to));
            let steps = |to: f64| (to - grid.start) / grid.step as f64;
            for end in [seconds(at(0)), grid.end] {
                assert_eq!(steps(end), steps(end).round(), "{length}: {grid:?}");
            }
            assert!(steps(grid.end) < 600.0, "{length}: {grid:?}");
            assert!(seconds(at(0)) - grid.start >= LOOK_BACK);
        }
        assert_eq!(Grid::over(at(0), at(4)), None);
        assert_eq!(Grid::over(at(0), at(-60)), None);
    }
}
