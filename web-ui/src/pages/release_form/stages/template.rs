//! What to begin with.

use leptos::prelude::*;
use serin_api::entity::Entity;
use serin_engine::release::{Plan, Template};

use crate::{
    components::{field::Field, select::Select, toast::Toasts},
    pages::release_form::form::{Form, Subject},
};

/// The templates of the project; a form that has no stages yet takes one.
#[component]
pub(super) fn Templates(form: Form) -> impl IntoView {
    let template = RwSignal::new(String::new());
    let toasts = Toasts::current();
    let choose = move |key: String| {
        let of = |all: &Vec<Entity<Template>>| {
            let found = all.iter().find(|known| known.key == key);
            found.map(|found| found.document.clone())
        };
        if let Some(found) = untrack(|| form.templates.with(of)).flatten() {
            let typed = form.draft.get_untracked();
            let was = template.get_untracked();
            let unedited = form.given.with_value(|given| given.is_same_plan(&typed));
            form.edit(|draft| draft.choose(&Plan::of_template(&found)));
            form.given.set_value(form.draft.get_untracked());
            template.set(key);
            if !unedited && !typed.stages.is_empty() {
                let back = move || {
                    // The page may be left by then. What else was edited since stays.
                    let _ = form.refused.try_update(Vec::clear);
                    let _ = form
                        .draft
                        .try_update(|draft| draft.take_plan(typed.clone()));
                    template.try_set(was.clone());
                };
                let said = "The template took the place of the stages that were edited.";
                toasts.undoable(said, Box::new(back));
            }
        }
    };
    crate::reactive::effect(move || {
        let first = form.templates.with(|all| first_choice(all)).flatten();
        let empty = form.draft.with_untracked(|draft| draft.stages.is_empty());
        if let Some(first) = first.filter(|_| empty) {
            choose(first);
            form.settle();
        }
    });
    let options = Signal::derive(move || {
        let all = form.templates.data().unwrap_or_default().into_iter();
        let mut options: Vec<(String, String)> =
            all.map(|known| (known.key, known.document.name)).collect();
        if template.with(String::is_empty) {
            options.insert(0, (String::new(), "As it is now".to_owned()));
        }
        options
    });
    let about = move || {
        let key = template.get();
        let found = |all: &Vec<Entity<Template>>| {
            let found = all.iter().find(|known| known.key == key)?;
            found.document.description.clone()
        };
        form.templates.with(found).flatten()
    };
    let label = match form.subject {
        Subject::Template => "Begin with",
        Subject::Release | Subject::Live(_) => "Template",
    };
    let all = move || form.place.path("releases/templates");
    view! {
        <div class="template-row">
            <Field label>
                <Select options value=template on_change=choose testid="new-release-template" />
            </Field>
            <p class="small muted">{about} " " <a class="link" href=all>"All templates"</a></p>
        </div>
    }
}

/// The template to begin with: the one that is made for most, else the first.
fn first_choice(templates: &[Entity<Template>]) -> Option<String> {
    let canary = templates.iter().find(|template| template.key == "canary");
    canary
        .or(templates.first())
        .map(|template| template.key.clone())
}
