//! Writing a release: a draft that moves nobody yet.

use leptos::prelude::*;
use serin_api::{entity::Entity, error::Detail};
use serin_engine::release::Template;

use super::{
    form::{Chosen, Form, site_name, site_of, sites},
    stages::at,
    stages_editor::StagesEditor,
};
use crate::{
    client,
    components::{
        badge::Tone,
        button::{Button, SubmitButton},
        dialog::Dialog,
        error_view::ErrorNotice,
        field::{Field, TextInput},
        icon::{Glyph, Icon},
        select::Select,
        steps::{Step, Steps},
        toast::Toasts,
        variation,
    },
    describe::{release::plan, serve},
    place::Place,
    query::Query,
    router::Router,
};

/// Asks for flag, site, arms and stages; `flag` is taken where it is given.
#[component]
pub(crate) fn NewReleaseDialog(open: RwSignal<bool>, flag: Memo<Option<String>>) -> impl IntoView {
    view! {
        <Dialog open title="New release" wide=true>
            <NewRelease open flag />
        </Dialog>
    }
}

#[component]
fn NewRelease(open: RwSignal<bool>, flag: Memo<Option<String>>) -> impl IntoView {
    let form = Form::new();
    prefill(form, flag);
    let mistakes = Memo::new(move |_| form.mistakes());
    let chosen = Memo::new(move |_| form.chosen());
    let (busy, error) = (RwSignal::new(false), RwSignal::new(None::<client::Error>));
    let submit = submitter(form, open, busy, error);
    let complete = move || chosen.with(Option::is_some) && mistakes.with(Vec::is_empty);
    view! {
        <form on:submit=submit data-testid="new-release-form">
            <div class="dialog-body">
                <ErrorNotice error=Signal::derive(move || error.get().map(without_places)) />
                <What form chosen mistakes />
                <Stages form mistakes />
            </div>
            <div class="dialog-foot">
                <p class="tiny faint push-end">"Nobody gets anything new before you start it."</p>
                <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Cancel"</Button>
                <SubmitButton busy=busy disabled=Signal::derive(move || !complete()) testid="dialog-confirm">
                    "Create draft"
                </SubmitButton>
            </div>
        </form>
    }
}

/// Takes the flag of the address as soon as flags are there.
fn prefill(form: Form, flag: Memo<Option<String>>) {
    crate::reactive::effect(move || {
        let wanted = flag.get().filter(|flag| !flag.is_empty());
        let known = form.choices();
        let Some(wanted) = wanted else { return };
        let untouched = form.flag.with_untracked(String::is_empty);
        if untouched && known.iter().any(|(key, _)| *key == wanted) {
            form.choose_flag(wanted);
        }
    });
}

fn submitter(
    form: Form,
    open: RwSignal<bool>,
    busy: RwSignal<bool>,
    error: RwSignal<Option<client::Error>>,
) -> impl Fn(leptos::ev::SubmitEvent) + 'static {
    let (place, toasts) = (form.place, Toasts::current());
    let router = Router::current();
    move |event| {
        event.prevent_default();
        let Ok(document) = untrack(|| form.document()) else {
            return;
        };
        let (project, environment) = (
            place.project.get_untracked(),
            place.environment.get_untracked(),
        );
        busy.set(true);
        error.set(None);
        crate::reactive::spawn(async move {
            match client::create_release(&project, &environment, &document).await {
                Ok(release) => {
                    let path = untrack(|| place.path(&format!("releases/{}", release.id)));
                    router.go(&path);
                    toasts.say(
                        Tone::Good,
                        "The draft is there. Start it when you are ready.",
                    );
                    open.set(false);
                }
                Err(failed) => {
                    form.refused.set(failed.details.clone());
                    error.set(Some(failed));
                }
            }
            busy.set(false);
        });
    }
}

/// What is said above the form: its mistakes are shown where they are.
fn without_places(error: client::Error) -> client::Error {
    let known = [
        "/flag",
        "/site",
        "/baseline",
        "/candidate",
        "/unit",
        "/stages",
    ];
    let details = error.details.into_iter();
    let details = details
        .filter(|detail| !known.iter().any(|path| detail.path.starts_with(path)))
        .collect();
    client::Error { details, ..error }
}

/// Which flag, where, from what to what.
#[component]
fn What(form: Form, chosen: Memo<Option<Chosen>>, mistakes: Memo<Vec<Detail>>) -> impl IntoView {
    let problem = move |path: &'static str| {
        Signal::derive(move || mistakes.with(|mistakes| at(mistakes, path)))
    };
    let site_choices = Signal::derive(move || {
        chosen.with(|chosen| {
            chosen
                .as_ref()
                .map(|chosen| sites(&chosen.config))
                .unwrap_or_default()
        })
    });
    let variations = Signal::derive(move || {
        chosen.with(|chosen| {
            let Some(chosen) = chosen else {
                return Vec::new();
            };
            let variations = chosen.definition.variations.iter();
            variations
                .map(|known| {
                    (
                        known.key.clone(),
                        variation::name(&chosen.definition, &known.key),
                    )
                })
                .collect::<Vec<_>>()
        })
    });
    let nothing = Signal::derive(move || chosen.with(Option::is_none));
    let site = Signal::derive(move || form.site.with(site_name));
    let put = move |signal: RwSignal<String>| {
        move |text: String| {
            form.refused.update(Vec::clear);
            signal.set(text);
        }
    };
    view! {
        <div class="new-release-what">
            <Field label="Flag" error=problem("/flag")>
                <Select options=Signal::derive(move || form.choices()) value=form.flag on_change=move |key| form.choose_flag(key) testid="new-release-flag" />
            </Field>
            <Field label="What of it moves" error=problem("/site")>
                <Select options=site_choices value=site on_change=move |name: String| form.choose_site(site_of(&name)) disabled=nothing testid="new-release-site" />
            </Field>
            <Field label="From (baseline)" error=problem("/baseline")>
                <Select options=variations value=form.baseline on_change=put(form.baseline) disabled=nothing />
            </Field>
            <Field label="To (candidate)" error=problem("/candidate")>
                <Select options=variations value=form.candidate on_change=put(form.candidate) disabled=nothing />
            </Field>
        </div>
        <Notes form chosen />
        <details class="more">
            <summary class="small muted">"What counts as one unit"</summary>
            <Field
                label="Unit"
                hint="The attribute that decides who goes together, like org.id. The targeting key where empty."
                error=problem("/unit")
            >
                <TextInput value=form.unit on_input=put(form.unit) placeholder="targetingKey" mono=true />
            </Field>
        </details>
    }
}

/// What the site serves now, and what stands in the way of starting.
#[component]
fn Notes(form: Form, chosen: Memo<Option<Chosen>>) -> impl IntoView {
    let place = Place::current();
    let notes = move || {
        let chosen = chosen.get()?;
        let now = form
            .site
            .with(|site| site.serve(&chosen.config).map(serve::serve))?;
        let off = !chosen.config.enabled;
        let live = chosen.live.map(|id| place.path(&format!("releases/{id}")));
        Some(view! {
            <p class="small muted">
                "It serves " <span class="strong">{now}</span> " now."
                {off.then_some(" The flag is off here: turn it on before you start the release.")}
            </p>
            {live
                .map(|href| {
                    view! {
                        <div class="notice" data-tone="warn">
                            <Icon glyph=Glyph::Warning />
                            <p class="small">
                                <a class="link" href=href>"A release of this flag"</a>
                                " is under way. Two cannot live on the same place: this one starts only when that one is over."
                            </p>
                        </div>
                    }
                })}
        })
    };
    view! { {notes} }
}

/// The stages, from a template or typed.
#[component]
fn Stages(form: Form, mistakes: Memo<Vec<Detail>>) -> impl IntoView {
    let place = form.place;
    let templates = Query::new(
        move || Some(place.project.get()),
        |project| async move { client::release_templates(&project).await },
    );
    let template = RwSignal::new(String::new());
    let choose = move |key: String, from: &[Entity<Template>]| {
        if let Some(found) = from.iter().find(|template| template.key == key) {
            form.choose_template(&found.document);
            template.set(key);
        }
    };
    crate::reactive::effect(move || {
        let Some(all) = templates.data() else { return };
        if form.stages.with_untracked(Vec::is_empty)
            && let Some(first) = first_choice(&all)
        {
            choose(first, &all);
        }
    });
    let offered = move || {
        let all = templates.data().filter(|all| !all.is_empty())?;
        let options: Vec<(String, String)> = all
            .iter()
            .map(|known| (known.key.clone(), known.document.name.clone()))
            .collect();
        let on_change = move |key: String| choose(key, &all);
        Some(view! {
            <Field label="Template">
                <Select options value=template on_change testid="new-release-template" />
            </Field>
        })
    };
    let about = move || {
        let key = template.get();
        let all = templates.data()?;
        all.into_iter()
            .find(|known| known.key == key)?
            .document
            .description
    };
    let read = Memo::new(move |_| form.stages.with(|drafts| super::stages::read(drafts)).ok());
    let steps = Signal::derive(move || {
        let stages = read.get().unwrap_or_default();
        let step = |stage: &serin_engine::release::Stage| Step {
            weight: stage.weight,
            state: "planned",
        };
        stages.iter().map(step).collect::<Vec<_>>()
    });
    let sentence = Signal::derive(move || {
        read.with(|stages| {
            stages
                .as_ref()
                .map(|stages| plan::sentence(stages))
                .unwrap_or_default()
        })
    });
    view! {
        <fieldset class="stack">
            <legend class="field-label">"Stages"</legend>
            <div class="template-row">
                {offered}
                <p class="small muted">{about}</p>
            </div>
            <StagesEditor form mistakes />
            <div class="plan" role="status">
                <span class="plan-steps"><Steps steps label=sentence /></span>
                <p class="small number">{move || sentence.get()}</p>
            </div>
        </fieldset>
    }
}

/// The template to begin with: the one that is made for most, else the first.
fn first_choice(templates: &[Entity<Template>]) -> Option<String> {
    let canary = templates.iter().find(|template| template.key == "canary");
    canary
        .or(templates.first())
        .map(|template| template.key.clone())
}
