//! The document as JSON: it follows the form, and the form follows it.

use leptos::prelude::*;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};
use serin_engine::{
    json::read,
    release::{Document, Guard, Policy, Template},
};

use super::{
    draft::Draft,
    form::{Form, Subject},
};
use crate::{
    components::json_editor::JsonEditor,
    json_text::{Broken, lost, plain},
};

/// The text, while it is what one edits.
#[component]
pub(super) fn JsonForm(form: Form) -> impl IntoView {
    // What was typed stays as it is typed as long as it says what the form says.
    let typed = RwSignal::new(None::<(Value, Value)>);
    let last = RwSignal::new(Value::Null);
    crate::reactive::effect(move || {
        if let Some(written) = form.written() {
            let same = typed.with_untracked(|typed| {
                let typed = typed.as_ref().filter(|(_, known)| *known == written);
                typed.map(|(value, _)| value.clone())
            });
            last.set(same.unwrap_or(written));
        }
    });
    let take = move |value: Value| {
        let draft = match form.subject {
            Subject::Template => Draft::of_template(&template(&value)?),
            Subject::Release | Subject::Live(_) => Draft::of(&whole(&value)?),
        };
        form.edit(|known| known.take(draft));
        let written = untrack(|| form.written());
        typed.set(written.map(|written| (value, written)));
        Ok(())
    };
    let mistakes = Signal::derive(move || {
        form.mistakes.with(|all| {
            let words = all.iter().map(|it| format!("{}: {}", it.path, it.message));
            words.collect::<Vec<_>>()
        })
    });
    view! {
        <section class="card" aria-labelledby="form-json">
            <header class="card-head"><h2 id="form-json">"The document"</h2></header>
            <div class="card-body release-json">
                <JsonEditor
                    label=Signal::stored("The release document as JSON".to_owned())
                    value=last.into()
                    on_change=take
                    texts=form.texts
                    name=Signal::stored("release".to_owned())
                    mistakes
                    disabled=Signal::derive(move || form.fixed())
                />
            </div>
        </section>
    }
}

/// Reads all of a document.
///
/// # Errors
/// What does not fit, or the member that nothing is known of.
fn whole(value: &Value) -> Result<Document, Broken> {
    typed(value, |document: &Document| {
        (&document.policy, &document.guards)
    })
}

/// Reads all of a template, in the same way.
///
/// # Errors
/// As [`whole`].
fn template(value: &Value) -> Result<Template, Broken> {
    typed(value, |template: &Template| {
        (&template.policy, &template.guards)
    })
}

fn typed<T: Serialize + DeserializeOwned>(
    value: &Value,
    plan: fn(&T) -> (&Policy, &Vec<Guard>),
) -> Result<T, Broken> {
    let document: T =
        read(value.clone()).map_err(|error| Broken::whole(plain(&error.to_string())))?;
    let mut again = serde_json::to_value(&document).unwrap_or_default();
    let (policy, guards) = plan(&document);
    // What is left out where it says nothing new is known all the same.
    again["policy"] = serde_json::to_value(policy).unwrap_or_default();
    for (index, guard) in guards.iter().enumerate() {
        if let Guard::Metric(guard) = guard {
            let margin = guard.margin;
            again["guards"][index]["margin"] =
                json!({"relative": margin.relative, "absolute": margin.absolute});
            again["guards"][index]["test"] = json!(guard.test);
        }
    }
    match lost(value, &again, "") {
        None => Ok(document),
        Some(path) => Err(Broken::whole(format!("nothing is known of {path}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_says_nothing_new_may_be_written_and_what_is_unknown_may_not() {
        let mut value = json!({"flag": "f", "site": "default", "baseline": "off", "candidate": "on",
            "policy": {"alpha": 0.01}, "guards": [{"metric": "m", "margin": {"relative": 0}, "test": "label"}],
            "stages": [{"weight": 100}]});
        assert_eq!(whole(&value).unwrap().guards.len(), 1);
        value["stages"][0]["wait"] = json!("1h");
        assert_eq!(
            whole(&value).unwrap_err().message,
            "nothing is known of /stages/0/wait"
        );
        let named = json!({"name": "T", "policy": {"alpha": 0.01}, "stages": [{"weight": 100}]});
        assert_eq!(template(&named).unwrap().name, "T");
        assert_eq!(
            template(&json!({"name": "T", "flag": "f", "stages": []}))
                .unwrap_err()
                .message,
            "nothing is known of /flag"
        );
    }
}
