//! An explanation as a tree of lines.

use leptos::prelude::*;

use super::{
    slot_bar::SlotBar,
    story::{Line, Mark},
};
use crate::components::icon::{Glyph, Icon};

/// The lines with all that they are made of. `opened` remembers which folds are open, by
/// where they are, since every edit builds the tree anew.
#[component]
pub(super) fn Trace(lines: Vec<Line>, opened: StoredValue<Vec<String>>) -> impl IntoView {
    view! { <div class="trace" data-testid="trace">{level(lines, "", opened)}</div> }
}

fn level(lines: Vec<Line>, at: &str, opened: StoredValue<Vec<String>>) -> AnyView {
    let lines = lines
        .into_iter()
        .enumerate()
        .map(|(index, line)| item(line, format!("{at}.{index}"), opened))
        .collect_view();
    view! { <ol>{lines}</ol> }.into_any()
}

fn item(line: Line, at: String, opened: StoredValue<Vec<String>>) -> AnyView {
    let mark = line.mark;
    let parts = (!line.parts.is_empty()).then(|| {
        let parts = level(line.parts, &at, opened);
        if line.folded {
            fold(parts, at, opened)
        } else {
            parts
        }
    });
    let skipped = line.skipped.then(|| {
        view! { <span class="trace-skipped" title="What came before had decided already.">"not needed"</span> }
    });
    view! {
        <li class="trace-line" class:skipped=line.skipped data-mark=name(mark) data-testid="trace-line">
            <div class="trace-head">
                <span class="trace-mark"><Icon glyph=glyph(mark) size=12 />{mark.word()}</span>
                <span class="trace-words">{line.words}</span>
                {skipped}
            </div>
            {line.seen.map(|seen| view! { <p class="trace-seen tiny mono">{seen}</p> })}
            {line.fall.map(|fall| view! { <SlotBar fall /> })}
            {parts}
        </li>
    }
    .into_any()
}

fn fold(parts: AnyView, at: String, opened: StoredValue<Vec<String>>) -> AnyView {
    let open = opened.with_value(|opened| opened.contains(&at));
    let remember = move |open: bool| {
        opened.update_value(|opened| {
            opened.retain(|known| *known != at);
            if open {
                opened.push(at.clone());
            }
        });
    };
    view! {
        <details
            class="json-fold"
            open=open
            on:toggle:target=move |event| remember(event.target().has_attribute("open"))
        >
            <summary>"Details"</summary>
            {parts}
        </details>
    }
    .into_any()
}

fn glyph(mark: Mark) -> Glyph {
    match mark {
        Mark::Decides => Glyph::Arrow,
        Mark::Passes => Glyph::ArrowDown,
        Mark::True => Glyph::Check,
        Mark::Misses | Mark::False => Glyph::Close,
        Mark::Missing => Glyph::Question,
        Mark::Unreached => Glyph::Minus,
    }
}

fn name(mark: Mark) -> &'static str {
    match mark {
        Mark::Decides => "decides",
        Mark::Passes => "passes",
        Mark::Misses => "misses",
        Mark::Unreached => "unreached",
        Mark::True => "true",
        Mark::False => "false",
        Mark::Missing => "missing",
    }
}
