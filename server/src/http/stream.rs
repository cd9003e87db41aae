//! The streams: a ruleset as it changes, for SDKs, and what people change, for people.

mod refetch;

use std::sync::Arc;

use actix_web::web::{Bytes, Data};
use futures_util::{Stream, stream::unfold};
use serin_api::event::{ChangeEvent, Hello};
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        watch,
    },
    time::sleep,
};
use uuid::Uuid;

use super::{
    Api, Management,
    error::ApiError,
    extract::caller::{Caller, Credential},
    limits::streams::{Permit, TooMany},
    metrics::OpenStream,
    sse,
};
use crate::{
    publish::{Snapshot, Subscription},
    service::{environment, key::Grant},
};

pub(crate) use refetch::RefetchStream;

/// A ruleset as it changes.
pub(crate) struct RulesetStream {
    api: Data<Api>,
    /// The key's secret: the stream ends when it is no longer valid.
    secret: String,
    keys: watch::Receiver<()>,
    subscription: Subscription,
    ending: Ending,
}

/// What ends a stream from our side.
struct Ending {
    shutdown: watch::Receiver<bool>,
    /// Set once the last frame is out.
    over: bool,
    _open: OpenStream,
}

impl Ending {
    fn new(api: &Api, protocol: &'static str) -> Self {
        Self {
            shutdown: api.shutdown.watch(),
            over: false,
            _open: api.metrics.stream(protocol),
        }
    }

    /// The last frame.
    fn farewell(&mut self, api: &Api) -> Bytes {
        self.over = true;
        sse::goodbye(api.shutdown.farewell())
    }
}

impl Api {
    /// Lets a stream be opened with a key, or by a person where there is none.
    ///
    /// # Errors
    /// `rate_limited`, with when to come again, where there are too many.
    pub(crate) fn stream_permit(&self, key: Option<Uuid>) -> Result<Permit, ApiError> {
        self.streams.open(key).map_err(|too_many| {
            let (what, whose, seconds) = match too_many {
                TooMany::WithKey(seconds) => ("stream_of_key", "with this key", seconds),
                TooMany::InAll(seconds) => ("stream", "on this server", seconds),
            };
            self.metrics.refused(what);
            ApiError {
                message: format!("too many streams are open {whose}: come again in {seconds} s"),
                ..ApiError::rate_limited(seconds)
            }
        })
    }
}

/// Waits until the server goes away. Were the sender gone, it would be gone already.
async fn shut_down(shutdown: &mut watch::Receiver<bool>) {
    if shutdown.wait_for(|begun| *begun).await.is_err() {
        std::future::pending::<()>().await;
    }
}

impl RulesetStream {
    /// A stream for the holder of a key, from `last_event_id` on.
    pub(crate) fn open(
        api: &Data<Api>,
        grant: &Grant,
        secret: &str,
        last_event_id: Option<u64>,
    ) -> Option<Self> {
        let mut keys = api.app.publisher.keys_changed();
        // The key may have been revoked since it was looked at.
        keys.mark_changed();
        Some(Self {
            api: Data::clone(api),
            secret: secret.to_owned(),
            keys,
            subscription: api
                .app
                .publisher
                .attach(grant.environment_id, last_event_id)?,
            ending: Ending::new(api, "sdk"),
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
        let silence = sleep(sse::HEARTBEAT);
        tokio::pin!(silence);
        loop {
            tokio::select! {
                biased;
                () = shut_down(&mut self.ending.shutdown) => return Some(self.ending.farewell(&self.api)),
                Ok(()) = self.keys.changed() => {
                    if !self.is_welcome() {
                        return None;
                    }
                }
                frame = self.subscription.next() => return frame,
                // A key that expires is noticed here.
                () = &mut silence => return self.is_welcome().then(sse::heartbeat),
            }
        }
    }

    fn is_welcome(&self) -> bool {
        let now = self.api.app.clock.now();
        self.api.app.keys().find(&self.secret, now).is_some()
    }
}

/// What changes in an environment, for somebody who may see it.
pub(crate) struct EventStream {
    api: Data<Management>,
    /// The stream ends when it is no longer valid.
    credential: Credential,
    project: String,
    environment: String,
    events: broadcast::Receiver<Arc<ChangeEvent>>,
    hello: Option<Hello>,
    ending: Ending,
}

impl EventStream {
    /// A stream that begins with the revision of now.
    pub(crate) fn new(
        api: &Data<Management>,
        credential: Credential,
        snapshot: &Snapshot,
        events: broadcast::Receiver<Arc<ChangeEvent>>,
    ) -> Self {
        Self {
            api: Data::clone(api),
            credential,
            project: snapshot.project.clone(),
            environment: snapshot.environment.clone(),
            events,
            hello: Some(Hello {
                revision: snapshot.revision,
            }),
            ending: Ending::new(&api.api, "events"),
        }
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
        if let Some(hello) = self.hello.take() {
            return sse::event("hello", None, &hello).ok();
        }
        tokio::select! {
            biased;
            () = shut_down(&mut self.ending.shutdown) => Some(self.ending.farewell(&self.api.api)),
            event = self.events.recv() => self.frame(event),
            () = sleep(sse::HEARTBEAT) => self.is_welcome().await.then(sse::heartbeat),
        }
    }

    fn frame(&self, event: Result<Arc<ChangeEvent>, RecvError>) -> Option<Bytes> {
        match event {
            Ok(event) => {
                let id = event.change_set.map(|id| id.to_string());
                sse::event("change", id.as_deref(), &*event).ok()
            }
            // Whoever missed events reads everything again after a new hello.
            Err(RecvError::Lagged(_)) => {
                let snapshot = self
                    .api
                    .app
                    .publisher
                    .find(&self.project, &self.environment)?;
                sse::event(
                    "hello",
                    None,
                    &Hello {
                        revision: snapshot.revision,
                    },
                )
                .ok()
            }
            Err(RecvError::Closed) => None,
        }
    }

    /// Whether whoever listens may still see the environment.
    async fn is_welcome(&self) -> bool {
        let Ok(caller) = Caller::of(&self.api, self.credential.clone()).await else {
            return false;
        };
        environment::get(
            &self.api.app,
            &caller.actor,
            &self.project,
            &self.environment,
        )
        .await
        .is_ok()
    }
}
