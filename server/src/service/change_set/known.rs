//! What the writer knows of the database: what was read for its change sets, and what they have
//! made of that.
//!
//! It holds until somebody else writes. Within a transaction nobody can: all who write wait for
//! each other at the end of the audit chain. From one transaction to the next nobody did where
//! the chain still ends as it did, since nothing that is kept here changes without an entry:
//! projects, members, environments, live releases, entities.

use std::{
    collections::{HashMap, HashSet, hash_map::Entry},
    sync::Arc,
};

use serde_json::Value;
use serin_api::session::Role;
use uuid::Uuid;

use super::decided::{Decided, Fate};
use crate::{
    service::{
        Actor, Result,
        access::{self, Seen},
    },
    store::{
        self, Tx,
        entity::{Address, Entity},
        environment::Environment,
        project::WithRole,
    },
};

/// How much of documents is kept, in bytes, roughly; beyond that all are forgotten.
const DOCUMENTS: usize = 8 << 20;
/// How many of other things.
const OTHERS: usize = 1000;

/// What is known.
#[derive(Default)]
pub(crate) struct Known {
    /// By key, and by who asks.
    projects: HashMap<(String, Uuid), Option<WithRole>>,
    environments: HashMap<Uuid, Vec<Environment>>,
    /// By project: the flags that live releases move.
    live: HashMap<Uuid, Arc<HashSet<(Uuid, String)>>>,
    entities: HashMap<Address, Option<Arc<Entity>>>,
    /// Of all documents that came in.
    size: usize,
}

impl Known {
    /// As [`access::project`].
    pub(super) async fn project(
        &mut self,
        tx: &mut Tx,
        actor: &Actor,
        key: &str,
        needs: Role,
    ) -> Result<Seen> {
        let row = match self.projects.entry((key.to_owned(), actor.user_id)) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(access::find(tx, actor, key).await?),
        };
        access::admit(actor, row.clone(), needs)
    }

    /// A project's environments, in order.
    pub(super) async fn environments(
        &mut self,
        tx: &mut Tx,
        project_id: Uuid,
    ) -> Result<Vec<Environment>> {
        Ok(match self.environments.entry(project_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                unknown.insert(store::environment::list(tx, project_id).await?)
            }
        }
        .clone())
    }

    /// The flags that live releases of a project move, each with its environment.
    pub(super) async fn live(
        &mut self,
        tx: &mut Tx,
        project_id: Uuid,
    ) -> Result<Arc<HashSet<(Uuid, String)>>> {
        Ok(Arc::clone(match self.live.entry(project_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => {
                let live = store::release::live_flags(tx, project_id).await?;
                unknown.insert(Arc::new(live.into_iter().collect()))
            }
        }))
    }

    /// Reads what is not known of these.
    pub(super) async fn fetch(
        &mut self,
        tx: &mut Tx,
        addresses: impl IntoIterator<Item = Address>,
    ) -> Result<()> {
        let addresses = addresses.into_iter();
        let unknown: HashSet<Address> = addresses
            .filter(|address| !self.entities.contains_key(address))
            .collect();
        let unknown: Vec<Address> = unknown.into_iter().collect();
        let rows = store::entity::at(tx, &unknown).await?;
        let nothing = unknown.into_iter().map(|address| (address, None));
        self.entities.extend(nothing);
        for row in rows {
            self.size += size(&row.document);
            self.entities.insert(row.address(), Some(Arc::new(row)));
        }
        Ok(())
    }

    /// Forgets what is too much to be kept for the next transaction.
    pub(super) fn shrink(&mut self) {
        if self.size > DOCUMENTS || self.entities.len() > OTHERS {
            self.entities.clear();
            self.size = 0;
        }
        if self.projects.len() + self.environments.len() > OTHERS {
            *self = Self::default();
        }
    }

    /// An entity that is known to be there.
    pub(super) fn entity(&self, address: &Address) -> Option<&Arc<Entity>> {
        self.entities.get(address)?.as_ref()
    }

    /// Takes in what a change set of the group has made.
    pub(super) fn learn(&mut self, decided: &Decided) {
        for written in &decided.entities {
            self.size += size(&written.row.document);
            let row = match written.fate {
                Fate::Delete => None,
                Fate::Insert | Fate::Update { .. } => Some(Arc::clone(&written.row)),
            };
            self.entities.insert(written.row.address(), row);
        }
        for made in &decided.revisions {
            let id = made.row.environment_id;
            let environments = self.environments.values_mut().flatten();
            for environment in environments.filter(|known| known.environment_id == id) {
                environment.revision = made.row.revision;
                environment.fingerprint.clone_from(&made.row.fingerprint);
            }
        }
    }
}

/// The memory that a document takes, roughly.
fn size(document: &Value) -> usize {
    let own = size_of::<Value>();
    own + match document {
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        Value::String(text) => text.len(),
        Value::Array(items) => items.iter().map(size).sum(),
        Value::Object(members) => members
            .iter()
            .map(|(name, it)| own + name.len() + size(it))
            .sum(),
    }
}
