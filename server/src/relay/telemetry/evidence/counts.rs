//! What became of evidence at a relay, as far as it knows.

use std::sync::atomic::{AtomicU64, Ordering};

use serin_api::evidence::Accepted;

/// Windows since the start.
#[derive(Default)]
pub(crate) struct Counts {
    taken: AtomicU64,
    refused: AtomicU64,
    passed_on: AtomicU64,
    late_upstream: AtomicU64,
    refused_upstream: AtomicU64,
}

impl Counts {
    /// Windows of a program came.
    pub(in crate::relay) fn came(&self, taken: usize, refused: usize) {
        add(&self.taken, taken as u64);
        add(&self.refused, refused as u64);
    }

    /// A report of so many sums is with the upstream, which says perhaps what became of them.
    pub(in crate::relay) fn passed_on(&self, sums: usize, told: Option<&Accepted>) {
        let sums = sums as u64;
        let (late, refused) = told.map_or((0, 0), |told| (told.late, told.refused));
        add(&self.late_upstream, late);
        add(&self.refused_upstream, refused);
        add(
            &self.passed_on,
            sums.saturating_sub(late.saturating_add(refused)),
        );
    }

    /// The upstream does not take a report at all, and never will.
    pub(in crate::relay) fn turned_down(&self, sums: usize) {
        add(&self.refused_upstream, sums as u64);
    }

    /// By name.
    pub(crate) fn each(&self) -> [(&'static str, u64); 5] {
        [
            ("taken", &self.taken),
            ("refused", &self.refused),
            ("passed_on", &self.passed_on),
            ("late_upstream", &self.late_upstream),
            ("refused_upstream", &self.refused_upstream),
        ]
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}
