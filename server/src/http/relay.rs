//! A relay's server: the routes that answer SDKs, and nothing else.

use std::{fmt, io, net::TcpListener, sync::Arc};

use actix_web::{
    Error, ResponseError as _,
    body::BoxBody,
    dev::{ServiceRequest, ServiceResponse},
    http::header::{HeaderName, HeaderValue},
    middleware::{Next, from_fn},
    web::{self, Data},
};
use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, EncodeLabelSet, EncodeMetric as _},
    metrics::{MetricType, counter::ConstCounter, gauge::ConstGauge},
};
use serin_api::error::codes;

use super::{
    Api, Server, Settings, error::ApiError, extract::credential, metrics::Outcome, ofrep::Refused,
    routes,
};
use crate::{
    clock::Clock,
    relay::{Forwarder, HOPS, Keys, Places, Relay, Report},
};

const HOPS_HEADER: HeaderName = HeaderName::from_static(HOPS);

impl Server {
    /// Answers SDKs for a relay.
    ///
    /// # Errors
    /// Where the listener cannot be used.
    pub fn start_relay(
        relay: &Relay,
        settings: Settings,
        listener: TcpListener,
    ) -> io::Result<Self> {
        let front = relay.front();
        let standing = Standing {
            clock: Arc::clone(&front.clock),
            places: relay.places(),
            keys: relay.keys(),
            forwarder: relay.forwarder(),
        };
        let mut api = Api::new(front, settings);
        api.metrics.watch(Box::new(standing));
        let keys = Data::from(relay.keys());
        Self::run(Data::new(api), listener, move |config| {
            let scope = web::scope("")
                .app_data(Data::clone(&keys))
                .wrap(from_fn(admit))
                .configure(routes::register_front)
                .default_service(web::to(nothing));
            config.service(scope);
        })
    }
}

/// A relay has no UI and no management.
async fn nothing() -> Result<actix_web::HttpResponse, ApiError> {
    Err(ApiError::not_found())
}

/// Asks the upstream about a key that is not known here, before a handler looks at it.
async fn admit(
    request: ServiceRequest,
    next: Next<BoxBody>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(keys) = request.app_data::<Data<Keys>>().cloned() else {
        return next.call(request).await;
    };
    let hops = request.headers().get(HOPS_HEADER);
    let hops = hops
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut response = if keys.hops().is_circle(hops) {
        let message = "these relays follow each other in a circle";
        refuse(request, ApiError::bad_request(message))
    } else {
        let admitted = match credential::secret(request.request()) {
            Ok(secret) => keys.admit(secret, hops).await,
            Err(_) => Ok(()),
        };
        match admitted {
            Ok(()) => next.call(request).await?,
            Err(_) => {
                let message = "this key is not known here, and the upstream cannot be asked now";
                let mut error = ApiError::new(codes::UNAVAILABLE, message);
                error.retry_after = Some(1);
                refuse(request, error)
            }
        }
    };
    if let Ok(value) = HeaderValue::from_str(&keys.hops().header()) {
        response.headers_mut().insert(HOPS_HEADER, value);
    }
    Ok(response)
}

fn refuse(request: ServiceRequest, error: ApiError) -> ServiceResponse<BoxBody> {
    if request.path().starts_with("/ofrep/") {
        let response = Refused::from(error).error_response();
        return request.into_response(response);
    }
    request.error_response(error)
}

/// How a relay stands, for Prometheus.
struct Standing {
    clock: Arc<dyn Clock>,
    places: Arc<Places>,
    keys: Arc<Keys>,
    forwarder: Arc<Forwarder>,
}

impl fmt::Debug for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Standing")
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct InEnvironment {
    project: String,
    environment: String,
}

impl Standing {
    fn gauge(
        encoder: &mut DescriptorEncoder<'_>,
        reports: &[Report],
        (name, help): (&str, &str),
        value: impl Fn(&Report) -> Option<f64>,
    ) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
        for report in reports {
            if let Some(value) = value(report) {
                ConstGauge::new(value).encode(family.encode_family(&labels(report))?)?;
            }
        }
        Ok(())
    }

    fn counter(
        encoder: &mut DescriptorEncoder<'_>,
        reports: &[Report],
        (name, help): (&str, &str),
        value: impl Fn(&Report) -> u64,
    ) -> Result<(), fmt::Error> {
        let mut family = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
        for report in reports {
            ConstCounter::new(value(report)).encode(family.encode_family(&labels(report))?)?;
        }
        Ok(())
    }
}

fn labels(report: &Report) -> InEnvironment {
    InEnvironment {
        project: report.project.clone(),
        environment: report.environment.clone(),
    }
}

impl Collector for Standing {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
        let reports = self.places.reports(self.clock.now());
        let encoder = &mut encoder;
        let connected = ("relay_connected", "Whether the upstream's stream is open");
        Self::gauge(encoder, &reports, connected, |report| {
            Some(f64::from(u8::from(report.connected)))
        })?;
        let age = (
            "relay_age_seconds",
            "Seconds since the upstream was last heard of",
        );
        Self::gauge(encoder, &reports, age, |report| report.age_seconds)?;
        let from_disk = (
            "relay_from_disk",
            "Whether a copy is served that the upstream has not confirmed",
        );
        Self::gauge(encoder, &reports, from_disk, |report| {
            Some(f64::from(u8::from(report.from_disk)))
        })?;
        let lost = ("relay_streams_lost", "Streams of the upstream that ended");
        Self::counter(encoder, &reports, lost, |report| report.lost)?;
        let refused = (
            "relay_events_refused",
            "Events of the upstream that are no ruleset, or do not lead to one",
        );
        Self::counter(encoder, &reports, refused, |report| report.refused)?;
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        ConstGauge::new(number(self.keys.count())).encode(encoder.encode_descriptor(
            "relay_keys",
            "Keys that are known",
            None,
            MetricType::Gauge,
        )?)?;
        ConstGauge::new(number(self.forwarder.waiting())).encode(encoder.encode_descriptor(
            "relay_counts_waiting",
            "Sums of evaluations that wait for the upstream",
            None,
            MetricType::Gauge,
        )?)?;
        let mut windows = encoder.encode_descriptor(
            "relay_evidence_windows",
            "Windows of evidence that came, and sums of them that went on, by what became of them",
            None,
            MetricType::Counter,
        )?;
        for (outcome, count) in self.forwarder.evidence().each() {
            let count = ConstCounter::new(count);
            count.encode(windows.encode_family(&Outcome { outcome })?)?;
        }
        ConstCounter::new(self.forwarder.dropped()).encode(encoder.encode_descriptor(
            "relay_evaluations_uncounted",
            "Evaluations that nobody will count: too many waited, or the upstream refused them",
            None,
            MetricType::Counter,
        )?)
    }
}
