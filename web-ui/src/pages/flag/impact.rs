//! What the edits move, before they are saved: over synthetic units, over contexts that SDKs
//! sampled, over the examples of the preview and over contexts that someone pastes.

pub(crate) mod panel;
mod pasted;
pub(crate) mod run;
pub(crate) mod tally;

use leptos::prelude::*;
use serde_json::{Map, Value};
use serin_engine::flag::{FlagConfig, Serve};

use super::{
    editor::{Editor, Outcome},
    preview::examples::Examples,
};
use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        variation,
    },
    query::Query,
    reactive::{Calm, effect},
};
use pasted::{Context, Mistake};
use run::Run;

/// How many synthetic units are looked at.
const UNITS: u32 = 100_000;

/// What the edits move, kept up with them.
#[derive(Clone, Copy)]
pub(crate) struct Impact {
    editor: Editor,
    examples: Examples,
    /// The example whose attributes the synthetic units have, by its id; without any
    /// attributes where absent.
    like: RwSignal<Option<u32>>,
    /// What tells the synthetic units apart; the targeting key where absent.
    by: Memo<Option<String>>,
    /// What was pasted, as it is.
    text: RwSignal<String>,
    /// What is wrong with it.
    mistake: RwSignal<Option<Mistake>>,
    contexts: RwSignal<Vec<Context>>,
    /// Over synthetic units.
    units: Run,
    /// Over contexts that SDKs sampled.
    sampled: Run,
    /// Whether no program sends any.
    unsampled: Memo<bool>,
    /// Over the examples.
    named: Run,
    /// Over what was pasted.
    pasted: Run,
}

impl Impact {
    /// Counts again whenever the edits, the ruleset or the contexts change.
    pub(crate) fn follow(editor: Editor, examples: Examples) -> Self {
        let samples = ask_for_samples(editor);
        let impact = Self {
            editor,
            examples,
            like: RwSignal::new(None),
            by: Memo::new(move |_| editor.config.with(split_by)),
            text: RwSignal::new(String::new()),
            mistake: RwSignal::new(None),
            contexts: RwSignal::new(Vec::new()),
            units: Run::new(editor),
            sampled: Run::new(editor),
            unsampled: Memo::new(move |_| samples.with(Vec::is_empty).unwrap_or(false)),
            named: Run::new(editor),
            pasted: Run::new(editor),
        };
        // The attributes alone: an example that gets another name is no other question.
        let base = Memo::new(move |_| impact.base());
        impact.units.follow(move || run::Contexts::Units {
            count: UNITS,
            base: base.get(),
            by: impact.by.get(),
        });
        impact
            .sampled
            .follow(move || run::Contexts::These(samples.data().unwrap_or_default()));
        let named = Memo::new(move |_| {
            examples.all.with(|all| {
                let contexts = all.iter().filter_map(|example| example.context().ok());
                contexts.collect::<Vec<_>>()
            })
        });
        impact
            .named
            .follow(move || run::Contexts::These(named.get()));
        impact
            .pasted
            .follow(move || run::Contexts::These(impact.contexts.get()));
        impact.read_pasted();
        impact
    }

    /// The attributes of the synthetic units.
    fn base(self) -> Map<String, Value> {
        let example = self.like.get().and_then(|id| self.examples.get(id));
        let mut context = example
            .and_then(|example| example.context().ok())
            .unwrap_or_default();
        context.remove("targetingKey");
        context
    }

    /// Reads what was pasted once nobody types in it any more.
    fn read_pasted(self) {
        let calm = Calm::new();
        effect(move || {
            let text = self.text.get();
            calm.after(250, move || {
                let (contexts, mistake) = match pasted::read(&text) {
                    Ok(contexts) => (contexts, None),
                    Err(mistake) => (Vec::new(), Some(mistake)),
                };
                self.contexts.set(contexts);
                self.mistake.set(mistake);
            });
        });
    }

    /// What people call a variation; tracked.
    fn name(self, key: &str) -> String {
        if key.is_empty() {
            return "the caller's default".to_owned();
        }
        self.editor
            .definition
            .with(|definition| variation::name(definition, key))
    }
}

/// The contexts that SDKs sampled, once there is an edit. Without them (no program
/// samples any, or the person may not see them) there is just no such count.
fn ask_for_samples(editor: Editor) -> Query<Vec<Context>> {
    let place = editor.place;
    let edited = Memo::new(move |before: Option<&bool>| {
        before.copied().unwrap_or_default() || editor.whole.with(Outcome::is_edit)
    });
    Query::new(
        move || {
            let at = (place.project.get(), place.environment.get());
            edited.get().then_some(at)
        },
        |(project, environment)| async move { client::sampled_contexts(&project, &environment).await },
    )
}

/// What a configuration splits by, where that is not the targeting key: organisations are
/// made up then, and not users of one of them. The default's split goes before those of rules.
fn split_by(config: &FlagConfig) -> Option<String> {
    let rules = config.rules.iter().map(|rule| &rule.serve);
    let by = |serve: &Serve| match serve {
        Serve::Split(split) => split.by.clone(),
        Serve::Variation(_) => None,
    };
    [&config.default]
        .into_iter()
        .chain(rules)
        .filter_map(by)
        .find(|by| !matches!(&**by, "" | "targetingKey" | "/targetingKey"))
}

/// Under which circumstances a count holds, before its words: `Once it is on: …`.
fn circumstances(editor: Editor, words: String) -> String {
    let off = editor
        .outcome
        .with(|outcome| !outcome.config.enabled && !outcome.against.config.document.enabled);
    stated(off, editor.as_if_on(), words)
}

fn stated(off: bool, as_if_on: bool, words: String) -> String {
    match (off, as_if_on) {
        (true, true) => format!("Once it is on: {words}"),
        (true, false) => format!("While it is off: {words}"),
        (false, _) => words,
    }
}

/// What the edits move, in a line; absent until it is known.
#[component]
pub(crate) fn ImpactLine() -> impl IntoView {
    let impact = expect_context::<Impact>();
    let said = move |run: Run, what: &'static str| {
        run.tally.with(|tally| {
            let name = |key: &str| impact.name(key);
            let tally = tally.as_ref().filter(|tally| tally.contexts > 0);
            tally.map(|tally| tally.words(what, &name))
        })
    };
    let line = move |run: Run, words: Option<String>| {
        words.map(
            |words| view! { <span class="impact-said" class:stale=move || run.busy.get()>{words}</span> },
        )
    };
    let units = move || {
        let words = said(impact.units, "unit");
        line(
            impact.units,
            words.map(|words| circumstances(impact.editor, words)),
        )
    };
    let busy = move || impact.units.busy.get();
    // All of it is unfinished: there is nothing to count yet.
    let later = move || {
        let whole = impact.editor.whole.with(Outcome::is_edit);
        let unfinished = !whole && !impact.editor.left_out().is_empty();
        unfinished.then_some("What this moves is counted once the edit is whole.")
    };
    view! {
        <p class="tiny impact-line" aria-busy=move || if busy() { "true" } else { "false" } role="status" data-testid="impact-line">
            <Icon glyph=Glyph::User size=12 />
            {later}
            {move || impact.units.failure.get()}
            {units}
            {move || line(impact.sampled, said(impact.sampled, "recent context"))}
            {move || line(impact.named, said(impact.named, "example"))}
            {move || line(impact.pasted, said(impact.pasted, "pasted context"))}
        </p>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn counts_say_whether_the_flag_is_imagined_on() {
        let said = |off, on| stated(off, on, "5 change".to_owned());
        assert_eq!(said(true, true), "Once it is on: 5 change");
        assert_eq!(said(true, false), "While it is off: 5 change");
        assert_eq!(said(false, false), "5 change");
    }

    #[test]
    fn units_are_what_is_split() {
        let by = |default: Value, rule: Value| {
            let config = json!({"enabled": true, "default": default, "rules": [
                {"id": "a", "when": {"all": []}, "serve": rule},
            ]});
            split_by(&serde_json::from_value(config).unwrap())
        };
        let split = |by: &str| json!({"split": {"by": by, "weights": {"on": 100_000}}});
        let on = json!({"variation": "on"});
        assert_eq!(by(on.clone(), on.clone()), None);
        assert_eq!(by(split("targetingKey"), on.clone()), None);
        assert_eq!(
            by(split("org.id"), split("team")).as_deref(),
            Some("org.id")
        );
        assert_eq!(by(on, split("team")).as_deref(), Some("team"));
    }
}
