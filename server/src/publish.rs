//! What evaluators get. Each environment has one immutable [`Snapshot`], swapped
//! atomically; all readers share it, and no read touches SQL or takes a lock.
//!
//! A [`Publisher`] knows no database. A server's is filled by its [`Commits`], which arrive
//! in the order of the audit chain: directly from this node's writer where nothing came in
//! between, else from the database. So a node that missed something, or follows others,
//! comes to the same snapshots and sends the same events. A relay's is filled by the
//! stream of its upstream.

mod channel;
pub(crate) mod commit;
mod configuration;
mod entries;
pub mod follow;
mod frame;
mod load;
mod relayed;
mod ring;
mod snapshot;
mod subscription;

use std::{collections::HashMap, sync::Arc};

use arc_swap::ArcSwap;
use serin_api::event::ChangeEvent;
use tokio::sync::{Mutex, broadcast, watch};
use uuid::Uuid;

use crate::{
    service::key::Cache,
    store::{self, Db},
};

use channel::Channel;
pub use channel::Publication;
pub use commit::Committed;
pub use configuration::Configuration;
pub use snapshot::{Encoding, Snapshot};
pub use subscription::{CatchUp, Subscription};

/// Holds every environment's snapshot and tells of changes.
#[derive(Default)]
pub struct Publisher {
    environments: ArcSwap<Directory>,
    keys: ArcSwap<Cache>,
    keys_changed: watch::Sender<()>,
}

/// Publishes what is committed to a database.
pub struct Commits {
    db: Db,
    publisher: Arc<Publisher>,
    /// Up to where of the audit chain everything is published. Held while publishing.
    sequence: Mutex<u64>,
}

/// Finds channels.
#[derive(Default)]
struct Directory {
    by_id: HashMap<Uuid, Arc<Channel>>,
    by_name: HashMap<String, HashMap<String, Uuid>>,
}

impl Directory {
    fn of(channels: impl IntoIterator<Item = Arc<Channel>>) -> Self {
        let mut directory = Self::default();
        for channel in channels {
            let snapshot = channel.snapshot();
            directory
                .by_name
                .entry(snapshot.project.clone())
                .or_default()
                .insert(snapshot.environment.clone(), snapshot.environment_id);
            directory.by_id.insert(snapshot.environment_id, channel);
        }
        directory
    }
}

impl Commits {
    /// Loads all environments and keys into a publisher.
    ///
    /// # Errors
    /// Where the database fails.
    pub async fn load(db: Db) -> Result<Self, store::Error> {
        let commits = Self {
            db,
            publisher: Arc::default(),
            sequence: Mutex::new(0),
        };
        let mut sequence = commits.sequence.lock().await;
        let mut tx = commits.db.read().await?;
        let head = store::audit::head(&mut tx).await?;
        commits.reload(&mut tx).await?;
        *sequence = head.sequence;
        drop(sequence);
        Ok(commits)
    }

    /// What is filled.
    pub fn publisher(&self) -> &Arc<Publisher> {
        &self.publisher
    }
}

impl Publisher {
    /// An environment's present snapshot.
    pub fn snapshot(&self, environment_id: Uuid) -> Option<Arc<Snapshot>> {
        Some(self.channel(environment_id)?.snapshot())
    }

    /// The same, by keys.
    pub fn find(&self, project: &str, environment: &str) -> Option<Arc<Snapshot>> {
        let directory = self.environments.load();
        let id = directory.by_name.get(project)?.get(environment)?;
        Some(directory.by_id.get(id)?.snapshot())
    }

    /// Patches as they are published. [`Self::attach`] also fills gaps.
    pub fn subscribe(&self, environment_id: Uuid) -> Option<broadcast::Receiver<Arc<Publication>>> {
        Some(self.channel(environment_id)?.subscribe())
    }

    /// A stream of frames for one who has `last_event_id`: first what was missed, then
    /// each patch; a `put` where patches are gone, never a gap.
    pub fn attach(&self, environment_id: Uuid, last_event_id: Option<u64>) -> Option<Subscription> {
        Some(Subscription::new(
            &*self.channel(environment_id)?,
            last_event_id,
        ))
    }

    /// What one who has `last_event_id` misses.
    pub fn catch_up(&self, environment_id: Uuid, last_event_id: Option<u64>) -> Option<CatchUp> {
        let channel = self.channel(environment_id)?;
        Some(channel.feed.catch_up(last_event_id).0)
    }

    /// Who changed what, as it happens.
    pub fn events(&self, environment_id: Uuid) -> Option<broadcast::Receiver<Arc<ChangeEvent>>> {
        Some(self.channel(environment_id)?.events())
    }

    /// The keys of SDKs.
    pub fn keys(&self) -> Arc<Cache> {
        self.keys.load_full()
    }

    /// Tells of each change of [`Self::keys`]: a stream then asks whether its own still holds.
    pub fn keys_changed(&self) -> watch::Receiver<()> {
        self.keys_changed.subscribe()
    }

    /// All snapshots, for metrics.
    pub fn snapshots(&self) -> Vec<Arc<Snapshot>> {
        let directory = self.environments.load();
        directory.by_id.values().map(|c| c.snapshot()).collect()
    }

    /// Takes another set of environments.
    fn set_environments(&self, channels: impl IntoIterator<Item = Arc<Channel>>) {
        self.environments.store(Arc::new(Directory::of(channels)));
    }

    /// Takes another set of keys, and tells the streams.
    pub(crate) fn set_keys(&self, keys: Cache) {
        self.keys.store(Arc::new(keys));
        self.keys_changed.send_replace(());
    }

    fn channel(&self, environment_id: Uuid) -> Option<Arc<Channel>> {
        self.environments.load().by_id.get(&environment_id).cloned()
    }
}
