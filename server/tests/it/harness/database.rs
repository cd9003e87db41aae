//! A database for each test, on either side.

use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

/// A database of one test.
pub(crate) enum Database {
    /// A file in a directory that goes with it.
    Sqlite(TempDir),
    /// Server and name.
    Postgres { server: String, name: String },
}

impl Database {
    /// In the folder `TEST_SQLITE_FOLDER`, where that is set: hundreds of durable files at once
    /// keep a disk busy for minutes, and what a disk keeps is the end-to-end tests' concern.
    pub(crate) fn sqlite() -> Self {
        let directory = match std::env::var_os("TEST_SQLITE_FOLDER") {
            Some(folder) => tempfile::tempdir_in(folder),
            None => tempfile::tempdir(),
        };
        Self::Sqlite(directory.unwrap())
    }

    pub(crate) async fn postgres() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let server = std::env::var("TEST_DATABASE_URL").expect(
            "TEST_DATABASE_URL is not set: half of these tests need a PostgreSQL. \
             Run `cargo xtask test`, which starts one, or set it to a server where databases may be made.",
        );
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("serin_test_{}_{number}", std::process::id());
        let mut connection = PgConnection::connect(&server).await.unwrap();
        for sql in [
            format!("DROP DATABASE IF EXISTS {name}"),
            format!("CREATE DATABASE {name}"),
        ] {
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
        Self::Postgres { server, name }
    }

    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(directory) => {
                format!("sqlite://{}/serin.db", directory.path().display())
            }
            Self::Postgres { server, name } => {
                let (address, query) = server.split_once('?').unwrap_or((server, ""));
                let (base, _) = address.rsplit_once('/').unwrap();
                format!("{base}/{name}?{query}")
            }
        }
    }

    pub(crate) async fn remove(self) {
        if let Self::Postgres { server, name } = self {
            let mut connection = PgConnection::connect(&server).await.unwrap();
            let sql = format!("DROP DATABASE {name} WITH (FORCE)");
            sqlx::raw_sql(AssertSqlSafe(sql))
                .execute(&mut connection)
                .await
                .unwrap();
        }
    }
}
