//! A release's document as it is typed: what can be read becomes a document, what cannot is
//! told by its place. It leads both ways, so that form and JSON show the same.

pub(super) mod guards;
pub(super) mod policy;
pub(super) mod stages;
pub(super) mod then;
pub(super) mod windows;

use serin_api::error::Detail;
use serin_engine::release::{Document, Plan, Site, Template, Then};

use crate::typed::{number, part_of, typed_of, unreadable};
use guards::GuardDraft;
use policy::PolicyDraft;
use stages::StageDraft;
use then::ThenDraft;
use windows::WindowsDraft;

/// A document as it is typed, or a template.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Draft {
    /// Of a template.
    pub(crate) name: String,
    /// Of a template.
    pub(crate) description: String,
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
    /// What follows elsewhere, one after the other.
    pub(crate) then: Vec<ThenDraft>,
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
            ..Self::of_plan(&Plan::of(document))
        };
        let then = document.then.iter().flat_map(Then::chain);
        draft.then = then.map(|then| ThenDraft::of(draft.id(), then)).collect();
        draft
    }

    /// What a template looks like in the form.
    pub(crate) fn of_template(template: &Template) -> Self {
        Self {
            name: template.name.clone(),
            description: template.description.clone().unwrap_or_default(),
            ..Self::of_plan(&Plan::of_template(template))
        }
    }

    /// How it goes on, and not what moves: what a template made of it looks like in the form.
    pub(crate) fn of_plan(plan: &Plan<'_>) -> Self {
        let mut draft = Self::default();
        draft.choose(plan);
        draft
    }

    /// Takes another one, as JSON that was edited; the rows in the same places stay the same.
    pub(crate) fn take(&mut self, mut taken: Self) {
        let ids = self.ids;
        taken.ids += ids;
        let kept = |known: Option<u32>, own: u32| known.unwrap_or(own + ids);
        for (index, row) in taken.stages.iter_mut().enumerate() {
            row.id = kept(self.stages.get(index).map(|known| known.id), row.id);
        }
        for (index, row) in taken.guards.iter_mut().enumerate() {
            row.id = kept(self.guards.get(index).map(|known| known.id), row.id);
        }
        for (index, row) in taken.then.iter_mut().enumerate() {
            row.id = kept(self.then.get(index).map(|known| known.id), row.id);
        }
        *self = taken;
    }

    /// Whether it goes on in the same way, whatever moves: a template would take nothing away.
    pub(crate) fn is_same_plan(&self, other: &Self) -> bool {
        (&self.policy, &self.windows, &self.stages, &self.guards)
            == (&other.policy, &other.windows, &other.stages, &other.guards)
    }

    /// Takes what a template says: policy, guards, stages and windows.
    pub(crate) fn choose(&mut self, plan: &Plan<'_>) {
        self.policy = PolicyDraft::of(plan.policy);
        self.windows = plan.windows.map(WindowsDraft::of).unwrap_or_default();
        let stages = plan.stages.iter();
        self.stages = stages.map(|it| StageDraft::of(self.id(), it)).collect();
        let guards = plan.guards.iter();
        self.guards = guards.map(|it| GuardDraft::of(self.id(), it)).collect();
    }

    /// Takes the plan of another draft of the same form: policy, guards, stages and windows.
    pub(crate) fn take_plan(&mut self, of: Self) {
        self.policy = of.policy;
        self.windows = of.windows;
        self.stages = of.stages;
        self.guards = of.guards;
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
            then: then::read(&self.then, &mut mistakes),
        };
        if mistakes.is_empty() {
            Ok(document)
        } else {
            Err(mistakes)
        }
    }
}

impl Draft {
    /// The template that it is, with the plan of a document that was read.
    pub(crate) fn template(&self, plan: Document) -> Template {
        let description = self.description.trim();
        Template {
            name: self.name.trim().to_owned(),
            description: (!description.is_empty()).then(|| description.to_owned()),
            policy: plan.policy,
            guards: plan.guards,
            stages: plan.stages,
            windows: plan.windows,
        }
    }
}

#[cfg(test)]
mod tests;
