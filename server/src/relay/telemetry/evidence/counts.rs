//! What became of evidence at a relay, as far as it knows.

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use serin_api::evidence::Accepted;

use crate::service::evidence::{AllLeftOut, Checked};

/// Windows since the start.
#[derive(Default)]
pub(crate) struct Counts {
    taken: AtomicU64,
    refused: AtomicU64,
    passed_on: AtomicU64,
    late_upstream: AtomicU64,
    refused_upstream: AtomicU64,
    left_out: AllLeftOut,
    left_out_upstream: AtomicU64,
}

impl Counts {
    /// Windows of a program came, of which so many were taken.
    pub(in crate::relay) fn came(&self, taken: usize, checked: &Checked) {
        add(&self.taken, taken as u64);
        add(&self.refused, checked.mistakes.len() as u64);
        self.left_out.add(&checked.left_out);
    }

    /// A report of so many sums is with the upstream, which says perhaps what became of them.
    pub(in crate::relay) fn passed_on(&self, sums: usize, told: Option<&Accepted>) {
        let sums = sums as u64;
        let (late, refused) = told.map_or((0, 0), |told| (told.late, told.refused));
        add(&self.late_upstream, late);
        add(&self.refused_upstream, refused);
        add(&self.left_out_upstream, told.map_or(0, narrowed));
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
    pub(crate) fn each(&self) -> [(&'static str, u64); 7] {
        let left_out = AtomicU64::new(self.left_out.windows());
        [
            ("taken", &self.taken),
            ("refused", &self.refused),
            ("passed_on", &self.passed_on),
            ("late_upstream", &self.late_upstream),
            ("refused_upstream", &self.refused_upstream),
            ("left_out", &left_out),
            ("left_out_upstream", &self.left_out_upstream),
        ]
        .map(|(name, count)| (name, count.load(Ordering::Relaxed)))
    }
}

/// Of how many windows the upstream left something out: `/windows/3/candidate/metrics/errors`.
fn narrowed(told: &Accepted) -> u64 {
    let windows = told.left_out.iter();
    let windows: BTreeSet<_> = windows
        .map(|detail| detail.path.split('/').nth(2))
        .collect();
    windows.len() as u64
}

fn add(count: &AtomicU64, more: u64) {
    count.fetch_add(more, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use serin_api::error::Detail;

    use super::*;

    #[test]
    fn what_the_upstream_says_of_sums_is_counted_by_window() {
        let counts = Counts::default();
        let detail = |path: &str| Detail {
            path: path.to_owned(),
            code: "unknown_metric".to_owned(),
            message: String::new(),
        };
        let told = Accepted {
            late: 1,
            left_out: vec![
                detail("/windows/0/baseline/metrics/a"),
                detail("/windows/0/candidate/metrics/a"),
                detail("/windows/11/candidate/metrics/a"),
            ],
            ..Accepted::default()
        };
        counts.passed_on(12, Some(&told));
        counts.passed_on(3, None);
        let each = counts.each().into_iter().filter(|(_, count)| *count > 0);
        let wanted = [
            ("passed_on", 14),
            ("late_upstream", 1),
            ("left_out_upstream", 2),
        ];
        assert_eq!(each.collect::<Vec<_>>(), wanted);
    }
}
