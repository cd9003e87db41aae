//! One question to Prometheus, which is several queries.

use chrono::{DateTime, TimeDelta, Utc};
use serin_engine::release::{
    Places, Prometheus as Queries, evidence::Counter, judge::burn::BurnWindows, render,
};

use super::plan::{From, Wanted};
use crate::{
    prometheus::{Grid, Prometheus, increase},
    store::source::{Purpose, Reading},
};

/// How long what was scraped takes to be there.
const LAG: TimeDelta = TimeDelta::seconds(2);
/// How far behind what it showed before its clock may be, as where two of them answer in turn.
const APART: TimeDelta = TimeDelta::seconds(30);
/// How many more events than exposures there may seem to be: increases are drawn out to the ends of
/// the window for each series, so that what fails always comes out a little more than it was tried.
const ROUNDING: f64 = 0.1;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Answer {
    /// From then on it is counted, by the source's clock.
    Begun(DateTime<Utc>),
    /// What both arms had until then.
    Counted {
        until: DateTime<Utc>,
        baseline: Counter,
        candidate: Counter,
    },
    /// What an objective is held against.
    Burn(DateTime<Utc>, BurnWindows),
}

type Found<T> = Result<T, String>;

/// Asks.
///
/// # Errors
/// Why there is no answer, in words.
pub(super) async fn ask(
    prometheus: Option<&Prometheus>,
    wanted: &Wanted,
    now: DateTime<Utc>,
) -> Found<Answer> {
    let queries = match &wanted.from {
        From::Prometheus(queries) => queries,
        From::Reports(windows) => return Ok(Answer::Burn(now, *windows)),
    };
    let prometheus =
        prometheus.ok_or("this server was set up without a Prometheus (--prometheus-url)")?;
    let asking = Asking {
        prometheus,
        wanted,
        queries,
    };
    let latest = prometheus.now().await? - LAG;
    // One that never answered has not begun.
    let begun = |before: &&Reading| before.read_until > DateTime::UNIX_EPOCH;
    match (wanted.name.purpose, wanted.before.as_ref().filter(begun)) {
        (Purpose::Burn, _) => asking.burn(latest).await,
        (Purpose::Windows, None) => Ok(Answer::Begun(latest)),
        (Purpose::Windows, Some(before)) => asking.counted(before.read_until, latest).await,
    }
}

/// One question.
struct Asking<'a> {
    prometheus: &'a Prometheus,
    wanted: &'a Wanted,
    queries: &'a Queries,
}

impl Asking<'_> {
    async fn counted(&self, from: DateTime<Utc>, latest: DateTime<Utc>) -> Found<Answer> {
        if latest + APART < from {
            // What it counted since is dated by what is counted already. Nothing is counted twice.
            return Err(format!(
                "its clock was set back: it shows {latest}, and counted until {from} before"
            ));
        }
        let Some(grid) = Grid::over(from, latest) else {
            // Next to no time went by.
            return Ok(Answer::Begun(from));
        };
        let [baseline, candidate] = &self.wanted.arms;
        let (baseline, candidate) = tokio::try_join!(
            self.arm(baseline, from, &grid),
            self.arm(candidate, from, &grid),
        )?;
        Ok(Answer::Counted {
            until: grid.to,
            baseline,
            candidate,
        })
    }

    async fn arm(&self, variation: &str, from: DateTime<Utc>, grid: &Grid) -> Found<Counter> {
        let (exposed, events) = tokio::try_join!(
            self.window(&self.queries.exposures, variation, from, grid),
            self.window(&self.queries.events, variation, from, grid),
        )?;
        if events > exposed * (1.0 + ROUNDING) + 1.0 {
            return Err(format!(
                "the queries make no sense: {events} events of {exposed} exposures for {variation:?}"
            ));
        }
        let seconds = (grid.to - from).num_seconds();
        Ok(Counter {
            exposed,
            events: events.min(exposed),
            seconds: u32::try_from(seconds).unwrap_or(u32::MAX),
        })
    }

    /// What one query counted in a window.
    async fn window(
        &self,
        query: &str,
        variation: &str,
        from: DateTime<Utc>,
        grid: &Grid,
    ) -> Found<f64> {
        let query = self.filled(query, variation, grid.to - from);
        let counted = if self.queries.gives_increases() {
            self.prometheus.sum(&query, grid.to).await?
        } else {
            increase(&self.prometheus.series(&query, grid).await?, from, grid.to)
        };
        // An increase that is worked out from few values may come out a hair below none.
        Ok(counted.max(0.0))
    }

    fn filled(&self, query: &str, variation: &str, window: TimeDelta) -> String {
        let release = self.wanted.name.release_id.to_string();
        let places = Places {
            variation,
            window: window.to_std().unwrap_or_default(),
            flag: &self.wanted.flag,
            project: &self.wanted.project,
            environment: &self.wanted.environment,
            release: &release,
        };
        render(query, &places)
    }

    /// Both arms together, over the four windows.
    async fn burn(&self, at: DateTime<Utc>) -> Found<Answer> {
        let arms = if self.queries.tells_arms_apart() {
            &self.wanted.arms[..]
        } else {
            &self.wanted.arms[..1]
        };
        let mut windows = BurnWindows::default();
        for arm in arms {
            let (requests, failures) = tokio::try_join!(
                self.over_windows(&self.queries.exposures, arm, at),
                self.over_windows(&self.queries.events, arm, at),
            )?;
            let each = [
                &mut windows.five_minutes,
                &mut windows.half_hour,
                &mut windows.hour,
                &mut windows.six_hours,
            ];
            for ((totals, requests), failures) in each.into_iter().zip(requests).zip(failures) {
                totals.requests += requests;
                totals.failures += failures;
            }
        }
        Ok(Answer::Burn(at, windows))
    }

    /// What one query counted in the last five minutes, half hour, hour and six hours.
    async fn over_windows(
        &self,
        query: &str,
        variation: &str,
        at: DateTime<Utc>,
    ) -> Found<[f64; 4]> {
        let lengths = [5, 30, 60, 360].map(TimeDelta::minutes);
        let mut counted = [0.0; 4];
        if self.queries.gives_increases() {
            for (counted, length) in counted.iter_mut().zip(lengths) {
                let query = self.filled(query, variation, length);
                *counted = self.prometheus.sum(&query, at).await?.max(0.0);
            }
            return Ok(counted);
        }
        let [shortest, .., longest] = lengths;
        let query = self.filled(query, variation, shortest);
        if let Some(grid) = Grid::over(at - longest, at) {
            let series = self.prometheus.series(&query, &grid).await?;
            for (counted, length) in counted.iter_mut().zip(lengths) {
                *counted = increase(&series, grid.to - length, grid.to);
            }
        }
        Ok(counted)
    }
}
