//! A provider for OpenFeature's own Rust SDK, so that programs which speak to that decide
//! locally, too.
//!
//! ```no_run
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! use open_feature::{EvaluationContext, OpenFeature};
//! use serin_sdk::{Client, openfeature::Provider};
//!
//! let client = Client::builder("https://flags.example.com", "srv_…").build()?;
//! let mut api = OpenFeature::singleton_mut().await;
//! api.set_provider(Provider::new(client.clone())).await;
//!
//! let user = EvaluationContext::default().with_targeting_key("user-1");
//! let flags = api.create_client();
//! let on = flags.get_bool_value("new-checkout", Some(&user), None).await;
//! if on.unwrap_or(false) {
//!     // …
//! }
//! # Ok(())
//! # }
//! ```
//!
//! That SDK knows no events yet: [`Client::changes`] of the client that was given tells of
//! changes, and [`Client::when`] of its status.

mod context;
mod value;

use std::time::Duration;

use open_feature::{
    EvaluationContext, EvaluationError, EvaluationErrorCode, EvaluationReason, EvaluationResult,
    FlagMetadata, StructValue, async_trait,
    provider::{FeatureProvider, ProviderMetadata, ProviderStatus, ResolutionDetails},
};
use serde_json::Value;

use crate::{Client, Detail, DetailError, ErrorCode, Reason};

/// How long [`Provider::ready_within`] is where nothing is said.
const READY_WITHIN: Duration = Duration::from_secs(10);
/// How long [`Provider::stale_after`] is where nothing is said.
const STALE_AFTER: Duration = Duration::from_secs(60);

/// Evaluates by a [`Client`]: locally, without waiting.
///
/// It goes with its last clone of the client: dropping it, as OpenFeature's shutdown does,
/// delivers what was counted in the background. Whoever wants to wait for that keeps a
/// clone of the client and calls [`Client::shutdown`].
#[derive(Debug)]
pub struct Provider {
    client: Client,
    metadata: ProviderMetadata,
    ready_within: Duration,
    stale_after: Duration,
    initialized: bool,
}

impl Provider {
    /// A provider that evaluates by this client.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self {
            client,
            metadata: ProviderMetadata::new("Serin"),
            ready_within: READY_WITHIN,
            stale_after: STALE_AFTER,
            initialized: false,
        }
    }

    /// How long setting the provider waits for the first ruleset; 10 s where this is not
    /// called. Where none comes, the status is `Error` until one does.
    #[must_use]
    pub fn ready_within(self, limit: Duration) -> Self {
        Self {
            ready_within: limit,
            ..self
        }
    }

    /// After how long without a sign of the server the status is `STALE`; 60 s where this
    /// is not called.
    #[must_use]
    pub fn stale_after(self, limit: Duration) -> Self {
        Self {
            stale_after: limit,
            ..self
        }
    }

    /// The client.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

#[async_trait]
impl FeatureProvider for Provider {
    async fn initialize(&mut self, _: &EvaluationContext) {
        if let Err(error) = self.client.ready_within(self.ready_within).await {
            tracing::warn!("flags serve their callers' defaults for now: {error}");
        }
        self.initialized = true;
    }

    fn status(&self) -> ProviderStatus {
        let status = self.client.status();
        match status.revision {
            None if self.initialized => ProviderStatus::Error,
            None => ProviderStatus::NotReady,
            Some(_) if status.is_stale(self.stale_after) => ProviderStatus::STALE,
            Some(_) => ProviderStatus::Ready,
        }
    }

    fn metadata(&self) -> &ProviderMetadata {
        &self.metadata
    }

    async fn resolve_bool_value(
        &self,
        flag: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<bool>> {
        let context = context::read(context);
        resolved(self.client.bool_detail(flag, &context, false), Ok)
    }

    async fn resolve_int_value(
        &self,
        flag: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<i64>> {
        let context = context::read(context);
        let detail = self.client.value_detail(flag, &context, Value::Null);
        resolved(detail, |value| value::integer(&value))
    }

    async fn resolve_float_value(
        &self,
        flag: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<f64>> {
        let context = context::read(context);
        resolved(self.client.number_detail(flag, &context, 0.0), Ok)
    }

    async fn resolve_string_value(
        &self,
        flag: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<String>> {
        let context = context::read(context);
        resolved(self.client.string_detail(flag, &context, ""), Ok)
    }

    async fn resolve_struct_value(
        &self,
        flag: &str,
        context: &EvaluationContext,
    ) -> EvaluationResult<ResolutionDetails<StructValue>> {
        let context = context::read(context);
        let detail = self.client.json_detail(flag, &context, Value::Null);
        resolved(detail, value::structure)
    }
}

/// What OpenFeature is told of a detail. It knows no default of the caller's: where that
/// is meant, there is an error.
fn resolved<T, U>(
    detail: Detail<T>,
    read: impl FnOnce(T) -> Result<U, String>,
) -> EvaluationResult<ResolutionDetails<U>> {
    if let Some(error) = &detail.error {
        return Err(failed(error));
    }
    let flag_metadata = metadata(&detail);
    let reason = reason(detail.reason);
    let Some(variant) = detail.variation else {
        let message = "the flag is off and names no variation for that";
        return Err(EvaluationError {
            code: EvaluationErrorCode::General(message.to_owned()),
            message: Some(message.to_owned()),
        });
    };
    let value = read(detail.value).map_err(|message| EvaluationError {
        code: EvaluationErrorCode::TypeMismatch,
        message: Some(message),
    })?;
    Ok(ResolutionDetails {
        value,
        variant: Some(variant),
        reason: Some(reason),
        flag_metadata: Some(flag_metadata),
    })
}

fn failed(error: &DetailError) -> EvaluationError {
    let code = match error.code {
        ErrorCode::ProviderNotReady => EvaluationErrorCode::ProviderNotReady,
        ErrorCode::FlagNotFound => EvaluationErrorCode::FlagNotFound,
        ErrorCode::ParseError => EvaluationErrorCode::ParseError,
        ErrorCode::TargetingKeyMissing => EvaluationErrorCode::TargetingKeyMissing,
        ErrorCode::InvalidContext => EvaluationErrorCode::InvalidContext,
        ErrorCode::TypeMismatch => EvaluationErrorCode::TypeMismatch,
        ErrorCode::General => EvaluationErrorCode::General(error.message.clone()),
    };
    EvaluationError {
        code,
        message: Some(error.message.clone()),
    }
}

fn reason(reason: Reason) -> EvaluationReason {
    match reason {
        Reason::Disabled | Reason::PrerequisiteFailed => EvaluationReason::Disabled,
        Reason::TargetMatch | Reason::RuleMatch => EvaluationReason::TargetingMatch,
        Reason::Split => EvaluationReason::Split,
        Reason::Static => EvaluationReason::Static,
        Reason::Default => EvaluationReason::Default,
        Reason::Error => EvaluationReason::Error,
    }
}

/// The same members as over OFREP.
fn metadata<T>(detail: &Detail<T>) -> FlagMetadata {
    let mut metadata = FlagMetadata::default();
    metadata.add_value("reason", detail.reason.as_str());
    let texts = [
        ("rule", &detail.rule),
        ("prerequisite", &detail.prerequisite),
    ];
    for (name, text) in texts {
        if let Some(text) = text {
            metadata.add_value(name, text.as_str());
        }
    }
    let numbers = [
        ("flagVersion", detail.flag_version),
        ("revision", detail.revision),
    ];
    for (name, number) in numbers {
        if let Some(number) = number.and_then(|number| i64::try_from(number).ok()) {
            metadata.add_value(name, number);
        }
    }
    metadata
}
