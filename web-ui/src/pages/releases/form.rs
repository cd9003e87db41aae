//! What the form of a new release holds, and what is wrong with it.

use leptos::prelude::*;
use serin_api::{entity::FlagListItem, error::Detail};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Serve},
    release::{Document, Policy, Site, Template, validate},
};

use super::stages::{self, StageDraft};
use crate::{describe::release::plan, order, place::Place, shell::ProjectFlags};

/// The form, while its dialog is open.
#[derive(Clone, Copy)]
pub(crate) struct Form {
    pub(crate) place: Place,
    flags: ProjectFlags,
    /// The flag's key; empty where none is chosen.
    pub(crate) flag: RwSignal<String>,
    pub(crate) site: RwSignal<Site>,
    pub(crate) baseline: RwSignal<String>,
    pub(crate) candidate: RwSignal<String>,
    /// The attribute that names the unit; empty for the targeting key.
    pub(crate) unit: RwSignal<String>,
    pub(crate) stages: RwSignal<Vec<StageDraft>>,
    /// What the server found wrong, until something is edited.
    pub(crate) refused: RwSignal<Vec<Detail>>,
}

/// The chosen flag, in the environment in view.
#[derive(Clone, PartialEq)]
pub(crate) struct Chosen {
    pub(crate) definition: FlagDefinition,
    pub(crate) config: FlagConfig,
    /// The release that lives on the flag already.
    pub(crate) live: Option<String>,
}

impl Form {
    pub(crate) fn new() -> Self {
        Self {
            place: Place::current(),
            flags: expect_context(),
            flag: RwSignal::default(),
            site: RwSignal::default(),
            baseline: RwSignal::default(),
            candidate: RwSignal::default(),
            unit: RwSignal::default(),
            stages: RwSignal::default(),
            refused: RwSignal::default(),
        }
    }

    /// The flags to choose from, with their names, tracked.
    pub(crate) fn choices(self) -> Vec<(String, String)> {
        let listed = |flags: &Vec<FlagListItem>| {
            let choices: Vec<(String, String)> = flags
                .iter()
                .filter(|item| !item.flag.document.archived)
                .map(|item| (item.flag.key.clone(), words(item)))
                .collect();
            order::long(choices, |(_, words)| (0, words.to_lowercase()))
        };
        let mut choices = self.flags.0.with(listed).unwrap_or_default();
        if self.flag.with(String::is_empty) {
            choices.insert(0, (String::new(), "Choose a flag…".to_owned()));
        }
        choices
    }

    /// The chosen flag, tracked.
    pub(crate) fn chosen(self) -> Option<Chosen> {
        let (key, environment) = (self.flag.get(), self.place.environment.get());
        let found = |flags: &Vec<FlagListItem>| {
            let item = flags.iter().find(|item| item.flag.key == key)?;
            Some(Chosen {
                definition: item.flag.document.clone(),
                config: item.environments.get(&environment)?.document.clone(),
                live: item
                    .releases
                    .get(&environment)
                    .map(|live| live.id.to_string()),
            })
        };
        self.flags.0.with(found).flatten()
    }

    /// Takes a flag, its default, and what that serves.
    pub(crate) fn choose_flag(self, key: String) {
        self.flag.set(key);
        self.choose_site(Site::Default);
    }

    /// Takes a site, and what it serves.
    pub(crate) fn choose_site(self, site: Site) {
        self.refused.update(Vec::clear);
        self.site.set(site.clone());
        let Some(chosen) = untrack(|| self.chosen()) else {
            return;
        };
        let Some(serve) = site.serve(&chosen.config) else {
            return;
        };
        let (baseline, candidate) = plan::arms(&chosen.definition, serve);
        self.baseline.set(baseline);
        self.candidate.set(candidate);
        self.unit.set(match serve {
            Serve::Split(split) => split.by.clone().unwrap_or_default(),
            Serve::Variation(_) => String::new(),
        });
    }

    /// Takes a template's stages.
    pub(crate) fn choose_template(self, template: &Template) {
        self.refused.update(Vec::clear);
        let first = self
            .stages
            .with_untracked(|stages| stages.iter().map(|stage| stage.id + 1).max().unwrap_or(0));
        self.stages.set(stages::drafts(&template.stages, first));
    }

    /// Puts an edit of the stages into the form.
    pub(crate) fn edit_stages(self, edit: impl FnOnce(&mut Vec<StageDraft>)) {
        self.refused.update(Vec::clear);
        self.stages.update(edit);
    }

    /// The document, tracked; or every mistake that can be seen from here.
    pub(crate) fn document(self) -> Result<Document, Vec<Detail>> {
        let stages = self.stages.with(|drafts| stages::read(drafts))?;
        let unit = self.unit.get().trim().to_owned();
        Ok(Document {
            flag: self.flag.get(),
            site: self.site.get(),
            baseline: self.baseline.get(),
            candidate: self.candidate.get(),
            unit: (!unit.is_empty()).then_some(unit),
            policy: Policy::default(),
            guards: Vec::new(),
            stages,
            windows: None,
        })
    }

    /// Everything that is wrong, by place: as the engine sees it here, and as the server
    /// saw it.
    pub(crate) fn mistakes(self) -> Vec<Detail> {
        let mut all = self.refused.get();
        match (self.document(), self.chosen()) {
            (Err(mistakes), _) => all.extend(mistakes),
            (Ok(document), Some(chosen)) => {
                all.extend(found(&document, &chosen.definition, &chosen.config));
            }
            (Ok(_), None) => {}
        }
        // What both saw is said once.
        let mut once: Vec<Detail> = Vec::new();
        for detail in all {
            if !once
                .iter()
                .any(|known| known.path == detail.path && known.code == detail.code)
            {
                once.push(detail);
            }
        }
        once
    }
}

fn found(document: &Document, definition: &FlagDefinition, config: &FlagConfig) -> Vec<Detail> {
    validate(document, definition, config)
        .into_iter()
        .map(|mistake| Detail {
            path: mistake.path,
            code: mistake.code.to_owned(),
            message: mistake.message,
        })
        .collect()
}

fn words(item: &FlagListItem) -> String {
    match &item.flag.document.name {
        Some(name) => format!("{name} · {}", item.flag.key),
        None => item.flag.key.clone(),
    }
}

/// A site's name in a list of choices.
pub(crate) fn site_name(site: &Site) -> String {
    match site {
        Site::Default => "default".to_owned(),
        Site::Rule(rule) => format!("rule:{rule}"),
    }
}

/// The site of such a name.
pub(crate) fn site_of(name: &str) -> Site {
    match name.strip_prefix("rule:") {
        Some(rule) => Site::Rule(rule.to_owned()),
        None => Site::Default,
    }
}

/// The sites of a configuration with their words.
pub(crate) fn sites(config: &FlagConfig) -> Vec<(String, String)> {
    let default = (site_name(&Site::Default), "The default".to_owned());
    let rules = config.rules.iter().enumerate().map(|(index, rule)| {
        let words = match rule.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("Rule {}: {name}", index + 1),
            None => format!("Rule {}", index + 1),
        };
        (site_name(&Site::Rule(rule.id.clone())), words)
    });
    std::iter::once(default).chain(rules).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn sites_have_names_that_lead_back() {
        let config: FlagConfig = serde_json::from_value(
            json!({"enabled": true, "default": {"variation": "off"}, "rules": [
            {"id": "default", "when": {"all": []}, "serve": {"variation": "on"}},
            {"id": "b", "name": "Beta", "when": {"all": []}, "serve": {"variation": "on"}}]}),
        )
        .unwrap();
        let sites = sites(&config);
        let words: Vec<&str> = sites.iter().map(|(_, words)| words.as_str()).collect();
        assert_eq!(words, ["The default", "Rule 1", "Rule 2: Beta"]);
        let back: Vec<Site> = sites.iter().map(|(name, _)| site_of(name)).collect();
        assert_eq!(
            back,
            [
                Site::Default,
                Site::Rule("default".into()),
                Site::Rule("b".into())
            ]
        );
    }
}
