//! From sums to the reports that an upstream is sent.

use chrono::{DateTime, Utc};
use serin_api::sdk::{EvaluationCount, Running, Telemetry};
use uuid::Uuid;

use super::Sums;

/// How many bytes of keys a report holds, so that it stays below what a server takes
/// whatever is in them.
const REPORT: usize = 128 << 10;

impl Sums {
    /// Reports of one hour each, since a server counts a report for the hour in which it
    /// ended; their instance and sequence are for whoever sends them.
    pub(super) fn into_reports(self, template: &Template, now: DateTime<Utc>) -> Vec<Telemetry> {
        let mut reports: Vec<Telemetry> = Vec::new();
        let (mut hour, mut size) = (None, 0);
        for ((of, flag, variation), sum) in self.counts {
            size += flag.len() + variation.len() + 64;
            if hour != Some(of) || size > REPORT {
                hour = Some(of);
                size = flag.len() + variation.len() + 64;
                reports.push(template.report(sum.from, sum.to));
            }
            if let Some(report) = reports.last_mut() {
                report.from = report.from.min(sum.from);
                report.to = report.to.max(sum.to);
                report.evaluations.push(EvaluationCount {
                    flag,
                    variation: Some(variation).filter(|variation| !variation.is_empty()),
                    count: sum.count,
                });
            }
        }
        if !self.unknown.is_empty() || !self.contexts.is_empty() {
            let mut report = template.report(now, now);
            report.unknown_flags = self.unknown.into_iter().collect();
            report.contexts = self.contexts.into();
            reports.push(report);
        }
        for portion in self.windows.into_portions() {
            let mut report = template.report(now, now);
            report.evidence = portion;
            reports.push(report);
        }
        reports
    }
}

/// What all reports of one time say.
pub(super) struct Template {
    pub(super) revision: u64,
    pub(super) running: Vec<Running>,
}

impl Template {
    /// A report of nothing. Its instance and sequence are for whoever sends it.
    pub(super) fn report(&self, from: DateTime<Utc>, to: DateTime<Utc>) -> Telemetry {
        Telemetry {
            instance: Uuid::nil(),
            sequence: 0,
            revision: self.revision,
            from,
            to,
            evaluations: Vec::new(),
            unknown_flags: Vec::new(),
            contexts: Vec::new(),
            sent_at: None,
            evidence: Vec::new(),
            running: Some(self.running.clone()),
        }
    }
}
