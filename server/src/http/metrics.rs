//! What Prometheus sees.

mod webhooks;

use std::{
    borrow::Cow,
    fmt,
    sync::{Arc, atomic::Ordering},
};

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _, text},
    metrics::{
        MetricType,
        counter::{ConstCounter, Counter},
        family::Family,
        gauge::{ConstGauge, Gauge},
        histogram::Histogram,
    },
    registry::Registry,
};

use self::webhooks::Deliveries;
use crate::{
    publish::Publisher,
    service::{usage::Recorder, writer::Writer},
    webhook,
};

/// One route with one status.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: Cow<'static, str>,
    status: u16,
}

/// One route.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: Cow<'static, str>,
}

/// Streams or evaluations of one protocol.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Protocol {
    protocol: &'static str,
}

/// What was refused since there is too much of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Refused {
    what: &'static str,
}

/// The metrics of a server.
pub(crate) struct Metrics {
    registry: Registry,
    requests: Family<Answered, Counter>,
    latency: Family<Route, Histogram, fn() -> Histogram>,
    evaluations: Family<Protocol, Counter>,
    streams: Family<Protocol, Gauge>,
    refused: Family<Refused, Counter>,
}

impl Metrics {
    /// Metrics at zero; those of the publisher are read when they are asked for.
    pub(crate) fn new(publisher: &Arc<Publisher>) -> Self {
        let mut metrics = Self {
            registry: Registry::with_prefix("serin"),
            requests: Family::default(),
            latency: Family::new_with_constructor(histogram),
            evaluations: Family::default(),
            streams: Family::default(),
            refused: Family::default(),
        };
        let registry = &mut metrics.registry;
        registry.register(
            "http_requests",
            "Requests answered",
            metrics.requests.clone(),
        );
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to the head of its answer",
            metrics.latency.clone(),
        );
        registry.register(
            "evaluations",
            "Flags evaluated here",
            metrics.evaluations.clone(),
        );
        registry.register("streams", "Streams open", metrics.streams.clone());
        registry.register(
            "refused",
            "What was refused since there is too much of it",
            metrics.refused.clone(),
        );
        registry.register_collector(Box::new(Rulesets(Arc::clone(publisher))));
        metrics
    }

    /// Adds those of a server's writer.
    pub(crate) fn watch_writer(&mut self, writer: &Writer) {
        self.watch(Box::new(Queue(writer.clone())));
    }

    /// Adds what became of evidence.
    pub(crate) fn watch_evidence(&mut self, recorder: &Arc<Recorder>) {
        self.watch(Box::new(Evidence(Arc::clone(recorder))));
    }

    /// Adds what became of webhooks' deliveries.
    pub(crate) fn watch_deliveries(&mut self, counts: &Arc<webhook::Counts>) {
        self.watch(Box::new(Deliveries(Arc::clone(counts))));
    }

    /// Adds what is collected when it is asked for.
    pub(crate) fn watch(&mut self, collector: Box<dyn Collector>) {
        self.registry.register_collector(collector);
    }

    /// Counts an answer.
    pub(crate) fn answered(
        &self,
        method: &'static str,
        route: Cow<'static, str>,
        status: u16,
        seconds: f64,
    ) {
        self.latency
            .get_or_create(&Route {
                route: route.clone(),
            })
            .observe(seconds);
        self.requests
            .get_or_create(&Answered {
                method,
                route,
                status,
            })
            .inc();
    }

    /// The counter of evaluations over `protocol`.
    pub(crate) fn evaluations(&self, protocol: &'static str) -> Counter {
        self.evaluations.get_or_create_owned(&Protocol { protocol })
    }

    /// Counts what was refused since there is too much of it.
    pub(crate) fn refused(&self, what: &'static str) {
        self.refused.get_or_create(&Refused { what }).inc();
    }

    /// Counts a stream for as long as the answer lives.
    pub(crate) fn stream(&self, protocol: &'static str) -> OpenStream {
        let gauge = self.streams.get_or_create_owned(&Protocol { protocol });
        gauge.inc();
        OpenStream(gauge)
    }

    /// The text that Prometheus reads.
    pub(crate) fn render(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        text::encode(&mut text, &self.registry)?;
        Ok(text)
    }
}

/// From 0.1 ms to 5 s.
fn histogram() -> Histogram {
    Histogram::new([0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 5.0])
}

/// An open stream: counted until it is dropped.
pub(crate) struct OpenStream(Gauge);

impl Drop for OpenStream {
    fn drop(&mut self) {
        self.0.dec();
    }
}

/// The rulesets that are served.
struct Rulesets(Arc<Publisher>);

impl fmt::Debug for Rulesets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rulesets")
    }
}

/// What waits to be written.
struct Queue(Writer);

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Queue")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InEnvironment {
    project: String,
    environment: String,
}

impl Collector for Rulesets {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let snapshots = self.0.snapshots();
        let mut revisions = encoder.encode_descriptor(
            "snapshot_revision",
            "The revision that is served",
            None,
            MetricType::Gauge,
        )?;
        for snapshot in &snapshots {
            let labels = InEnvironment {
                project: snapshot.project.clone(),
                environment: snapshot.environment.clone(),
            };
            let gauge = ConstGauge::new(i64::try_from(snapshot.revision).unwrap_or(i64::MAX));
            gauge.encode(revisions.encode_family(&labels)?)?;
        }
        Ok(())
    }
}

impl Collector for Queue {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let queued = ConstGauge::new(i64::try_from(self.0.queued()).unwrap_or(i64::MAX));
        queued.encode(encoder.encode_descriptor(
            "writer_queue",
            "Writes that wait for the next transaction",
            None,
            MetricType::Gauge,
        )?)?;
        let counts = self.0.counts();
        for (name, help, count) in [
            (
                "writer_commits",
                "Transactions of the writer",
                &counts.commits,
            ),
            (
                "writer_writes",
                "Writes in those transactions, the refused ones too",
                &counts.writes,
            ),
        ] {
            let count = ConstCounter::new(count.load(Ordering::Relaxed));
            count.encode(encoder.encode_descriptor(name, help, None, MetricType::Counter)?)?;
        }
        Ok(())
    }
}

/// What became of evidence.
struct Evidence(Arc<Recorder>);

impl fmt::Debug for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Evidence")
    }
}

/// What became of something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
pub(super) struct Outcome {
    pub(super) outcome: &'static str,
}

impl Collector for Evidence {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let mut windows = encoder.encode_descriptor(
            "evidence_windows",
            "Windows of evidence that came, by what became of them",
            None,
            MetricType::Counter,
        )?;
        for (outcome, count) in self.0.evidence_counts() {
            let count = ConstCounter::new(count);
            count.encode(windows.encode_family(&Outcome { outcome })?)?;
        }
        Ok(())
    }
}
