//! One flag in the list.

use crate::components::show::Show;
use leptos::prelude::*;
use serin_api::{
    entity::{Entity, FlagListItem, LiveRelease},
    project::Environment,
};
use serin_engine::flag::FlagConfig;

use super::{List, filter};
use crate::{
    components::{
        copy::CopyButton,
        icon::{Glyph, Icon},
        sparkline::Sparkline,
        split_bar::SplitBar,
        switch::Switch,
        time::Time,
    },
    describe::{
        in_use::live,
        release::{site, weight},
    },
    pages::toggle::{Toggler, Wish},
    place::{Place, address},
    serving,
    shell::account::author,
    variations::kind_name,
};

/// A row: the switch, the name, what is served and all that helps to decide.
#[component]
pub(crate) fn Row(
    list: List,
    flag: String,
    /// All that are shown, of which this is one.
    shown: Memo<Vec<String>>,
) -> impl IntoView {
    let place = Place::current();
    let key = StoredValue::new(flag.clone());
    let item = Memo::new(move |_| {
        list.items
            .with(|items| key.with_value(|key| items.get(key).cloned()))
    });
    let config =
        Memo::new(move |_| item.with(|item| config_of(item.as_ref(), &place.environment.get())));
    let arrived = Memo::new(move |_| {
        list.arrived
            .with(|arrived| key.with_value(|key| arrived.get(key).cloned()))
    });
    let name = Signal::derive(move || {
        item.with(|item| {
            item.as_ref()
                .map_or_else(String::new, |item| filter::name(item).to_owned())
        })
    });
    let enabled = Signal::derive(move || {
        config.with(|config| {
            config
                .as_ref()
                .is_some_and(|config| config.document.enabled)
        })
    });
    let chosen = Memo::new(move |_| {
        list.chosen
            .with(|chosen| key.with_value(|key| chosen.contains(key)))
    });
    // The heading is the first row.
    let index = move || {
        let at = shown.with(|shown| key.with_value(|key| shown.iter().position(|it| it == key)));
        at.map(|at| (at + 2).to_string())
    };
    view! {
        <div
            class="flag-row"
            class:arrived=move || arrived.with(Option::is_some)
            class:is-off=move || !enabled.get()
            class:is-chosen=move || chosen.get()
            role="row"
            aria-rowindex=index
            data-testid="flag-row"
            data-key=key.get_value()
        >
            <span role="cell" class="c-choose">
                <input
                    type="checkbox"
                    aria-label=move || format!("Choose {}", name.get())
                    data-testid="flag-choose"
                    disabled=move || !place.can_edit()
                    prop:checked=move || chosen.get()
                    on:change:target=move |event| key.with_value(|key| list.choose(key, event.target().checked()))
                />
            </span>
            <span role="cell" class="c-toggle">
                <RowSwitch item config name />
            </span>
            <span role="cell" class="c-name">
                <span class="flag-name">
                    <a class="flag-link truncate" href=move || key.with_value(|key| place.flag_path(key))>{move || name.get()}</a>
                    {move || arrived.get().map(|who| view! { <span class="flag-who">{format!("changed by {}", author(&who))}</span> })}
                </span>
                <span class="flag-key">
                    <span class="truncate mono">{flag.clone()}</span>
                    <CopyButton text=flag.clone() what="key" />
                </span>
            </span>
            <span role="cell" class="c-kind small muted">
                {move || item.with(|item| item.as_ref().map(|item| kind_name(item.flag.document.kind)))}
            </span>
            <span role="cell" class="c-serves"><Serves item config /></span>
            <span role="cell" class="c-tags"><Tags item /></span>
            <span role="cell" class="c-owner small muted truncate">
                {move || item.with(|item| item.as_ref().and_then(|item| item.flag.document.owner.clone()))}
            </span>
            <span role="cell" class="c-usage"><RowUsage list flag=key.get_value() /></span>
            <span role="cell" class="c-changed small"><Changed item /></span>
            <span role="cell" class="c-others"><Others item /></span>
        </div>
    }
}

fn config_of(item: Option<&FlagListItem>, environment: &str) -> Option<Entity<FlagConfig>> {
    item?.environments.get(environment).cloned()
}

#[component]
fn RowSwitch(
    item: Memo<Option<FlagListItem>>,
    config: Memo<Option<Entity<FlagConfig>>>,
    name: Signal<String>,
) -> impl IntoView {
    let place = Place::current();
    let toggler = expect_context::<Toggler>();
    let key = move || {
        item.with(|item| {
            item.as_ref()
                .map_or_else(String::new, |item| item.flag.key.clone())
        })
    };
    let checked = move || {
        let enabled = config.with(|config| {
            config
                .as_ref()
                .is_some_and(|config| config.document.enabled)
        });
        toggler.shown(&key(), enabled)
    };
    let toggle = move |enabled: bool| {
        let (Some(item), Some(config)) = (item.get_untracked(), config.get_untracked()) else {
            return;
        };
        let after = FlagConfig {
            enabled,
            ..config.document
        };
        toggler.wish(Wish {
            key: item.flag.key.clone(),
            name: filter::name(&item).to_owned(),
            enabled,
            version: config.version,
            effect: serving::effect(&item.flag.document, &after),
        });
    };
    let disabled = move || {
        !place.can_edit()
            || item.with(|item| item.as_ref().is_none_or(|item| item.flag.document.archived))
    };
    view! {
        <Switch
            checked=Signal::derive(checked)
            label=Signal::derive(move || format!("{} on", name.get()))
            on_change=toggle
            disabled=Signal::derive(disabled)
            testid="flag-toggle"
        />
    }
}

#[component]
fn Serves(
    item: Memo<Option<FlagListItem>>,
    config: Memo<Option<Entity<FlagConfig>>>,
) -> impl IntoView {
    let place = Place::current();
    let releases = Memo::new(move |_| {
        let environment = place.environment.get();
        let live = |item: &FlagListItem| live(item, &environment).to_vec();
        item.with(|item| item.as_ref().map(live).unwrap_or_default())
    });
    let words = move || {
        item.with(|item| {
            config.with(|config| {
                Some(serving::summary(
                    &item.as_ref()?.flag.document,
                    &config.as_ref()?.document,
                ))
            })
        })
    };
    let shares = Signal::derive(move || {
        item.with(|item| {
            config.with(|config| {
                Some(serving::default_shares(
                    &item.as_ref()?.flag.document,
                    &config.as_ref()?.document,
                ))
            })
        })
        .unwrap_or_default()
    });
    let release_link = move |release: LiveRelease, alone: bool| {
        let words = released(&release, alone);
        view! {
            <a class="serves-release" href=move || place.path(&format!("releases/{}", release.id))>
                <Icon glyph=Glyph::Release size=12 />
                <span class="visually-hidden">"release at "</span>
                {words}
            </a>
        }
    };
    view! {
        <span class="serves">
            <span class="serves-words small">
                {move || {
                    let releases = releases.get();
                    let alone = releases.len() == 1;
                    if releases.is_empty() {
                        return words().into_any();
                    }
                    let links = releases.into_iter().map(|release| release_link(release, alone));
                    links.collect_view().into_any()
                }}
            </span>
            <SplitBar shares />
        </span>
    }
}

/// How far a live release is, with what it moves where the flag has another.
fn released(release: &LiveRelease, alone: bool) -> String {
    if alone {
        format!(
            "{}, stage {} of {}",
            weight(release.weight),
            release.stage + 1,
            release.stages
        )
    } else {
        format!("{} {}", site(&release.site), weight(release.weight))
    }
}

#[component]
fn Tags(item: Memo<Option<FlagListItem>>) -> impl IntoView {
    move || {
        let tags = item
            .with(|item| item.as_ref().map(|item| item.flag.document.tags.clone()))
            .unwrap_or_default();
        let more = tags.len().saturating_sub(2);
        let hidden = tags.iter().skip(2).cloned().collect::<Vec<_>>().join(", ");
        let tags = tags
            .into_iter()
            .take(2)
            .map(|tag| view! { <span class="tag">{tag}</span> })
            .collect_view();
        view! {
            {tags}
            {(more > 0).then(|| view! { <span class="tag" title=hidden>{format!("+{more}")}</span> })}
        }
    }
}

#[component]
fn RowUsage(list: List, flag: String) -> impl IntoView {
    let usage = Memo::new(move |_| {
        list.usage
            .with(|usage| usage.flags.get(&flag).cloned())
            .flatten()
    });
    let counts = Signal::derive(move || {
        usage.with(|usage| {
            usage
                .as_ref()
                .map_or_else(Vec::new, |usage| usage.hourly.clone())
        })
    });
    let known = Memo::new(move |_| usage.with(Option::is_some));
    let last = Memo::new(move |_| {
        usage.with(|usage| usage.as_ref().and_then(|usage| usage.last_evaluated_at))
    });
    view! {
        <Show when=move || known.get() fallback=|| view! { <span class="tiny faint">"never evaluated"</span> }>
            <Sparkline counts />
            <span class="tiny faint number">
                {move || last.get().map(|at| view! { <Time at /> })}
            </span>
        </Show>
    }
}

#[component]
fn Changed(item: Memo<Option<FlagListItem>>) -> impl IntoView {
    let place = Place::current();
    let changed = Memo::new(move |_| {
        item.with(|item| {
            item.as_ref()
                .map(|item| filter::changed(item, &place.environment.get()))
        })
    });
    move || {
        changed.get().map(|(by, at)| {
            view! {
                <span class="truncate">{author(&by)}</span>
                <span class="tiny faint"><Time at /></span>
            }
        })
    }
}

/// Small dots: the flag's state in the other environments.
#[component]
fn Others(item: Memo<Option<FlagListItem>>) -> impl IntoView {
    let place = Place::current();
    let dot = move |environment: Environment| {
        let key = item.with(|item| {
            item.as_ref()
                .map_or_else(String::new, |item| item.flag.key.clone())
        });
        let words = item.with(|item| {
            let item = item.as_ref()?;
            let config = item.environments.get(&environment.key)?;
            Some(format!(
                "{}: {}",
                environment.name,
                serving::summary(&item.flag.document, &config.document)
            ))
        })?;
        let on = item.with(|item| {
            item.as_ref().is_some_and(|item| {
                item.environments
                    .get(&environment.key)
                    .is_some_and(|c| c.document.enabled)
            })
        });
        let rest = format!("flags/{}", serin_api::paths::encode(&key));
        let href = address(&place.project.get(), &environment.key, &rest);
        Some(view! {
            <a class="other-dot" class:on=on href=href data-color=environment.color title=words.clone() aria-label=words></a>
        })
    };
    move || {
        let here = place.environment.get();
        place
            .environments()
            .into_iter()
            .filter(|environment| environment.key != here)
            .filter_map(dot)
            .collect_view()
    }
}
