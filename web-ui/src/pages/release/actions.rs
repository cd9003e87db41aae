//! What one can do with a release: a button for everything, the reason beside what is
//! refused now.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{paths::encode, release::Release, session::Role};
use serin_engine::release::{Approver, Phase, Position, Signal as Word, State};

use super::control::Control;
use crate::{
    components::icon::{Glyph, Icon},
    describe::release,
    place::Place,
};

/// What the way forward is now.
fn forward(release: &Release) -> Option<Word> {
    match &release.state {
        State::Draft if release.in_the_way.is_some() => Some(Word::Supersede),
        State::Draft => Some(Word::Start),
        State::Running(position) if position.phase == Phase::AwaitingApproval => {
            Some(if release::asks_for_approval(release) {
                Word::Approve
            } else {
                Word::Advance
            })
        }
        State::Paused(_) => Some(Word::Resume),
        _ => None,
    }
}

fn look(release: &Release, signal: Word) -> &'static str {
    match signal {
        Word::Rollback | Word::Reject => "danger",
        _ if forward(release) == Some(signal) => "primary",
        _ => "plain",
    }
}

/// Why a signal is refused, if it is.
fn refusal(release: &Release, signal: Word, role: Role) -> Option<String> {
    if role < Role::Editor {
        return Some("This takes the role editor.".to_owned());
    }
    // To take over is to start, as far as the server knows, whoever lives there.
    let takes_over = signal == Word::Supersede;
    let sent = if takes_over { Word::Start } else { signal };
    let action = release.actions.iter().find(|action| action.signal == sent);
    match action {
        Some(action) if action.needs == Some(Approver::Admin) && role < Role::Admin => {
            Some("This takes the role admin.".to_owned())
        }
        Some(_) if takes_over && release.in_the_way.is_some() => None,
        Some(action) => action.refused.as_deref().map(release::capital_sentence),
        None => Some("This is not offered now.".to_owned()),
    }
}

fn testid(signal: Word) -> &'static str {
    match signal {
        Word::Tick => "release-tick",
        Word::Start => "release-start",
        Word::Schedule => "release-schedule",
        Word::Approve => "release-approve",
        Word::Reject => "release-reject",
        Word::Promote => "release-promote",
        Word::Retry => "release-retry",
        Word::Supersede => "release-supersede",
        Word::Edit => "release-edit",
        Word::Pause => "release-pause",
        Word::Resume => "release-resume",
        Word::Advance => "release-advance",
        Word::Rollback => "release-rollback",
        Word::Cancel => "release-cancel",
    }
}

fn glyph(signal: Word) -> Glyph {
    match signal {
        Word::Tick | Word::Schedule => Glyph::Clock,
        Word::Approve => Glyph::Check,
        Word::Promote | Word::Supersede => Glyph::Release,
        Word::Retry => Glyph::Undo,
        Word::Edit => Glyph::Edit,
        Word::Start | Word::Resume => Glyph::Play,
        Word::Pause => Glyph::Pause,
        Word::Advance => Glyph::Arrow,
        Word::Rollback => Glyph::Undo,
        Word::Reject | Word::Cancel => Glyph::Close,
    }
}

/// The way back first while there is one: that is what one looks for in a hurry.
const ORDER: [Word; 12] = [
    Word::Rollback,
    Word::Start,
    Word::Supersede,
    Word::Schedule,
    Word::Approve,
    Word::Reject,
    Word::Advance,
    Word::Promote,
    Word::Pause,
    Word::Resume,
    Word::Retry,
    Word::Cancel,
];

/// Whether a signal has a row: what a release of this kind never takes has none, approval only
/// where something waits for it, taking over only where there is something to take over from.
fn is_offered(release: &Release, signal: Word) -> bool {
    let ahead = release.state.is_ahead();
    match signal {
        Word::Start | Word::Schedule => ahead,
        Word::Supersede => ahead && release.in_the_way.is_some(),
        Word::Rollback | Word::Advance | Word::Promote | Word::Retry => !ahead,
        Word::Pause => !ahead && !matches!(release.state, State::Paused(_)),
        Word::Resume => matches!(release.state, State::Paused(_)),
        Word::Approve | Word::Reject => {
            let awaits = |position: &Position| position.phase == Phase::AwaitingApproval;
            release.state.position().is_some_and(awaits) && release::asks_for_approval(release)
        }
        _ => true,
    }
}

/// All that people may do, in one place.
#[component]
pub(crate) fn Actions(control: Control) -> impl IntoView {
    let place = Place::current();
    let over = Memo::new(move |_| control.data.with(|release| release.state.is_over()));
    let offered = Memo::new(move |_| {
        control
            .data
            .with(|release| ORDER.map(|signal| is_offered(release, signal)))
    });
    let editable = move || {
        let further = |release: &Release| match release.state.position() {
            Some(position) => position.stage + 1 < release.document.stages.len(),
            None => release.state.is_ahead(),
        };
        place.can_edit() && control.data.with(further)
    };
    let edit = move || {
        let id = control.data.with(|release| release.id);
        place.path(&format!("releases/{id}/edit"))
    };
    let edit_words = move || {
        if control.data.with(|release| release.state.is_live()) {
            "Edit the stages to come"
        } else {
            "Edit"
        }
    };
    let rows = move || {
        let offered = offered.get();
        ORDER
            .into_iter()
            .zip(offered)
            .filter_map(|(signal, offered)| offered.then_some(signal))
            .map(|signal| view! { <ActionRow control signal /> })
            .collect_view()
    };
    let again = move || {
        let flag = control.data.with(|release| encode(&release.document.flag));
        place.path(&format!("releases/new?flag={flag}"))
    };
    let template = move || {
        let href = move || {
            let id = control.data.with(|release| release.id);
            place.path(&format!("releases/new-template?release={id}"))
        };
        view! {
            <a class="button" data-testid="save-as-template" href=href>
                <Icon glyph=Glyph::Plus />
                "Save as template"
            </a>
        }
    };
    let flag = move || {
        control
            .data
            .with(|release| place.flag_path(&release.document.flag))
    };
    let ended = move || {
        view! {
            <div class="card-body stack">
                <p class="small muted">"It is over, and nothing moves it any more. The flag is free to be changed again."</p>
                <div class="row wrap">
                    <a class="button" href=flag>"Open the flag"</a>
                    {place.can_edit().then(|| view! { <a class="button" href=again>"New release of it"</a> })}
                    {place.can_edit().then(|| template().into_any())}
                </div>
            </div>
        }
    };
    view! {
        <aside class="card release-actions" aria-labelledby="release-actions">
            <header class="card-head"><h2 id="release-actions">"What you can do"</h2></header>
            <Show when=move || !over.get() fallback=ended>
                <ul class="action-list">
                    {rows}
                    <Show when=editable>
                        <li class="action">
                            <a class="button" data-testid="release-edit" href=edit>
                                <Icon glyph=Glyph::Edit />
                                {edit_words}
                            </a>
                        </li>
                    </Show>
                    <Show when=move || place.can_edit()>
                        <li class="action">
                            {template()}
                            <p class="tiny muted">"Its stages, guards, policy and hours, for the releases to come."</p>
                        </li>
                    </Show>
                </ul>
            </Show>
        </aside>
    }
}

#[component]
fn ActionRow(control: Control, signal: Word) -> impl IntoView {
    let place = Place::current();
    let data = control.data;
    let refused = Memo::new(move |_| {
        let role = place.role();
        data.with(|release| refusal(release, signal, role))
    });
    let legal = move || refused.with(Option::is_none);
    let words = move || {
        refused
            .get()
            .unwrap_or_else(|| data.with(|release| release::effect(release, signal)))
    };
    let note = format!("{}-note", testid(signal));
    let busy = move || control.busy.get() == Some(signal);
    view! {
        <li class="action" class:refused=move || !legal()>
            <button
                type="button"
                class="button"
                data-testid=testid(signal)
                data-look=move || data.with(|release| look(release, signal))
                aria-describedby=note.clone()
                title=move || refused.get()
                disabled=move || !legal() || control.busy.with(Option::is_some)
                aria-busy=move || busy().then_some("true")
                on:click=move |_| control.wish(signal)
            >
                <Icon glyph=glyph(signal) />
                {move || data.with(|release| release::button(release, signal))}
            </button>
            <p class="tiny muted" id=note>{words}</p>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::describe::release::tests::release;

    #[test]
    fn the_way_forward_is_what_it_waits_for() {
        let at = |state| forward(&release(state));
        assert_eq!(at(json!({"state": "draft"})), Some(Word::Start));
        assert_eq!(
            at(json!({"state": "running", "stage": 0, "phase": "baking", "baked_ms": 0})),
            None
        );
        let waiting =
            json!({"state": "running", "stage": 1, "phase": "awaiting_approval", "baked_ms": 0});
        assert_eq!(at(waiting), Some(Word::Advance));
    }

    #[test]
    fn a_draft_whose_site_is_taken_can_take_it_over_alone() {
        let reason = "another release has the default of flag \"checkout\", at 10 %: take it over, or roll that one back first";
        let draft = release(json!({"state": "draft",
            "in_the_way": {"id": "00000000-0000-0000-0000-000000000002", "site": "default", "stage": 0, "stages": 2, "weight": 10, "state": "running"},
            "actions": [{"signal": "start", "refused": reason}]}));
        assert!(is_offered(&draft, Word::Supersede));
        assert_eq!(forward(&draft), Some(Word::Supersede));
        assert_eq!(refusal(&draft, Word::Supersede, Role::Editor), None);
        assert!(
            refusal(&draft, Word::Start, Role::Editor)
                .is_some_and(|said| said.contains("take it over"))
        );
        let free = release(json!({"state": "draft", "actions": [{"signal": "start"}]}));
        assert!(!is_offered(&free, Word::Supersede));
    }

    #[test]
    fn refusals_say_why() {
        let draft = release(json!({"state": "draft", "actions": [
            {"signal": "start"}, {"signal": "pause", "refused": "it has not started: start it, or cancel it"}]}));
        assert_eq!(refusal(&draft, Word::Start, Role::Editor), None);
        assert_eq!(
            refusal(&draft, Word::Pause, Role::Editor).as_deref(),
            Some("It has not started: start it, or cancel it.")
        );
        assert_eq!(
            refusal(&draft, Word::Start, Role::Viewer).as_deref(),
            Some("This takes the role editor.")
        );
    }
}
