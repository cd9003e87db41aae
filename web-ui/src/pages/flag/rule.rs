//! A rule: a sentence to read, and a form or JSON to edit it.

use leptos::{ev, prelude::*};
use serde_json::Value;
use serin_engine::{
    condition::Condition,
    flag::{Rule, Serve},
    release::Site,
};

use super::{
    editor::{Editor, Rung, json},
    ladder::{Moved, OwnedServe, release_of},
    rules::{Order, selector},
    serve_editor::ServeWords,
};
use crate::{
    components::{
        button::{Button, Look},
        field::TextInput,
        icon::{Glyph, Icon},
        json_editor::{JsonEditor, kept},
        menu::{Menu, MenuItem},
        show::Show,
    },
    conditions::{ConditionEditor, focus_in},
    describe::condition::{Tone, pieces},
    json_text::{Broken, typed},
};

/// A rule of the flag that is edited, by its id.
#[derive(Clone, Copy)]
struct Mine {
    editor: Editor,
    order: Order,
    id: StoredValue<String>,
    rule: Memo<Option<Rule>>,
}

impl Mine {
    fn name(self) -> String {
        self.id.get_value()
    }

    /// A part of the rule; its default where the rule just went.
    fn part<T: Default>(self, look: impl FnOnce(&Rule) -> T) -> T {
        self.rule
            .with(|rule| rule.as_ref().map(look).unwrap_or_default())
    }

    fn edit(self, change: &dyn Fn(&mut Rule)) {
        self.editor.config.update(|config| {
            let mine = |rule: &&mut Rule| self.id.with_value(|id| rule.id == *id);
            config.rules.iter_mut().filter(mine).for_each(change);
        });
    }

    /// The JSON pointer of something in the rule.
    fn at(self, member: &'static str) -> Signal<String> {
        Signal::derive(move || {
            let (at, _) = self.id.with_value(|id| self.order.position(id));
            format!("/rules/{at}{member}")
        })
    }

    fn is_open(self) -> bool {
        self.id.with_value(|id| self.editor.views.is_open(id))
    }

    fn is_raw(self) -> bool {
        self.id.with_value(|id| self.editor.views.is_raw(id))
    }

    /// Opens it for editing, or closes it; the focus goes along.
    fn open(self, open: bool) {
        let id = self.name();
        if !open {
            // Before the fields go, so that they take what was typed.
            focus_in(&selector(&id, "[data-testid=rule-edit]"));
        }
        self.editor.views.open(&id, open);
        let within = if open {
            ".rule-body"
        } else {
            "[data-testid=rule-edit]"
        };
        let there = selector(&id, within);
        request_animation_frame(move || {
            focus_in(&there);
        });
    }
}

/// One rule; it can move, be doubled and go.
#[component]
pub(crate) fn RuleEditor(id: String) -> impl IntoView {
    let editor = expect_context::<Editor>();
    let id = StoredValue::new(id);
    let rule = Memo::new(move |_| {
        editor.config.with(|config| {
            id.with_value(|id| config.rules.iter().find(|rule| rule.id == *id).cloned())
        })
    });
    let order = expect_context::<Order>();
    let mine = Mine {
        editor,
        order,
        id,
        rule,
    };
    let lit = Signal::derive(move || {
        editor
            .lit
            .with(|lit| id.with_value(|id| matches!(lit, Some(Rung::Rule(rule)) if rule == id)))
    });
    let open = Signal::derive(move || mine.is_open());
    let raw = Signal::derive(move || mine.is_raw());
    let on_keydown = move |event: ev::KeyboardEvent| {
        if event.default_prevented() {
            return;
        }
        match (event.key().as_str(), event.alt_key()) {
            ("ArrowUp", true) if !untrack(|| editor.locked()) => order.step(&mine.name(), true),
            ("ArrowDown", true) if !untrack(|| editor.locked()) => order.step(&mine.name(), false),
            ("Escape", false) if open.get_untracked() => mine.open(false),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let reading = move || view! { <Reading mine /> }.into_any();
    let form = move || view! { <Form mine /> }.into_any();
    view! {
        <li
            class="rule"
            class:lit=move || lit.get()
            class:editing=move || open.get()
            class:dragged=move || id.with_value(|id| order.is_dragged(id))
            data-lands=move || id.with_value(|id| order.lands(id))
            data-testid="rule"
            data-rule=id.get_value()
            on:keydown=on_keydown
        >
            <Head mine lit />
            <Show when=open fallback=reading>
                <div class="rule-body">
                    <Show when=raw fallback=form><Json mine /></Show>
                </div>
            </Show>
        </li>
    }
}

/// The rule's place, its name and what can be done to it.
#[component]
fn Head(mine: Mine, lit: Signal<bool>) -> impl IntoView {
    let (editor, order) = (mine.editor, mine.order);
    let number = move || mine.id.with_value(|id| order.position(id)).0 + 1;
    let title = move || mine.id.with_value(|id| order.name(id));
    let about = move || mine.part(|rule| rule.description.clone().unwrap_or_default());
    let unlocked = Signal::derive(move || !editor.locked());
    let open = Signal::derive(move || mine.is_open());
    let grip = move || format!("Move {}: drag, or Alt with the arrow keys", title());
    let here = move || {
        let who = editor.lit_for.get();
        let words = if who.is_empty() {
            "decides".to_owned()
        } else {
            format!("decides for {who}")
        };
        lit.get()
            .then(|| view! { <span class="rung-here">{words}</span> })
    };
    let take = move |event: ev::PointerEvent| {
        if event.button() == 0 {
            order.take(mine.name());
        }
    };
    view! {
        <div class="rule-head">
            <Show when=unlocked>
                <button type="button" class="rule-grip" aria-label=grip title=grip data-testid="rule-grip" on:pointerdown=take>
                    <Icon glyph=Glyph::Grip />
                </button>
            </Show>
            <span class="rule-number number">{number}</span>
            <div class="rule-title">
                <h3 class="truncate">{title}</h3>
                <p class="tiny muted">{about}</p>
            </div>
            {here}
            <Show when=unlocked>
                <span class="rule-tools">
                    <Button look=Look::Quiet small=true on_click=move |()| mine.open(!open.get_untracked()) testid="rule-edit">
                        {move || if open.get() { "Done" } else { "Edit" }}
                    </Button>
                    <RuleMenu mine />
                </span>
            </Show>
        </div>
    }
}

#[component]
fn RuleMenu(mine: Mine) -> impl IntoView {
    let order = mine.order;
    let owner = release_of(Site::Rule(mine.name()));
    let free = Signal::derive(move || owner.with(Option::is_none));
    let json = move |()| {
        let id = mine.name();
        mine.editor.views.show_raw(&id, true);
        mine.open(true);
    };
    view! {
        <Menu trigger=ViewFn::from(|| view! { <Icon glyph=Glyph::More /> }) label="More for this rule" class="icon-button" end=true testid="rule-menu">
            <MenuItem glyph=Glyph::Audit words="Edit as JSON" testid="rule-json" run=json />
            <MenuItem glyph=Glyph::Copy words="Duplicate" testid="rule-duplicate" run=move |()| order.duplicate(&mine.name()) />
            <MenuItem glyph=Glyph::ArrowUp words="Move up" keys="Alt ↑" testid="rule-up" run=move |()| order.step(&mine.name(), true) />
            <MenuItem glyph=Glyph::ArrowDown words="Move down" keys="Alt ↓" testid="rule-down" run=move |()| order.step(&mine.name(), false) />
            <Show when=free>
                <MenuItem glyph=Glyph::Trash words="Delete" testid="rule-delete" run=move |()| order.remove(&mine.name()) />
            </Show>
        </Menu>
    }
}

/// The rule as a sentence.
#[component]
fn Reading(mine: Mine) -> impl IntoView {
    let owner = release_of(Site::Rule(mine.name()));
    let serve = serve_of(mine);
    let words = move || {
        let said = mine
            .rule
            .with(|rule| rule.as_ref().map(|rule| pieces(&rule.when)));
        let piece = |(tone, text): (Tone, String)| match tone {
            Tone::Words => view! { <span>{text}</span> }.into_any(),
            Tone::Name => view! { <code>{text}</code> }.into_any(),
            Tone::Value => view! { <strong>{text}</strong> }.into_any(),
        };
        said.unwrap_or_default()
            .into_iter()
            .map(piece)
            .collect_view()
    };
    let edit = move |_| {
        if !untrack(|| mine.editor.locked()) {
            mine.open(true);
        }
    };
    view! {
        <div class="rule-read" data-testid="rule-sentence" on:click=edit>
            <p><span class="keyword">"if "</span>{words}</p>
            <div class="rule-serves"><span class="keyword">"serve "</span><ServeWords serve /></div>
        </div>
        <Moved owner />
        <Unread mine />
    }
}

/// A text that was left while it could not be read.
#[component]
fn Unread(mine: Mine) -> impl IntoView {
    let views = mine.editor.views;
    let broken = move || {
        let text = mine.id.with_value(|id| kept(views.texts, id));
        text.is_some_and(|text| text.broken.is_some())
    };
    let back = move |()| {
        views.show_raw(&mine.name(), true);
        mine.open(true);
    };
    view! {
        <Show when=Signal::derive(move || broken() && !(mine.is_open() && mine.is_raw()))>
            <div class="notice small" data-tone="warn" data-testid="json-unread">
                <Icon glyph=Glyph::Warning />
                <p class="grow">"The JSON that you typed for this rule cannot be read yet. It is kept."</p>
                <Button look=Look::Quiet small=true on_click=back>"Back to the JSON"</Button>
            </div>
        </Show>
    }
}

fn serve_of(mine: Mine) -> Signal<Serve> {
    Signal::derive(move || {
        let serve = mine
            .rule
            .with(|rule| rule.as_ref().map(|rule| rule.serve.clone()));
        serve.unwrap_or_else(|| Serve::Variation(String::new()))
    })
}

#[component]
fn Form(mine: Mine) -> impl IntoView {
    let owner = release_of(Site::Rule(mine.name()));
    let filled = |text: String| Some(text).filter(|text| !text.is_empty());
    let name = Signal::derive(move || mine.part(|rule| rule.name.clone().unwrap_or_default()));
    let on_name = move |text: String| mine.edit(&|rule| rule.name = filled(text.clone()));
    let about =
        Signal::derive(move || mine.part(|rule| rule.description.clone().unwrap_or_default()));
    let on_about = move |text: String| mine.edit(&|rule| rule.description = filled(text.clone()));
    let condition = Signal::derive(move || {
        mine.rule
            .with(|rule| rule.as_ref().map(|rule| rule.when.clone()))
    });
    let on_condition = move |when: Condition| mine.edit(&|rule| rule.when = when.clone());
    let on_serve = move |serve: Serve| mine.edit(&|rule| rule.serve = serve.clone());
    let locked = Signal::derive(move || mine.editor.locked());
    view! {
        <div class="rule-names">
            <TextInput value=name on_input=on_name label="Name of the rule" placeholder="Name this rule" disabled=locked at=mine.at("/name") testid="rule-name" />
            <TextInput value=about on_input=on_about label="What the rule is for" placeholder="What it is for (optional)" disabled=locked at=mine.at("/description") testid="rule-description" />
        </div>
        <Unread mine />
        <ConditionEditor condition on_change=on_condition locked at=mine.at("/when") />
        <div class="rule-serve">
            <span class="keyword">"serve"</span>
            <OwnedServe label="Rule serves" owner serve=serve_of(mine) on_change=on_serve at=mine.at("/serve") />
        </div>
    }
}

#[component]
fn Json(mine: Mine) -> impl IntoView {
    let views = mine.editor.views;
    let value = Signal::derive(move || mine.rule.with(json));
    let on_change = move |value: Value| {
        let rule: Rule = typed(&value)?;
        if mine.id.with_value(|id| rule.id != *id) {
            let id = mine.name();
            return Err(Broken::whole(format!(
                "the id stays {id}: by it the history knows the rule"
            )));
        }
        mine.edit(&|known| known.clone_from(&rule));
        Ok(())
    };
    let at = mine.at("");
    let mistakes = Signal::derive(move || {
        let at = format!("{}/", at.get());
        views.mistakes.0.with(|all| {
            let mine = all.iter().filter_map(|mistake| {
                let rest = mistake.path.strip_prefix(&at)?;
                Some(format!("{rest}: {}", mistake.message))
            });
            mine.collect::<Vec<_>>()
        })
    });
    view! {
        <JsonEditor
            label=Signal::derive(move || format!("{} as JSON", mine.id.with_value(|id| mine.order.name(id))))
            value
            on_change
            texts=views.texts
            name=mine.name()
            mistakes
            at
            disabled=Signal::derive(move || mine.editor.locked())
        />
        <div class="row">
            <Button look=Look::Quiet small=true on_click=move |()| views.show_raw(&mine.name(), false) testid="rule-form">"Edit as form"</Button>
        </div>
    }
}
