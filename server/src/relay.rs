//! A relay: answers SDKs and OpenFeature clients near them, from the stream of a server
//! far away or of another relay.
//!
//! It has no database and makes no decision of its own about what is right: rulesets come
//! from the upstream, and so does what a key opens. A [`Front`] is filled with both, and
//! the server's own routes answer from it.
//!
//! The parts: `upstream` speaks HTTP; a `line` follows the stream for each key that the
//! relay was given, and `event` is what one event of it does; `keys` knows who is let in;
//! `telemetry` sums up counts and `courier` forwards them; `keeper` writes what is needed
//! for a start without the upstream, in the format of `folder`. [`Places`] is how each
//! environment stands.

mod backoff;
mod courier;
mod event;
mod folder;
mod health;
mod hops;
mod keeper;
mod keys;
mod line;
mod place;
mod telemetry;
mod upstream;

use std::{io, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    sync::{Notify, watch},
    task::JoinSet,
};

use crate::{
    clock::Clock,
    front::Front,
    ids::{self, Random},
    publish::Publisher,
};

use self::{
    courier::Courier, folder::Folder, health::Standing, keeper::Keeper, line::Line,
    upstream::Upstream,
};
pub use self::{
    hops::{HOPS, Hops},
    keys::{Away, Keys},
    place::{Place, Places, Report},
    telemetry::Forwarder,
};

/// What a relay is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The addresses of its upstream; one that fails hands over to the next.
    pub upstreams: Vec<String>,
    /// Server keys, one for each environment that it is to serve.
    pub keys: Vec<String>,
    /// Where it keeps a copy for a start without its upstream.
    pub data: Option<PathBuf>,
    /// How patient it is.
    pub timing: Timing,
}

/// How patient a relay is.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// For a connection.
    pub connect: Duration,
    /// For the head of an answer.
    pub answer: Duration,
    /// Between two pieces of a stream.
    pub silence: Duration,
    /// The first and the longest wait between attempts.
    pub backoff: (Duration, Duration),
    /// Between two looks at a key that is in use.
    pub recheck: Duration,
    /// Between two reports of counts.
    pub report: Duration,
    /// Between two looks at what SDKs run that a release waits for.
    pub acknowledge: Duration,
    /// How long it stays at an upstream that is not the first before it tries that again.
    pub fail_back: Duration,
    /// For changes that come together to be written together.
    pub gather: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            answer: Duration::from_secs(10),
            silence: Duration::from_secs(serin_api::sdk::stream::SILENCE_SECS),
            backoff: (Duration::from_millis(200), Duration::from_secs(15)),
            recheck: Duration::from_secs(30),
            report: Duration::from_secs(10),
            acknowledge: Duration::from_secs(1),
            fail_back: Duration::from_secs(300),
            gather: Duration::from_secs(1),
        }
    }
}

/// Why a relay cannot start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// An option that cannot be used.
    #[error("{0}")]
    Option(String),
    /// The folder of the copy.
    #[error("the folder {}: {error}", path.display())]
    Folder {
        /// Where it was to be.
        path: PathBuf,
        /// What is wrong with it.
        error: io::Error,
    },
    /// The client for HTTP.
    #[error("the HTTP client: {0}")]
    Http(String),
}

/// What the parts of a relay share.
struct Shared {
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    publisher: Arc<Publisher>,
    upstream: Arc<Upstream>,
    keys: Arc<Keys>,
    places: Arc<Places>,
    forwarder: Arc<Forwarder>,
    /// Something changed that the copy has.
    changed: Notify,
    timing: Timing,
}

/// A relay that runs.
pub struct Relay {
    shared: Arc<Shared>,
    stop: watch::Sender<bool>,
    tasks: JoinSet<()>,
}

impl Relay {
    /// Serves the copy, where there is one, and begins to follow the upstream.
    ///
    /// # Errors
    /// Where an option cannot be used. An upstream that is away is no error.
    pub async fn open(
        options: Options,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, OpenError> {
        let secrets = distinct(&options.keys)?;
        let folder = options.data.map(open_folder).transpose()?;
        let timing = options.timing;
        let instance = ids::uuid(clock.now(), &*random);
        let upstream = Arc::new(Upstream::new(&options.upstreams, instance, timing)?);
        let publisher: Arc<Publisher> = Arc::default();
        let places: Arc<Places> = Arc::new(Places::new(Arc::clone(&publisher)));
        let shared = Arc::new(Shared {
            keys: Arc::new(Keys::new(
                Arc::clone(&upstream),
                Arc::clone(&publisher),
                Arc::clone(&places),
                Arc::clone(&clock),
                timing,
            )),
            forwarder: Arc::new(Forwarder::new(Arc::clone(&clock), Arc::clone(&publisher))),
            clock,
            random,
            publisher,
            upstream,
            places,
            changed: Notify::new(),
            timing,
        });
        let keeper = folder.map(|folder| Keeper::new(folder, Arc::clone(&shared)));
        if let Some(keeper) = &keeper {
            keeper.restore(&secrets);
        }
        Ok(Self::start(shared, secrets, keeper, instance))
    }

    fn start(
        shared: Arc<Shared>,
        secrets: Vec<String>,
        keeper: Option<Keeper>,
        instance: uuid::Uuid,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        for secret in secrets {
            let line = Line::new(secret, Arc::clone(&shared));
            tasks.spawn(until(stopped.clone(), async move { line.run().await }));
        }
        let keys = Arc::clone(&shared.keys);
        tasks.spawn(until(stopped.clone(), async move { keys.recheck().await }));
        let courier = Courier::new(Arc::clone(&shared), instance);
        tasks.spawn(courier.run(stopped.clone()));
        if let Some(keeper) = keeper {
            tasks.spawn(keeper.run(stopped));
        }
        Self {
            shared,
            stop,
            tasks,
        }
    }

    /// What answers SDKs.
    pub fn front(&self) -> Front {
        Front {
            clock: Arc::clone(&self.shared.clock),
            random: Arc::clone(&self.shared.random),
            publisher: Arc::clone(&self.shared.publisher),
            usage: Arc::clone(&self.shared.forwarder) as _,
            health: Arc::new(Standing::new(
                Arc::clone(&self.shared.places),
                Arc::clone(&self.shared.clock),
            )),
        }
    }

    /// Who is let in.
    pub fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.shared.keys)
    }

    /// How its environments stand.
    pub fn places(&self) -> Arc<Places> {
        Arc::clone(&self.shared.places)
    }

    /// Where counts wait.
    pub fn forwarder(&self) -> Arc<Forwarder> {
        Arc::clone(&self.shared.forwarder)
    }

    /// Reports the counts that wait, writes the copy and ends.
    pub async fn shutdown(mut self) {
        self.stop.send_replace(true);
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Does something until it is told to stop.
async fn until(mut stopped: watch::Receiver<bool>, work: impl Future<Output = ()>) {
    tokio::select! {
        () = work => {}
        _ = stopped.wait_for(|stop| *stop) => {}
    }
}

fn open_folder(path: PathBuf) -> Result<Folder, OpenError> {
    Folder::open(&path).map_err(|error| OpenError::Folder { path, error })
}

fn distinct(keys: &[String]) -> Result<Vec<String>, OpenError> {
    let mut secrets: Vec<String> = Vec::new();
    for key in keys.iter().map(|key| key.trim()) {
        if !key.is_empty() && !secrets.iter().any(|known| known == key) {
            secrets.push(key.to_owned());
        }
    }
    match secrets.is_empty() {
        true => Err(OpenError::Option(
            "a relay needs at least one server key".to_owned(),
        )),
        false => Ok(secrets),
    }
}
