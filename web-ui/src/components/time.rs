//! Times, relative to now.

use chrono::{DateTime, Utc};
use leptos::prelude::*;

use crate::clock::{self, Ticking};

/// A time in words, the exact one on hover.
#[component]
pub(crate) fn Time(
    /// When.
    #[prop(into)]
    at: Signal<DateTime<Utc>>,
) -> impl IntoView {
    let ticking = expect_context::<Ticking>();
    let words = move || {
        // The server's clock may be a moment ahead of the browser's.
        let (at, now) = (at.get(), ticking.now());
        let skew = at.signed_duration_since(now).num_seconds();
        clock::relative(if (0..20).contains(&skew) { now } else { at }, now)
    };
    view! {
        <time datetime=move || at.get().to_rfc3339() title=move || clock::exact(at.get())>
            {words}
        </time>
    }
}
