//! Whether the SDKs have what a release serves.

use chrono::{DateTime, TimeDelta, Utc};

use super::transition::Place;
use crate::{
    service::Result,
    store::{self, Tx, release::Release},
};

/// For how long an SDK that reported counts as running: a few times the interval in which
/// one reports that evaluates something.
pub(crate) const RECENT: TimeDelta = TimeDelta::minutes(3);

/// Which part of the SDKs that reported lately has the flag as it stands; nothing where
/// none did.
///
/// # Errors
/// Where the database fails.
pub(crate) async fn share(
    tx: &mut Tx,
    place: &Place,
    release: &Release,
    now: DateTime<Utc>,
) -> Result<Option<f64>> {
    let flag = &release.document.flag;
    let config =
        store::entity::in_environment(tx, place.environment_id, "flag_config", flag).await?;
    let Some(config) = config else {
        return Ok(None);
    };
    let (having, all) = store::instance::having(
        tx,
        place.environment_id,
        config.changed_revision,
        now - RECENT,
    )
    .await?;
    Ok((all > 0).then(|| having as f64 / all as f64))
}
