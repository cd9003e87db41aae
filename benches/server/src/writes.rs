//! Durable writes with audit, beside a bare transaction on the same kind of database.

use std::{
    str::FromStr as _,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::Result;
use sqlx::{
    Connection as _, Executor as _, PgConnection, SqliteConnection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::{
    Options,
    report::Row,
    site::{Admin, Site, block_on},
};

const CLIENTS: [(usize, f64); 2] = [(1, 250.0), (8, 1000.0)];
const NAME: &str = "serin_bench";
/// The tables, and the row that every write meets at.
const SETUP: [&str; 3] = [
    "CREATE TABLE hot (id BIGINT PRIMARY KEY, n BIGINT NOT NULL)",
    "CREATE TABLE entries (id BIGINT PRIMARY KEY, details TEXT NOT NULL)",
    "INSERT INTO hot (id, n) VALUES (1, 0)",
];
const LOCK: &str = "UPDATE hot SET n = n + 1 WHERE id = 1";
const INSERT: &str = "INSERT INTO entries (id, details) VALUES ($1, $2)";

pub fn measure(options: &Options) -> Result<Vec<Row>> {
    let time = Duration::from_secs_f64(options.seconds * 1.5);
    let mut rows = sqlite(options, time)?;
    match &options.postgres {
        Some(url) => rows.extend(postgres(options, url, time)?),
        None => println!("no --postgres: its figures are left out"),
    }
    Ok(rows)
}

fn sqlite(options: &Options, time: Duration) -> Result<Vec<Row>> {
    let folder = TempDir::new()?;
    let floor = block_on(async {
        let url = format!("sqlite://{}", folder.path().join("floor.db").display());
        let options = SqliteConnectOptions::from_str(&url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        let mut database = SqliteConnection::connect_with(&options).await?;
        for statement in SETUP {
            database.execute(statement).await?;
        }
        let (mut count, begun) = (0_u32, Instant::now());
        while begun.elapsed() < time {
            let mut tx = database.begin().await?;
            tx.execute(LOCK).await?;
            sqlx::query(INSERT)
                .bind(i64::from(count))
                .bind(DETAILS)
                .execute(&mut *tx)
                .await?;
            tx.commit().await?;
            count += 1;
        }
        Ok(f64::from(count) / time.as_secs_f64())
    })?;
    let site = Site::new(options, 10)?;
    // SQLite has one writer: there is no floor with eight.
    own("SQLite", &site, time, |_| floor)
}

fn postgres(options: &Options, url: &str, time: Duration) -> Result<Vec<Row>> {
    let (server, _) = url.rsplit_once('/').unwrap_or((url, ""));
    let database = format!("{server}/{NAME}");
    block_on(again(url, true))?;
    let mut floors = Vec::new();
    for (clients, _) in CLIENTS {
        floors.push(block_on(bare(&database, clients, time))?);
        block_on(again(url, true))?;
    }
    let site = Site::on(options, &database, TempDir::new()?, 10)?;
    let rows = own("PostgreSQL", &site, time, |at| floors[at]);
    drop(site);
    block_on(again(url, false))?;
    rows
}

/// Drops the database, and makes it anew.
async fn again(url: &str, make: bool) -> Result<()> {
    let mut server = PgConnection::connect(url).await?;
    server
        .execute("DROP DATABASE IF EXISTS serin_bench WITH (FORCE)")
        .await?;
    if make {
        server.execute("CREATE DATABASE serin_bench").await?;
    }
    Ok(())
}

/// As long as an audit entry.
const DETAILS: &str = "{\"id\":\"0192f000-0000-7000-8000-000000000000\",\"project\":\"shop\",\"author\":\"admin\",\"state\":\"applied\",\"changes\":[{\"kind\":\"flag_config\",\"environment\":\"production\",\"key\":\"flag-0001\",\"before\":{\"default\":{\"variation\":\"on\"},\"enabled\":true,\"off\":\"off\",\"rules\":[]},\"after\":{\"default\":{\"variation\":\"off\"},\"enabled\":true,\"off\":\"off\",\"rules\":[]},\"version\":7}]}";

async fn bare(url: &str, clients: usize, time: Duration) -> Result<f64> {
    let mut first = PgConnection::connect(url).await?;
    for statement in SETUP {
        first.execute(statement).await?;
    }
    let next = Arc::new(AtomicU64::new(0));
    let mut tasks = JoinSet::new();
    let end = Instant::now() + time;
    for _ in 0..clients {
        let mut connection = PgConnection::connect(url).await?;
        let next = Arc::clone(&next);
        tasks.spawn(async move {
            while Instant::now() < end {
                let id = next.fetch_add(1, Ordering::Relaxed).cast_signed();
                let mut tx = connection.begin().await?;
                tx.execute(LOCK).await?;
                sqlx::query(INSERT)
                    .bind(id)
                    .bind(DETAILS)
                    .execute(&mut *tx)
                    .await?;
                tx.commit().await?;
            }
            Ok::<_, sqlx::Error>(())
        });
    }
    for outcome in tasks.join_all().await {
        outcome?;
    }
    Ok(next.load(Ordering::Relaxed) as f64 / time.as_secs_f64())
}

fn own(
    database: &str,
    site: &Site,
    time: Duration,
    floor: impl Fn(usize) -> f64,
) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for (at, (clients, least)) in CLIENTS.into_iter().enumerate() {
        let rate = block_on(write(site, clients, time))?;
        let name = format!("durable writes, {database}, {clients} clients");
        rows.push(Row::at_least(name, rate, "/s", least).beside("bare transaction", floor(at)));
    }
    Ok(rows)
}

/// Each client turns a flag of its own on and off.
async fn write(site: &Site, clients: usize, time: Duration) -> Result<f64> {
    let mut tasks = JoinSet::new();
    let end = Instant::now() + time;
    for client in 0..clients {
        let mut admin: Admin = site.admin().await?;
        tasks.spawn(async move {
            let mut count = 0_u32;
            while Instant::now() < end {
                admin.switch(client, count % 2 == 1).await?;
                count += 1;
            }
            Ok::<_, anyhow::Error>(count)
        });
    }
    let mut all = 0.0;
    for count in tasks.join_all().await {
        all += f64::from(count?);
    }
    Ok(all / time.as_secs_f64())
}
