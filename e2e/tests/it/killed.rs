//! A server that is killed while it writes starts again with every write that it
//! acknowledged, and with an audit log that verifies.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use serin_api::paths;
use tokio::{sync::Notify, task::JoinSet};

use crate::world::{Api, Database, PROJECT, World, play};

const WRITERS: usize = 6;
const KILLS: u64 = 20;

#[tokio::test]
async fn no_acknowledged_write_is_lost_on_sqlite() {
    play("killed-sqlite", Database::Sqlite, async |world| {
        kill_again_and_again(world).await
    })
    .await;
}

#[tokio::test]
async fn no_acknowledged_write_is_lost_on_postgres() {
    let Some(database) = Database::postgres().unwrap() else {
        return;
    };
    play("killed-postgres", database, async |world| {
        kill_again_and_again(world).await
    })
    .await;
}

async fn kill_again_and_again(world: &World) -> Result<()> {
    world.project().await?;
    for writer in 0..WRITERS {
        world.api.create_flag(PROJECT, &flag(writer)).await?;
    }
    let mut acknowledged = Vec::new();
    for round in 0..KILLS {
        // Early in some rounds and late in others, and never at the same point of a write.
        let enough = 5 + round * 37 % 60;
        let written = write_until_killed(world, round, enough).await?;
        verify_audit(world)
            .await
            .with_context(|| format!("after kill {round}"))?;
        world.server.restart().await?;
        for write in &written {
            expect_kept(&world.api, write)
                .await
                .with_context(|| format!("after kill {round}"))?;
        }
        acknowledged.extend(written.into_iter().flat_map(|writer| writer.change_sets));
    }
    eprintln!(
        "{} writes acknowledged around {KILLS} kills",
        acknowledged.len()
    );
    let kept = change_sets(&world.api).await?;
    let lost: Vec<_> = acknowledged
        .iter()
        .filter(|id| !kept.contains(id))
        .collect();
    ensure!(
        lost.is_empty(),
        "of {} acknowledged change sets these are lost: {lost:?}",
        acknowledged.len()
    );
    Ok(())
}

/// What one writer was told.
struct Written {
    flag: String,
    /// The last description that was acknowledged; absent where none was.
    last: Option<String>,
    /// The one that was under way when the server was killed: it may be there or not.
    open: String,
    change_sets: Vec<String>,
}

/// Lets all writers write, and kills the server under them once so many writes are
/// acknowledged.
async fn write_until_killed(world: &World, round: u64, enough: u64) -> Result<Vec<Written>> {
    let count = Arc::new(AtomicU64::new(0));
    let reached = Arc::new(Notify::new());
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (api, count, reached) = (world.api.clone(), Arc::clone(&count), Arc::clone(&reached));
        writers.spawn(async move {
            write(&api, flag(writer), round, || {
                if count.fetch_add(1, Ordering::Relaxed) + 1 == enough {
                    reached.notify_one();
                }
            })
            .await
        });
    }
    tokio::select! {
        () = reached.notified() => {}
        // None of them ends by itself while the server lives.
        Some(ended) = writers.join_next() => ensure!(false, "a writer ended before the kill: {:?}", ended?.map(|it| it.open)),
    }
    world.server.kill().await?;
    writers.join_all().await.into_iter().collect()
}

/// Writes one change after another until the server does not answer any more.
async fn write(api: &Api, flag: String, round: u64, acknowledged: impl Fn()) -> Result<Written> {
    let mut written = Written {
        flag,
        last: None,
        open: String::new(),
        change_sets: Vec::new(),
    };
    for number in 0_u64.. {
        written.open = format!("round {round}, write {number}");
        let change = json!([{
            "kind": "flag", "key": written.flag, "action": "patch",
            "document": { "description": written.open },
        }]);
        let body = json!({ "project": PROJECT, "reason": written.open, "changes": change });
        let Ok((status, answer)) = api
            .send(reqwest::Method::POST, paths::CHANGE_SETS, Some(body))
            .await
        else {
            break;
        };
        ensure!(status.is_success(), "{status} {answer}");
        // A body that is cut off is no acknowledgement.
        let Some(id) = answer["id"].as_str() else {
            break;
        };
        written.change_sets.push(id.to_owned());
        written.last = Some(written.open.clone());
        acknowledged();
    }
    Ok(written)
}

async fn expect_kept(api: &Api, written: &Written) -> Result<()> {
    let flag = api.get(&paths::flag(PROJECT, &written.flag)).await?;
    let kept = flag["description"].as_str();
    let open = kept == Some(&*written.open);
    let Some(last) = &written.last else {
        return Ok(());
    };
    ensure!(
        open || kept == Some(last),
        "{}: {last:?} was acknowledged, {kept:?} is there",
        written.flag
    );
    Ok(())
}

async fn verify_audit(world: &World) -> Result<()> {
    let output = world.server.run(&["audit", "verify"]).await?;
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    ensure!(
        output.status.success(),
        "`serin audit verify`: {}\n{said}",
        output.status
    );
    Ok(())
}

/// The ids of all change sets that the server knows of.
async fn change_sets(api: &Api) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    let mut path = format!("{}?project={PROJECT}&limit=100", paths::CHANGE_SETS);
    loop {
        let page = api.get(&path).await?;
        let items = page["items"].as_array().context("no items")?;
        ids.extend(
            items
                .iter()
                .filter_map(|item| item["id"].as_str().map(str::to_owned)),
        );
        let Some(cursor) = page.get("next_cursor").and_then(Value::as_str) else {
            return Ok(ids);
        };
        path = format!(
            "{}?project={PROJECT}&limit=100&cursor={}",
            paths::CHANGE_SETS,
            paths::encode(cursor)
        );
    }
}

fn flag(writer: usize) -> String {
    format!("flag-{writer}")
}
