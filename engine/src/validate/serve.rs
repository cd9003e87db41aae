//! Checks what a rule or the default serves.

use super::{Report, step};
use crate::allocation::covers_all_slots;
use crate::compile::HASH;
use crate::flag::{Serve, Shares, Split};
use crate::slots::SLOTS;

pub(super) fn serve(report: &mut Report, path: &str, serve: &Serve, variations: &[&str]) {
    match serve {
        Serve::Variation(name) => {
            report.variation(&format!("{path}/variation"), name, variations);
        }
        Serve::Split(parts) => split(report, &format!("{path}/split"), parts, variations),
    }
}

fn split(report: &mut Report, path: &str, split: &Split, variations: &[&str]) {
    report.attribute(&format!("{path}/by"), split.by.as_deref());
    if let Some(hash) = split.hash.as_ref().filter(|hash| *hash != HASH) {
        let message = format!("expected {HASH:?}, found {hash:?}");
        report.add(format!("{path}/hash"), "unknown_hash", message);
    }
    match &split.shares {
        Shares::Weights(weights) => {
            let path = format!("{path}/weights");
            for name in weights.keys() {
                report.variation(&format!("{path}/{}", step(name)), name, variations);
            }
            sum(report, &path, weights.values().copied());
        }
        Shares::Allocation(runs) => {
            let path = format!("{path}/allocation");
            for (index, run) in runs.iter().enumerate() {
                let path = format!("{path}/{index}/variation");
                report.variation(&path, &run.variation, variations);
            }
            report.count(&path, runs.len(), SLOTS as usize);
            sum(report, &path, runs.iter().map(|run| run.slots));
        }
    }
}

fn sum(report: &mut Report, path: &str, shares: impl Iterator<Item = u32> + Clone) {
    if !covers_all_slots(shares.clone()) {
        let sum: u64 = shares.map(u64::from).sum();
        let message = format!("expected shares that add up to {SLOTS} (100 %), found {sum}");
        report.add(path, "wrong_sum", message);
    }
}
