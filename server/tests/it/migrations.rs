//! Both databases have the same schema.

use std::{collections::BTreeSet, path::Path};

use serin_server::store::Tx;
use sqlx::Row as _;

use crate::harness::World;

fn files(side: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../migrations")
        .join(side);
    std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[test]
fn both_sides_have_the_same_files() {
    assert_eq!(files("sqlite"), files("postgres"));
}

/// Everything that must be alike, a line each.
async fn schema(world: &World, sql: &'static str) -> BTreeSet<String> {
    let mut tx = world.app.db.read().await.unwrap();
    let lines: Vec<String> = match &mut tx {
        Tx::Sqlite(tx) => {
            let rows = sqlx::query(sql).fetch_all(&mut **tx).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
        Tx::Postgres(tx) => {
            let rows = sqlx::query(sql).fetch_all(&mut **tx).await.unwrap();
            rows.iter().map(|row| row.get(0)).collect()
        }
    };
    lines.into_iter().collect()
}

const SQLITE_COLUMNS: &str = "
    SELECT t.name || '.' || c.name || CASE WHEN c.\"notnull\" THEN ' not null' ELSE '' END
    FROM pragma_table_list t JOIN pragma_table_info(t.name) c
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite%' AND t.name <> '_sqlx_migrations'";
const POSTGRES_COLUMNS: &str = "
    SELECT table_name || '.' || column_name || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '_sqlx_migrations'";

const SQLITE_UNIQUE: &str = "
    SELECT t.name || '(' || (SELECT group_concat(name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY name)) || ')'
           || CASE WHEN i.partial THEN ' partial' ELSE '' END
    FROM pragma_table_list t JOIN pragma_index_list(t.name) i
    WHERE t.schema = 'main' AND t.type = 'table' AND i.\"unique\" AND t.name <> '_sqlx_migrations'
    UNION SELECT t.name || '(' || c.name || ')' FROM pragma_table_list t JOIN pragma_table_info(t.name) c
    WHERE t.schema = 'main' AND t.type = 'table' AND t.name <> '_sqlx_migrations' AND t.name NOT LIKE 'sqlite%'
      AND c.pk > 0 AND (SELECT COUNT(*) FROM pragma_table_info(t.name) WHERE pk > 0) = 1";
const POSTGRES_UNIQUE: &str = "
    SELECT c.relname || '(' || (SELECT string_agg(a.attname, ',' ORDER BY a.attname COLLATE \"C\") FROM pg_attribute a WHERE a.attrelid = i.indexrelid) || ')'
           || CASE WHEN i.indpred IS NOT NULL THEN ' partial' ELSE '' END
    FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = 'public' AND i.indisunique AND c.relname <> '_sqlx_migrations'";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_sides_lead_to_the_same_schema() {
    let (sqlite, postgres) = (World::sqlite().await, World::postgres().await);
    let columns = schema(&sqlite, SQLITE_COLUMNS).await;
    assert!(
        columns.contains("entities.environment_id") && columns.contains("entities.key not null")
    );
    assert_eq!(columns, schema(&postgres, POSTGRES_COLUMNS).await);
    let unique = schema(&sqlite, SQLITE_UNIQUE).await;
    assert!(
        unique.contains("projects(key)")
            && unique.contains("entities(environment_id,key,kind) partial"),
        "{unique:?}"
    );
    assert_eq!(unique, schema(&postgres, POSTGRES_UNIQUE).await);
    let strict = schema(&sqlite, "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND name NOT LIKE 'sqlite%' AND name <> '_sqlx_migrations' AND NOT strict").await;
    assert_eq!(strict, BTreeSet::new());
    sqlite.close().await;
    postgres.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_is_set_to_lose_nothing() {
    let world = World::sqlite().await;
    let mut tx = world.app.db.write().await.unwrap();
    let Tx::Sqlite(tx) = &mut tx else {
        panic!("not SQLite")
    };
    for (pragma, expected) in [("PRAGMA synchronous", "2"), ("PRAGMA foreign_keys", "1")] {
        let value: i64 = sqlx::query_scalar(pragma)
            .fetch_one(&mut **tx)
            .await
            .unwrap();
        assert_eq!(value.to_string(), expected, "{pragma}");
    }
    let mode: String = sqlx::query_scalar("PRAGMA journal_mode")
        .fetch_one(&mut **tx)
        .await
        .unwrap();
    assert_eq!(mode, "wal");
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_reads_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("serin.db");
    let db = serin_server::store::Db::open(&format!("sqlite://{}", file.display()))
        .await
        .unwrap();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
    db.close().await;
}
