//! The rules, in their order: it is changed by drag, by keyboard and by menu.

use leptos::{ev, prelude::*};
use serin_engine::{
    condition::{Comparison, Condition, Operator},
    flag::{Rule, Serve},
};
use wasm_bindgen::JsCast as _;

use super::{editor::Editor, rule::RuleEditor};
use crate::{
    components::{
        button::{Button, Look},
        each::{Each, entry},
        icon::Glyph,
        show::Show,
        toast::Toasts,
    },
    conditions::{focus_in, fresh_name},
};

/// A rule on its way to another place.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Drag {
    rule: String,
    /// Before which rule it would land, by position; the end where there is none.
    gap: usize,
}

/// What can be done to the order of the rules.
#[derive(Clone, Copy)]
pub(crate) struct Order {
    editor: Editor,
    drag: RwSignal<Option<Drag>>,
    /// What just happened, for those who do not see it.
    said: RwSignal<String>,
    toasts: Toasts,
}

impl Order {
    /// A rule's position and how many there are, tracked.
    pub(crate) fn position(self, rule: &str) -> (usize, usize) {
        self.editor.config.with(|config| {
            let at = config.rules.iter().position(|other| other.id == rule);
            (at.unwrap_or_default(), config.rules.len())
        })
    }

    /// Whether a rule is being dragged, tracked.
    pub(crate) fn is_dragged(self, rule: &str) -> bool {
        self.drag
            .with(|drag| drag.as_ref().is_some_and(|drag| drag.rule == rule))
    }

    /// Where a dragged rule would land beside this one, tracked.
    pub(crate) fn lands(self, rule: &str) -> Option<&'static str> {
        let gap = self.drag.with(|drag| drag.as_ref().map(|drag| drag.gap))?;
        let (at, count) = self.position(rule);
        match gap {
            gap if gap == at => Some("before"),
            gap if gap == count && at + 1 == count => Some("behind"),
            _ => None,
        }
    }

    /// Takes a rule into the hand.
    pub(crate) fn take(self, rule: String) {
        let gap = untrack(|| self.position(&rule)).0;
        self.drag.set(Some(Drag { rule, gap }));
    }

    fn over(self, y: f64) {
        if self.drag.with_untracked(Option::is_none) {
            return;
        }
        let gap = middles().iter().filter(|middle| **middle < y).count();
        self.drag.update(|drag| {
            if let Some(drag) = drag {
                drag.gap = gap;
            }
        });
    }

    fn drop_it(self) {
        let Some(Drag { rule, gap }) = self.drag.get_untracked() else {
            return;
        };
        self.drag.set(None);
        let from = untrack(|| self.position(&rule)).0;
        self.put(&rule, if gap > from { gap - 1 } else { gap });
    }

    /// One place up or down; the focus stays with the rule.
    pub(crate) fn step(self, rule: &str, up: bool) {
        let (at, count) = untrack(|| self.position(rule));
        let to = if up {
            at.checked_sub(1)
        } else {
            Some(at + 1).filter(|to| *to < count)
        };
        let Some(to) = to else {
            let end = if up { "first" } else { "last" };
            return self.said.set(format!("It is the {end} rule already."));
        };
        let focused = document().active_element();
        self.put(rule, to);
        let grip = selector(rule, ".rule-grip");
        request_animation_frame(move || {
            let same = focused.and_then(|element| element.dyn_into::<web_sys::HtmlElement>().ok());
            if !same.is_some_and(|element| element.is_connected() && element.focus().is_ok()) {
                focus_in(&grip);
            }
        });
    }

    fn put(self, rule: &str, to: usize) {
        let (from, count) = untrack(|| self.position(rule));
        if from == to {
            return;
        }
        self.editor.config.update(|config| {
            let moved = config.rules.remove(from);
            config.rules.insert(to.min(config.rules.len()), moved);
        });
        let name = untrack(|| self.name(rule));
        self.said
            .set(format!("{name} is now {} of {count}.", to + 1));
    }

    /// What a rule is called, tracked.
    pub(crate) fn name(self, rule: &str) -> String {
        let named = self.editor.config.with(|config| {
            let found = config.rules.iter().find(|other| other.id == rule);
            found.and_then(|found| found.name.clone())
        });
        named.unwrap_or_else(|| format!("Rule {}", self.position(rule).0 + 1))
    }

    /// Adds a rule to be filled in, and goes there.
    pub(crate) fn add(self) {
        let first = self
            .editor
            .definition
            .with_untracked(|definition| definition.variations.first().map(|v| v.key.clone()));
        let rule = Rule {
            id: self.fresh_id(),
            name: None,
            description: None,
            when: Condition::Attribute(Comparison {
                attribute: String::new(),
                op: Operator::In,
                values: Vec::new(),
                ignore_case: false,
            }),
            serve: Serve::Variation(first.unwrap_or_default()),
        };
        self.insert(usize::MAX, rule);
    }

    /// The same rule again, behind it.
    pub(crate) fn duplicate(self, rule: &str) {
        let at = untrack(|| self.position(rule)).0;
        let found = self
            .editor
            .config
            .with_untracked(|config| config.rules.get(at).cloned());
        let Some(mut copy) = found else { return };
        copy.id = self.fresh_id();
        copy.name = copy.name.map(|name| format!("{name} (copy)"));
        self.insert(at + 1, copy);
    }

    fn insert(self, at: usize, rule: Rule) {
        let inputs = selector(&rule.id, ".clause-body input");
        self.editor.views.open(&rule.id, true);
        self.editor.config.update(|config| {
            let at = at.min(config.rules.len());
            config.rules.insert(at, rule);
        });
        request_animation_frame(move || {
            focus_in(&inputs);
        });
    }

    /// Takes a rule out, with a way back.
    pub(crate) fn remove(self, rule: &str) {
        let at = untrack(|| self.position(rule)).0;
        let name = untrack(|| self.name(rule));
        let config = self.editor.config;
        let Some(removed) = config.with_untracked(|config| config.rules.get(at).cloned()) else {
            return;
        };
        config.update(|config| drop(config.rules.remove(at)));
        request_animation_frame(|| {
            focus_in("[data-testid=add-rule]");
        });
        let back = move || {
            config.try_update(|config| {
                if config.rules.iter().all(|rule| rule.id != removed.id) {
                    let at = at.min(config.rules.len());
                    config.rules.insert(at, removed.clone());
                }
            });
        };
        self.toasts
            .undoable(format!("{name} is deleted."), Box::new(back));
    }

    fn fresh_id(self) -> String {
        let taken: Vec<String> = self
            .editor
            .config
            .with_untracked(|config| config.rules.iter().map(|rule| rule.id.clone()).collect());
        fresh_name("rule", &taken)
    }
}

/// Something in a rule, for `querySelector`.
pub(crate) fn selector(rule: &str, within: &str) -> String {
    let name = rule.replace('\\', "\\\\").replace('"', "\\\"");
    format!(".rule[data-rule=\"{name}\"] {within}")
}

/// Where the middles of the rules are in the window, from above.
fn middles() -> Vec<f64> {
    let Ok(rules) = document().query_selector_all(".rules > .rule") else {
        return Vec::new();
    };
    let middle = |index: u32| {
        let rule = rules.get(index)?.dyn_into::<web_sys::Element>().ok()?;
        let shape = rule.get_bounding_client_rect();
        Some(shape.top() + shape.height() / 2.0)
    };
    (0..rules.length()).filter_map(middle).collect()
}

/// The rung of the rules.
#[component]
pub(crate) fn Rules() -> impl IntoView {
    let editor = expect_context::<Editor>();
    let order = Order {
        editor,
        drag: RwSignal::new(None),
        said: RwSignal::new(String::new()),
        toasts: Toasts::current(),
    };
    provide_context(order);
    let ids = Memo::new(move |_| {
        editor.config.with(|config| {
            config
                .rules
                .iter()
                .map(|rule| rule.id.clone())
                .collect::<Vec<_>>()
        })
    });
    let moving = window_event_listener(ev::pointermove, move |event| {
        order.over(f64::from(event.client_y()));
    });
    let dropping = window_event_listener(ev::pointerup, move |_| order.drop_it());
    let cancelling = window_event_listener(ev::pointercancel, move |_| order.drag.set(None));
    on_cleanup(move || {
        moving.remove();
        dropping.remove();
        cancelling.remove();
    });
    let rules = move || {
        let ids = ids.get().into_iter();
        ids.map(|id| entry(id.clone(), move || view! { <RuleEditor id /> }.into_any()))
            .collect()
    };
    let none = Signal::derive(move || ids.with(Vec::is_empty));
    view! {
        <li class="rung rung-rules" class:quiet=move || none.get()>
            <h2 class="rung-title">"Rules"</h2>
            <div class="rung-body">
                <ol class="rules" class:dragging=move || order.drag.with(Option::is_some) aria-label="Rules, the first that matches decides">
                    <Each of=rules />
                </ol>
                <Show when=none>
                    <p class="small faint">"None yet: a rule serves those whose attributes fit, before the default is asked."</p>
                </Show>
                <Show when=Signal::derive(move || !editor.locked())>
                    <Button look=Look::Quiet small=true glyph=Glyph::Plus on_click=move |()| order.add() testid="add-rule">"Add rule"</Button>
                </Show>
                <p class="visually-hidden" role="status" aria-live="polite" data-testid="rules-said">{move || order.said.get()}</p>
            </div>
        </li>
    }
}
