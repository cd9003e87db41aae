//! Who is stored, by page.

use leptos::prelude::*;
use serin_api::segment::Member;

use super::super::{draft::Draft, number};
use crate::{
    client::{self, MemberQuery},
    components::{
        button::{Button, IconButton},
        each::{Each, entry},
        icon::Glyph,
        show::Show,
    },
};

/// What was read of a list.
#[derive(Clone, PartialEq)]
pub(super) struct Listing {
    matches: usize,
    items: Vec<Member>,
    more: bool,
}

/// So many pages of what is asked for.
pub(super) async fn read(query: MemberQuery, pages: usize) -> Result<Listing, client::Error> {
    let (mut items, mut matches, mut cursor) = (Vec::new(), 0, None);
    for page in 0..pages {
        if page > 0 && cursor.is_none() {
            break;
        }
        let answer = client::segment_members(&query, cursor).await?;
        matches = answer.matches;
        items.extend(answer.items);
        cursor = answer.next_cursor;
    }
    let more = cursor.is_some();
    Ok(Listing {
        matches,
        items,
        more,
    })
}

/// What was found, and a way to more of it.
#[component]
pub(super) fn Rows(
    data: RwSignal<Listing>,
    draft: RwSignal<Draft>,
    locked: Signal<bool>,
    search: RwSignal<String>,
    /// The attribute in view, where others have members.
    elsewhere: Signal<Option<String>>,
    on_more: Callback<()>,
) -> impl IntoView {
    let said = move || {
        let matches = data.with(|data| data.matches);
        match (matches, search.with(String::is_empty)) {
            (0, true) => match elsewhere.get() {
                Some(attribute) => format!("Nobody is listed by {attribute}."),
                None => "Nobody is listed here.".to_owned(),
            },
            (0, false) => "No member matches.".to_owned(),
            (n, false) => format!("{} found", number(n)),
            (_, true) => String::new(),
        }
    };
    let rows = move || {
        let items = data.with(|data| data.items.clone());
        items
            .into_iter()
            .map(|member| {
                entry(
                    format!("{:?}{:?}{}", member.list, member.attribute, member.unit),
                    move || view! { <Row member draft locked /> }.into_any(),
                )
            })
            .collect()
    };
    let shown = move || data.with(|data| (data.items.len(), data.matches, data.more));
    let rest = move || {
        let (shown, all, _) = shown();
        format!("{} of {} shown", number(shown), number(all))
    };
    view! {
        <p class="small muted" role="status" data-testid="members-said">{said}</p>
        <ul class="member-rows" aria-label="Members"><Each of=rows /></ul>
        <Show when=move || shown().2>
            <div class="row">
                <span class="tiny muted number">{rest}</span>
                <Button small=true on_click=move |()| on_more.run(())>"Show more"</Button>
            </div>
        </Show>
    }
}

#[component]
fn Row(member: Member, draft: RwSignal<Draft>, locked: Signal<bool>) -> impl IntoView {
    let (list, unit) = (member.list, StoredValue::new(member.unit.clone()));
    let attribute = StoredValue::new(member.attribute.unwrap_or_default());
    let going = Memo::new(move |_| {
        draft.with(|draft| {
            let edits = attribute.with_value(|attribute| draft.list(list, attribute));
            edits.is_some_and(|edits| unit.with_value(|unit| edits.remove.contains(unit)))
        })
    });
    let toggle = move |()| {
        let (attribute, unit) = (attribute.get_value(), unit.get_value());
        let going = going.get_untracked();
        draft.update(|draft| {
            if going {
                draft.keep(list, &attribute, &unit);
            } else {
                draft.remove(list, &attribute, &unit);
            }
        });
    };
    let label = Signal::derive(move || {
        let verb = if going.get() { "Keep" } else { "Remove" };
        unit.with_value(|unit| format!("{verb} {unit}"))
    });
    let trash = move || {
        let glyph = if going.get() {
            Glyph::Plus
        } else {
            Glyph::Trash
        };
        view! { <IconButton glyph label on_click=toggle disabled=locked /> }.into_any()
    };
    view! {
        <li class="member" data-testid="member" data-change=move || going.get().then_some("remove")>
            <code class="truncate" title=member.unit.clone()>{member.unit.clone()}</code>
            {trash}
        </li>
    }
}
