//! What a release is to do, as people write it.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Guard, MetricGuard, Policy, Span, Then, Windows};
use crate::{
    flag::{FlagConfig, Serve},
    slots::SLOTS,
};

/// A release: one serve site of one flag moves from a baseline to a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// The flag's key.
    pub flag: String,
    /// Which serve of the flag's configuration moves.
    #[serde(default)]
    pub site: Site,
    /// The variation that units leave.
    pub baseline: String,
    /// The variation that units go to.
    pub candidate: String,
    /// The attribute that names the unit; `targetingKey` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<String>,
    /// How sure one wants to be, and what follows from a verdict.
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: Policy,
    /// What is watched; where empty, time and people alone move the release.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// At least one; weights grow and end at 100.
    pub stages: Vec<Stage>,
    /// When it may go on by itself; always where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
    /// What follows in another environment once it is complete.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub then: Option<Then>,
}

/// A release without a flag, kept in a project to start others from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Template {
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// See [`Document::policy`].
    #[serde(default, skip_serializing_if = "is_default")]
    pub policy: Policy,
    /// See [`Document::guards`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub guards: Vec<Guard>,
    /// See [`Document::stages`].
    pub stages: Vec<Stage>,
    /// See [`Document::windows`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub windows: Option<Windows>,
}

/// Which serve of a flag's configuration a release moves: `"default"` or
/// `{"rule": "id"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Site {
    /// The flag's default.
    #[default]
    Default,
    /// The rule with this id.
    Rule(String),
}

/// One step of a release.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// For people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Only units in this segment; what the others get stays as it is. All where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<String>,
    /// Percent of units that get the candidate, in steps of 0.001. Of a shadow stage: of those
    /// whose results are compared.
    pub weight: f64,
    /// Nobody gets the candidate: programs run both ways for some of the traffic, serve the
    /// baseline's result, and report how the candidate's compares.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shadow: Option<Shadow>,
    /// How long it bakes at the least before the next stage. Where this, `max_bake` and
    /// `watch` are absent, the stage waits for a person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_bake: Option<Span>,
    /// How long it bakes at the most while evidence is missing; after that the policy says
    /// what follows. As long as it takes where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_bake: Option<Span>,
    /// Of the last stage: for how long everybody has the candidate before it is final. No
    /// evidence is waited for; harm takes it back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watch: Option<Span>,
    /// Of the last stage: percent of units that stay with the baseline until the release
    /// is complete, so that comparison goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holdback: Option<f64>,
    /// Who has to agree before it is left; nobody where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval: Option<Approval>,
}

/// What a shadow stage reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shadow {
    /// The metric, of the kind `count`, of results that differ. A guard limits it.
    pub mismatch: String,
    /// The metric, of the kind `value`, of how long either way takes, in milliseconds; not
    /// reported where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency: Option<String>,
}

/// Who has to agree before a stage is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// The least role in the project.
    pub role: Approver,
}

/// The roles that may approve; each includes those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approver {
    /// Who changes flags.
    Editor,
    /// Who looks after the project.
    Admin,
}

impl Document {
    /// The stage at an index.
    pub fn stage(&self, index: usize) -> Option<&Stage> {
        self.stages.get(index)
    }

    /// Whether no stage follows the one at an index.
    pub fn is_last(&self, index: usize) -> bool {
        index.saturating_add(1) >= self.stages.len()
    }

    /// Whether anything is watched. Where nothing is, no evidence will ever come, and the
    /// time that a runner watched is all that can bake.
    pub fn is_guarded(&self) -> bool {
        self.guards.iter().any(|guard| guard.metric().is_some())
    }

    /// Whether leaving a stage waits for guards to be safe. The last stage with a `watch`
    /// does not: nobody is left to be moved.
    pub fn asks_for_evidence(&self, stage: &Stage) -> bool {
        stage.compares() && stage.watch.is_none() && self.required(stage).next().is_some()
    }

    /// The guards that are to be safe before a stage is left. Of a shadow stage it is the one of
    /// results that differ, which no other stage has any of.
    pub fn required<'d>(&'d self, stage: &'d Stage) -> impl Iterator<Item = &'d MetricGuard> {
        let is_mismatch = |metric: &str, stage: &Stage| {
            let shadow = stage.shadow.as_ref();
            shadow.is_some_and(|shadow| shadow.mismatch == metric)
        };
        self.guards
            .iter()
            .filter_map(Guard::metric)
            .filter(|guard| guard.require_safe.is_some())
            .filter(move |guard| match &stage.shadow {
                Some(_) => is_mismatch(&guard.metric, stage),
                None => !self
                    .stages
                    .iter()
                    .any(|stage| is_mismatch(&guard.metric, stage)),
            })
    }

    /// Whether a stage is left by a person alone.
    pub fn is_by_hand(&self, index: usize) -> bool {
        !self.is_last(index)
            && self.stage(index).is_some_and(|stage| {
                stage.min_bake.is_none() && stage.max_bake.is_none() && stage.watch.is_none()
            })
    }

    /// The role that one needs to leave a stage by hand, beside that of an editor.
    pub fn approver(&self, index: usize) -> Approver {
        self.stage(index)
            .and_then(|stage| stage.approval)
            .map_or(Approver::Editor, |approval| approval.role)
    }

    /// Whether any stage is for a segment.
    pub fn names_segment(&self, key: &str) -> bool {
        let of = |stage: &Stage| stage.segment.as_deref() == Some(key);
        self.stages.iter().any(of)
    }

    /// Whether another document differs from this one only in stages after one, and in what
    /// follows, so that nothing that happened is rewritten.
    pub fn same_until(&self, other: &Self, stage: usize) -> bool {
        let entered = |document: &Self| document.stages.get(..=stage).map(<[Stage]>::to_vec);
        let rest = |document: &Self| Self {
            stages: Vec::new(),
            then: None,
            ..document.clone()
        };
        entered(self).is_some() && entered(self) == entered(other) && rest(self) == rest(other)
    }
}

impl Stage {
    /// How many slots the candidate gets, of all units or of the segment's: the weight
    /// less the holdback, to the nearest 0.001 %.
    pub fn slots(&self) -> u32 {
        match self.shadow {
            Some(_) => 0,
            None => slots(self.weight).saturating_sub(self.held_back()),
        }
    }

    /// How many slots have their results compared, in a shadow stage.
    pub fn shadowed(&self) -> u32 {
        match self.shadow {
            Some(_) => slots(self.weight),
            None => 0,
        }
    }

    /// How many slots stay with the baseline until the release is complete.
    pub fn held_back(&self) -> u32 {
        self.holdback.map_or(0, slots)
    }

    /// Whether both arms have units in it, so that they can be compared.
    pub fn compares(&self) -> bool {
        self.slots() < SLOTS
    }
}

fn slots(percent: f64) -> u32 {
    let slots = (percent * f64::from(SLOTS) / 100.0).round();
    // `as` saturates, so that no weight, however odd, gives more than all.
    (slots as u32).min(SLOTS)
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Site {
    /// What the site serves in a configuration; nothing where the rule is not there.
    pub fn serve<'c>(&self, config: &'c FlagConfig) -> Option<&'c Serve> {
        match self {
            Self::Default => Some(&config.default),
            Self::Rule(id) => {
                let rule = config.rules.iter().find(|rule| rule.id == *id)?;
                Some(&rule.serve)
            }
        }
    }

    /// As [`Self::serve`], to be changed.
    pub fn serve_mut<'c>(&self, config: &'c mut FlagConfig) -> Option<&'c mut Serve> {
        match self {
            Self::Default => Some(&mut config.default),
            Self::Rule(id) => {
                let rule = config.rules.iter_mut().find(|rule| rule.id == *id)?;
                Some(&mut rule.serve)
            }
        }
    }
}

impl fmt::Display for Site {
    /// For people: `default`, or `rule beta`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Rule(id) => write!(f, "rule {id}"),
        }
    }
}
