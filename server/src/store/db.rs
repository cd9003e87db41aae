//! The pools, and the few true differences between the databases.

mod postgres;

use std::{fs::OpenOptions, path::Path, str::FromStr as _, time::Duration};

use sqlx::{
    Connection as _, PgPool, SqlitePool,
    postgres::{PgConnectOptions, PgListener},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use uuid::Uuid;

use super::{Error, Glance, Result, Tx, audit, migrations, tx::bounded};

/// How long a statement waits for another process's lock, and a task for a connection.
const PATIENCE: Duration = Duration::from_secs(10);
/// How many statements a connection that writes keeps prepared: those that take many rows come
/// in several sizes.
const PREPARED: usize = 250;

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
    Postgres {
        /// Connections for reading.
        read: PgPool,
        /// Those of the writer, which keep its statements prepared. Two, since the one that was
        /// used last is still being looked after when the next group begins.
        write: PgPool,
    },
}

impl Db {
    /// Connects to `sqlite://path` (made where it does not exist) or `postgres://…`,
    /// and runs the migrations that are missing.
    ///
    /// # Errors
    /// Where the address cannot be read, the database cannot be reached or a migration fails.
    pub async fn open(url: &str) -> Result<Self> {
        let opening = match Target::read(url)? {
            Target::Sqlite(options) => (
                options.get_filename().display().to_string(),
                Self::open_sqlite(options).await,
            ),
            Target::Postgres(options) => (
                postgres::place(&options),
                Self::open_postgres(options).await,
            ),
        };
        let (place, opened) = opening;
        let at_place = |error| Error::Open {
            place,
            error: Box::new(error),
        };
        let db = match opened {
            Ok(db) => db,
            Err(error) => return Err(at_place(error)),
        };
        match db.migrate().await {
            Ok(()) => Ok(db),
            Err(error) => Err(at_place(error)),
        }
    }

    /// Finds out at the start, and not at the first write, that the database only reads.
    ///
    /// # Errors
    /// Where nothing can be written.
    pub async fn require_writable(&self) -> Result<()> {
        // Beginning to write is not enough: SQLite allows that of a file that only reads.
        audit::lock(&mut self.write().await?).await.map(drop)
    }

    async fn open_sqlite(options: SqliteConnectOptions) -> Result<Self> {
        make_private(options.get_filename());
        let options = options
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(PATIENCE);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(PATIENCE)
            // A full disk ends a transaction without asking. sqlx still counts it, and would
            // never begin another one on the connection.
            .after_release(|connection, _| {
                Box::pin(async move {
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
            .connect_with(options.clone().statement_cache_capacity(PREPARED))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(PATIENCE)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self::Sqlite { read, write })
    }

    async fn open_postgres(options: PgConnectOptions) -> Result<Self> {
        let write = options.clone().statement_cache_capacity(PREPARED);
        Ok(Self::Postgres {
            read: postgres::open(options, 16).await?,
            write: postgres::open(write, 2).await?,
        })
    }

    async fn migrate(&self) -> Result<()> {
        match self {
            Self::Sqlite { write, .. } => migrations::sqlite().run(write).await?,
            Self::Postgres { write, .. } => migrations::postgres().run(write).await?,
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
            Self::Postgres { read, .. } => {
                Tx::Postgres(postgres::begin_reading(read.clone()).await?)
            }
        })
    }

    /// Takes a connection to read by one statement. What takes more is to [`Self::read`], so
    /// that it fits together.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn glance(&self) -> Result<Glance> {
        Ok(match self {
            Self::Sqlite { read, .. } => Glance::Sqlite(read.acquire().await?),
            Self::Postgres { read, .. } => Glance::Postgres(bounded(read.acquire()).await?),
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
            Self::Postgres { write, .. } => Tx::Postgres(bounded(write.begin()).await?),
        })
    }

    /// Hears of other nodes' commits; on SQLite there is nothing to hear.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn listen(&self) -> Result<Option<Listener>> {
        match self {
            Self::Sqlite { .. } => Ok(None),
            Self::Postgres { read, .. } => {
                let mut listener = bounded(PgListener::connect_with(read)).await?;
                bounded(listener.listen("serin")).await?;
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
            Self::Postgres { read, write } => {
                read.close().await;
                write.close().await;
            }
        }
    }
}

/// Makes the file for its owner's eyes only, where there is none yet: it holds the hashes of
/// passwords. SQLite gives the files beside it the same mode.
fn make_private(path: &Path) {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // Where that fails, SQLite says why better than this could.
    let _ = options.open(path);
}

/// Hears of other nodes' commits.
pub struct Listener(PgListener);

impl Listener {
    /// Waits for the next commits of others than `own`; returns too where the connection was
    /// lost and made anew.
    ///
    /// # Errors
    /// Where the database cannot be reached.
    pub async fn heard(&mut self, own: Uuid) -> Result<()> {
        let own = own.to_string();
        loop {
            let Some(heard) = self.0.try_recv().await? else {
                return Ok(());
            };
            let mut of_others = heard.payload() != own;
            // One look shows all that was committed until then.
            while let Some(more) = self.0.next_buffered() {
                of_others |= more.payload() != own;
            }
            if of_others {
                return Ok(());
            }
        }
    }
}

/// What an address names.
enum Target {
    Sqlite(SqliteConnectOptions),
    Postgres(PgConnectOptions),
}

impl Target {
    fn read(url: &str) -> Result<Self> {
        if url.starts_with("postgres:") || url.starts_with("postgresql:") {
            let options = PgConnectOptions::from_str(url);
            return options.map(Self::Postgres).map_err(|error| address(&error));
        }
        let file = url.strip_prefix("sqlite:").ok_or_else(|| {
            Error::Address("the database's address begins with sqlite:// or postgres://".to_owned())
        })?;
        if file.trim_start_matches('/').is_empty() || file.starts_with("//?") {
            let message = "the database's address names no file: it is like sqlite://serin.db";
            return Err(Error::Address(message.to_owned()));
        }
        let options = SqliteConnectOptions::from_str(url);
        options.map(Self::Sqlite).map_err(|error| address(&error))
    }
}

fn address(error: &sqlx::Error) -> Error {
    Error::Address(format!("the database's address cannot be read: {error}"))
}
