//! The copy on the disk, for a start without the upstream: rulesets, and the keys that
//! open them as hashes.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use uuid::Uuid;

use super::{
    Shared, event,
    folder::{Folder, Unusable},
    keys::Kept,
    place::Place,
};
use crate::ids;

/// The file of what is no ruleset.
const STATE: &str = "state";
/// How often the time of the last contact is written, at the least.
const EVERY: Duration = Duration::from_secs(30);

/// Keeps the copy.
pub(super) struct Keeper {
    folder: Folder,
    shared: Arc<Shared>,
    /// The tags of the rulesets that are written.
    written: BTreeMap<Uuid, String>,
    state: Option<Vec<u8>>,
    failing: bool,
}

/// What is kept beside rulesets.
#[derive(Serialize, Deserialize)]
struct State {
    keys: Vec<Kept>,
    /// When the upstream was last heard of, by environment.
    heard_at: BTreeMap<Uuid, DateTime<Utc>>,
}

impl Keeper {
    pub(super) fn new(folder: Folder, shared: Arc<Shared>) -> Self {
        Self {
            folder,
            shared,
            written: BTreeMap::new(),
            state: None,
            failing: false,
        }
    }

    /// Serves what was kept of the environments that these keys open.
    pub(super) fn restore(&self, secrets: &[String]) {
        let Some(state) = self.read_state() else {
            return;
        };
        let kept: Vec<([u8; 32], Kept)> = state
            .keys
            .into_iter()
            .filter_map(|kept| Some((ids::unhex(&kept.hash)?, kept)))
            .collect();
        let given: Vec<[u8; 32]> = secrets.iter().map(|secret| ids::digest(secret)).collect();
        let opened = kept.iter().filter(|(digest, _)| given.contains(digest));
        let places: BTreeMap<Uuid, Arc<Place>> = opened
            .map(|(_, kept)| &kept.info)
            .map(|info| {
                let places = &self.shared.places;
                let place = places.of(info.environment_id, &info.project, &info.environment);
                (place.id, place)
            })
            .collect();
        let ours = |kept: &Kept| places.contains_key(&kept.info.environment_id);
        let kept = kept.into_iter().filter(|(_, kept)| ours(kept)).collect();
        self.shared.keys.restore(kept, secrets);
        for place in places.values() {
            self.restore_ruleset(place, state.heard_at.get(&place.id).copied());
        }
    }

    fn restore_ruleset(&self, place: &Place, heard_at: Option<DateTime<Utc>>) {
        let name = file(place.id);
        let read = match self.folder.read(&name) {
            Ok(text) => event::ruleset(place, &text),
            Err(Unusable::Absent) => return,
            Err(unusable) => Err(unusable.to_string()),
        };
        let (project, environment) = (&place.project, &place.environment);
        match read {
            Ok(snapshot) => {
                let revision = snapshot.revision;
                tracing::info!(
                    project,
                    environment,
                    revision,
                    "serving the copy on the disk"
                );
                place.restored(heard_at);
                self.shared.publisher.install(snapshot);
            }
            Err(reason) => {
                let path = self.folder.path(&name);
                let path = path.display();
                tracing::error!(
                    project,
                    environment,
                    "the copy {path} is not used, it will be replaced: {reason}"
                );
            }
        }
    }

    fn read_state(&self) -> Option<State> {
        let read = match self.folder.read(STATE) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| error.to_string()),
            Err(Unusable::Absent) => return None,
            Err(unusable) => Err(unusable.to_string()),
        };
        let told = read.map_err(|reason| {
            let path = self.folder.path(STATE);
            let path = path.display();
            tracing::error!("the copy {path} is not used, it will be replaced: {reason}");
        });
        told.ok()
    }

    /// Writes what changes until it is told to stop, and then once more.
    pub(super) async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let mut stopping = false;
        while !stopping {
            tokio::select! {
                () = self.due() => {}
                _ = stopped.wait_for(|stop| *stop) => stopping = true,
            }
            let writing = tokio::task::spawn_blocking(move || {
                self.write();
                self
            });
            match writing.await {
                Ok(keeper) => self = keeper,
                Err(error) => {
                    tracing::error!(%error, "the copy is no longer written");
                    return;
                }
            }
        }
    }

    /// Waits until there is something to write.
    async fn due(&self) {
        // Without news the time of the last contact is written.
        drop(timeout(EVERY, self.shared.changed.notified()).await);
        sleep(self.shared.timing.gather).await;
    }

    fn write(&mut self) {
        match self.write_all() {
            Ok(()) => self.failing = false,
            Err(error) => {
                if !std::mem::replace(&mut self.failing, true) {
                    let path = self.folder.path("");
                    tracing::error!(%error, "cannot write the copy to {}", path.display());
                }
            }
        }
    }

    fn write_all(&mut self) -> std::io::Result<()> {
        let places = self.shared.places.all();
        for place in &places {
            let Some(snapshot) = self.shared.publisher.snapshot(place.id) else {
                continue;
            };
            if self.written.get(&place.id) != Some(&snapshot.etag) {
                self.folder.write(&file(place.id), snapshot.json())?;
                self.written.insert(place.id, snapshot.etag.clone());
            }
        }
        let heard = places.iter().filter_map(|p| Some((p.id, p.heard_at()?)));
        let state = State {
            keys: self.shared.keys.kept(),
            heard_at: heard.collect(),
        };
        let state = serde_json::to_vec(&state)?;
        if self.state.as_ref() != Some(&state) {
            self.folder.write(STATE, &state)?;
            self.state = Some(state);
        }
        Ok(())
    }
}

fn file(environment_id: Uuid) -> String {
    format!("{}.ruleset", environment_id.simple())
}
