//! OFREP's stream: tells a page when to fetch its flags again.

use actix_web::web::{Bytes, Data};
use futures_util::{Stream, stream::unfold};
use serin_api::key::KeyKind;
use std::sync::Arc;
use tokio::{
    sync::{broadcast, watch},
    time::sleep,
};
use uuid::Uuid;

use super::{Ending, shut_down};
use crate::{
    http::{Api, sse},
    publish::{Configuration, Publication},
    service::key::Grant,
};

/// Tells of another configuration where what the key sees changed, and of no other change.
pub(crate) struct RefetchStream {
    api: Data<Api>,
    key_id: Uuid,
    kind: KeyKind,
    environment_id: Uuid,
    keys: watch::Receiver<()>,
    publications: broadcast::Receiver<Arc<Publication>>,
    /// What the page has, or was told of.
    known: Configuration,
    greeted: bool,
    ending: Ending,
}

impl RefetchStream {
    /// A stream for a page that has a configuration; the present one where it does not say.
    pub(crate) fn open(api: &Data<Api>, grant: &Grant, has: Option<Configuration>) -> Option<Self> {
        let publisher = &api.app.publisher;
        let mut keys = publisher.keys_changed();
        // The key may have been revoked since it was looked at.
        keys.mark_changed();
        // First the publications: what comes in between is noticed twice rather than not at all.
        let publications = publisher.subscribe(grant.environment_id)?;
        let snapshot = publisher.snapshot(grant.environment_id)?;
        Some(Self {
            api: Data::clone(api),
            key_id: grant.key_id,
            kind: grant.kind,
            environment_id: grant.environment_id,
            keys,
            publications,
            known: has.unwrap_or_else(|| snapshot.configuration(grant.kind)),
            greeted: false,
            ending: Ending::new(api, "ofrep"),
        })
    }

    /// Its frames.
    pub(crate) fn frames(self) -> impl Stream<Item = Bytes> {
        unfold(self, |mut stream| async move {
            Some((stream.next().await?, stream))
        })
    }

    async fn next(&mut self) -> Option<Bytes> {
        if self.ending.over {
            return None;
        }
        if !std::mem::replace(&mut self.greeted, true) {
            return Some(sse::greeting(&self.known));
        }
        let silence = sleep(sse::HEARTBEAT);
        tokio::pin!(silence);
        loop {
            let present = self.present()?;
            if !present.is_same(&self.known) {
                self.known = present;
                return Some(sse::refetch(&self.known, self.api.app.clock.now()));
            }
            tokio::select! {
                biased;
                () = shut_down(&mut self.ending.shutdown) => return Some(self.ending.farewell(&self.api)),
                Ok(()) = self.keys.changed() => {
                    if !self.is_welcome() {
                        return None;
                    }
                }
                told = self.publications.recv() => {
                    if matches!(told, Err(broadcast::error::RecvError::Closed)) {
                        return None;
                    }
                }
                // A key that expires is noticed here.
                () = &mut silence => return self.is_welcome().then(sse::heartbeat),
            }
        }
    }

    fn present(&self) -> Option<Configuration> {
        let snapshot = self.api.app.publisher.snapshot(self.environment_id)?;
        Some(snapshot.configuration(self.kind))
    }

    fn is_welcome(&self) -> bool {
        let now = self.api.app.clock.now();
        self.api.app.keys().by_id(self.key_id, now).is_some()
    }
}
