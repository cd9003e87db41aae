//! How often flags are evaluated.

mod batch;
mod contexts;
mod instances;
mod recorder;
mod tally;
mod waiting;

use chrono::{DateTime, DurationRound as _, TimeDelta, Utc};
use futures_util::future::BoxFuture;
use serin_api::{
    evidence::Accepted,
    sdk::Telemetry,
    session::Role,
    usage::{FlagUsage, Usage},
};
use uuid::Uuid;

use super::{Actor, Result, access, evidence::Report};
use crate::{app::App, store};

pub(crate) use batch::{Batch, MAX_INSTANCES, fits};
pub use contexts::sampled;
pub use recorder::Recorder;
pub(crate) use tally::{Tallied, Tally};

/// Takes counts: a server's go to its database, a relay's to its upstream.
pub trait Sink: Send + Sync {
    /// Takes an SDK's batch but for its evidence, without waiting. One that came before,
    /// known by instance and sequence, is accepted and not counted again.
    ///
    /// # Errors
    /// [`super::Error::Invalid`] for one that is too large, [`super::Error::Unavailable`]
    /// where too many wait.
    fn record(&self, environment_id: Uuid, telemetry: Telemetry) -> Result<()>;

    /// Counts an evaluation of this process's own, of a flag that exists.
    fn count(&self, environment_id: Uuid, flag: &str, variation: Option<&str>);

    /// Takes evidence for releases; a server answers once it is durable. A report that came
    /// before, known by instance and sequence, is accepted and not counted again; it has
    /// nothing to do with batches of the same numbers.
    ///
    /// The answer is [`super::Error::Invalid`] for one that is too large,
    /// [`super::Error::Unavailable`] for one that is to be sent again.
    fn evidence(&self, environment_id: Uuid, report: Report) -> BoxFuture<'_, Result<Accepted>>;
}

/// How many hours are shown, the present one included.
const HOURS: usize = 24;

/// The last 24 hours of an environment; of one flag where given.
///
/// # Errors
/// [`super::Error::NotFound`].
pub async fn get(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    flag: Option<&str>,
) -> Result<Usage> {
    let mut tx = app.db.read().await?;
    let (_, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    let id = environment.environment_id;
    let this_hour = hour(app.clock.now());
    let since = this_hour - TimeDelta::hours(HOURS as i64 - 1);
    let mut usage = Usage::default();
    for (key, at) in store::usage::last_evaluated(&mut tx, id, flag).await? {
        usage
            .flags
            .entry(key)
            .or_insert_with(empty)
            .last_evaluated_at = Some(at);
    }
    for row in store::usage::counts(&mut tx, id, flag, since).await? {
        let of_flag = usage.flags.entry(row.flag).or_insert_with(empty);
        let index = usize::try_from((row.hour - since).num_hours()).unwrap_or(usize::MAX);
        if let Some(count) = of_flag.hourly.get_mut(index) {
            *count += row.count;
            *of_flag.variations.entry(row.variation).or_default() += row.count;
        }
    }
    Ok(usage)
}

fn empty() -> FlagUsage {
    FlagUsage {
        hourly: vec![0; HOURS],
        ..FlagUsage::default()
    }
}

/// When the hour of a time began.
fn hour(at: DateTime<Utc>) -> DateTime<Utc> {
    // Fails only for times that no count has.
    at.duration_trunc(TimeDelta::hours(1)).unwrap_or(at)
}
