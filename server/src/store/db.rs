//! The pools, and the few true differences between the databases.

use std::{str::FromStr as _, time::Duration};

use sqlx::{
    PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgListener, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};

use super::{Error, Result, Tx, migrations};

/// How long a statement waits for another process's lock, and a task for a connection.
const PATIENCE: Duration = Duration::from_secs(10);

/// The database.
#[derive(Clone, Debug)]
pub enum Db {
    /// A file. SQLite has one writer, and so has this: the pool of one connection is its queue.
    Sqlite {
        /// Connections that may not write.
        read: SqlitePool,
        /// The one connection that may.
        write: SqlitePool,
    },
    /// A server.
    Postgres(PgPool),
}

impl Db {
    /// Connects to `sqlite://path` (made where it does not exist) or `postgres://…`,
    /// and runs the migrations that are missing.
    ///
    /// # Errors
    /// Where the address cannot be read, the database cannot be reached or a migration fails.
    pub async fn open(url: &str) -> Result<Self> {
        let db = if url.starts_with("sqlite:") {
            Self::open_sqlite(url).await?
        } else if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url).map_err(|error| address(&error))?;
            let pool = PgPoolOptions::new()
                .max_connections(16)
                .acquire_timeout(PATIENCE)
                .connect_with(options)
                .await?;
            Self::Postgres(pool)
        } else {
            return Err(Error::Address(
                "the database's address begins with sqlite:// or postgres://".to_owned(),
            ));
        };
        db.migrate().await?;
        Ok(db)
    }

    async fn open_sqlite(url: &str) -> Result<Self> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|error| address(&error))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            .connect_with(options.clone())
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self::Sqlite { read, write })
    }

    async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => migrations::sqlite().run(write).await?,
            Self::Postgres(pool) => migrations::postgres().run(pool).await?,
        }
        Ok(())
    }

    /// Begins a transaction that only reads, on one consistent state.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn read(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { read, .. } => Tx::Sqlite(read.begin().await?),
            Self::Postgres(pool) => Tx::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
                    .await?,
            ),
        })
    }

    /// Begins a transaction that writes. Use cases write through
    /// [`crate::service::writer::Writer`], which puts many into one.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn write(&self) -> Result<Tx> {
        Ok(match self {
            Self::Sqlite { write, .. } => Tx::Sqlite(write.begin_with("BEGIN IMMEDIATE").await?),
            Self::Postgres(pool) => Tx::Postgres(pool.begin().await?),
        })
    }

    /// Hears of other nodes' commits; on SQLite there is nothing to hear.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres(pool) => {
                let mut listener = PgListener::connect_with(pool).await?;
                listener.listen("serin").await?;
                Ok(Some(Listener(listener)))
            }
        }
    }

    /// Waits for running statements and closes all connections.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

/// Hears of other nodes' commits.
pub struct Listener(PgListener);

impl Listener {
    /// Waits for the next commit; returns too where the connection was lost and made anew.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn heard(&mut self) -> Result<()> {
        self.0.try_recv().await?;
        Ok(())
    }
}

fn address(error: &sqlx::Error) -> Error {
    Error::Address(format!("the database's address cannot be read: {error}"))
}
