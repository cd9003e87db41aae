//! What is known of a release after a window.

use std::{collections::BTreeMap, fmt, sync::Arc};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::confidence::Ratio;

/// What is known after a window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Judgement {
    /// What follows from it.
    pub verdict: Verdict,
    /// ln of the mean evidence of harm over the guards that may roll back; harm from ln 1/α on.
    pub ln_e_harm: f64,
    /// ln of the evidence that units are lost in one arm; held from ln 1000 on.
    pub ln_e_sample_ratio: f64,
    /// Events of the candidate above what the baseline's rate would have given, over the
    /// guards where up is bad.
    pub excess_events: f64,
    /// The metric that showed harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub culprit: Option<Arc<str>>,
    /// Why the release should stand still.
    pub holds: Vec<Hold>,
    /// The guards of metrics, by metric.
    pub guards: BTreeMap<Arc<str>, GuardJudgement>,
}

/// What is known of one metric.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct GuardJudgement {
    /// ln of the evidence that the candidate is worse than the margin allows.
    pub ln_e_harm: f64,
    /// ln of the evidence that it is less worse than the guard requires; nothing where it
    /// requires nothing, and for values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ln_e_safe: Option<f64>,
    /// Candidate over baseline, whichever way is bad; nothing for values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ratio: Option<Ratio>,
    /// Where the values of both arms lie, where that was asked for; nothing for counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Values>,
    /// Whether this guard alone has evidence enough of harm.
    #[serde(default, skip_serializing_if = "is_false")]
    pub harm: bool,
    /// Whether it was found to be safe in the window's stage.
    #[serde(default, skip_serializing_if = "is_false")]
    pub safe: bool,
}

/// Where the values of both arms lie, of all windows that were judged together. For people:
/// nothing is decided by them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Values {
    /// Of those who kept what there was.
    pub baseline: Quantiles,
    /// Of those who got what is new.
    pub candidate: Quantiles,
}

/// Where values lie, in the metric's unit and to three digits; they come in steps of 5 %.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Half of the values are up to this.
    pub p50: f64,
    /// And 95 % are up to this.
    pub p95: f64,
}

/// What follows; of several the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The candidate is worse than the policy allows. Nothing takes it back.
    Harm,
    /// Something has to be cleared up first.
    Hold,
    /// Every guard that asks for it is safe.
    Safe,
    /// Nothing is known well enough yet.
    Continue,
}

/// Why a release should stand still; gone when its cause is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hold {
    /// An arm had no exposure in the window.
    NoData,
    /// One arm loses units.
    SampleMismatch,
    /// A guard that acts alone, and holds, has evidence of harm: its metric.
    Harm(Arc<str>),
}

const NO_DATA: &str = "no_data";
const SAMPLE_MISMATCH: &str = "sample_mismatch";
const HARM: &str = "harm:";

impl fmt::Display for Hold {
    /// As on the wire: `no_data`, `sample_mismatch`, `harm:checkout-latency`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData => f.write_str(NO_DATA),
            Self::SampleMismatch => f.write_str(SAMPLE_MISMATCH),
            Self::Harm(metric) => write!(f, "{HARM}{metric}"),
        }
    }
}

impl Serialize for Hold {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::NoData => serializer.serialize_str(NO_DATA),
            Self::SampleMismatch => serializer.serialize_str(SAMPLE_MISMATCH),
            Self::Harm(_) => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for Hold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match (text.as_str(), text.strip_prefix(HARM)) {
            (NO_DATA, _) => Ok(Self::NoData),
            (SAMPLE_MISMATCH, _) => Ok(Self::SampleMismatch),
            (_, Some(metric)) => Ok(Self::Harm(metric.into())),
            _ => Err(serde::de::Error::custom(format_args!(
                "{text:?} is no reason to hold"
            ))),
        }
    }
}

fn is_false(flag: &bool) -> bool {
    !flag
}
