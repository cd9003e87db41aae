//! Leaving a page that has unsaved edits: asks first, however one leaves it.

use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::Router;
use crate::components::{
    button::{Button, Look},
    dialog::Dialog,
    icon::{Glyph, Icon},
};

/// A way out of the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// To an address.
    To {
        /// The address.
        href: String,
        /// In place of this page.
        replace: bool,
    },
    /// So many pages back (negative) or forth.
    Step(i32),
}

/// What going away would lose, and who waits to go.
#[derive(Clone, Copy)]
pub(super) struct Leaving {
    held: StoredValue<Vec<(u32, Signal<bool>)>>,
    wish: RwSignal<Option<Move>>,
    open: RwSignal<bool>,
    /// Where this page is among those that were gone through.
    position: StoredValue<i32>,
    /// The next step is of our own making.
    own_step: StoredValue<bool>,
}

impl Leaving {
    pub(super) fn new() -> Self {
        let leaving = Self {
            held: StoredValue::new(Vec::new()),
            wish: RwSignal::new(None),
            open: RwSignal::new(false),
            position: StoredValue::new(0),
            own_step: StoredValue::new(false),
        };
        match position() {
            Some(position) => leaving.position.set_value(position),
            None => set_position(0),
        }
        // Closing the window, reloading, another site: the browser asks in its own words.
        window_event_listener_untyped("beforeunload", move |event| {
            if leaving.holds() {
                event.prevent_default();
            }
        });
        leaving
    }

    pub(super) fn hold(self, edited: Signal<bool>) {
        let id = self
            .held
            .with_value(|held| held.iter().map(|(id, _)| id + 1).max().unwrap_or(0));
        self.held.update_value(|held| held.push((id, edited)));
        on_cleanup(move || {
            self.held
                .try_update_value(|held| held.retain(|(other, _)| *other != id));
        });
    }

    pub(super) fn holds(self) -> bool {
        // What belongs to a page that is gone holds nothing.
        self.held.with_value(|held| {
            let mut all = held.iter();
            all.any(|(_, edited)| edited.try_get_untracked() == Some(true))
        })
    }

    /// Whether a move may go on; asks where it may not.
    pub(super) fn allows(self, wish: Move) -> bool {
        if !self.holds() {
            return true;
        }
        self.wish.set(Some(wish));
        self.open.set(true);
        false
    }

    /// The position of the page that is about to be shown.
    pub(super) fn step(self, replace: bool) -> i32 {
        if !replace {
            self.position.update_value(|position| *position += 1);
        }
        self.position.get_value()
    }

    /// Whether the step that the browser just took may stand. Where it may not it is taken
    /// back, since the address is another one already.
    pub(super) fn allows_step(self, leaves: bool) -> bool {
        let (here, there) = (self.position.get_value(), position());
        if self.own_step.get_value() {
            self.own_step.set_value(false);
            self.position.set_value(there.unwrap_or(here));
            return !self.open.get_untracked();
        }
        // A page from elsewhere, such as an address that was typed, has no position.
        let by = there.unwrap_or(here) - here;
        if !leaves || by == 0 || self.allows(Move::Step(by)) {
            self.position.set_value(here + by);
            return true;
        }
        self.go_by(-by);
        false
    }

    fn go_by(self, by: i32) {
        if let Ok(history) = window().history() {
            self.own_step.set_value(history.go_with_delta(by).is_ok());
        }
    }
}

fn position() -> Option<i32> {
    let state = window().history().ok()?.state().ok()?;
    state.as_f64().map(|position| position as i32)
}

fn set_position(position: i32) {
    if let Ok(history) = window().history() {
        // Without it going back is not asked about; everything else works.
        let _ = history.replace_state(&JsValue::from_f64(f64::from(position)), "");
    }
}

/// Asks whether the edits may go.
#[component]
pub(crate) fn LeaveDialog() -> impl IntoView {
    let router = Router::current();
    let leaving = router.leaving;
    let leave = move |()| {
        let wish = leaving.wish.get_untracked();
        leaving.open.set(false);
        match wish {
            Some(Move::To { href, replace }) => router.change_now(&href, replace),
            Some(Move::Step(by)) => leaving.go_by(by),
            None => {}
        }
    };
    view! {
        <Dialog open=leaving.open title="Leave without saving?" testid="leave">
            <div class="dialog-body">
                <div class="notice" data-tone="warn">
                    <Icon glyph=Glyph::Warning />
                    <p>"The edits on this page are not saved. They are lost once you leave it."</p>
                </div>
            </div>
            <div class="dialog-foot">
                <Button on_click=move |()| leaving.open.set(false) testid="dialog-cancel">"Stay here"</Button>
                <Button look=Look::Danger on_click=leave testid="dialog-confirm">"Leave and drop the edits"</Button>
            </div>
        </Dialog>
    }
}
