//! Two people changed the same flag: both versions side by side, chosen part by part.

use std::collections::BTreeMap;

use leptos::prelude::*;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serin_engine::{
    flag::{FlagConfig, FlagDefinition},
    json::read,
};

use super::{
    editor::{Standing, chosen, json},
    merge::{self, Whose},
    problems::sentence,
    save_bar::Saving,
};
use crate::{
    components::{
        button::{Button, Look},
        dialog::Dialog,
        field::fresh_id,
        time::Time,
        toast::Toasts,
    },
    describe::change::{config_changes, definition_changes},
    shell::account::author,
};

type Choices = RwSignal<BTreeMap<String, Whose>>;

/// A part that both changed, with what each side did to it.
#[derive(Clone, Debug, PartialEq)]
struct Part {
    /// Names it among the parts of both documents.
    name: String,
    title: String,
    mine: Vec<String>,
    theirs: Vec<String>,
}

/// Opens where a save was overtaken. Closing it leaves the edits as they are.
#[component]
pub(crate) fn ConflictDialog(saving: Saving) -> impl IntoView {
    let open = RwSignal::new(false);
    crate::reactive::effect(move || open.set(saving.conflict.with(Option::is_some)));
    crate::reactive::effect(move || {
        if !open.get() && saving.conflict.with_untracked(Option::is_some) {
            saving.conflict.set(None);
        }
    });
    view! {
        <Dialog open title="Someone else saved first" wide=true testid="conflict">
            {move || saving.conflict.get().map(|theirs| view! { <Sides saving theirs open /> })}
        </Dialog>
    }
}

#[component]
fn Sides(saving: Saving, theirs: Standing, open: RwSignal<bool>) -> impl IntoView {
    let editor = expect_context::<super::editor::Editor>();
    let toasts = Toasts::current();
    let base = editor.base.get_untracked();
    let (definition, config) = (
        editor.definition.get_untracked(),
        editor.config.get_untracked(),
    );
    let parts = parts(&base, &definition, &config, &theirs);
    let (who, when) = theirs.last_change();
    let who = author(&who);
    let choices: Choices = RwSignal::new(BTreeMap::new());
    let overlap = !parts.is_empty();
    let lists = parts
        .into_iter()
        .map(|part| view! { <PartChoice part who=who.clone() choices /> })
        .collect_view();
    let others = other_changes(&base, &theirs);
    let take_theirs = {
        let theirs = theirs.clone();
        move |()| {
            editor.overtaken.set(Some(theirs.clone()));
            editor.drop_edits(toasts);
            open.set(false);
            editor.views.return_focus();
        }
    };
    let go_on = move |()| {
        let choices = choices.get_untracked();
        let definition = chosen(
            &base.definition.document,
            &definition,
            &theirs.definition.document,
            &scoped(&choices, "flag"),
        );
        let config = chosen(
            &base.config.document,
            &config,
            &theirs.config.document,
            &scoped(&choices, "config"),
        );
        let (Some(definition), Some(config)) = (definition, config) else {
            return;
        };
        saving.settle(theirs.clone(), (definition, config));
    };
    // What is typed half is in neither version, and would be lost.
    let unfinished = Memo::new(move |_| editor.problems().first().map(sentence));
    let intro = if overlap {
        " changed the same parts while you edited. Choose for each, then look at the whole before it is saved."
    } else {
        " changed other parts while you edited. Both fit together."
    };
    let finish_first = move || {
        let problem = unfinished.get()?;
        Some(
            view! { <p class="small save-problem" role="status">{format!("Finish your edit first, or drop it. {problem}")}</p> },
        )
    };
    view! {
        <div class="dialog-body">
            <p><span class="strong">{who.clone()}</span>{intro}" "<span class="faint small"><Time at=when /></span></p>
            {lists}
            {(!overlap).then(|| view! {
                <ul class="review-list">{others.into_iter().map(|said| view! { <li>{said}</li> }).collect_view()}</ul>
            })}
            {finish_first}
        </div>
        <div class="dialog-foot">
            <Button look=Look::Quiet on_click=take_theirs testid="conflict-take-theirs">{format!("Drop mine, take {who}'s")}</Button>
            <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Back to the edits"</Button>
            <Button look=Look::Primary on_click=go_on disabled=Signal::derive(move || unfinished.with(Option::is_some)) testid="dialog-confirm">
                {if overlap { "Go on with what I chose" } else { "Go on with both" }}
            </Button>
        </div>
    }
}

#[component]
fn PartChoice(part: Part, who: String, choices: Choices) -> impl IntoView {
    let group = fresh_id("conflict");
    let side = |whose: Whose, title: String, said: Vec<String>| {
        let name = part.name.clone();
        let of = part.name.clone();
        let chosen = move || {
            choices.with(|choices| choices.get(&of).copied().unwrap_or(Whose::Mine)) == whose
        };
        let testid = if whose == Whose::Mine {
            "conflict-mine"
        } else {
            "conflict-theirs"
        };
        view! {
            <label class="conflict-side">
                <span class="row">
                    <input
                        type="radio"
                        name=group.clone()
                        data-testid=testid
                        prop:checked=chosen
                        on:change=move |_| choices.update(|choices| { choices.insert(name.clone(), whose); })
                    />
                    <span class="strong">{title}</span>
                </span>
                <ul class="review-list small">{said.into_iter().map(|said| view! { <li>{said}</li> }).collect_view()}</ul>
            </label>
        }
    };
    let mine = side(
        Whose::Mine,
        "Mine, in place of that".to_owned(),
        part.mine.clone(),
    );
    let theirs = side(
        Whose::Theirs,
        format!("{who}'s, as it stands now"),
        part.theirs.clone(),
    );
    view! {
        <fieldset class="conflict-part">
            <legend class="small strong">{part.title.clone()}</legend>
            <div class="conflict-sides">{theirs}{mine}</div>
        </fieldset>
    }
}

/// The parts that both changed.
fn parts(
    base: &Standing,
    definition: &FlagDefinition,
    config: &FlagConfig,
    theirs: &Standing,
) -> Vec<Part> {
    let of_flag = Sides3 {
        base: json(&base.definition.document),
        mine: json(definition),
        theirs: json(&theirs.definition.document),
    };
    let of_config = Sides3 {
        base: json(&base.config.document),
        mine: json(config),
        theirs: json(&theirs.config.document),
    };
    let mut parts = of_config.parts("config", |before, after| {
        said::<FlagConfig>(before, after, config_changes)
    });
    parts.extend(of_flag.parts("flag", |before, after| {
        said::<FlagDefinition>(before, after, definition_changes)
    }));
    parts
}

fn said<T: DeserializeOwned>(
    before: &Value,
    after: Value,
    sentences: impl Fn(&T, &T) -> Vec<String>,
) -> Vec<String> {
    match (read::<T>(before.clone()), read::<T>(after)) {
        (Ok(before), Ok(after)) => sentences(&before, &after),
        _ => Vec::new(),
    }
}

struct Sides3 {
    base: Value,
    mine: Value,
    theirs: Value,
}

impl Sides3 {
    /// Theirs is what they did to what was there; mine is what it would do to that.
    fn parts(&self, scope: &str, say: impl Fn(&Value, Value) -> Vec<String>) -> Vec<Part> {
        let said = |part: &str, before: &Value, side: &Value| {
            let said = say(before, merge::with_part(before, part, side));
            if said.is_empty() {
                vec!["changed".to_owned()]
            } else {
                said
            }
        };
        merge::merge(&self.base, &self.mine, &self.theirs)
            .conflicts
            .into_iter()
            .map(|part| Part {
                name: format!("{scope}/{part}"),
                title: title(&part),
                mine: said(&part, &self.theirs, &self.mine),
                theirs: said(&part, &self.base, &self.theirs),
            })
            .collect()
    }
}

/// What they did, where nothing overlaps.
fn other_changes(base: &Standing, theirs: &Standing) -> Vec<String> {
    let mut said = config_changes(&base.config.document, &theirs.config.document);
    said.extend(definition_changes(
        &base.definition.document,
        &theirs.definition.document,
    ));
    said
}

/// The choices of one document.
fn scoped(choices: &BTreeMap<String, Whose>, scope: &str) -> BTreeMap<String, Whose> {
    let mut scoped = BTreeMap::new();
    for (name, whose) in choices {
        let part = name
            .strip_prefix(scope)
            .and_then(|rest| rest.strip_prefix('/'));
        scoped.extend(part.map(|part| (part.to_owned(), *whose)));
    }
    scoped
}

fn title(part: &str) -> String {
    let mut words = part.replace('_', " ");
    if let Some(first) = words.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_part_that_both_changed_says_what_each_did() {
        let standing = |weight: u32, version: u64| -> Standing {
            let entity = |document: Value| {
                let mut entity = json!({"key": "f", "version": version, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob"});
                entity
                    .as_object_mut()
                    .unwrap()
                    .extend(document.as_object().unwrap().clone());
                entity
            };
            let flag = json!({"type": "boolean", "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}]});
            let config = json!({"enabled": true, "default": {"split": {"weights": {"on": weight, "off": 100_000 - weight}}}});
            Standing {
                definition: serde_json::from_value(entity(flag)).unwrap(),
                config: serde_json::from_value(entity(config)).unwrap(),
            }
        };
        let (base, mine, theirs) = (standing(5000, 1), standing(25_000, 1), standing(50_000, 2));
        let found = parts(
            &base,
            &mine.definition.document,
            &mine.config.document,
            &theirs,
        );
        assert_eq!(found.len(), 1);
        assert_eq!(
            (found[0].name.as_str(), found[0].title.as_str()),
            ("config/default", "Default")
        );
        let said = |said: &[String]| said.join("; ").replace('\u{202f}', " ");
        assert_eq!(
            said(&found[0].theirs),
            "default: on for 5 % → on for 50 % · 45 % of units move from off to on"
        );
        // Against what stands by now, and not against what both began with.
        assert_eq!(
            said(&found[0].mine),
            "default: on for 50 % → on for 25 % · 25 % of units move from on to off"
        );
        let choices = BTreeMap::from([
            ("config/default".to_owned(), Whose::Theirs),
            ("flag/default".to_owned(), Whose::Mine),
        ]);
        assert_eq!(
            scoped(&choices, "config"),
            BTreeMap::from([("default".to_owned(), Whose::Theirs)])
        );
    }
}
