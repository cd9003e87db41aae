//! Stages as they are typed.

use serin_api::error::Detail;
use serin_engine::release::{Approval, Approver, Shadow, Span, Stage};

use super::{
    Draft,
    guards::{GuardDraft, Way},
    unreadable,
};
use crate::{describe::release::remaining, weights};

/// A stage as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StageDraft {
    /// Tells it from the others for as long as the form lives.
    pub(crate) id: u32,
    /// Empty where it has none.
    pub(crate) name: String,
    /// In percent.
    pub(crate) weight: String,
    /// Like `30m`; empty where a person advances it.
    pub(crate) bake: String,
    /// Empty where it may take as long as it takes.
    pub(crate) max_bake: String,
    /// The segment's key; empty for everybody.
    pub(crate) segment: String,
    /// `editor`, `admin`, or empty where nobody has to agree.
    pub(crate) approval: String,
    /// Of the last stage: in place of a bake.
    pub(crate) watch: String,
    /// Of the last stage: in percent.
    pub(crate) holdback: String,
    /// Whether nobody gets the candidate, and results are compared.
    pub(crate) shadow: bool,
    /// Of a shadow stage: the metric of results that differ.
    pub(crate) mismatch: String,
    /// Of a shadow stage: the metric of how long either way takes; empty for none.
    pub(crate) latency: String,
}

impl StageDraft {
    pub(super) fn of(id: u32, stage: &Stage) -> Self {
        let span = |span: Option<Span>| span.map_or_else(String::new, |span| span.to_string());
        let shadow = stage.shadow.as_ref();
        Self {
            id,
            name: stage.name.clone().unwrap_or_default(),
            weight: weights::thousandths(stage.weight),
            bake: span(stage.min_bake),
            max_bake: span(stage.max_bake),
            segment: stage.segment.clone().unwrap_or_default(),
            approval: match stage.approval.map(|approval| approval.role) {
                Some(Approver::Editor) => "editor".to_owned(),
                Some(Approver::Admin) => "admin".to_owned(),
                None => String::new(),
            },
            watch: span(stage.watch),
            holdback: stage
                .holdback
                .map_or_else(String::new, weights::thousandths),
            shadow: shadow.is_some(),
            mismatch: shadow.map_or_else(String::new, |shadow| shadow.mismatch.clone()),
            latency: shadow
                .and_then(|shadow| shadow.latency.clone())
                .unwrap_or_default(),
        }
    }

    /// Whether it says more than its share, its bake and its name.
    pub(crate) fn says_more(&self) -> bool {
        if self.shadow {
            return true;
        }
        let more = [
            &self.max_bake,
            &self.segment,
            &self.approval,
            &self.watch,
            &self.holdback,
        ];
        more.iter().any(|text| !text.trim().is_empty())
    }
}

impl Draft {
    /// Adds a stage, before the last one and half way to it.
    pub(crate) fn add_stage(&mut self) {
        let slots =
            |draft: Option<&StageDraft>| draft.and_then(|draft| weights::slots_of(&draft.weight));
        let before = self.stages.len().checked_sub(2);
        let before = slots(before.and_then(|index| self.stages.get(index)));
        let half = before.unwrap_or(0).midpoint(weights::ALL);
        let stage = StageDraft {
            id: self.id(),
            weight: weights::percent_number(half),
            bake: "30m".to_owned(),
            ..StageDraft::default()
        };
        let place = self.stages.len().saturating_sub(1);
        self.stages.insert(place, stage);
    }

    /// Adds a shadow stage: after those that there are, and before all others.
    pub(crate) fn add_shadow(&mut self) {
        let stage = StageDraft {
            id: self.id(),
            weight: "10".to_owned(),
            bake: "30m".to_owned(),
            shadow: true,
            ..StageDraft::default()
        };
        let place = self.stages.iter().take_while(|stage| stage.shadow).count();
        self.stages.insert(place, stage);
    }

    /// Names the metric of results that differ in a shadow stage; a guard that limits it comes
    /// with it, since nothing else would end the stage.
    pub(crate) fn choose_mismatch(&mut self, id: u32, key: String) {
        let Some(stage) = self.stages.iter_mut().find(|stage| stage.id == id) else {
            return;
        };
        let before = std::mem::replace(&mut stage.mismatch, key.clone());
        let unused = !self.is_mismatch(&before);
        let old = |guard: &&mut GuardDraft| guard.way == Way::Limit && guard.metric == before;
        match self.guards.iter_mut().find(old).filter(|_| unused) {
            Some(guard) => guard.metric = key,
            None if !key.is_empty() => self.limit(&key),
            None => {}
        }
    }

    /// Removes a stage, and the guard that came with it.
    pub(crate) fn remove_stage(&mut self, id: u32) {
        let Some(place) = self.stages.iter().position(|stage| stage.id == id) else {
            return;
        };
        let stage = self.stages.remove(place);
        if stage.shadow && !self.is_mismatch(&stage.mismatch) {
            let came =
                |guard: &GuardDraft| guard.way == Way::Limit && guard.metric == stage.mismatch;
            self.guards.retain(|guard| !came(guard));
        }
    }

    fn is_mismatch(&self, metric: &str) -> bool {
        let mut stages = self.stages.iter();
        stages.any(|stage| stage.shadow && stage.mismatch == metric)
    }
}

pub(super) fn read(drafts: &[StageDraft], mistakes: &mut Vec<Detail>) -> Vec<Stage> {
    let drafts = drafts.iter().enumerate();
    drafts
        .map(|(index, draft)| read_stage(index, draft, mistakes))
        .collect()
}

fn read_stage(index: usize, draft: &StageDraft, mistakes: &mut Vec<Detail>) -> Stage {
    let at = |member: &str| format!("/stages/{index}/{member}");
    let share = |text: &str| weights::slots_of(text).map(|slots| f64::from(slots) / 1000.0);
    let weight = share(&draft.weight);
    if weight.is_none() {
        let message = "A share from 0.001 to 100 %, like 12.5.";
        mistakes.push(unreadable(at("weight"), message));
    }
    let mut span = |text: &str, member: &str, message: &str| {
        read_span(text).unwrap_or_else(|()| {
            mistakes.push(unreadable(at(member), message));
            None
        })
    };
    let by_hand = "A time like 30m, 2h or 1h30m; empty to advance by hand.";
    let min_bake = span(&draft.bake, "min_bake", by_hand);
    let message = "A time like 2h or 1d; empty for as long as it takes.";
    let max_bake = span(&draft.max_bake, "max_bake", message);
    let watch = span(
        &draft.watch,
        "watch",
        "A time like 1d; empty not to watch it.",
    );
    let some = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let holdback = some(&draft.holdback).and_then(|text| {
        let read = share(&text);
        if read.is_none() {
            mistakes.push(unreadable(
                at("holdback"),
                "A share like 1 %; empty for none.",
            ));
        }
        read
    });
    let approval = match draft.approval.as_str() {
        "editor" => Some(Approver::Editor),
        "admin" => Some(Approver::Admin),
        _ => None,
    };
    Stage {
        name: some(&draft.name),
        segment: some(&draft.segment),
        weight: weight.unwrap_or_default(),
        shadow: draft.shadow.then(|| Shadow {
            mismatch: draft.mismatch.clone(),
            latency: some(&draft.latency),
        }),
        min_bake,
        max_bake,
        watch,
        holdback,
        approval: approval.map(|role| Approval { role }),
    }
}

/// A time as it is typed, also in capitals and with spaces; nothing where nothing is typed.
fn read_span(text: &str) -> Result<Option<Span>, ()> {
    let text: String = text.to_lowercase().split_whitespace().collect();
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(drop)
}

/// What a stage comes to, in a few words.
pub(crate) fn words(draft: &StageDraft, last: bool, proof: bool) -> String {
    let bake = match (read_span(&draft.bake), read_span(&draft.watch)) {
        (_, Ok(Some(span))) => format!("watched {}", remaining(span.0)),
        (Ok(Some(span)), _) => format!("bakes {}", remaining(span.0)),
        (Ok(None), _) if last => "completes at once".to_owned(),
        (Ok(None), _) => "waits for a person".to_owned(),
        (Err(()), _) => "its time cannot be read".to_owned(),
    };
    let mut parts = vec![bake];
    if draft.shadow {
        parts.insert(0, "nobody gets it, results are compared".to_owned());
    }
    if !draft.segment.trim().is_empty() {
        parts.push(format!("only {}", draft.segment.trim()));
    }
    if proof {
        parts.push("then waits for proof of safety".to_owned());
    }
    if !draft.approval.is_empty() {
        parts.push(format!("{} approves", draft.approval));
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

#[cfg(test)]
mod tests;
