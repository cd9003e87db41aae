//! Serin's web UI: rendered in the browser, one more client of the public API.

// Deeply nested views make deeply nested types.
#![recursion_limit = "512"]
#![expect(
    unreachable_pub,
    reason = "the component macro writes `pub` for a component's properties"
)]

mod app;
mod client;
mod clock;
mod components;
mod conditions;
mod describe;
mod engine;
mod json_text;
mod json_twice;
mod keys;
mod live;
mod matching;
mod order;
mod pages;
mod paging;
mod patch;
mod place;
mod query;
mod reactive;
mod router;
mod serving;
mod session;
mod shell;
mod typed;
mod value_schema;
mod variations;
mod weights;

fn main() {
    std::panic::set_hook(Box::new(|panic| {
        web_sys::console::error_1(&panic.to_string().into());
    }));
    leptos::mount::mount_to_body(app::App);
}
