//! A transaction on either database.

use std::{future::Future, time::Duration};

use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction, pool::PoolConnection};

use super::{Error, Result};

/// How long one statement may take. Far longer than any does: a database that does not answer
/// at all would else hold up whoever asked for as long as TCP has hope.
const STATEMENT_LIMIT: Duration = Duration::from_secs(10);

/// Waits for the database, though not for ever.
pub(crate) async fn bounded<T>(statement: impl Future<Output = sqlx::Result<T>>) -> Result<T> {
    match tokio::time::timeout(STATEMENT_LIMIT, statement).await {
        Ok(done) => Ok(done?),
        Err(_) => Err(Error::Away(format!("no answer for {STATEMENT_LIMIT:?}"))),
    }
}

/// A transaction. It is rolled back where it is dropped without a commit.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// A connection for one statement that only reads, and so needs no transaction.
pub enum Glance {
    /// On SQLite.
    Sqlite(PoolConnection<Sqlite>),
    /// On PostgreSQL.
    Postgres(PoolConnection<Postgres>),
}

/// What a statement runs on.
pub(crate) enum Connection<'c> {
    Sqlite(&'c mut SqliteConnection),
    Postgres(&'c mut PgConnection),
}

impl Glance {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(connection) => Connection::Sqlite(connection),
            Self::Postgres(connection) => Connection::Postgres(connection),
        }
    }
}

/// Expands a query with rows once for each database: `run!(tx, c => sqlx::query("…").execute(c))`.
macro_rules! on {
    ($tx:expr, $connection:ident => $query:expr) => {
        match $tx.connection() {
            $crate::store::tx::Connection::Sqlite($connection) => {
                $crate::store::tx::bounded($query).await
            }
            $crate::store::tx::Connection::Postgres($connection) => {
                $crate::store::tx::bounded($query).await
            }
        }
    };
}
pub(crate) use on;

/// As [`on!`], for a statement without rows: how many rows it touched.
macro_rules! run {
    ($tx:expr, $connection:ident => $statement:expr) => {
        match $tx.connection() {
            $crate::store::tx::Connection::Sqlite($connection) => {
                let done = $crate::store::tx::bounded($statement).await;
                done.map(|done| done.rows_affected())
            }
            $crate::store::tx::Connection::Postgres($connection) => {
                let done = $crate::store::tx::bounded($statement).await;
                done.map(|done| done.rows_affected())
            }
        }
    };
}
pub(crate) use run;

impl Tx {
    pub(crate) fn connection(&mut self) -> Connection<'_> {
        match self {
            Self::Sqlite(transaction) => Connection::Sqlite(transaction),
            Self::Postgres(transaction) => Connection::Postgres(transaction),
        }
    }

    /// Makes it durable.
    ///
    /// # Errors
    /// Where the database fails. Nothing is written then, unless it was lost on the way back
    /// to say so: whoever asked is to look, as after any connection that broke.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => bounded(transaction.commit()).await,
            Self::Postgres(transaction) => bounded(transaction.commit()).await,
        }
    }

    /// Marks a point to come back to; there is one at a time.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn savepoint(&mut self) -> Result<()> {
        run!(self, c => sqlx::raw_sql("SAVEPOINT job").execute(c)).map(drop)
    }

    /// Forgets the mark and keeps what was written since.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn release(&mut self) -> Result<()> {
        run!(self, c => sqlx::raw_sql("RELEASE SAVEPOINT job").execute(c)).map(drop)
    }

    /// Undoes what was written since the mark.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn undo(&mut self) -> Result<()> {
        run!(self, c => sqlx::raw_sql("ROLLBACK TO SAVEPOINT job").execute(c))?;
        self.release().await
    }
}
