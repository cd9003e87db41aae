//! Releases that evidence moves, on a real clock: one is well and goes through all its
//! stages, one has twice the errors, one is slow, and of one the people stay away. A browser
//! shows each as it happens; its pictures are in `target/e2e/canary`.
//!
//! Most of it is waiting, for windows of ten seconds and for the silence after which a
//! release is held; so two stories are told at the same time, each in a browser of its own.
//! Nothing is expected by a time but what is promised: states are waited for, people come in
//! the same numbers to a machine that is busy, and errors and delays strike exactly so many
//! of each arm, so that runs differ by who comes to which arm and by nothing else.

mod album;
mod load;
mod releases;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::release::Release;

use self::{
    album::Album,
    load::{CHECKOUT, FLAGS, HARMFUL, Load, PROFILE, SEARCH, SLOW, TODAY, WELL},
    releases::{Draft, Started},
};
use crate::world::{Database, PRODUCTION, PROJECT, World, hook, play_with, sees};

/// Nothing is between these SDKs and the server: what they count is there a second later.
const GRACE: &[&str] = &["--evidence-grace", "4"];

#[tokio::test]
async fn releases_go_on_go_back_and_stand_still_by_what_programs_count() {
    play_with("canary", Database::Sqlite, GRACE, live).await;
}

async fn live(world: &World) -> Result<()> {
    album::empty()?;
    world.project().await?;
    for flag in FLAGS {
        releases::prepare(world, flag).await?;
    }
    let key = world.api.create_key(PROJECT, PRODUCTION).await?;
    let sdk = load::client(&world.server.url(), key).await?;
    let load = Load::start(&sdk);
    tokio::try_join!(
        one_after_the_other(world, &load),
        side_by_side(world, &load)
    )?;
    load.stop().await;
    sdk.shutdown().await;
    Ok(())
}

/// A version that is well, and the next one, which has twice the errors.
async fn one_after_the_other(world: &World, load: &Load) -> Result<()> {
    let browser = world.signed_in().await?;
    let draft = Draft::write(world, healthy()).await?;
    let mut album = Album::open(&browser, "healthy", &draft.id).await?;
    let healthy = draft.start().await?;
    album.follow_to("completed").await?;
    was_promoted(&healthy.get().await?)?;
    sees(load.sdk(), "everybody has it", |_| {
        load.all_are_served(CHECKOUT, WELL)
    })
    .await?;

    let draft = Draft::write(world, at_half(CHECKOUT, WELL, HARMFUL)).await?;
    let mut album = Album::open(&browser, "harmful", &draft.id).await?;
    // By what the release before counted.
    browser.find(&hook("forecast-stage")).await?;
    album.take("foreseen").await?;
    let before = draft.foreseen("errors").await?;
    let harmful = draft.start().await?;
    album.follow_to("rolled_back").await?;
    let told = was_found(&harmful, "errors").await?;
    let took =
        (told.history.last().context("no history")?.at - told.history[0].at).as_seconds_f64();
    // By what this one counted: the forecast is one for the traffic that there is.
    let foreseen = draft.foreseen("errors").await?;
    eprintln!(
        "found after {took:.0} s; {before:.0} s were foreseen, and {foreseen:.0} s for the traffic that came"
    );
    ensure!(
        took <= 3.0 * foreseen,
        "{took} s, where {foreseen} s were foreseen"
    );
    sees(load.sdk(), "everybody is back", |_| {
        load.all_are_served(CHECKOUT, WELL)
    })
    .await
}

/// A slow one, and one that nobody comes to for a while.
async fn side_by_side(world: &World, load: &Load) -> Result<()> {
    let quiet = Draft::write(world, at_half(PROFILE, TODAY, WELL)).await?;
    let quiet = quiet.start().await?;
    // The silence takes longest, and so begins first.
    let silence = async {
        quiet.is_counted().await?;
        load.send_away();
        Ok(())
    };
    let (browser, ()) = tokio::try_join!(world.signed_in(), silence)?;
    let slow = Draft::write(world, at_half(SEARCH, TODAY, SLOW)).await?;
    let mut album = Album::open(&browser, "slow", &slow.id).await?;
    let slow = slow.start().await?;
    album.follow_to("rolled_back").await?;
    was_found(&slow, "latency").await?;
    sees(load.sdk(), "everybody is back", |_| {
        load.all_are_served(SEARCH, TODAY)
    })
    .await?;

    let mut album = Album::open(&browser, "quiet", &quiet.id).await?;
    album.follow_to("held").await?;
    let told = quiet.get().await?;
    let holds = serde_json::to_value(&told.state.position().context("it lives")?.holds)?;
    ensure!(holds == json!(["no_data"]), "{holds}");
    // Absence is no failure: it goes on where it was.
    load.call_back();
    album.follow_to("running").await?;
    let told = quiet.get().await?;
    let stage = told.state.position().map(|position| position.stage);
    ensure!(stage == Some(0), "{:?}", told.state);
    Ok(())
}

/// Through three stages, by evidence alone.
fn healthy() -> Value {
    json!({
        "flag": CHECKOUT, "baseline": TODAY, "candidate": WELL,
        "guards": [{
            "metric": load::metric(CHECKOUT, "errors"), "margin": { "relative": 0.2 }, "require_safe": 2.0,
        }],
        "stages": [
            { "weight": 25, "min_bake": "5s" },
            { "weight": 50, "min_bake": "5s" },
            { "weight": 100, "watch": "5s", "holdback": 10 },
        ],
    })
}

/// A first stage that lasts longer than the test, for half of the people.
fn at_half(flag: &str, baseline: &str, candidate: &str) -> Value {
    let guard =
        |what| json!({ "metric": load::metric(flag, what), "margin": { "relative": 0.05 } });
    json!({
        "flag": flag, "baseline": baseline, "candidate": candidate,
        "guards": [guard("errors"), guard("latency")],
        "stages": [{ "weight": 50, "min_bake": "2m" }, { "weight": 100 }],
    })
}

/// It entered each stage once, and after its start nobody did anything.
fn was_promoted(told: &Release) -> Result<()> {
    let history = &told.history;
    let entered: Vec<usize> = history
        .iter()
        .filter(|event| event.serve.is_some())
        .filter_map(|event| Some(event.state.position()?.stage))
        .collect();
    ensure!(entered == [0, 1, 2], "each stage once: {entered:?}");
    let epochs: Vec<u64> = history.iter().map(|event| event.epoch).collect();
    let gapless: Vec<u64> = (1..=told.epoch).collect();
    ensure!(epochs == gapless, "{epochs:?}");
    let by_people = history.iter().filter(|event| event.actor != "serin");
    ensure!(by_people.count() == 1, "{history:?}");
    Ok(())
}

/// It was rolled back for what a metric showed, and says so.
async fn was_found(release: &Started<'_>, what: &str) -> Result<Release> {
    let told = release.get().await?;
    let last = told.history.last().context("no history")?;
    let evidence = last.evidence.as_ref().context("no evidence")?;
    let metric = load::metric(&told.document.flag, what);
    ensure!(
        evidence["judgement"]["culprit"] == metric,
        "found by {metric}: {evidence}"
    );
    Ok(told)
}
