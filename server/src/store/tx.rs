//! A transaction on either database.

use sqlx::{Postgres, Sqlite, Transaction};

use super::Result;

/// A transaction. It is rolled back where it is dropped without a commit.
pub enum Tx {
    /// On SQLite.
    Sqlite(Transaction<'static, Sqlite>),
    /// On PostgreSQL.
    Postgres(Transaction<'static, Postgres>),
}

/// Expands a query with rows once for each database: `run!(tx, c => sqlx::query("…").execute(c))`.
macro_rules! on {
    ($tx:expr, $connection:ident => $query:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $query.await.map_err($crate::store::Error::from)
            }
            $crate::store::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $query.await.map_err($crate::store::Error::from)
            }
        }
    };
}
pub(crate) use on;

/// As [`on!`], for a statement without rows: how many rows it touched.
macro_rules! run {
    ($tx:expr, $connection:ident => $statement:expr) => {
        match $tx {
            $crate::store::Tx::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                let done = $statement.await.map_err($crate::store::Error::from);
                done.map(|done| done.rows_affected())
            }
            $crate::store::Tx::Postgres(transaction) => {
                let $connection = &mut **transaction;
                let done = $statement.await.map_err($crate::store::Error::from);
                done.map(|done| done.rows_affected())
            }
        }
    };
}
pub(crate) use run;

impl Tx {
    /// Makes it durable.
    ///
    /// # Errors
    /// Where the database fails; nothing is written then.
    pub async fn commit(self) -> Result<()> {
        match self {
            Self::Sqlite(transaction) => transaction.commit().await?,
            Self::Postgres(transaction) => transaction.commit().await?,
        }
        Ok(())
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

    /// Tells the other nodes at commit that there is something to read. SQLite has
    /// one node, and the command line's writes are found by asking.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn notify(&mut self) -> Result<()> {
        if let Self::Postgres(transaction) = self {
            sqlx::query("SELECT pg_notify('serin', '')")
                .execute(&mut **transaction)
                .await?;
        }
        Ok(())
    }
}
