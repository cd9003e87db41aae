//! Short messages that come and go.

use std::time::Duration;

use crate::components::each::{Each, entry};
use leptos::prelude::*;

use super::{
    badge::Tone,
    button::IconButton,
    icon::{Glyph, Icon},
};
use crate::client::Error;

/// How long a message stays; one about a failure stays until it is sent away.
const STAY: Duration = Duration::from_secs(6);

#[derive(Clone)]
struct Toast {
    id: u64,
    tone: Tone,
    text: String,
    action: Option<(String, Callback<()>)>,
}

/// The messages on the page, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next: StoredValue<u64>,
    owner: StoredValue<Option<Owner>>,
}

impl Toasts {
    /// Makes them known to all components.
    pub(crate) fn provide() {
        provide_context(Self {
            list: RwSignal::new(Vec::new()),
            next: StoredValue::new(0),
            owner: StoredValue::new(Owner::current()),
        });
    }

    /// The messages of this page.
    pub(crate) fn current() -> Self {
        expect_context()
    }

    /// Says something.
    pub(crate) fn say(self, tone: Tone, text: impl Into<String>) {
        self.push(tone, text.into(), None);
    }

    /// Says something that can be taken back, or followed.
    pub(crate) fn offer(
        self,
        tone: Tone,
        text: impl Into<String>,
        action: impl Into<String>,
        run: Callback<()>,
    ) {
        self.push(tone, text.into(), Some((action.into(), run)));
    }

    /// Says what was taken away, with a way back that outlives what it stood in.
    pub(crate) fn undoable(self, text: impl Into<String>, back: Box<dyn Fn() + Send + Sync>) {
        let back = move || Callback::new(move |()| back());
        // A callback goes with its owner, which may be what was just taken away.
        let back = match self.owner.get_value() {
            Some(owner) => owner.with(back),
            None => back(),
        };
        self.offer(Tone::Neutral, text, "Undo", back);
    }

    /// Says what failed.
    pub(crate) fn fail(self, what: &str, error: &Error) {
        let details: Vec<_> = error
            .details
            .iter()
            .map(|detail| detail.message.as_str())
            .collect();
        let details = if details.is_empty() {
            String::new()
        } else {
            format!(" {}", details.join("; "))
        };
        self.push(
            Tone::Bad,
            format!("{what}: {}{details}", error.message),
            None,
        );
    }

    fn push(self, tone: Tone, text: String, action: Option<(String, Callback<()>)>) {
        let id = self.next.get_value();
        self.next.set_value(id + 1);
        self.list.update(|list| {
            // More than a few at once is noise.
            if list.len() >= 4 {
                list.remove(0);
            }
            list.push(Toast {
                id,
                tone,
                text,
                action,
            });
        });
        if tone != Tone::Bad {
            set_timeout(move || self.dismiss(id), STAY);
        }
    }

    fn dismiss(self, id: u64) {
        self.list.update(|list| list.retain(|toast| toast.id != id));
    }
}

/// Where the messages appear; once, at the root.
#[component]
pub(crate) fn ToastRegion() -> impl IntoView {
    let toasts = Toasts::current();
    let shown = move |toast: Toast| {
        let id = toast.id;
        let glyph = match toast.tone {
            Tone::Good => Glyph::Check,
            Tone::Warn | Tone::Bad => Glyph::Warning,
            Tone::Neutral | Tone::Accent => Glyph::Info,
        };
        let action = toast.action.map(|(words, run)| {
            view! {
                <button
                    type="button"
                    class="toast-action"
                    on:click=move |_| {
                        toasts.dismiss(id);
                        run.run(());
                    }
                >
                    {words}
                </button>
            }
        });
        view! {
            <div class="toast" data-tone=toast.tone.name() data-testid="toast">
                <Icon glyph />
                <p>{toast.text}</p>
                {action}
                <IconButton glyph=Glyph::Close label="Dismiss" on_click=move |()| toasts.dismiss(id) />
            </div>
        }
        .into_any()
    };
    let entries = move || {
        let toasts = toasts.list.get().into_iter();
        toasts
            .map(|toast| entry(toast.id, move || shown(toast)))
            .collect()
    };
    view! {
        <div class="toasts" role="status" aria-live="polite">
            <Each of=entries />
        </div>
    }
}
