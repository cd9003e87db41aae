//! A release's document as it is typed: what can be read becomes a document, what cannot is
//! told by its place. It leads both ways, so that form and JSON show the same.

pub(super) mod guards;
pub(super) mod policy;
pub(super) mod stages;
pub(super) mod windows;

use serin_api::error::Detail;
use serin_engine::release::{Document, Guard, Policy, Site, Stage, Template, Then, Windows};

use crate::describe::release::capital_sentence;
use guards::GuardDraft;
use policy::PolicyDraft;
use stages::StageDraft;
use windows::WindowsDraft;

/// A document as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    /// The flag's key; empty where none is chosen.
    pub(crate) flag: String,
    pub(crate) site: Site,
    pub(crate) baseline: String,
    pub(crate) candidate: String,
    /// The attribute that names the unit; empty for the targeting key.
    pub(crate) unit: String,
    pub(crate) stages: Vec<StageDraft>,
    pub(crate) guards: Vec<GuardDraft>,
    pub(crate) policy: PolicyDraft,
    pub(crate) windows: WindowsDraft,
    /// What follows elsewhere, which only the JSON shows.
    pub(crate) then: Option<Then>,
    /// Ids that were given out: a row keeps its own for as long as the form lives.
    pub(super) ids: u32,
}

impl Draft {
    /// What a document looks like in the form.
    pub(crate) fn of(document: &Document) -> Self {
        let mut draft = Self {
            flag: document.flag.clone(),
            site: document.site.clone(),
            baseline: document.baseline.clone(),
            candidate: document.candidate.clone(),
            unit: document.unit.clone().unwrap_or_default(),
            then: document.then.clone(),
            ..Self::default()
        };
        draft.plan(
            &document.policy,
            &document.guards,
            &document.stages,
            document.windows.as_ref(),
        );
        draft
    }

    /// Takes another document, as JSON that was edited; rows that say the same stay the same.
    pub(crate) fn take(&mut self, document: &Document) {
        let ids = self.ids;
        let mut taken = Self::of(document);
        taken.ids += ids;
        for (index, stage) in taken.stages.iter_mut().enumerate() {
            stage.id = match self.stages.get(index) {
                Some(known) => known.id,
                None => stage.id + ids,
            };
        }
        for (index, guard) in taken.guards.iter_mut().enumerate() {
            guard.id = match self.guards.get(index) {
                Some(known) => known.id,
                None => guard.id + ids,
            };
        }
        *self = taken;
    }

    /// Takes what a template says: policy, guards, stages and windows.
    pub(crate) fn choose(&mut self, template: &Template) {
        self.plan(
            &template.policy,
            &template.guards,
            &template.stages,
            template.windows.as_ref(),
        );
    }

    fn plan(
        &mut self,
        policy: &Policy,
        guards: &[Guard],
        stages: &[Stage],
        windows: Option<&Windows>,
    ) {
        self.policy = PolicyDraft::of(policy);
        self.windows = windows.map(WindowsDraft::of).unwrap_or_default();
        self.stages = stages
            .iter()
            .map(|stage| StageDraft::of(self.id(), stage))
            .collect();
        self.guards = guards
            .iter()
            .map(|guard| GuardDraft::of(self.id(), guard))
            .collect();
    }

    /// An id that no row has.
    pub(super) fn id(&mut self) -> u32 {
        self.ids += 1;
        self.ids
    }

    /// The document; or everything that cannot be read, by its place.
    pub(crate) fn read(&self) -> Result<Document, Vec<Detail>> {
        let mut mistakes = Vec::new();
        let unit = self.unit.trim();
        let document = Document {
            flag: self.flag.clone(),
            site: self.site.clone(),
            baseline: self.baseline.clone(),
            candidate: self.candidate.clone(),
            unit: (!unit.is_empty()).then(|| unit.to_owned()),
            policy: self.policy.read(&mut mistakes),
            guards: guards::read(&self.guards, &mut mistakes),
            stages: stages::read(&self.stages, &mut mistakes),
            windows: self.windows.read(&mut mistakes),
            then: self.then.clone(),
        };
        if mistakes.is_empty() {
            Ok(document)
        } else {
            Err(mistakes)
        }
    }
}

/// A mistake of the text itself.
pub(super) fn unreadable(path: String, message: &str) -> Detail {
    Detail {
        path,
        code: "unreadable".to_owned(),
        message: message.to_owned(),
    }
}

/// What is wrong at a place, or below it.
pub(crate) fn at(mistakes: &[Detail], path: &str) -> Option<String> {
    let here = |detail: &&Detail| {
        let rest = detail.path.strip_prefix(path);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let messages: Vec<String> = mistakes
        .iter()
        .filter(here)
        .map(|detail| capital_sentence(&detail.message))
        .collect();
    (!messages.is_empty()).then(|| messages.join(" "))
}

/// A number as people type it: `5`, `0,05`, `12.5 %`.
pub(super) fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_end_matches('%').trim_end();
    let number: f64 = text.replace(',', ".").parse().ok()?;
    (number.is_finite() && number >= 0.0).then_some(number)
}

/// A part of one from what is typed in so many parts: `5` of 100 is 0.05. Rounded far below
/// what anybody types, so that it is the number that one would write.
pub(super) fn part_of(text: &str, of: f64) -> Option<f64> {
    Some((number(text)? / of * 1e9).round() / 1e9)
}

/// What is typed for such a part.
pub(super) fn typed_of(part: f64, of: f64) -> String {
    let text = format!("{:.6}", part * of);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests;
