//! What a release is judged by: how sure one wants to be, and of which metrics.

use serde::{Deserialize, Deserializer, Serialize, de::Error as _};

use crate::json::Members;

mod validate;

pub use validate::{MAX_GUARDS, validate_guards, validate_policy};

/// How sure one wants to be, and what follows from a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Policy {
    /// The most that the probability of rolling back a healthy candidate may be, over the
    /// whole life of the release and however often one looks.
    pub alpha: f64,
    /// The same for calling a candidate safe that is not.
    pub beta: f64,
    /// What follows from harm.
    pub on_harm: Action,
    /// What follows where a stage has baked for as long as it may, and a guard that asks for
    /// it is not known to be safe.
    pub on_inconclusive: OnInconclusive,
    /// So many events above what the baseline would have had are harm, whatever the
    /// statistics say; no cap where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_excess_events: Option<f64>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            alpha: 0.01,
            beta: 0.05,
            on_harm: Action::Rollback,
            on_inconclusive: OnInconclusive::Hold,
            max_excess_events: None,
        }
    }
}

/// What follows from harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Back to what the site served before.
    Rollback,
    /// Stand still until the cause is gone, or a person decides.
    Hold,
    /// Say so, and go on.
    Notify,
}

/// What follows where evidence is still missing at the end of the longest bake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnInconclusive {
    /// Wait for a person, or for the evidence.
    Hold,
    /// Go on to the next stage.
    Advance,
    /// Back to what the site served before.
    Rollback,
}

/// One thing that is watched: `{"metric": …}` compares the arms, `{"slo": …}` looks at both
/// together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Guard {
    /// Candidate against baseline, at the same time.
    Metric(MetricGuard),
    /// How fast an error budget burns: sees what harms both arms.
    Slo(SloGuard),
}

/// A metric of which the candidate is compared with the baseline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetricGuard {
    /// The metric's key.
    pub metric: String,
    /// Which way is bad.
    #[serde(default)]
    pub bad: Direction,
    /// How much worse still is no harm.
    #[serde(default, skip_serializing_if = "Margin::is_zero")]
    pub margin: Margin,
    /// The candidate is safe when it is known to be less than this part worse (0.5: less than
    /// half as much again); no stage waits for this guard where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub require_safe: Option<f64>,
    /// What follows from harm that this guard sees. With `hold` or `notify` it acts alone, and no
    /// part of the mean is its. Where absent, and with `rollback`, it is part of the mean, of which
    /// [`Policy::on_harm`] says what follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// The candidate's rate alone is held against this many events a unit, whatever the baseline
    /// does: for what the baseline cannot have, as results that differ from its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<f64>,
    /// By which test counts are compared.
    #[serde(default, skip_serializing_if = "Test::is_label")]
    pub test: Test,
}

/// A service level objective, by its key.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SloGuard {
    /// The objective's key.
    pub slo: String,
    /// What follows while its budget burns; `hold` where absent.
    #[serde(default = "hold")]
    pub action: Action,
}

/// Which way is bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// More of it, as with errors.
    #[default]
    Up,
    /// Less of it, as with orders.
    Down,
}

/// How much worse than the baseline still is no harm: whichever of the two allows more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Margin {
    /// A part of the baseline's rate, or of its latency: 0.05 allows 5 % more.
    #[serde(skip_serializing_if = "is_zero")]
    pub relative: f64,
    /// A difference of rates, in events a unit: 0.0005 allows five in ten thousand more.
    #[serde(skip_serializing_if = "is_zero")]
    pub absolute: f64,
}

/// By which test counts are compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Which arm each event is of. Right for counts of any kind, and for rare outcomes close
    /// to the best that there is.
    #[default]
    Label,
    /// Each arm's own outcomes, yes or no for each unit. Sharper where more than a tenth of
    /// the units have the event.
    Block,
}

impl Guard {
    /// The guard of a metric.
    pub fn metric(&self) -> Option<&MetricGuard> {
        match self {
            Self::Metric(guard) => Some(guard),
            Self::Slo(_) => None,
        }
    }
}

impl Guard {
    /// The guard of an objective.
    pub fn slo(&self) -> Option<&SloGuard> {
        match self {
            Self::Metric(_) => None,
            Self::Slo(guard) => Some(guard),
        }
    }

    /// The key of the metric or objective.
    pub fn key(&self) -> &str {
        match self {
            Self::Metric(guard) => &guard.metric,
            Self::Slo(guard) => &guard.slo,
        }
    }
}

impl MetricGuard {
    /// Whether its evidence counts towards the mean over guards. One that holds or notifies
    /// acts alone.
    pub fn is_in_mean(&self) -> bool {
        match self.action {
            None | Some(Action::Rollback) => true,
            Some(Action::Hold | Action::Notify) => false,
        }
    }
}

impl Margin {
    fn is_zero(&self) -> bool {
        is_zero(&self.relative) && is_zero(&self.absolute)
    }
}

impl Test {
    fn is_label(&self) -> bool {
        *self == Self::Label
    }
}

fn hold() -> Action {
    Action::Hold
}

fn is_zero(number: &f64) -> bool {
    *number == 0.0
}

impl<'de> Deserialize<'de> for Guard {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Members::of(deserializer)?;
        let guard = match (members.has("metric"), members.has("slo")) {
            (true, true) => {
                return Err(D::Error::custom(
                    "a guard is of a metric or of an objective, and not of both",
                ));
            }
            (_, true) => members.rest().map(Self::Slo),
            (_, false) => members.rest().map(Self::Metric),
        };
        guard.map_err(D::Error::custom)
    }
}
