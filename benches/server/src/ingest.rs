//! Evidence of many instances: what taking it in costs the server, and whether a kill loses any.
//!
//! The instances are real SDKs in this process. They open their streams, close windows of ten
//! seconds, spread their reports over two, and repeat what was not acknowledged.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use serde_json::{Value, json};
use serin_sdk::{Client, Context};

use crate::{
    Options,
    report::Row,
    site::{Admin, ENVIRONMENT, Site, block_on, key},
};

const INSTANCES: usize = 100;
const RELEASES: usize = 10;
/// Of each release: as many of which only that they happened is told, and of which values are.
const COUNTS: usize = 3;
const VALUES: usize = 2;
/// A unit comes to each instance so often, and to all releases.
const EVERY: Duration = Duration::from_millis(200);
/// One unit of so many has an event of a metric.
const EVENTFUL: u64 = 20;

/// Before anything is measured: everybody is connected, and the first windows have come.
const BEFORE: Duration = Duration::from_secs(12);
/// Whole windows.
const MEASURED: Duration = Duration::from_secs(30);
/// After the kill.
const AFTER: Duration = Duration::from_secs(15);
const READY_WITHIN: Duration = Duration::from_secs(30);

/// The figures.
pub fn measure(options: &Options) -> Result<Vec<Row>> {
    let mut site = Site::new(options, 2 * RELEASES)?;
    block_on(async {
        let releases = begin(&mut site.admin().await?).await?;
        let mut load = Load::connect(&site).await?;
        load.run(BEFORE).await;
        let (before, begun) = (site.process.cpu()?, Instant::now());
        load.run(MEASURED).await;
        let used = (site.process.cpu()? - before).as_secs_f64() / begun.elapsed().as_secs_f64();
        site.kill_and_restart(options)?;
        load.run(AFTER).await;
        let exposed = load.end().await;
        let counted = counted(&mut site.admin().await?, &releases).await?;
        let wrong = counted
            .iter()
            .map(|counted| 100.0 * (counted - exposed).abs() / exposed)
            .fold(0.0, f64::max);
        let what = format!(
            "{INSTANCES} SDKs × {RELEASES} releases × {} metrics",
            COUNTS + VALUES
        );
        Ok(vec![
            Row::at_most(
                format!("evidence of {what}"),
                100.0 * used,
                "% of a core",
                10.0,
            ),
            // Filters of the SDK may take one unit in thousands for another.
            Row::at_most("units lost or counted twice by a SIGKILL", wrong, "%", 0.1),
        ])
    })
}

/// Flags that serve one variation, without rules: see [`crate::site`].
fn flags() -> impl Iterator<Item = usize> {
    (0..)
        .filter(|number| !matches!(number % 10, 3 | 6 | 8 | 9))
        .take(RELEASES)
}

fn metrics(flag: usize) -> impl Iterator<Item = (String, &'static str)> {
    let kinds = [("count", COUNTS), ("value", VALUES)];
    kinds.into_iter().flat_map(move |(kind, count)| {
        (0..count).map(move |number| (format!("{}-{kind}-{number}", key(flag)), kind))
    })
}

/// Starts a release of each flag, which goes nowhere for as long as this lasts.
async fn begin(admin: &mut Admin) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for flag in flags() {
        admin.switch(flag, false).await?;
        let create = |(key, kind): (String, &str)| json!({"kind": "metric", "key": key, "action": "create", "document": {"kind": kind}});
        let changes: Vec<Value> = metrics(flag).map(create).collect();
        let set = json!({"project": "shop", "changes": changes});
        admin.ask("POST", "/api/v1/change-sets", set).await?;
        let guard = |(key, _): (String, &str)| json!({"metric": key, "margin": {"relative": 0.5}});
        let guards: Vec<Value> = metrics(flag).map(guard).collect();
        let document = json!({
            "flag": key(flag), "baseline": "off", "candidate": "on", "guards": guards,
            "policy": {"alpha": 1e-6}, "stages": [{"weight": 50, "min_bake": "1h"}, {"weight": 100}],
        });
        let releases = format!("{ENVIRONMENT}/releases");
        let draft = admin.ask("POST", &releases, document).await?;
        let id = draft["id"].as_str().context("no id")?.to_owned();
        let start = json!({"signal": "start", "epoch": draft["epoch"]});
        admin
            .ask("POST", &format!("{releases}/{id}/signals"), start)
            .await?;
        ids.push(id);
    }
    Ok(ids)
}

/// How many units each release has counted.
async fn counted(admin: &mut Admin, releases: &[String]) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for id in releases {
        let path = format!("{ENVIRONMENT}/releases/{id}/windows?limit=200");
        let page = admin.ask("GET", &path, Value::Null).await?;
        let windows = page["items"].as_array().context("no windows")?;
        let arms = windows
            .iter()
            .flat_map(|window| [&window["baseline"], &window["candidate"]]);
        all.push(arms.filter_map(|arm| arm["exposed"].as_f64()).sum());
    }
    Ok(all)
}

/// The instances, and who comes to them.
struct Load {
    clients: Vec<Client>,
    /// Each release's flag and metrics.
    paths: Vec<(String, Vec<(String, &'static str)>)>,
    units: u64,
}

impl Load {
    async fn connect(site: &Site) -> Result<Self> {
        let url = format!("http://{}", site.process.address);
        let connect = || Client::builder(&url, &site.key).build().context("an SDK");
        let clients = (0..INSTANCES)
            .map(|_| connect())
            .collect::<Result<Vec<_>>>()?;
        for client in &clients {
            client.ready_within(READY_WITHIN).await?;
        }
        Ok(Self {
            clients,
            paths: flags()
                .map(|flag| (key(flag), metrics(flag).collect()))
                .collect(),
            units: 0,
        })
    }

    async fn run(&mut self, time: Duration) {
        let begun = Instant::now();
        let mut ticks = tokio::time::interval(EVERY);
        while begun.elapsed() < time {
            ticks.tick().await;
            for client in &self.clients {
                self.units += 1;
                visit(client, &self.paths, self.units);
                // Streams and reports have their turn in between.
                tokio::task::yield_now().await;
            }
        }
    }

    /// Lets all of them report what is left; how many units came to each release.
    async fn end(self) -> f64 {
        for client in &self.clients {
            client.shutdown().await;
        }
        self.units as f64
    }
}

/// A unit that was never there before comes to all releases.
fn visit(client: &Client, paths: &[(String, Vec<(String, &'static str)>)], number: u64) {
    let unit = Context::new(format!("unit-{number}"));
    for (flag, metrics) in paths {
        let _ = client.bool(flag, &unit, false);
        for (place, (metric, kind)) in (0..).zip(metrics) {
            match *kind {
                "value" => client.record(metric, &unit, 50.0 + (number * 37 % 400) as f64),
                _ if (number + place).is_multiple_of(EVENTFUL) => client.track(metric, &unit),
                _ => {}
            }
        }
    }
}
