//! Snapshots from the database: at start, for new environments, and for what other
//! nodes committed.

use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serin_api::change::ChangeSet;
use serin_documents::entry;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    segment::SegmentConfig,
};

use super::{
    Channel, Commits, Snapshot,
    commit::{Revision, Told},
    entries::Entries,
};
use crate::{
    service::key::Cache,
    store::{self, Tx, environment::Named},
};

/// How many audit entries at most are turned into events; whoever missed more reads anew.
const EVENTS: i64 = 1000;

impl Commits {
    /// Publishes everything that was committed since `sequence`, by whomever.
    ///
    /// # Errors
    /// Where the database fails; what was published stays, and the next try goes on.
    pub(super) async fn catch_up_from_database(&self, sequence: &mut u64) -> store::Result<()> {
        let mut tx = self.db.read().await?;
        let head = store::audit::head(&mut tx).await?;
        if head.sequence == *sequence {
            return Ok(());
        }
        let entries = store::audit::after(&mut tx, *sequence, EVENTS).await?;
        self.reload(&mut tx).await?;
        for entry in entries {
            if let Some(told) = told(&entry) {
                self.publisher.tell(&told);
            }
        }
        *sequence = head.sequence;
        Ok(())
    }

    /// Brings environments and keys to what the database has.
    pub(super) async fn reload(&self, tx: &mut Tx) -> store::Result<()> {
        let rows = store::environment::all(tx).await?;
        let keys = store::key::all(tx).await?;
        let known = self.publisher.environments.load_full();
        let mut channels = Vec::with_capacity(rows.len());
        for row in &rows {
            match known.by_id.get(&row.environment.environment_id) {
                Some(channel) => {
                    self.follow(tx, row, channel).await?;
                    channels.push(Arc::clone(channel));
                }
                None => channels.push(Arc::new(Channel::new(load(tx, row).await?))),
            }
        }
        self.publisher.set_environments(channels);
        let cache = Cache::new(&rows, keys, &self.publisher.keys());
        self.publisher.set_keys(cache);
        Ok(())
    }

    async fn follow(&self, tx: &mut Tx, row: &Named, channel: &Channel) -> store::Result<()> {
        let id = row.environment.environment_id;
        let have = channel.snapshot().revision;
        if have == row.environment.revision {
            return Ok(());
        }
        for revision in store::revision::after(tx, id, have).await? {
            let fits = serde_json::from_str(&revision.patch).is_ok_and(|patch| {
                self.publisher.advance(&Revision {
                    environment_id: id,
                    patch: Arc::new(patch),
                    text: revision.patch,
                })
            });
            if !fits {
                break;
            }
        }
        if channel.snapshot().revision != row.environment.revision {
            channel.replace(load(tx, row).await?);
        }
        Ok(())
    }
}

/// An environment's snapshot, from its entities. Each is made into its text as it comes, so
/// that the memory of a server that has just started is not that of all entities at once.
pub(super) async fn load(tx: &mut Tx, row: &Named) -> store::Result<Snapshot> {
    let environment = &row.environment;
    let id = environment.environment_id;
    let mut entries = Entries::default();
    store::entity::each_flag(tx, id, |row| {
        let definition: Option<FlagDefinition> = typed("flag", &row.key, &row.definition);
        let config: Option<FlagConfig> = typed("flag_config", &row.key, &row.config);
        if let Some((definition, config)) = definition.zip(config)
            && let Some(flag) = entry::flag(&definition, &config, row.changed_revision)
        {
            entries.add_flag(&row.key, &flag);
        }
    })
    .await?;
    store::entity::each_segment(tx, id, |row| {
        let config: Option<SegmentConfig> = typed("segment_config", &row.key, &row.config);
        let segment = config.and_then(|config| entry::segment(&config, row.changed_revision));
        if let Some(segment) = segment {
            entries.add_segment(&row.key, &segment);
        }
    })
    .await?;
    let releases: Vec<Value> = serde_json::from_str(&environment.releases)
        .map_err(|error| store::Error::json("environments", &error))?;
    entries.set_releases(&releases);
    let names = (&*row.project, &*environment.key, environment.revision);
    let (snapshot, warnings) =
        Snapshot::compile(id, names, entries).map_err(|error| store::Error::Inconsistent {
            table: "entities",
            what: error.to_string(),
        })?;
    for warning in warnings {
        tracing::warn!(project = row.project, environment = environment.key, %warning);
    }
    if snapshot.ruleset.fingerprint() != environment.fingerprint {
        tracing::error!(
            project = row.project,
            environment = environment.key,
            "the entities do not make the fingerprint that was published"
        );
    }
    Ok(snapshot)
}

/// One document that cannot be read must not take the others down.
fn typed<T: DeserializeOwned>(kind: &str, key: &str, document: &Value) -> Option<T> {
    match T::deserialize(document) {
        Ok(document) => Some(document),
        Err(error) => {
            let error: serde_json::Error = error;
            tracing::error!(kind, key, %error, "a stored document cannot be read");
            None
        }
    }
}

/// What an audit entry tells those who watch. A release's own entries have the members
/// `release` and `environment`.
fn told(entry: &store::audit::Entry) -> Option<Told> {
    if entry.action == "change_set.applied" {
        let set: ChangeSet = serde_json::from_str(&entry.details).ok()?;
        return Some(Told::change_set(&set));
    }
    if !entry.action.starts_with("release.") {
        return None;
    }
    let details: Value = serde_json::from_str(&entry.details).ok()?;
    let text = |name: &str| Some(details.get(name)?.as_str()?.to_owned());
    Some(Told::release(
        entry.project.clone()?,
        text("environment")?,
        text("release")?.parse().ok()?,
        entry.actor.clone(),
        entry.at,
        text("reason"),
    ))
}
