//! What some users would get, and why: evaluated in the browser, with the edits that are
//! not saved yet.

mod example_form;
mod example_list;
pub(crate) mod examples;
mod slot_bar;
mod story;
mod trace;

use leptos::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    editor::{Editor, json as written},
    problems::left_out,
};
use crate::{
    client,
    components::{
        icon::{Glyph, Icon},
        show::Show,
        switch::Switch,
        variation::{VariationName, color, name},
    },
    engine::{Drafts, Engine, Failure, Question},
    reactive::{Calm, effect, spawn},
};
use example_form::ExampleForm;
use example_list::ExampleList;
use examples::Examples;
use story::{Story, story};
use trace::Trace;

/// How long nobody types before the server is asked, in milliseconds.
const SERVER_CALM: u32 = 400;

/// What an example gets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Answer {
    /// How it comes about, with the edits.
    pub(crate) story: Story,
    /// The variation without the edits, where that is another one.
    pub(crate) before: Option<Option<String>>,
}

/// The answers for the examples, by their ids.
pub(crate) type Answers = Vec<(u32, Result<Answer, String>)>;

/// The examples' contexts, by their ids, or what cannot be read of one.
type Contexts = Vec<(u32, Result<Map<String, Value>, String>)>;

/// What is asked for all examples at once.
#[derive(Clone, PartialEq)]
struct Ask {
    flag: String,
    examples: Contexts,
    /// The documents, with the edits.
    drafts: Drafts,
    /// The documents without them, where there are edits.
    before: Option<Drafts>,
}

/// The answers, and where they come from.
#[derive(Clone, Copy)]
pub(crate) struct Preview {
    editor: Editor,
    /// The contexts.
    pub(crate) examples: Examples,
    /// What they get.
    pub(crate) answers: RwSignal<Answers>,
    /// Why the server is asked instead.
    pub(crate) fallback: RwSignal<Option<String>>,
    /// The number of the last question to the server.
    asked: StoredValue<u64>,
    calm: Calm,
}

impl Preview {
    /// Keeps the answers up with the edits, the examples and the ruleset.
    pub(crate) fn follow(editor: Editor, examples: Examples) -> Self {
        let preview = Self {
            editor,
            examples,
            answers: RwSignal::new(Vec::new()),
            fallback: RwSignal::new(None),
            asked: StoredValue::new(0),
            calm: Calm::new(),
        };
        let asked = move || {
            let as_if_on = editor.as_if_on();
            let (drafts, before) = editor.whole.with(|whole| {
                let before = whole.is_edit().then(|| whole.before(as_if_on));
                (whole.drafts(as_if_on), before)
            });
            Some(Ask {
                flag: editor.key(),
                examples: examples.all.with(|all| {
                    all.iter()
                        .map(|example| (example.id, example.context()))
                        .collect()
                }),
                drafts,
                before,
            })
        };
        let answers = Engine::current().follow(asked, explain);
        effect(move || match answers.get() {
            None => {}
            Some(Ok(answers)) => preview.show(answers, None),
            Some(Err(Failure::Unavailable(why))) => preview.ask_server(why),
            Some(Err(Failure::TooLong)) => {
                preview.fail("It takes too long to evaluate this in the browser.");
            }
            // Why is said where it is edited.
            Some(Err(Failure::Refused(_))) => {
                preview.fail("This is evaluated once the edit is whole.");
            }
        });
        effect(move || preview.light());
        preview
    }

    fn show(self, answers: Answers, fallback: Option<String>) {
        if self.answers.with_untracked(|shown| *shown != answers) {
            self.answers.set(answers);
        }
        if self.fallback.with_untracked(|shown| *shown != fallback) {
            self.fallback.set(fallback);
        }
    }

    /// None of the examples can be evaluated with the edits as they are.
    fn fail(self, why: &str) {
        let failed = self.examples.all.with_untracked(|all| {
            all.iter()
                .map(|example| (example.id, Err(why.to_owned())))
                .collect()
        });
        self.show(failed, None);
    }

    /// Asks the server, where the browser cannot evaluate.
    fn ask_server(self, why: String) {
        self.asked.update_value(|asked| *asked += 1);
        let number = self.asked.get_value();
        let examples = self.examples.all.get();
        let (project, environment, flag) = (
            self.editor.place.project.get(),
            self.editor.place.environment.get(),
            self.editor.key(),
        );
        // The server knows other edits than those of the configuration only once they are saved.
        let as_if_on = self.editor.as_if_on();
        let config = self.editor.whole.with(|whole| {
            let mut config = whole.config.clone();
            config.enabled |= as_if_on;
            (config != whole.against.config.document).then(|| written(&config))
        });
        self.calm.after(SERVER_CALM, move || {
            spawn(async move {
                let mut answers = Vec::with_capacity(examples.len());
                for example in examples {
                    let answer = match example.context() {
                        Ok(context) => {
                            let asked =
                                json!({ "flag": flag, "context": context, "config": config });
                            let answer = client::explain(&project, &environment, &asked).await;
                            answer
                                .map(|answer| served(&answer, None))
                                .map_err(|error| error.message)
                        }
                        Err(problem) => Err(problem),
                    };
                    answers.push((example.id, answer));
                }
                if self.asked.try_get_value() == Some(number) {
                    self.show(answers, Some(why));
                }
            });
        });
    }

    /// Lights the rung that decides for the chosen example; none while that is imagined.
    fn light(self) {
        let chosen = self.examples.chosen.get();
        let answer = self.answer(chosen).and_then(Result::ok);
        let rung = answer.and_then(|answer| answer.story.rung);
        let rung = rung.filter(|_| !self.editor.as_if_on());
        let title = self.examples.get(chosen).map(|example| example.title());
        if self.editor.lit.with_untracked(|lit| *lit != rung) {
            self.editor.lit.set(rung);
        }
        let title = title.unwrap_or_default();
        if self.editor.lit_for.with_untracked(|shown| *shown != title) {
            self.editor.lit_for.set(title);
        }
    }

    /// What an example gets, tracked; absent until it is known.
    pub(crate) fn answer(self, id: u32) -> Option<Result<Answer, String>> {
        self.answers.with(|answers| {
            let found = answers.iter().find(|(known, _)| *known == id);
            found.map(|(_, answer)| answer.clone())
        })
    }
}

async fn explain(engine: Engine, ask: Ask) -> Result<Answers, Failure> {
    // The engine compiles drafts once for as long as they are the same: all that is saved
    // comes first, and then all with the edits.
    let mut before = Vec::new();
    if let Some(drafts) = &ask.before {
        for (_, context) in &ask.examples {
            before.push(question(engine, &ask, context, drafts).await?);
        }
    }
    let mut answers = Vec::with_capacity(ask.examples.len());
    for (at, (id, context)) in ask.examples.iter().enumerate() {
        let now = question(engine, &ask, context, &ask.drafts).await?;
        let before = before.get(at).and_then(|before| before.as_ref().ok());
        answers.push((*id, now.map(|now| served(&now, before))));
    }
    Ok(answers)
}

/// The explanation for one context, or why it is no context.
async fn question(
    engine: Engine,
    ask: &Ask,
    context: &Result<Map<String, Value>, String>,
    drafts: &Drafts,
) -> Result<Result<Value, String>, Failure> {
    let context = match context {
        Ok(context) => Value::Object(context.clone()),
        Err(problem) => return Ok(Err(problem.clone())),
    };
    let question = Question {
        flag: ask.flag.clone(),
        context,
        drafts: drafts.clone(),
    };
    engine.explain(question).await.map(Ok)
}

fn served(now: &Value, before: Option<&Value>) -> Answer {
    let story = story(now);
    let before = before
        .map(|before| before["variation"].as_str().map(str::to_owned))
        .filter(|before| *before != story.variation);
    Answer { story, before }
}

/// The card beside the ladder.
#[component]
pub(crate) fn PreviewCard() -> impl IntoView {
    let preview = expect_context::<Preview>();
    let editor = preview.editor;
    let edited = Memo::new(move |_| editor.is_edited());
    let imagined = Memo::new(move |_| editor.as_if_on());
    let source = move || match (edited.get(), imagined.get()) {
        (true, false) => "with your edits",
        (true, true) => "with your edits, once on",
        (false, true) => "once it is on",
        (false, false) => "as it is now",
    };
    let left_out = move || {
        let words = left_out(&editor.left_out())?;
        Some(
            view! { <p class="tiny faint" role="status" data-testid="preview-left-out">{words}</p> },
        )
    };
    let fallback = move || {
        preview.fallback.get().map(|why| view! {
            <p class="notice small" data-tone="warn" role="status" data-testid="preview-fallback">
                <Icon glyph=Glyph::Warning />
                <span>{format!("{why}. The server answers instead: edits of variations are not in it before they are saved.")}</span>
            </p>
        })
    };
    view! {
        <section class="card preview" aria-labelledby="preview-title" data-testid="preview">
            <div class="card-head">
                <h2 id="preview-title">"Preview"</h2>
                <span class="push badge" data-tone=move || (edited.get() || imagined.get()).then_some("accent") data-testid="preview-source">{source}</span>
            </div>
            <div class="card-body stack">
                {fallback}
                <AsIfOn testid="preview-as-if-on" />
                {left_out}
                <ExampleList />
                <ExampleForm />
                <Explained />
            </div>
        </section>
    }
}

/// What a flag that is off would do: the switch stays where it is.
#[component]
pub(super) fn AsIfOn(testid: &'static str) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let off = Signal::derive(move || editor.config.with(|config| !config.enabled));
    view! {
        <Show when=off>
            <div class="row small as-if-on">
                <Switch
                    checked=Signal::derive(move || editor.as_if_on())
                    label="As if the flag were on"
                    on_change=move |on| editor.imagine.set(Some(on))
                    testid
                />
                <span class="muted" aria-hidden="true">"As if it were on: it is off, and everyone gets what is served then."</span>
            </div>
        </Show>
    }
}

/// The explanation for the chosen example.
#[component]
fn Explained() -> impl IntoView {
    let preview = expect_context::<Preview>();
    let answer = Memo::new(move |_| preview.answer(preview.examples.chosen.get()));
    let opened = StoredValue::new(Vec::new());
    let body = move || match answer.get() {
        None => view! { <p class="small faint">"Loading the evaluator…"</p> }.into_any(),
        Some(Err(problem)) => view! {
            <p class="small row preview-problem"><Icon glyph=Glyph::Warning />{problem}</p>
        }
        .into_any(),
        Some(Ok(answer)) => view! { <Served answer opened /> }.into_any(),
    };
    view! { <div class="explained" data-testid="preview-answer">{body}</div> }
}

#[component]
fn Served(answer: Answer, opened: StoredValue<Vec<String>>) -> impl IntoView {
    let story = answer.story;
    let value = story
        .value
        .unwrap_or_else(|| "the caller's default".to_owned());
    view! {
        <div class="answer" role="status">
            <div class="row wrap">
                {story.variation.map(variation)}
                <code class="answer-value">{value}</code>
            </div>
            <p class="small muted" data-testid="preview-why">{story.why}</p>
        </div>
        {(!story.steps.is_empty()).then(|| view! {
            <h3 class="visually-hidden">"Step by step"</h3>
            <Trace lines=story.steps opened />
        })}
    }
}

/// A variation's dot and name, as the edits have it.
pub(crate) fn variation(key: String) -> AnyView {
    let editor = expect_context::<Editor>();
    editor.definition.with_untracked(|definition| {
        view! { <VariationName color=color(definition, &key) name=name(definition, &key) /> }
            .into_any()
    })
}
