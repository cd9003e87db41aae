//! Which SDKs run, as they and relays say it: a release waits until they have its stage.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::Batch;
use crate::{
    service::{Result, writer::Work},
    store::{self, instance::Instance},
};

/// Keeps which SDKs run, and the newest revision that each, or its relay, said it has.
/// `environments` are those that there are, with their revisions.
pub(super) async fn keep(
    work: &mut Work,
    batches: &[Batch],
    environments: &HashMap<Uuid, u64>,
) -> Result<()> {
    let mut newest: BTreeMap<(Uuid, Uuid), &Batch> = BTreeMap::new();
    for batch in batches {
        let (environment_id, instance, sequence) = batch.name();
        let kept = newest.entry((environment_id, instance)).or_insert(batch);
        if kept.sequence < sequence {
            *kept = batch;
        }
    }
    for ((environment_id, instance), batch) in newest {
        let Some(present) = environments.get(&environment_id) else {
            continue;
        };
        // Who runs what there is not, be it from before the database was restored, has nothing of
        // what is served. Each revision that is told is in the database by now.
        let had = |revision: u64| if revision > *present { 0 } else { revision };
        let seen = Instance {
            environment_id,
            instance,
            sequence: batch.sequence,
            seen_at: batch.received_at,
        };
        let Some(running) = &batch.running else {
            store::instance::keep(&mut work.tx, &seen, had(batch.revision)).await?;
            continue;
        };
        let mut sums: BTreeMap<u64, u64> = BTreeMap::new();
        for of in running {
            // They are bounded together.
            *sums.entry(had(of.revision)).or_default() += of.instances;
        }
        store::instance::keep_relayed(&mut work.tx, &seen, sums).await?;
    }
    Ok(())
}
