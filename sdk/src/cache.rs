//! The copy of the ruleset on the disk, for a start without a network.
//!
//! `mirror` follows the stream beside the compiled ruleset and keeps the entries as
//! text, since a compiled ruleset cannot be written out; `file` is the format and the
//! file system; here is what decides when to write.

mod file;
mod mirror;

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::shared::Shared;
pub(crate) use file::{CacheFile, NoCopy, Seal};
pub(crate) use mirror::Mirror;

/// Changes that come together are written together.
const GATHER: Duration = Duration::from_secs(1);
/// Of each span of time, this part may be spent writing: one in so many.
const SHARE: u32 = 20;
/// Between attempts where the disk refuses.
const REFUSED: Duration = Duration::from_secs(30);

/// Writes the mirror to the disk when it changed.
#[derive(Debug)]
pub(crate) struct Keeper {
    pub(crate) mirror: Arc<Mirror>,
    pub(crate) file: CacheFile,
    pub(crate) shared: Arc<Shared>,
    /// Whether the last write failed, so that a failure is logged once.
    failing: bool,
}

impl Keeper {
    pub(crate) fn new(mirror: Arc<Mirror>, file: CacheFile, shared: Arc<Shared>) -> Self {
        Self {
            mirror,
            file,
            shared,
            failing: false,
        }
    }

    /// Writes until it is dropped: the first ruleset at once, then in its own rhythm.
    pub(crate) async fn run(&mut self) {
        loop {
            self.mirror.changed().await;
            let began = Instant::now();
            self.write().await;
            let pause = if self.failing { REFUSED } else { GATHER };
            sleep(pause.max(began.elapsed() * SHARE)).await;
        }
    }

    /// Writes what was not written yet.
    pub(crate) async fn write(&mut self) {
        let (mirror, file) = (Arc::clone(&self.mirror), self.file.clone());
        let writing = tokio::task::spawn_blocking(move || mirror.write(|text| file.write(text)));
        match writing.await {
            Ok(Ok(written)) => {
                if written {
                    self.shared.metrics.cache_writes.one();
                    self.failing = false;
                }
            }
            Ok(Err(error)) => {
                self.shared.metrics.cache_failures.one();
                if !std::mem::replace(&mut self.failing, true) {
                    let path = self.file.path().display();
                    tracing::warn!("the ruleset cannot be copied to {path}: {error}");
                }
            }
            Err(error) => tracing::debug!("the ruleset was not copied to the disk: {error}"),
        }
    }
}
