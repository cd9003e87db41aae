//! What evaluations are called in traces: OpenTelemetry's conventions for feature flags, as of
//! version 1.40 (events named [`EVENT`] with the attributes `feature_flag.*`).
//!
//! [`Detail::attributes`] gives them to whoever writes spans himself. With the feature `traces`
//! every evaluation tells `tracing` of itself, so that a layer such as `tracing-opentelemetry`
//! adds it to the span that it happened in.

use std::borrow::Cow;

use serin_engine::context::Context;
#[cfg(feature = "traces")]
use serin_engine::evaluation::ErrorCode as EngineCode;
use serin_engine::evaluation::{Evaluation, Reason};
use serin_engine::ruleset::Ruleset;

use crate::detail::{Detail, ErrorCode};

/// The name of the event that an evaluation is.
pub const EVENT: &str = "feature_flag.evaluation";

/// Who evaluates.
const PROVIDER: &str = "serin";

impl<T> Detail<T> {
    /// What OpenTelemetry calls an evaluation's parts: attributes for an event of the name
    /// [`EVENT`]. The flag's value is not among them, since its variation says it.
    ///
    /// ```
    /// # use serin_sdk::{Context, TestData};
    /// # let data = TestData::new();
    /// # data.set("new-checkout", true);
    /// # let client = data.client();
    /// let user = Context::new("user-1");
    /// let detail = client.bool_detail("new-checkout", &user, false);
    /// let attributes = detail.attributes("new-checkout", &user);
    /// assert_eq!(attributes[0], ("feature_flag.key", "new-checkout".into()));
    /// ```
    #[must_use]
    pub fn attributes<'d>(
        &'d self,
        flag: &'d str,
        context: &'d Context,
    ) -> Vec<(&'static str, Cow<'d, str>)> {
        let mut attributes: Vec<(&'static str, Cow<'d, str>)> = vec![
            ("feature_flag.key", flag.into()),
            ("feature_flag.provider.name", PROVIDER.into()),
            ("feature_flag.result.reason", reason(self.reason).into()),
        ];
        let mut add = |name, value: Option<Cow<'d, str>>| {
            attributes.extend(value.map(|value| (name, value)));
        };
        let version = self.flag_version.map(|version| version.to_string());
        add(
            "feature_flag.result.variant",
            self.variation.as_deref().map(Cow::from),
        );
        add("feature_flag.version", version.map(Cow::from));
        add(
            "feature_flag.context.id",
            context.targeting_key().map(Cow::from),
        );
        if let Some(error) = &self.error {
            add("error.type", Some(error_type(error.code).into()));
            add(
                "feature_flag.error.message",
                Some(error.message.as_str().into()),
            );
        }
        attributes
    }
}

/// In the conventions' words.
fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::Disabled | Reason::PrerequisiteFailed => "disabled",
        Reason::TargetMatch | Reason::RuleMatch => "targeting_match",
        Reason::Split => "split",
        Reason::Static => "static",
        Reason::Default => "default",
        Reason::Error => "error",
    }
}

/// OpenFeature's codes as the conventions write them.
fn error_type(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::ProviderNotReady => "provider_not_ready",
        ErrorCode::FlagNotFound => "flag_not_found",
        ErrorCode::ParseError => "parse_error",
        ErrorCode::TargetingKeyMissing => "targeting_key_missing",
        ErrorCode::InvalidContext => "invalid_context",
        ErrorCode::TypeMismatch => "type_mismatch",
        ErrorCode::General => "general",
    }
}

/// Tells `tracing` of an evaluation.
#[cfg(feature = "traces")]
pub(crate) fn tell(
    ruleset: Option<&Ruleset>,
    flag: &str,
    context: Option<&Context>,
    evaluation: &Evaluation<'_>,
) {
    let error = evaluation.error.as_ref();
    tracing::event!(
        name: EVENT,
        target: "feature_flag",
        tracing::Level::DEBUG,
        "feature_flag.key" = flag,
        "feature_flag.provider.name" = PROVIDER,
        "feature_flag.result.variant" = evaluation.variation,
        "feature_flag.result.reason" = reason(evaluation.reason),
        "feature_flag.version" = evaluation.flag_version.map(display),
        "feature_flag.context.id" = context.and_then(Context::targeting_key),
        "feature_flag.set.id" = ruleset
            .map(|of| display(format!("{}/{}", of.project(), of.environment()))),
        "error.type" = error.map(|error| error_type(error.code.into())),
        "feature_flag.error.message" = error.map(|error| &*error.message),
    );
}

/// Tells that there is no such flag.
#[cfg(feature = "traces")]
pub(crate) fn tell_not_found(ruleset: &Ruleset, flag: &str, context: Option<&Context>) {
    tell(Some(ruleset), flag, context, &Evaluation::not_found(flag));
}

/// Tells of an evaluation whose value is not of the type that was asked for, or that has none.
#[cfg(feature = "traces")]
pub(crate) fn tell_default(
    ruleset: &Ruleset,
    flag: &str,
    context: &Context,
    evaluation: &Evaluation<'_>,
) {
    if evaluation.value.is_none() {
        return tell(Some(ruleset), flag, Some(context), evaluation);
    }
    let message = "the flag is of another type";
    let mismatch = Evaluation {
        flag_version: evaluation.flag_version,
        ..Evaluation::failed(EngineCode::TypeMismatch, message)
    };
    tell(Some(ruleset), flag, Some(context), &mismatch);
}

#[cfg(not(feature = "traces"))]
#[inline]
pub(crate) fn tell(_: Option<&Ruleset>, _: &str, _: Option<&Context>, _: &Evaluation<'_>) {}

#[cfg(not(feature = "traces"))]
#[inline]
pub(crate) fn tell_not_found(_: &Ruleset, _: &str, _: Option<&Context>) {}

#[cfg(not(feature = "traces"))]
#[inline]
pub(crate) fn tell_default(_: &Ruleset, _: &str, _: &Context, _: &Evaluation<'_>) {}

#[cfg(all(test, feature = "traces"))]
mod tests;
