//! A button that opens a small panel: menus, switches of place, filters.

use crate::components::{
    icon::{Glyph, Icon},
    show::Show,
};
use leptos::{ev, html, prelude::*};
use wasm_bindgen::JsCast;

/// The height of the page's head, which nothing is to open behind, in pixels.
const TOP_BAR: f64 = 52.0;
/// The distance of a panel from what opens it, and a little more.
const GAP: f64 = 12.0;

/// A panel below a button, or above it where there is no room. It closes on Escape, when the focus leaves it, and when a link
/// or an element with `data-closes` in it is chosen; arrow keys walk through it.
#[component]
pub(crate) fn Menu(
    /// What the button shows.
    trigger: ViewFn,
    /// What the button is, for screen readers; its content where absent.
    #[prop(optional, into)]
    label: Option<String>,
    /// The button's look.
    #[prop(default = "menu-trigger")]
    class: &'static str,
    /// Opens towards the start instead of the end.
    #[prop(optional)]
    end: bool,
    /// For browser tests, on the button.
    #[prop(optional, into)]
    testid: Option<&'static str>,
    /// The panel; built when it opens.
    children: ChildrenFn,
) -> impl IntoView {
    let open = RwSignal::new(false);
    let root = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let panel = super::field::fresh_id("menu");
    let panel_node = NodeRef::<html::Div>::new();
    let up = opens_up(open.into(), move || {
        let (button, panel) = (
            button.try_get_untracked()??,
            panel_node.try_get_untracked()??,
        );
        Some((button.into(), panel.into()))
    });
    let close = move || {
        // What was chosen may have taken the menu away.
        open.try_set(false);
        if let Some(Some(button)) = button.try_get_untracked() {
            // Only an element out of the page cannot take the focus.
            let _ = button.focus();
        }
    };
    let on_keydown = move |event: ev::KeyboardEvent| match event.key().as_str() {
        "Escape" if open.get_untracked() => {
            event.stop_propagation();
            event.prevent_default();
            close();
        }
        "ArrowDown" | "ArrowUp" => {
            if !open.get_untracked() {
                return;
            }
            event.prevent_default();
            if let Some(root) = root.get_untracked() {
                walk(&root, if event.key() == "ArrowDown" { 1 } else { -1 });
            }
        }
        _ => {}
    };
    let on_focusout = move |event: ev::FocusEvent| {
        let stays = root
            .try_get_untracked()
            .flatten()
            .zip(event.related_target())
            .is_some_and(|(root, to)| {
                to.dyn_ref::<web_sys::Node>()
                    .is_some_and(|to| root.contains(Some(to)))
            });
        if !stays && event.related_target().is_some() {
            open.try_set(false);
        }
    };
    let on_panel_click = move |event: ev::MouseEvent| {
        let chosen = event
            .target()
            .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
            .and_then(|element| element.closest("a, [data-closes]").ok().flatten());
        if chosen.is_some() {
            close();
        }
    };
    let outside = window_event_listener(ev::pointerdown, move |event| {
        let inside = root
            .get_untracked()
            .zip(event.target())
            .is_some_and(|(root, target)| {
                target
                    .dyn_ref::<web_sys::Node>()
                    .is_some_and(|node| root.contains(Some(node)))
            });
        if !inside && open.get_untracked() {
            open.set(false);
        }
    });
    on_cleanup(move || outside.remove());
    view! {
        <div class="menu" node_ref=root on:keydown=on_keydown on:focusout=on_focusout>
            <button
                type="button"
                class=class
                node_ref=button
                data-testid=testid
                aria-label=label
                aria-expanded=move || if open.get() { "true" } else { "false" }
                aria-controls=panel.clone()
                on:click=move |_| open.update(|open| *open = !*open)
            >
                {trigger.run()}
            </button>
            <div
                id=panel.clone()
                class="menu-panel"
                class:end=end
                class:up=up
                node_ref=panel_node
                hidden=move || !open.get()
                on:click=on_panel_click
            >
                <Show when=move || open.get()>{children()}</Show>
            </div>
        </div>
    }
}

/// An entry that does something and closes the menu.
#[component]
pub(crate) fn MenuItem(
    /// Before the words.
    glyph: Glyph,
    /// What it does.
    words: &'static str,
    /// The keys that do it too.
    #[prop(optional)]
    keys: &'static str,
    /// For browser tests.
    testid: &'static str,
    /// What happens.
    #[prop(into)]
    run: Callback<()>,
) -> impl IntoView {
    view! {
        <button type="button" class="menu-item" data-closes="" data-testid=testid on:click=move |_| run.run(())>
            <Icon glyph />
            <span class="grow">{words}</span>
            {(!keys.is_empty()).then(|| view! { <kbd class="tiny faint" aria-hidden="true">{keys}</kbd> })}
        </button>
    }
}

/// Whether a panel below something is to open above it instead, since there is no room:
/// measured whenever it opens, before it is painted.
pub(super) fn opens_up(
    open: Signal<bool>,
    nodes: impl Fn() -> Option<(web_sys::Element, web_sys::Element)> + Copy + 'static,
) -> RwSignal<bool> {
    let up = RwSignal::new(false);
    crate::reactive::effect(move || {
        if !open.get() {
            return up.set(false);
        }
        request_animation_frame(move || {
            let Some((anchor, panel)) = nodes() else {
                return;
            };
            let shape = anchor.get_bounding_client_rect();
            let height = panel.get_bounding_client_rect().height();
            // The bar of unsaved edits lies over what is below it.
            let bar = document().query_selector(".save-bar").ok().flatten();
            let bottom = match bar {
                Some(bar) => bar.get_bounding_client_rect().top(),
                None => window()
                    .inner_height()
                    .ok()
                    .and_then(|it| it.as_f64())
                    .unwrap_or_default(),
            };
            let fits = is_above(shape.top() - TOP_BAR, bottom - shape.bottom(), height);
            up.try_set(fits);
        });
    });
    up
}

/// Whether a panel goes above: below there is too little room, and above more.
fn is_above(above: f64, below: f64, height: f64) -> bool {
    height + GAP > below && above > below
}

/// Moves the focus to the next or previous thing in the panel that can take it.
fn walk(root: &web_sys::HtmlElement, step: i32) {
    let Ok(items) = root.query_selector_all(".menu-panel a, .menu-panel button, .menu-panel input")
    else {
        return;
    };
    let count = i32::try_from(items.length()).unwrap_or(0);
    if count == 0 {
        return;
    }
    let active = document().active_element();
    let at = (0..count).find(|&i| {
        let item = items.get(i as u32);
        active
            .as_ref()
            .zip(item)
            .is_some_and(|(active, item)| item.is_same_node(Some(active)))
    });
    let next = match at {
        Some(at) => (at + step).rem_euclid(count),
        None if step > 0 => 0,
        None => count - 1,
    };
    if let Some(item) = items
        .get(next as u32)
        .and_then(|item| item.dyn_into::<web_sys::HtmlElement>().ok())
    {
        let _ = item.focus();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_goes_above_only_where_that_helps() {
        assert!(!is_above(400.0, 300.0, 200.0));
        assert!(is_above(400.0, 200.0, 200.0));
        assert!(!is_above(100.0, 150.0, 200.0));
    }
}
