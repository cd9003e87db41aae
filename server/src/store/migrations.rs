//! The migrations, embedded. A new one takes a file on each side and a line here.

use std::borrow::Cow;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

/// A migration: number, name, SQL for SQLite, SQL for PostgreSQL.
struct Step(i64, &'static str, &'static str, &'static str);

macro_rules! steps {
    ($($number:literal $name:literal $file:literal;)+) => {
        const STEPS: &[Step] = &[$(Step(
            $number,
            $name,
            include_str!(concat!("../../../migrations/sqlite/", $file)),
            include_str!(concat!("../../../migrations/postgres/", $file)),
        )),+];
    };
}

steps! {
    1 "initial" "0001_initial.sql";
    2 "sampled contexts" "0002_sampled_contexts.sql";
    3 "release evidence" "0003_release_evidence.sql";
    4 "release machine" "0004_release_machine.sql";
    5 "webhooks" "0005_webhooks.sql";
    6 "release order" "0006_release_order.sql";
    7 "release sources" "0007_release_sources.sql";
    8 "indexes" "0008_indexes.sql";
    9 "release milestones" "0009_release_milestones.sql";
    10 "relayed instances" "0010_relayed_instances.sql";
}

pub(super) fn sqlite() -> Migrator {
    migrator(|step| step.2)
}

pub(super) fn postgres() -> Migrator {
    migrator(|step| step.3)
}

fn migrator(sql: impl Fn(&Step) -> &'static str) -> Migrator {
    let migrations = STEPS.iter().map(|step| {
        let description = Cow::Borrowed(step.1);
        let sql = sql(step).into_sql_str();
        Migration::new(step.0, description, MigrationType::Simple, sql, false)
    });
    let mut migrator = Migrator::with_migrations(migrations.collect());
    // The old version keeps running (and may restart) while the new one has migrated.
    migrator.set_ignore_missing(true);
    migrator
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::*;

    #[test]
    fn every_file_is_a_step() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations/sqlite");
        let mut files: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .collect();
        files.sort();
        let steps: Vec<_> = STEPS
            .iter()
            .map(|step| format!("{:04}_{}.sql", step.0, step.1.replace(' ', "_")))
            .collect();
        assert_eq!(steps, files);
    }
}
