//! Connections to PostgreSQL: on both ends, one that the network has forgotten is given up in
//! seconds, and not in the hours that TCP takes by itself.

use std::time::Duration;

use sqlx::{
    Connection as _, Executor as _, PgConnection, PgPool, Postgres, Transaction,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use super::PATIENCE;
use crate::store::{Error, Result, tx::bounded};

/// How long a connection that comes back to the pool has to show that it lives.
const SIGN_OF_LIFE: Duration = Duration::from_secs(5);

/// What the other end holds on to for a node that is gone: a transaction that waits for it,
/// and with it the lock that orders the writers of all nodes.
const SETTINGS: &str = "SET idle_in_transaction_session_timeout = '30s'; \
    SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4; \
    SET tcp_user_timeout = '30s'";

/// The connections.
pub(super) async fn open(options: PgConnectOptions, most: u32) -> Result<PgPool> {
    let pool = PgPoolOptions::new()
        .max_connections(most)
        .acquire_timeout(PATIENCE)
        .after_connect(|connection, _| {
            Box::pin(async move { connection.execute(SETTINGS).await.map(drop) })
        })
        .after_release(|connection, _| {
            // sqlx asks the same, and would wait for ever while it holds on to the place of
            // another connection.
            Box::pin(async move {
                let alive = tokio::time::timeout(SIGN_OF_LIFE, connection.ping()).await;
                alive
                    .unwrap_or(Err(sqlx::Error::PoolTimedOut))
                    .map(|()| true)
            })
        })
        .connect_with(options.clone())
        .await;
    match pool {
        // It tried for all that time, and does not say what went wrong: one more try does.
        Err(sqlx::Error::PoolTimedOut) => {
            let cause = bounded(PgConnection::connect_with(&options)).await.err();
            Err(cause.unwrap_or(sqlx::Error::PoolTimedOut.into()))
        }
        pool => Ok(pool?),
    }
}

/// Begins to read in a task of its own, so that whoever asks may be dropped at any moment (a
/// client that went away, a request with another mistake in it). sqlx forgets a `BEGIN` that
/// is dropped on its way: the connection would go back to the pool within a transaction
/// that only reads, and the next write on it would fail.
pub(super) async fn begin_reading(pool: PgPool) -> Result<Transaction<'static, Postgres>> {
    let begun = tokio::spawn(async move {
        bounded(pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")).await
    });
    match begun.await {
        Ok(begun) => begun,
        // The task neither panics nor is cancelled but where the runtime ends.
        Err(_) => Err(Error::from(sqlx::Error::WorkerCrashed)),
    }
}

/// Where a server is, without what one needs to get in.
pub(super) fn place(options: &PgConnectOptions) -> String {
    let database = options.get_database().unwrap_or_default();
    format!(
        "postgres://{}:{}/{database}",
        options.get_host(),
        options.get_port()
    )
}
