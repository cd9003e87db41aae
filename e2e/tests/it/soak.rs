//! Three nodes on one PostgreSQL of which one after the other is killed, at random, while
//! releases go through their stages: each stage is entered once, the events have numbers
//! without gaps, and the audit chain verifies.
//!
//! For some seconds among the tests; `cargo xtask soak` takes ten minutes.

use std::{
    env,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::{paths, release::Release};

use crate::world::{Api, Database, PATIENCE, PRODUCTION, PROJECT, Server, World, eventually, play};

/// How many releases live at a time, each on a flag of its own.
const FLAGS: usize = 4;
/// How often the releases are looked at.
const LOOK: Duration = Duration::from_millis(200);
/// For how long nodes are killed where nobody says otherwise.
const SECONDS: u64 = 8;

#[tokio::test]
async fn three_nodes_that_are_killed_enter_each_stage_once() {
    let Some(database) = Database::postgres().unwrap() else {
        return;
    };
    play("soak", database, soak).await;
}

async fn soak(world: &World) -> Result<()> {
    let time = match env::var("SERIN_SOAK_SECONDS") {
        Ok(seconds) => Duration::from_secs(seconds.parse()?),
        Err(_) => Duration::from_secs(SECONDS),
    };
    world.project().await?;
    for flag in 0..FLAGS {
        world.api.create_flag(PROJECT, &key(flag)).await?;
    }
    let others = [
        world.another_node(&[]).await?,
        world.another_node(&[]).await?,
    ];
    let nodes = [&world.server, &*others[0], &*others[1]];
    let seed = env::var("SERIN_SOAK_SEED").map_or(Ok(1), |seed| seed.parse())?;
    let mut random = Random(seed);
    let mut site = Site::new(&nodes)?;
    let begun = Instant::now();
    let mut kills = 0_u32;
    while begun.elapsed() < time {
        site.begin_where_none_lives().await?;
        // One of the three goes at any time, and another one soon after it is back.
        let victim = random.below(nodes.len() as u64) as usize;
        random.pause().await;
        nodes[victim].kill().await?;
        kills += 1;
        site.down = Some(victim);
        site.begin_where_none_lives().await?;
        random.pause().await;
        nodes[victim].restart().await?;
        site.down = None;
    }
    let entered = site.end().await?;
    ensure!(entered > FLAGS, "{entered} stages in {time:?}");
    verify(&world.server).await?;
    eprintln!(
        "{kills} kills in {:.0} s: {} releases, {entered} stages, each entered once",
        begun.elapsed().as_secs_f64(),
        site.all.len()
    );
    Ok(())
}

/// The releases, as seen through whichever node is up.
struct Site {
    apis: Vec<Api>,
    /// The node that was killed.
    down: Option<usize>,
    /// By flag.
    living: Vec<Option<String>>,
    all: Vec<String>,
}

impl Site {
    fn new(nodes: &[&Server]) -> Result<Self> {
        let own = |node: &&Server| Api::new(node.url(), crate::world::TOKEN);
        Ok(Self {
            apis: nodes.iter().map(own).collect::<Result<_>>()?,
            down: None,
            living: vec![None; FLAGS],
            all: Vec::new(),
        })
    }

    fn api(&self) -> Result<&Api> {
        let up = (0..self.apis.len()).find(|node| Some(*node) != self.down);
        up.and_then(|node| self.apis.get(node))
            .context("no node is up")
    }

    async fn get(&self, id: &str) -> Result<Release> {
        let path = paths::release(PROJECT, PRODUCTION, id);
        Ok(serde_json::from_value(self.api()?.get(&path).await?)?)
    }

    /// Starts a release on each flag that has none any more.
    async fn begin_where_none_lives(&mut self) -> Result<()> {
        for flag in 0..FLAGS {
            if let Some(id) = &self.living[flag]
                && !self.get(id).await?.state.is_over()
            {
                continue;
            }
            let id = begin(self.api()?, &key(flag)).await?;
            self.all.push(id.clone());
            self.living[flag] = Some(id);
        }
        Ok(())
    }

    /// Lets all of them come to their ends; how many stages they went through.
    async fn end(&self) -> Result<usize> {
        let mut entered = 0;
        for id in &self.all {
            let mut looks = tokio::time::interval(LOOK);
            let release = eventually("a release ends", PATIENCE, async || {
                looks.tick().await;
                let release = self.get(id).await?;
                Ok(release.state.is_over().then_some(release))
            });
            entered += check(&release.await?).with_context(|| id.clone())?;
        }
        Ok(entered)
    }
}

/// What must hold of a release that is over; how many stages it had.
fn check(release: &Release) -> Result<usize> {
    ensure!(release.state.name() == "completed", "{:?}", release.state);
    let epochs: Vec<u64> = release.history.iter().map(|event| event.epoch).collect();
    let gapless: Vec<u64> = (1..=release.epoch).collect();
    ensure!(epochs == gapless, "numbers with gaps: {epochs:?}");
    let entered: Vec<usize> = release
        .history
        .iter()
        .filter(|event| event.serve.is_some())
        .filter_map(|event| Some(event.state.position()?.stage))
        .collect();
    let each: Vec<usize> = (0..release.document.stages.len()).collect();
    ensure!(entered == each, "stages were entered as {entered:?}");
    Ok(entered.len())
}

fn key(flag: usize) -> String {
    format!("flag-{flag}")
}

/// Sets a flag back, and starts a release on it.
async fn begin(api: &Api, flag: &str) -> Result<String> {
    let off = json!({ "enabled": true, "default": { "variation": "off" } });
    api.configure(PROJECT, PRODUCTION, flag, off).await?;
    let stages: Vec<Value> = [1, 10, 50]
        .iter()
        .map(|weight| json!({ "weight": weight, "min_bake": "500ms" }))
        .chain([json!({ "weight": 100 })])
        .collect();
    let document = json!({ "flag": flag, "baseline": "off", "candidate": "on", "stages": stages });
    let draft = api
        .post(&paths::releases(PROJECT, PRODUCTION), document)
        .await?;
    let id = draft["id"].as_str().context("a release without an id")?;
    let start = json!({ "signal": "start", "epoch": draft["epoch"] });
    api.post(&paths::release_signals(PROJECT, PRODUCTION, id), start)
        .await?;
    Ok(id.to_owned())
}

async fn verify(server: &Server) -> Result<()> {
    let output = server.run(&["audit", "verify"]).await?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "the audit log: {said}");
    Ok(())
}

/// Numbers that are the same in each run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }

    /// Short, so that a node dies at any point of what it does; and now and then so long that
    /// another one takes the releases over and moves them. Nothing is waited for.
    async fn pause(&mut self) {
        let longest = if self.below(3) == 0 { 4000 } else { 500 };
        tokio::time::sleep(Duration::from_millis(self.below(longest))).await;
    }
}
