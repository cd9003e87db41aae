//! The four states of a view that reads from the server.

use leptos::prelude::*;

use super::error_view::ErrorView;
use crate::query::{Phase, Query};

/// Shows `skeleton` while the query has nothing, `ready` once it has, and what failed
/// with a way to try again otherwise. Later answers flow through the signal that `ready`
/// gets; nothing is built anew.
pub(crate) fn loaded<T: Clone + Send + Sync + 'static>(
    query: Query<T>,
    skeleton: impl Fn() -> AnyView + Send + 'static,
    ready: impl Fn(RwSignal<T>) -> AnyView + Send + 'static,
) -> impl IntoView {
    move || match query.phase() {
        Phase::Loading => skeleton(),
        Phase::Ready(data) => ready(data),
        Phase::Failed(error) => {
            view! { <ErrorView error retry=move |()| query.retry() /> }.into_any()
        }
    }
}
