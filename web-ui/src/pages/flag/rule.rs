//! A rule: a sentence of conditions, and what it serves.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_engine::{
    condition::{Comparison, Condition, Operator},
    flag::{Rule, Serve},
    release::Site,
};

use super::{
    clauses::{self, Clause},
    editor::{Editor, Rung},
    ladder::{OwnedServe, release_of},
};
use crate::{
    client,
    components::{
        button::{Button, IconButton, Look},
        field::{Checkbox, TextInput},
        icon::Glyph,
        select::Select,
        tag_input::TagInput,
    },
    describe::condition,
    place::Place,
    query::Query,
};

/// One rule, edited in place; it can move and go.
#[component]
pub(crate) fn RuleEditor(id: String) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let owner = release_of(Site::Rule(id.clone()));
    let id = StoredValue::new(id);
    let rule = Memo::new(move |_| {
        editor.config.with(|config| {
            id.with_value(|id| config.rules.iter().find(|rule| rule.id == *id).cloned())
        })
    });
    let position = Memo::new(move |_| {
        editor.config.with(|config| {
            let at = id
                .with_value(|id| config.rules.iter().position(|rule| rule.id == *id))
                .unwrap_or(0);
            (at, config.rules.len())
        })
    });
    let edit = move |change: &dyn Fn(&mut Rule)| {
        editor.config.update(|config| {
            id.with_value(|id| {
                config
                    .rules
                    .iter_mut()
                    .filter(|rule| rule.id == *id)
                    .for_each(change);
            });
        });
    };
    let lit = move || {
        editor
            .lit
            .with(|lit| id.with_value(|id| matches!(lit, Some(Rung::Rule(rule)) if rule == id)))
    };
    let move_by = move |step: isize| {
        let (at, count) = position.get_untracked();
        if let Some(to) = at.checked_add_signed(step).filter(|to| *to < count) {
            editor.config.update(|config| config.rules.swap(at, to));
        }
    };
    let remove = move |()| {
        editor
            .config
            .update(|config| id.with_value(|id| config.rules.retain(|rule| rule.id != *id)));
    };
    let name = Signal::derive(move || {
        rule.with(|rule| {
            rule.as_ref()
                .and_then(|rule| rule.name.clone())
                .unwrap_or_default()
        })
    });
    let on_name = move |text: String| {
        edit(&|rule| rule.name = Some(text.clone()).filter(|text| !text.is_empty()));
    };
    let serve = Signal::derive(move || {
        rule.with(|rule| {
            rule.as_ref().map_or_else(
                || Serve::Variation(String::new()),
                |rule| rule.serve.clone(),
            )
        })
    });
    let on_serve = move |serve: Serve| edit(&|rule| rule.serve = serve.clone());
    let condition =
        Signal::derive(move || rule.with(|rule| rule.as_ref().map(|rule| rule.when.clone())));
    let on_condition =
        move |clauses: Vec<Clause>| edit(&|rule| rule.when = clauses::condition_of(&clauses));
    let locked = Signal::derive(move || editor.locked());
    let owned = Signal::derive(move || owner.with(Option::is_some));
    view! {
        <li class="rule" class:lit=lit data-testid="rule" data-rule=id.get_value()>
            <div class="rule-head">
                <span class="rule-number number">{move || position.get().0 + 1}</span>
                <span class="rule-name">
                    <TextInput value=name on_input=on_name label="Name of the rule" placeholder="Name this rule" disabled=locked />
                </span>
                {move || lit().then(|| view! { <span class="rung-here">"decides"</span> })}
                <Show when=move || !locked.get()>
                    <span class="rule-tools">
                        <IconButton glyph=Glyph::ArrowUp label="Move up" on_click=move |()| move_by(-1) disabled=Signal::derive(move || position.get().0 == 0) />
                        <IconButton glyph=Glyph::ArrowDown label="Move down" on_click=move |()| move_by(1) disabled=Signal::derive(move || position.get().0 + 1 >= position.get().1) />
                        <IconButton glyph=Glyph::Trash label="Delete rule" on_click=remove disabled=owned />
                    </span>
                </Show>
            </div>
            <ConditionEditor condition on_change=on_condition locked />
            <div class="sentence"><span class="keyword">"serve"</span></div>
            <OwnedServe label="Rule serves" owner serve on_change=on_serve />
        </li>
    }
}

/// A condition, edited as clauses joined by "and"; one that is more than that is shown only.
#[component]
pub(crate) fn ConditionEditor(
    /// The condition; absent where what it belongs to just went.
    condition: Signal<Option<Condition>>,
    /// Its clauses after an edit.
    #[prop(into)]
    on_change: Callback<Vec<Clause>>,
    /// Cannot be edited.
    locked: Signal<bool>,
) -> impl IntoView {
    let parts = Memo::new(move |_| condition.with(|when| when.as_ref().and_then(clauses::clauses)));
    let simple = Memo::new(move |_| parts.with(Option::is_some));
    let sentence = move || condition.with(|when| when.as_ref().map(condition::sentence));
    let indices = Memo::new(move |_| 0..parts.with(|parts| parts.as_ref().map_or(0, Vec::len)));
    let edit = move |change: &dyn Fn(&mut Vec<Clause>)| {
        if let Some(mut parts) = parts.get_untracked() {
            change(&mut parts);
            on_change.run(parts);
        }
    };
    let complex = move || {
        view! {
            <p class="sentence"><span class="keyword">"if"</span>{sentence}</p>
            <p class="tiny faint">"This condition is nested; it is edited through the API for now."</p>
        }
    };
    view! {
        <Show when=move || simple.get() fallback=complex>
            <ul class="clauses">
                <For each=move || indices.get() key=|index| *index let:index>
                    <ClauseEditor
                        index
                        clause=Signal::derive(move || parts.with(|parts| parts.as_ref().and_then(|parts| parts.get(index).cloned())))
                        on_change=move |clause: Clause| edit(&|parts| if let Some(part) = parts.get_mut(index) { *part = clause.clone() })
                        on_remove=move |()| edit(&|parts| if parts.len() > 1 { parts.remove(index); })
                        lone=Signal::derive(move || indices.get().len() < 2)
                        locked
                    />
                </For>
            </ul>
            <Show when=move || indices.get().is_empty()>
                <p class="sentence"><span class="keyword">"if"</span>"anything (always true)"</p>
            </Show>
            <Show when=move || !locked.get()>
                <span class="row">
                    <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=move |()| edit(&|parts| parts.push(Clause::attribute()))>"and attribute"</Button>
                    <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=move |()| edit(&|parts| parts.push(Clause::Segment { segment: String::new(), negated: false }))>"and segment"</Button>
                </span>
            </Show>
        </Show>
    }
}

#[component]
fn ClauseEditor(
    index: usize,
    clause: Signal<Option<Clause>>,
    #[prop(into)] on_change: Callback<Clause>,
    #[prop(into)] on_remove: Callback<()>,
    lone: Signal<bool>,
    locked: Signal<bool>,
) -> impl IntoView {
    let is_segment =
        Memo::new(move |_| clause.with(|clause| matches!(clause, Some(Clause::Segment { .. }))));
    let body = move || {
        if is_segment.get() {
            view! { <SegmentClause clause on_change locked /> }.into_any()
        } else {
            view! { <AttributeClause clause on_change locked /> }.into_any()
        }
    };
    view! {
        <li class="clause" data-testid="clause">
            <span class="keyword">{if index == 0 { "if" } else { "and" }}</span>
            <span class="clause-body">{body}</span>
            <Show when=move || !locked.get() && !lone.get()>
                <IconButton glyph=Glyph::Close label="Remove condition" on_click=on_remove />
            </Show>
        </li>
    }
}

#[component]
fn AttributeClause(
    clause: Signal<Option<Clause>>,
    on_change: Callback<Clause>,
    locked: Signal<bool>,
) -> impl IntoView {
    let now = Memo::new(move |_| match clause.get() {
        Some(Clause::Attribute {
            comparison,
            negated,
        }) => (comparison, negated),
        _ => (
            Comparison {
                attribute: String::new(),
                op: Operator::In,
                values: Vec::new(),
                ignore_case: false,
            },
            false,
        ),
    });
    let edit = move |change: &dyn Fn(&mut Comparison, &mut bool)| {
        let (mut comparison, mut negated) = now.get_untracked();
        change(&mut comparison, &mut negated);
        on_change.run(Clause::Attribute {
            comparison,
            negated,
        });
    };
    let attribute =
        Signal::derive(move || now.with(|(comparison, _)| comparison.attribute.clone()));
    let op = Signal::derive(move || {
        now.with(|(comparison, negated)| clauses::choice(comparison.op, *negated))
    });
    let values = Signal::derive(move || {
        now.with(|(comparison, _)| clauses::value_texts(&comparison.values))
    });
    let takes_values =
        Memo::new(move |_| now.with(|(comparison, _)| comparison.op != Operator::Exists));
    let folds = Memo::new(move |_| {
        now.with(|(comparison, _)| {
            matches!(
                comparison.op,
                Operator::In
                    | Operator::StartsWith
                    | Operator::EndsWith
                    | Operator::Contains
                    | Operator::Matches
            )
        })
    });
    let on_op = move |choice: String| {
        let Some((op, turned)) = clauses::chosen(&choice) else {
            return;
        };
        edit(&|comparison, negated| {
            let texts = clauses::value_texts(&comparison.values);
            comparison.values = if op == Operator::Exists {
                Vec::new()
            } else {
                texts
                    .iter()
                    .map(|text| clauses::read_value(op, text))
                    .collect()
            };
            comparison.op = op;
            *negated = turned;
        });
    };
    let on_values = move |texts: Vec<String>| {
        edit(&|comparison, _| {
            comparison.values = texts
                .iter()
                .map(|text| clauses::read_value(comparison.op, text))
                .collect();
        });
    };
    view! {
        <span class="clause-attribute">
            <TextInput value=attribute on_input=move |text: String| edit(&|comparison, _| comparison.attribute.clone_from(&text)) label="Attribute" placeholder="attribute, as org.plan" mono=true disabled=locked testid="clause-attribute" />
        </span>
        <span class="clause-op">
            <Select options=clauses::choices() value=op on_change=on_op label="Comparison" disabled=locked />
        </span>
        <Show when=move || takes_values.get()>
            <span class="clause-values">
                <TagInput values on_change=on_values label="values" placeholder="value, Enter" disabled=locked />
            </span>
        </Show>
        <Show when=move || folds.get()>
            <Checkbox
                checked=Signal::derive(move || now.with(|(comparison, _)| comparison.ignore_case))
                on_change=move |on| edit(&|comparison, _| comparison.ignore_case = on)
                label="any case"
                disabled=locked
            />
        </Show>
    }
}

#[component]
fn SegmentClause(
    clause: Signal<Option<Clause>>,
    on_change: Callback<Clause>,
    locked: Signal<bool>,
) -> impl IntoView {
    let project = Place::current().project;
    let segments = Query::new(
        move || Some(project.get()),
        |project| async move { client::segments(&project).await },
    );
    let now = Memo::new(move |_| match clause.get() {
        Some(Clause::Segment { segment, negated }) => (segment, negated),
        _ => (String::new(), false),
    });
    let options = Signal::derive(move || {
        let known = segments
            .with(|segments| {
                segments
                    .iter()
                    .map(|s| {
                        (
                            s.key.clone(),
                            s.document.name.clone().unwrap_or_else(|| s.key.clone()),
                        )
                    })
                    .collect::<Vec<_>>()
            })
            .unwrap_or_default();
        let (chosen, _) = now.get();
        let mut options = vec![(String::new(), "choose a segment".to_owned())];
        // What is chosen is there before the list has come.
        if !chosen.is_empty() && !known.iter().any(|(key, _)| *key == chosen) {
            options.push((chosen.clone(), chosen));
        }
        options.extend(known);
        options
    });
    let on_segment = move |segment: String| {
        on_change.run(Clause::Segment {
            segment,
            negated: now.get_untracked().1,
        });
    };
    let on_turn = move |choice: String| {
        on_change.run(Clause::Segment {
            segment: now.get_untracked().0,
            negated: choice == "out",
        });
    };
    let turns = [("in", "in segment"), ("out", "not in segment")]
        .map(|(key, words)| (key.to_owned(), words.to_owned()))
        .to_vec();
    view! {
        <span class="clause-op">
            <Select options=turns value=Signal::derive(move || if now.get().1 { "out" } else { "in" }.to_owned()) on_change=on_turn label="In or not in" disabled=locked />
        </span>
        <span class="clause-attribute">
            <Select options value=Signal::derive(move || now.get().0) on_change=on_segment label="Segment" disabled=locked />
        </span>
    }
}
