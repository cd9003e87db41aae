//! The releases of one ruleset.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::Value;
use serin_api::evidence::WantedMetric;
use serin_engine::attribute::AttributeRef;
use serin_engine::release::Site;
use serin_engine::ruleset::{Found, Ruleset, SameFlag};

use super::live::{Entry, Live};

/// How many releases are counted for at most; each takes 1.5 MiB.
const RELEASES: usize = 64;
/// How many metrics of each.
const METRICS: usize = 64;

/// The releases of one ruleset, to be found by flag and by metric.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Each with its flag as it was compiled: an evaluation of the flag as it was before or
    /// is later belongs to another stage, or may.
    lives: Vec<(SameFlag, Arc<Live>)>,
    /// The places of those that ask for a metric, and of the metric in each.
    metrics: HashMap<Box<str>, Vec<(usize, usize)>>,
}

impl Table {
    /// Reads a ruleset's releases. What does not make sense is left out; what is as it was
    /// `before` goes on.
    pub(super) fn of(ruleset: &Ruleset, before: Option<&Self>) -> Self {
        let mut table = Self::default();
        for entry in ruleset.releases().iter().filter_map(read).take(RELEASES) {
            let Some(found) = ruleset.find(&entry.flag) else {
                continue;
            };
            let mut known = before.iter().flat_map(|before| before.lives());
            let live = match known.find(|live| live.is(&entry)) {
                Some(live) => Arc::clone(live),
                None => Arc::new(Live::new(entry)),
            };
            let place = table.lives.len();
            for (metric, wanted) in live.metrics.iter().enumerate() {
                let asking = table.metrics.entry(wanted.key.as_str().into()).or_default();
                asking.push((place, metric));
            }
            table.lives.push((found.same(), live));
        }
        table
    }

    pub(super) fn is_empty(&self) -> bool {
        self.lives.is_empty()
    }

    pub(super) fn lives(&self) -> impl Iterator<Item = &Arc<Live>> {
        self.lives.iter().map(|(_, live)| live)
    }

    /// The releases that are not in another table.
    pub(super) fn without(&self, other: &Self) -> impl Iterator<Item = &Arc<Live>> {
        self.lives()
            .filter(|live| !other.lives().any(|other| Arc::ptr_eq(live, other)))
    }

    /// Whether there is a release in a ruleset, whose table this is, that another ruleset's
    /// table does not have, or that had its flag otherwise.
    pub(super) fn has_news(&self, ruleset: &Ruleset, before: Option<&Self>) -> bool {
        let mut lives = self.lives();
        lives.any(|live| {
            let found = ruleset.find(&live.flag);
            let mut known = before.iter().flat_map(|before| &before.lives);
            !known.any(|(flag, known)| {
                Arc::ptr_eq(live, known) && found.is_some_and(|found| flag.is(found))
            })
        })
    }

    /// The releases on a flag.
    pub(super) fn of_flag(&self, found: Found<'_>) -> impl Iterator<Item = &Live> {
        let lives = self.lives.iter().filter(move |(flag, _)| flag.is(found));
        lives.map(|(_, live)| &**live)
    }

    /// The releases on a flag, to be kept while something is done for them.
    pub(super) fn shared_of_flag(&self, found: Found<'_>) -> impl Iterator<Item = &Arc<Live>> {
        let lives = self.lives.iter().filter(move |(flag, _)| flag.is(found));
        lives.map(|(_, live)| live)
    }

    /// The releases that ask for a metric, with its place in each.
    pub(super) fn asking_for(
        &self,
        metric: &str,
    ) -> impl Iterator<Item = (&Live, &SameFlag, usize)> {
        let asking = self.metrics.get(metric).into_iter().flatten();
        asking.filter_map(|(place, metric)| {
            let (flag, live) = self.lives.get(*place)?;
            Some((&**live, flag, *metric))
        })
    }
}

/// Reads leniently: a server that is newer says more.
fn read(entry: &Value) -> Option<Entry> {
    let text = |name: &str| Some(Box::from(entry.get(name)?.as_str()?));
    let site = match entry.get("site") {
        None => Site::Default,
        Some(site) => serde_json::from_value(site.clone()).ok()?,
    };
    let unit = match entry.get("unit").and_then(Value::as_str) {
        None => AttributeRef::targeting_key(),
        Some(unit) => AttributeRef::parse(unit).ok()?,
    };
    let metrics = entry.get("metrics").and_then(Value::as_array);
    let metrics = metrics.into_iter().flatten().take(METRICS);
    Some(Entry {
        release: entry.get("id")?.as_str()?.parse().ok()?,
        stage: usize::try_from(entry.get("stage")?.as_u64()?).ok()?,
        epoch: entry.get("epoch").and_then(Value::as_u64).unwrap_or(0),
        flag: text("flag")?,
        site,
        variations: [text("baseline")?, text("candidate")?],
        unit,
        metrics: metrics
            .filter_map(|metric| serde_json::from_value::<WantedMetric>(metric.clone()).ok())
            .collect(),
        shadow: entry
            .get("shadow")
            .and_then(|shadow| serde_json::from_value(shadow.clone()).ok()),
    })
}
