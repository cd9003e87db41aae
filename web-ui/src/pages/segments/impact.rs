//! What a segment's edits move, before they are saved: for each flag that leads to it, over
//! synthetic units, over contexts that SDKs sampled, and over those who come and go.

use leptos::prelude::*;
use serde_json::{Map, Value, json};

use super::{draft::Draft, page::Standing};
use crate::{
    client,
    components::icon::{Glyph, Icon},
    describe::count,
    engine::{Drafts, Engine, Failure, Mistake, Units},
    pages::flag::impact::{
        run::{Contexts, slices, why_not},
        tally::Tally,
    },
    place::Place,
    query::Query,
    reactive::{Calm, effect, spawn},
};

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

/// What is said of an edit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Said {
    /// Flags that serve somebody something else then, and to how many.
    changed: Vec<(String, String)>,
    /// What is left to say.
    rest: String,
}

/// What is asked about.
#[derive(Clone, Debug, PartialEq)]
struct Edit {
    segment: String,
    /// Rules and members, as the engine takes them.
    edit: Value,
    /// Those who come and those who go, as contexts.
    listed: Vec<Context>,
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

impl Said {
    /// Of so many flags that lead to the segment, of which the first were looked at.
    fn of(changed: Vec<(String, String)>, flags: usize, looked_at: usize) -> Self {
        const NOBODY: &str = "nobody of those looked at is served anything else";
        let unlooked = flags.saturating_sub(looked_at);
        let alike = flags - unlooked - changed.len();
        let more = if changed.is_empty() {
            "flag"
        } else {
            "more flag"
        };
        let mut rest = match (flags, alike) {
            (0, _) => "No flag leads to this segment.".to_owned(),
            (_, 0) => String::new(),
            (_, 1) => format!("1 {more} leads to this segment: {NOBODY}."),
            (_, alike) => format!("{} lead to this segment: {NOBODY}.", count(alike, more)),
        };
        match unlooked {
            0 => {}
            1 => rest += " 1 flag was not looked at.",
            unlooked => rest += &format!(" {unlooked} flags were not looked at."),
        }
        Self {
            changed,
            rest: rest.trim().to_owned(),
        }
    }

    fn failed(failure: &Failure) -> Self {
        Self {
            changed: Vec::new(),
            rest: why_not(failure).to_owned(),
        }
    }
}

impl Edit {
    fn of(base: &Standing, draft: &Draft) -> Self {
        let mut edit = Map::new();
        if let Some(members) = draft.members()
            && let Ok(members) = serde_json::to_value(members)
        {
            edit.insert("members".to_owned(), members);
        }
        if draft.rules_differ(&base.overview.document.rules) {
            edit.insert("rules".to_owned(), json!(draft.rules()));
        }
        let listed = draft.lists.iter().flat_map(|list| {
            let units = list.add.iter().chain(&list.remove);
            units.map(|unit| context(&list.attribute, unit))
        });
        Self {
            segment: base.definition.key.clone(),
            edit: Value::Object(edit),
            listed: listed.take(LONG).collect(),
        }
    }
}

/// A unit as a context that has nothing else: `org.id` is a member of a member.
fn context(attribute: &str, unit: &str) -> Context {
    let steps: Vec<String> = match (attribute, attribute.strip_prefix('/')) {
        ("", _) => vec!["targetingKey".to_owned()],
        (_, Some(pointer)) => pointer
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect(),
        (dotted, None) => dotted.split('.').map(str::to_owned).collect(),
    };
    let mut value = Value::from(unit);
    for step in steps.into_iter().rev() {
        value = Value::Object(Map::from_iter([(step, value)]));
    }
    match value {
        Value::Object(context) => context,
        _ => Context::new(),
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

#[cfg(test)]
mod tests {
    use serin_api::segment::MemberList;

    use super::*;

    fn standing() -> Standing {
        let about = json!({"key": "s", "version": 4, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob"});
        let mut overview = about.clone();
        overview["lists"] = json!([]);
        overview["rules"] = json!([{"when": {"segment": "beta"}}]);
        Standing {
            definition: serde_json::from_value(about).unwrap(),
            overview: serde_json::from_value(overview).unwrap(),
        }
    }

    #[test]
    fn only_what_is_edited_is_asked_about() {
        let standing = standing();
        let mut draft = Draft::of(&standing.overview.document.rules);
        draft.add(MemberList::Included, "org.id", vec!["o1".to_owned()], 0);
        draft.remove(MemberList::Excluded, "", "ada");
        let edit = Edit::of(&standing, &draft);
        assert_eq!(edit.segment, "s");
        assert_eq!(
            edit.edit,
            json!({"members": {"included": [{"attribute": "org.id", "add": ["o1"]}], "excluded": [{"remove": ["ada"]}]}})
        );
        let listed: Vec<Value> = edit.listed.into_iter().map(Value::Object).collect();
        assert_eq!(
            listed,
            [json!({"org": {"id": "o1"}}), json!({"targetingKey": "ada"})]
        );
        draft.rules.clear();
        assert_eq!(Edit::of(&standing, &draft).edit["rules"], json!([]));
    }

    #[test]
    fn units_are_where_their_attribute_says() {
        let of = |attribute: &str| Value::Object(context(attribute, "u"));
        assert_eq!(of(""), json!({"targetingKey": "u"}));
        assert_eq!(of("a"), json!({"a": "u"}));
        assert_eq!(of("/a~1b/c"), json!({"a/b": {"c": "u"}}));
    }

    #[test]
    fn what_was_not_looked_at_is_said() {
        let rest = |changed: usize, flags, looked_at| {
            let one = ("f".to_owned(), "1 unit changes".to_owned());
            Said::of(vec![one; changed], flags, looked_at).rest
        };
        assert_eq!(rest(0, 0, 20), "No flag leads to this segment.");
        assert_eq!(rest(2, 2, 20), "");
        assert!(rest(0, 1, 20).starts_with("1 flag leads"));
        assert!(rest(0, 3, 20).starts_with("3 flags lead"));
        assert!(rest(1, 3, 20).starts_with("2 more flags lead"));
        assert!(rest(3, 5, 3).starts_with("2 flags were not looked at"));
    }
}
