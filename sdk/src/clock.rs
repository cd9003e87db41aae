//! The SDK's only look at the time of day, which telemetry is stamped with.

use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// What time it is.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that asks the system's clock"
)]
pub(crate) fn now() -> DateTime<Utc> {
    SystemTime::now().into()
}
