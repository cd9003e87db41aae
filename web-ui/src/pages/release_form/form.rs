//! What the form of a release holds while its page is open, and what is wrong with it.

use leptos::prelude::*;
use serin_api::{
    entity::{Entity, EntityKind, FlagListItem},
    error::Detail,
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Serve},
    release::{Document, Metric, Plan, Site, validate, validate_plan},
    segment::SegmentDefinition,
    validate::Violation,
};

use super::draft::Draft;
use crate::{
    client, describe::release::plan, json_text::Texts, live::Live, order, place::Place,
    query::Query, shell::ProjectFlags,
};

/// The form of a page.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) place: Place,
    flags: ProjectFlags,
    pub(super) metrics: Query<Vec<Entity<Metric>>>,
    pub(super) segments: Query<Vec<Entity<SegmentDefinition>>>,
    pub(super) draft: RwSignal<Draft>,
    /// What nobody edited yet: to leave it loses nothing.
    pub(super) begun: RwSignal<Draft>,
    /// What the server found wrong, until something is edited.
    pub(super) refused: RwSignal<Vec<Detail>>,
    /// The stage that a live release is in: it and those before, and the rest of the document,
    /// stay as they are.
    pub(super) reached: Option<usize>,
    /// Texts that are edited as JSON.
    pub(super) texts: RwSignal<Texts>,
    /// The document, where all of it can be read.
    pub(super) document: Memo<Option<Document>>,
    /// Everything that is wrong, by place.
    pub(super) mistakes: Memo<Vec<Detail>>,
}

/// The chosen flag, in the environment in view.
#[derive(Clone, PartialEq)]
pub(super) struct Chosen {
    pub(super) definition: FlagDefinition,
    pub(super) config: FlagConfig,
    /// The release that lives on the flag already.
    pub(super) live: Option<String>,
}

impl Form {
    /// A form that begins with a draft.
    pub(super) fn new(draft: Draft, reached: Option<usize>) -> Self {
        let place = Place::current();
        let metrics = Query::new(
            move || Some(place.project.get()),
            |project| async move { client::metrics(&project).await },
        );
        let segments = Query::new(
            move || Some(place.project.get()),
            |project| async move { client::segments(&project).await },
        );
        let kinds = &[EntityKind::Metric, EntityKind::Segment];
        expect_context::<Live>().on_entities(kinds, None, move |_| {
            metrics.refetch();
            segments.refetch();
        });
        let begun = RwSignal::new(draft.clone());
        let (draft, refused) = (RwSignal::new(draft), RwSignal::new(Vec::new()));
        let read = Memo::new(move |_| draft.with(Draft::read));
        let form = Self {
            place,
            flags: expect_context(),
            metrics,
            segments,
            draft,
            begun,
            refused,
            reached,
            texts: RwSignal::default(),
            document: Memo::new(move |_| read.get().ok()),
            // Both are made anew below, once there is a form to ask.
            mistakes: Memo::new(|_| Vec::new()),
        };
        let mistakes = Memo::new(move |_| form.find(read));
        Self { mistakes, ..form }
    }

    /// The flags to choose from, with their names, tracked.
    pub(super) fn choices(self) -> Vec<(String, String)> {
        let listed = |flags: &Vec<FlagListItem>| {
            let choices: Vec<(String, String)> = flags
                .iter()
                .filter(|item| !item.flag.document.archived)
                .map(|item| (item.flag.key.clone(), words(item)))
                .collect();
            order::long(choices, |(_, words)| (0, words.to_lowercase()))
        };
        let mut choices = self.flags.0.with(listed).unwrap_or_default();
        if self.draft.with(|draft| draft.flag.is_empty()) {
            choices.insert(0, (String::new(), "Choose a flag…".to_owned()));
        }
        choices
    }

    /// The chosen flag, tracked.
    pub(super) fn chosen(self) -> Option<Chosen> {
        let key = self.draft.with(|draft| draft.flag.clone());
        let environment = self.place.environment.get();
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

    /// Edits the draft; what the server said of it is said of an older one then.
    pub(super) fn edit(self, edit: impl FnOnce(&mut Draft)) {
        self.refused.update(Vec::clear);
        self.draft.update(edit);
    }

    /// Says that what stands in the form is not of a person's making.
    pub(super) fn settle(self) {
        self.begun.set(self.draft.get_untracked());
    }

    /// Takes a flag, its default, and what that serves.
    pub(super) fn choose_flag(self, key: String) {
        self.edit(|draft| draft.flag = key);
        self.choose_site(Site::Default);
    }

    /// Takes a site, and what it serves.
    pub(super) fn choose_site(self, site: Site) {
        self.edit(|draft| draft.site = site.clone());
        let Some(chosen) = untrack(|| self.chosen()) else {
            return;
        };
        let Some(serve) = site.serve(&chosen.config) else {
            return;
        };
        let (baseline, candidate) = plan::arms(&chosen.definition, serve);
        self.edit(|draft| {
            (draft.baseline, draft.candidate) = (baseline, candidate);
            draft.unit = match serve {
                Serve::Split(split) => split.by.clone().unwrap_or_default(),
                Serve::Variation(_) => String::new(),
            };
        });
    }

    /// Whether all but stages to come stays as it is.
    pub(super) fn fixed(self) -> bool {
        self.reached.is_some()
    }

    /// A metric by its key, tracked.
    pub(super) fn metric(self, key: &str) -> Option<Metric> {
        let found = |all: &Vec<Entity<Metric>>| {
            let found = all.iter().find(|metric| metric.key == key);
            found.map(|metric| metric.document.clone())
        };
        self.metrics.with(found).flatten()
    }

    /// Everything that is wrong: as the engine sees it here, and as the server saw it.
    fn find(self, read: Memo<Result<Document, Vec<Detail>>>) -> Vec<Detail> {
        let mut all = self.refused.get();
        match read.get() {
            Err(mistakes) => all.extend(mistakes),
            Ok(document) => {
                let found = if self.fixed() {
                    validate_plan(&Plan::of(&document))
                } else {
                    match self.chosen() {
                        Some(chosen) => validate(&document, &chosen.definition, &chosen.config),
                        // The template is on its way.
                        None if document.stages.is_empty() => Vec::new(),
                        None => validate_plan(&Plan::of(&document)),
                    }
                };
                all.extend(found.into_iter().map(detail));
                all.extend(self.unknown(&document));
            }
        }
        // What both saw is said once.
        let mut once: Vec<Detail> = Vec::new();
        for detail in all {
            let known = |it: &Detail| it.path == detail.path && it.code == detail.code;
            if !once.iter().any(known) {
                once.push(detail);
            }
        }
        once
    }

    /// Metrics that there are none of.
    fn unknown(self, document: &Document) -> Vec<Detail> {
        let missing = |all: &Vec<Entity<Metric>>| {
            let guards = document.guards.iter().enumerate();
            let guards = guards.filter_map(|(index, guard)| {
                let metric = &guard.metric()?.metric;
                let known = metric.is_empty() || all.iter().any(|it| it.key == *metric);
                (!known).then(|| Detail {
                    path: format!("/guards/{index}/metric"),
                    code: "unknown_metric".to_owned(),
                    message: format!("there is no metric {metric:?} in the project"),
                })
            });
            guards.collect()
        };
        self.metrics.with(missing).unwrap_or_default()
    }
}

fn detail(mistake: Violation) -> Detail {
    // An empty key is what an empty choice leads to.
    let nothing = mistake.code == "invalid_key" && mistake.path.starts_with("/guards/");
    Detail {
        message: if nothing {
            "choose a metric".to_owned()
        } else {
            mistake.message
        },
        path: mistake.path,
        code: mistake.code.to_owned(),
    }
}

fn words(item: &FlagListItem) -> String {
    match &item.flag.document.name {
        Some(name) => format!("{name} · {}", item.flag.key),
        None => item.flag.key.clone(),
    }
}

/// A site's name in a list of choices.
pub(super) fn site_name(site: &Site) -> String {
    match site {
        Site::Default => "default".to_owned(),
        Site::Rule(rule) => format!("rule:{rule}"),
    }
}

/// The site of such a name.
pub(super) fn site_of(name: &str) -> Site {
    match name.strip_prefix("rule:") {
        Some(rule) => Site::Rule(rule.to_owned()),
        None => Site::Default,
    }
}

/// The sites of a configuration with their words.
pub(super) fn sites(config: &FlagConfig) -> Vec<(String, String)> {
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
