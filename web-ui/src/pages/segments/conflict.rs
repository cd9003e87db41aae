//! Two people changed a segment's rules: both versions side by side, and a choice. Members
//! are never in conflict: a save names only who comes and who goes.

use leptos::prelude::*;
use serin_api::segment::SegmentOverview;
use serin_engine::segment::SegmentRule;

use super::{draft::Draft, page::Standing, wording::rule_changes};
use crate::{
    components::{
        button::{Button, Look},
        dialog::Dialog,
        field::fresh_id,
        time::Time,
    },
    reactive::effect,
};

/// Takes what the server has as the base of the edits, wherever they fit on it; true where
/// somebody has to choose.
pub(super) fn receive(base: &mut Standing, draft: &mut Draft, fresh: &Standing) -> bool {
    let rules = |standing: &Standing| -> Vec<SegmentRule> {
        let SegmentOverview { rules, .. } = &standing.overview.document;
        rules.clone()
    };
    let fits = draft.rebase(&rules(base), &rules(fresh));
    if fits {
        base.clone_from(fresh);
    }
    !fits
}

/// The edits follow what others save.
pub(super) fn follow(
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    data: RwSignal<Standing>,
) -> Memo<Option<Standing>> {
    effect(move || {
        let fresh = data.get();
        if base.with_untracked(|base| *base == fresh) {
            return;
        }
        // Edits that are taken back may fit.
        let (before, mut edits) = (base.get_untracked(), draft.get());
        let mut stands = before.clone();
        receive(&mut stands, &mut edits, &fresh);
        if draft.with_untracked(|draft| *draft != edits) {
            draft.set(edits);
        }
        if stands != before {
            base.set(stands);
        }
    });
    Memo::new(move |_| {
        let seen = base.with(|it| it.overview.version);
        data.with(|it| (it.overview.version > seen).then(|| it.clone()))
            .filter(|theirs| {
                base.with(|base| {
                    draft.with(|draft| {
                        let base = &base.overview.document.rules;
                        !draft.clone().rebase(base, &theirs.overview.document.rules)
                    })
                })
            })
    })
}

/// Lets one choose; `on_chosen` runs once the edits are on what stands.
#[component]
pub(super) fn ConflictDialog(
    open: RwSignal<bool>,
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    theirs: Memo<Option<Standing>>,
    #[prop(into)] on_chosen: Callback<()>,
) -> impl IntoView {
    view! {
        <Dialog open title="Someone else changed the rules too" wide=true testid="conflict">
            <Sides open base draft theirs on_chosen />
        </Dialog>
    }
}

#[component]
fn Sides(
    open: RwSignal<bool>,
    base: RwSignal<Standing>,
    draft: RwSignal<Draft>,
    theirs: Memo<Option<Standing>>,
    on_chosen: Callback<()>,
) -> impl IntoView {
    let keep_mine = RwSignal::new(true);
    let who = move || theirs.with(|it| it.as_ref().map(|it| it.overview.updated_by.clone()));
    let at = Signal::derive(move || {
        let known = theirs.with(|it| it.as_ref().map(|it| it.overview.updated_at));
        known.unwrap_or_else(|| base.with(|base| base.overview.updated_at))
    });
    let of_mine = move || {
        base.with(|base| {
            draft.with(|draft| rule_changes(&base.overview.document.rules, &draft.rules()))
        })
    };
    let of_theirs = move || {
        let rules = theirs.with(|it| it.as_ref().map(|it| it.overview.document.rules.clone()));
        let rules = rules.unwrap_or_default();
        base.with(|base| rule_changes(&base.overview.document.rules, &rules))
    };
    let take = move |()| {
        let Some(theirs) = theirs.get_untracked() else {
            open.set(false);
            return;
        };
        if !keep_mine.get_untracked() {
            draft.update(|draft| draft.take_rules(&theirs.overview.document.rules));
        }
        base.set(theirs);
        open.set(false);
        on_chosen.run(());
    };
    let group = StoredValue::new(fresh_id("conflict"));
    let side = move |mine: bool, title: Signal<String>, said: Signal<Vec<String>>| {
        let lines = move || {
            let said = said.get().into_iter();
            said.map(|line| view! { <li>{line}</li> }.into_any())
                .collect::<Vec<_>>()
        };
        view! {
            <label class="conflict-side">
                <span class="row">
                    <input
                        type="radio"
                        name=group.get_value()
                        data-testid=if mine { "conflict-mine" } else { "conflict-theirs" }
                        autofocus=mine
                        prop:checked=move || keep_mine.get() == mine
                        on:change=move |_| keep_mine.set(mine)
                    />
                    <span class="strong">{title}</span>
                </span>
                <ul class="review-list small">{lines}</ul>
            </label>
        }
        .into_any()
    };
    let mine = side(
        true,
        Signal::derive(|| "Mine".to_owned()),
        Signal::derive(of_mine),
    );
    let their_title = move || format!("{}'s", who().unwrap_or_default());
    let theirs = side(
        false,
        Signal::derive(their_title),
        Signal::derive(of_theirs),
    );
    view! {
        <div class="dialog-body">
            <p>
                <span class="strong">{who}</span>
                " changed the rules while you did. Choose whose hold; members fit together in any case. "
                <span class="faint small"><Time at /></span>
            </p>
            <fieldset class="conflict-part">
                <legend class="small strong">"Rules"</legend>
                <div class="conflict-sides">{mine}{theirs}</div>
            </fieldset>
        </div>
        <div class="dialog-foot">
            <Button on_click=move |()| open.set(false) testid="dialog-cancel">"Back to the edits"</Button>
            <Button look=Look::Primary on_click=take testid="conflict-take">"Go on with these"</Button>
        </div>
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use serin_api::segment::MemberList;

    use super::*;

    fn standing(version: u64, rules: Value) -> Standing {
        let about = json!({"key": "s", "version": version, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob"});
        let mut overview = about.clone();
        overview["lists"] = json!([]);
        overview["rules"] = rules;
        Standing {
            definition: serde_json::from_value(about).unwrap(),
            overview: serde_json::from_value(overview).unwrap(),
        }
    }

    fn of(standing: &Standing) -> Draft {
        Draft::of(&standing.overview.document.rules)
    }

    fn beta() -> Value {
        json!({"when": {"segment": "beta"}})
    }

    fn alpha() -> Value {
        json!({"when": {"segment": "alpha"}})
    }

    #[test]
    fn rules_that_only_they_changed_are_taken_and_members_stay() {
        let mut base = standing(1, json!([beta()]));
        let fresh = standing(2, json!([beta(), alpha()]));
        let mut draft = of(&base);
        draft.add(MemberList::Included, "", vec!["ada".to_owned()], 0);
        let kept = draft.rules[0].id;
        assert!(!receive(&mut base, &mut draft, &fresh));
        assert_eq!(base, fresh);
        assert_eq!(draft.rules(), fresh.overview.document.rules);
        assert_eq!(draft.rules[0].id, kept, "what is open stays open");
        let rules = &base.overview.document.rules;
        assert_eq!(draft.sentences(rules), ["included: ada added"]);
        assert!(!draft.rules_differ(rules), "and no rules are sent");
    }

    #[test]
    fn rules_that_only_i_changed_stay_mine() {
        let mut base = standing(1, json!([beta()]));
        let fresh = standing(2, json!([beta()]));
        let mut draft = of(&base);
        draft.rules.clear();
        assert!(!receive(&mut base, &mut draft, &fresh));
        assert_eq!((base.overview.version, draft.rules.len()), (2, 0));
    }

    #[test]
    fn rules_that_both_changed_are_for_people_to_choose() {
        let before = standing(1, json!([beta()]));
        let fresh = standing(2, json!([beta(), alpha()]));
        let (mut base, mut draft) = (before.clone(), of(&before));
        draft.rules.clear();
        let mine = draft.clone();
        assert!(receive(&mut base, &mut draft, &fresh));
        assert_eq!((&base, &draft), (&before, &mine), "nothing is lost");
        // Taken back, it is theirs; done alike, it is both's.
        draft = of(&before);
        assert!(!receive(&mut base, &mut draft, &fresh));
        let (mut base, mut draft) = (before.clone(), of(&before));
        draft.add_rule(serde_json::from_value(json!({"segment": "alpha"})).unwrap());
        assert!(!receive(&mut base, &mut draft, &fresh));
        assert!(!draft.differs(&base.overview.document.rules));
    }
}
