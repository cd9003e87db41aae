//! How fresh the page is, in words.

use leptos::prelude::*;

use crate::live::{Freshness, Live};

/// `live · revision 42`, `reconnecting…`, `offline: showing revision 40`.
#[component]
pub(crate) fn LiveState() -> impl IntoView {
    let live = expect_context::<Live>();
    let words = move || words(live.freshness.get(), live.revision.get());
    let name = move || match live.freshness.get() {
        Freshness::Connecting => "connecting",
        Freshness::Live => "live",
        Freshness::Reconnecting => "reconnecting",
        Freshness::Offline => "offline",
    };
    view! {
        <div class="live" role="status" data-testid="live-state" data-freshness=name title=words>
            <span class="live-dot" aria-hidden="true"></span>
            <span class="live-words">{words}</span>
            <span class="live-short" aria-hidden="true">{move || short(live.freshness.get())}</span>
        </div>
    }
}

/// The same where there is no room.
fn short(freshness: Freshness) -> &'static str {
    match freshness {
        Freshness::Connecting => "…",
        Freshness::Live => "live",
        Freshness::Reconnecting => "lost…",
        Freshness::Offline => "offline",
    }
}

fn words(freshness: Freshness, revision: Option<u64>) -> String {
    match (freshness, revision) {
        (Freshness::Connecting, _) => "connecting…".to_owned(),
        (Freshness::Live, Some(revision)) => format!("live · revision {revision}"),
        (Freshness::Live, None) => "live".to_owned(),
        (Freshness::Reconnecting, _) => "reconnecting…".to_owned(),
        (Freshness::Offline, Some(revision)) => format!("offline: showing revision {revision}"),
        (Freshness::Offline, None) => "offline".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn freshness_in_words() {
        assert_eq!(words(Freshness::Live, Some(42)), "live · revision 42");
        assert_eq!(words(Freshness::Reconnecting, Some(42)), "reconnecting…");
        assert_eq!(
            words(Freshness::Offline, Some(40)),
            "offline: showing revision 40"
        );
        let all = [
            Freshness::Connecting,
            Freshness::Live,
            Freshness::Reconnecting,
            Freshness::Offline,
        ];
        assert!(all.iter().all(|it| short(*it).chars().count() <= 7));
    }
}
