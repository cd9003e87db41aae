//! What a segment's edits move, before they are saved: for each flag that leads to it, over
//! synthetic units, over contexts that SDKs sampled, and over those who come and go.

mod edit;
mod said;

use leptos::prelude::*;
use serde_json::{Map, Value};

use super::{draft::Draft, page::Standing};
use crate::{
    client,
    components::icon::{Glyph, Icon},
    engine::{Drafts, Engine, Failure, Mistake, Units},
    pages::flag::impact::{
        run::{Contexts, slices},
        tally::Tally,
    },
    place::Place,
    query::Query,
    reactive::{Calm, effect, spawn},
};
use edit::Edit;
use said::Said;

/// How long nobody types before it is counted, in milliseconds.
const CALM: u32 = 400;
/// How many synthetic units are looked at for each flag.
const UNITS: u32 = 100_000;
/// How many flags are looked at; of an edit of long lists, which is sent with each question,
/// fewer.
const FLAGS: usize = 20;
const FLAGS_OF_LONG: usize = 3;
/// Lists are long from here on. So many of those who come and go are looked at.
const LONG: usize = 2000;

type Context = Map<String, Value>;

/// What the edits move, kept up with them.
#[derive(Clone, Copy)]
pub(super) struct Impact {
    engine: Engine,
    /// The last whole count; absent where nothing is edited or nothing is known yet.
    said: RwSignal<Option<Said>>,
    /// A newer count is under way.
    busy: RwSignal<bool>,
    /// The newest count; older ones stop.
    number: StoredValue<u64>,
}

impl Impact {
    /// Counts again whenever the edits, the ruleset or the sampled contexts change.
    pub(super) fn follow(
        base: RwSignal<Standing>,
        draft: RwSignal<Draft>,
        edited: Memo<bool>,
        mistakes: Memo<Vec<Mistake>>,
    ) -> Self {
        let impact = Self {
            engine: Engine::current(),
            said: RwSignal::new(None),
            busy: RwSignal::new(false),
            number: StoredValue::new(0),
        };
        let place = Place::current();
        let samples = Query::new(
            move || {
                let at = (place.project.get(), place.environment.get());
                edited.get().then_some(at)
            },
            |(project, environment)| async move {
                client::sampled_contexts(&project, &environment).await
            },
        );
        let edit = Memo::new(move |_| {
            let whole = edited.get() && mistakes.with(Vec::is_empty);
            whole.then(|| base.with(|base| draft.with(|draft| Edit::of(base, draft))))
        });
        let calm = Calm::new();
        effect(move || {
            impact.engine.revision();
            let sampled = samples.data().unwrap_or_default();
            impact.number.update_value(|number| *number += 1);
            let number = impact.number.get_value();
            let Some(edit) = edit.get() else {
                impact.end(number, None);
                return;
            };
            impact.busy.set(true);
            calm.after(CALM, move || {
                spawn(async move {
                    let said = impact.count(edit, sampled, number).await;
                    let said = said.unwrap_or_else(|failure| Said::failed(&failure));
                    impact.end(number, Some(said));
                });
            });
        });
        impact
    }

    fn end(self, number: u64, said: Option<Said>) {
        // Nobody looks at it any more, or a newer count is under way.
        if self.is_newest(number) {
            self.said.set(said);
            self.busy.set(false);
        }
    }

    fn is_newest(self, number: u64) -> bool {
        self.number.try_get_value() == Some(number)
    }

    async fn count(self, edit: Edit, sampled: Vec<Context>, number: u64) -> Result<Said, Failure> {
        let long = edit.listed.len() >= LONG;
        let over = [
            ("unit", Contexts::units(UNITS)),
            ("recent context", Contexts::These(sampled)),
            ("edited member", Contexts::These(edit.listed)),
        ];
        let drafts = Drafts {
            segment_edits: vec![(edit.segment, edit.edit)],
            ..Drafts::default()
        };
        let flags = self.engine.affected(drafts.clone()).await?;
        let looked_at = if long { FLAGS_OF_LONG } else { FLAGS };
        let mut changed = Vec::new();
        for flag in flags.iter().take(looked_at) {
            let mut parts = Vec::new();
            for (what, contexts) in &over {
                let mut tally = Tally::default();
                let slices = if long { whole } else { slices };
                for slice in slices(contexts.clone()) {
                    // The rest is of no interest any more.
                    if !self.is_newest(number) {
                        return Ok(Said::default());
                    }
                    let impact = self.engine.impact(flag.clone(), slice, drafts.clone());
                    tally.add(&impact.await?);
                }
                if tally.changed > 0 {
                    parts.push(tally.words(what, &name));
                }
            }
            if !parts.is_empty() {
                changed.push((flag.clone(), parts.join(" · ")));
            }
        }
        Ok(Said::of(changed, flags.len(), looked_at))
    }
}

/// All at once: an edit of long lists takes longer to send than to weigh.
fn whole(contexts: Contexts) -> Vec<Units> {
    match contexts {
        Contexts::Units { count, base, by } => vec![Units::Synthetic {
            from: 0,
            count,
            base: Value::Object(base),
            by,
        }],
        Contexts::These(these) if these.is_empty() => Vec::new(),
        Contexts::These(these) => {
            vec![Units::Contexts(
                these.into_iter().map(Value::Object).collect(),
            )]
        }
    }
}

/// What people call a variation: here there are only keys.
fn name(variation: &str) -> String {
    match variation {
        "" => "the caller's default".to_owned(),
        key => key.to_owned(),
    }
}

/// What the edits move, flag by flag; nothing until it is known.
#[component]
pub(super) fn Moves(impact: Impact) -> impl IntoView {
    let place = Place::current();
    let line = move |(flag, words): (String, String)| {
        let href = place.path(&format!("flags/{}", serin_api::paths::encode(&flag)));
        let named = flag.clone();
        view! {
            <li class="small" data-flag=named>
                <a class="link" href=href><code>{flag}</code></a>
                ": "
                {words}
            </li>
        }
        .into_any()
    };
    let lines = move || {
        let said = impact.said.get().unwrap_or_default();
        said.changed.into_iter().map(line).collect::<Vec<_>>()
    };
    let rest = move || {
        let said = impact.said.get();
        let rest = said.map(|said| said.rest).filter(|rest| !rest.is_empty());
        rest.map(|rest| {
            view! {
                <p class="tiny impact-line">
                    <Icon glyph=Glyph::User size=12 />
                    <span>{rest}</span>
                </p>
            }
            .into_any()
        })
    };
    view! {
        <div
            class="stack-s"
            class:stale=move || impact.busy.get()
            aria-busy=move || if impact.busy.get() { "true" } else { "false" }
            role="status"
            data-testid="segment-impact"
        >
            <ul>{lines}</ul>
            {rest}
        </div>
    }
}
