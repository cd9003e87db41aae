//! A text on which regular expressions are tried as they are typed.

use leptos::prelude::*;

use super::tree::Tree;
use crate::{
    components::field::TextInput,
    conditions::draft::{Id, Part},
    engine::{Engine, Failure},
};

/// What trying came to.
#[derive(Clone)]
enum Verdict {
    /// The bytes of the text that match.
    Found(usize, usize),
    /// None of the patterns matches.
    Nothing,
    /// What is wrong with a pattern.
    Broken(String),
}

/// A text, and whether one of the patterns is found in it.
#[component]
pub(super) fn TryOut(tree: Tree, id: Id, patterns: Signal<Vec<String>>) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let engine = Engine::current();
    let asked = move || {
        let patterns = patterns.get();
        let tried = text.get();
        let folds = tree.part(id, Part::ignores_case);
        (!tried.is_empty() && !patterns.is_empty()).then_some((patterns, tried, folds))
    };
    let verdict = engine.follow(asked, |engine, (patterns, text, folds)| async move {
        let mut broken = None;
        for pattern in patterns {
            let found = engine.try_regex(pattern, text.clone(), folds).await?;
            if let Some((start, end)) = found.matches.first() {
                return Ok(Verdict::Found(*start, *end));
            }
            broken = broken.or(found.error);
        }
        Ok(broken.map_or(Verdict::Nothing, Verdict::Broken))
    });
    let words = move || {
        let text = text.get();
        match verdict.get()? {
            Ok(Verdict::Found(start, end)) => {
                // The answer may be about a text that is typed over by now.
                let part =
                    |from: usize, to: usize| text.get(from..to).unwrap_or_default().to_owned();
                let (before, found) = (part(0, start), part(start, end));
                let behind = part(end, text.len());
                let what = if found.is_empty() {
                    "matches"
                } else {
                    "matches: "
                };
                Some(view! { <span class="try-found">{what}</span><code>{before}<mark>{found}</mark>{behind}</code> }.into_any())
            }
            Ok(Verdict::Nothing) => {
                Some(view! { <span class="try-not">"does not match"</span> }.into_any())
            }
            Ok(Verdict::Broken(why)) => {
                Some(view! { <span class="leaf-mistake">{why}</span> }.into_any())
            }
            Err(Failure::TooLong) => {
                Some(view! { <span class="leaf-mistake">"takes too long"</span> }.into_any())
            }
            Err(_) => {
                Some(view! { <span class="muted">"cannot be tried here now"</span> }.into_any())
            }
        }
    };
    view! {
        <span class="try-out small">
            <TextInput
                value=text
                on_input=move |typed| text.set(typed)
                label="Try it on a text"
                placeholder="try it on a text"
                mono=true
                testid="regex-try"
            />
            <span role="status" data-testid="regex-verdict">{words}</span>
        </span>
    }
}
