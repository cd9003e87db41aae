//! What the form of a release holds while its page is open, and what is wrong with it.

mod mistakes;
mod sites;

use leptos::prelude::*;
use serde_json::Value;
use serin_api::{
    entity::{Entity, EntityKind, FlagListItem},
    error::Detail,
};
use serin_engine::{
    flag::{FlagConfig, FlagDefinition, Serve},
    release::{Document, Metric, Site, Template},
    segment::SegmentDefinition,
};

use super::draft::Draft;
use crate::{
    client,
    describe::{in_use::live, release::plan},
    json_text::Texts,
    live::Live,
    order,
    place::Place,
    query::Query,
    shell::ProjectFlags,
};

pub(super) use sites::{site_name, site_of, sites};

/// What the form writes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Subject {
    /// A release that has not started: anything of it may change.
    Release,
    /// One that lives, in the stage at an index: it and those before, and what it is judged by,
    /// stay as they are.
    Live(usize),
    /// A template of the project.
    Template,
}

/// The form of a page.
#[derive(Clone, Copy)]
pub(super) struct Form {
    pub(super) place: Place,
    flags: ProjectFlags,
    pub(super) metrics: Query<Vec<Entity<Metric>>>,
    pub(super) segments: Query<Vec<Entity<SegmentDefinition>>>,
    pub(super) templates: Query<Vec<Entity<Template>>>,
    pub(super) draft: RwSignal<Draft>,
    /// What nobody edited yet: to leave it loses nothing.
    pub(super) begun: RwSignal<Draft>,
    /// The draft whose plan a template may take the place of without being asked: as it was given,
    /// or as the last template left it.
    pub(super) given: StoredValue<Draft>,
    /// What the server found wrong, until something is edited.
    pub(super) refused: RwSignal<Vec<Detail>>,
    pub(super) subject: Subject,
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
    /// The release that lives on the chosen site already.
    pub(super) live: Option<String>,
}

impl Form {
    /// A form that begins with a draft.
    pub(super) fn new(draft: Draft, subject: Subject) -> Self {
        let place = Place::current();
        let metrics = Query::new(
            move || Some(place.project.get()),
            |project| async move { client::metrics(&project).await },
        );
        let segments = Query::new(
            move || Some(place.project.get()),
            |project| async move { client::segments(&project).await },
        );
        let templates = Query::new(
            move || Some(place.project.get()),
            |project| async move { client::release_templates(&project).await },
        );
        let kinds = &[
            EntityKind::Metric,
            EntityKind::Segment,
            EntityKind::ReleaseTemplate,
        ];
        expect_context::<Live>().on_entities(kinds, None, move |_| {
            metrics.refetch();
            segments.refetch();
            templates.refetch();
        });
        let begun = RwSignal::new(draft.clone());
        let given = StoredValue::new(draft.clone());
        let (draft, refused) = (RwSignal::new(draft), RwSignal::new(Vec::new()));
        let read = Memo::new(move |_| draft.with(Draft::read));
        let form = Self {
            place,
            flags: expect_context(),
            metrics,
            segments,
            templates,
            draft,
            begun,
            given,
            refused,
            subject,
            texts: RwSignal::default(),
            document: Memo::new(move |_| read.get().ok()),
            // Both are made anew below, once there is a form to ask.
            mistakes: Memo::new(|_| Vec::new()),
        };
        let mistakes = Memo::new(move |_| mistakes::find(form, read.get()));
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
        let (key, site) = self
            .draft
            .with(|draft| (draft.flag.clone(), draft.site.clone()));
        let environment = self.place.environment.get();
        let found = |flags: &Vec<FlagListItem>| {
            let item = flags.iter().find(|item| item.flag.key == key)?;
            Some(Chosen {
                definition: item.flag.document.clone(),
                config: item.environments.get(&environment)?.document.clone(),
                live: live(item, &environment)
                    .iter()
                    .find(|live| live.site == site)
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

    /// Whether all but what is to come stays as it is.
    pub(super) fn fixed(self) -> bool {
        matches!(self.subject, Subject::Live(_))
    }

    /// Whether a stage stays as it is.
    pub(super) fn reached(self, stage: usize) -> bool {
        matches!(self.subject, Subject::Live(present) if stage <= present)
    }

    /// Whether a text of JSON cannot be read, tracked: what the form holds is older than it then.
    pub(super) fn is_behind(self) -> bool {
        let broken = |texts: &Texts| texts.iter().any(|(_, text)| text.broken.is_some());
        self.texts.with(broken)
    }

    /// What is sent, where all of it can be read; tracked.
    pub(super) fn written(self) -> Option<Value> {
        let document = self.document.get()?;
        let written = match self.subject {
            Subject::Template => {
                let template = self.draft.with(|draft| draft.template(document));
                serde_json::to_value(template)
            }
            Subject::Release | Subject::Live(_) => serde_json::to_value(document),
        };
        written.ok()
    }

    /// A metric by its key, tracked.
    pub(super) fn metric(self, key: &str) -> Option<Metric> {
        let found = |all: &Vec<Entity<Metric>>| {
            let found = all.iter().find(|metric| metric.key == key);
            found.map(|metric| metric.document.clone())
        };
        self.metrics.with(found).flatten()
    }
}

fn words(item: &FlagListItem) -> String {
    match &item.flag.document.name {
        Some(name) => format!("{name} · {}", item.flag.key),
        None => item.flag.key.clone(),
    }
}
