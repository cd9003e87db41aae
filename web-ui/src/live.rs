//! What others change, as they change it.

use std::{cell::RefCell, rc::Rc, time::Duration};

use chrono::{DateTime, Utc};
use leptos::{ev, prelude::*};
use serin_api::{
    entity::EntityKind,
    event::{ChangeEvent, Hello},
    paths,
};
use serin_engine::json::read;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Event, EventSource, MessageEvent};

use crate::{client, clock};

/// How long a lost connection counts as about to come back.
const PATIENCE: Duration = Duration::from_secs(8);
/// How long after the browser gave up a new connection is tried.
const RETRY: Duration = Duration::from_secs(3);

/// How fresh the page is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// Not connected yet.
    Connecting,
    /// Every change arrives as it is made.
    Live,
    /// The connection was lost a moment ago.
    Reconnecting,
    /// The connection is lost for longer.
    Offline,
}

/// What a page hears.
#[derive(Clone, Debug)]
pub(crate) enum News {
    /// Something changed.
    Changed(ChangeEvent),
    /// The connection came back at another revision: anything may have changed.
    Missed,
}

type Listener = Rc<dyn Fn(&News)>;

/// The stream of changes of the environment in view, as a context.
#[derive(Clone, Copy)]
pub(crate) struct Live {
    /// How fresh the page is.
    pub(crate) freshness: RwSignal<Freshness>,
    /// The environment's revision, as last heard.
    pub(crate) revision: RwSignal<Option<u64>>,
    /// Since when it is not connected, after it was.
    pub(crate) lost_at: RwSignal<Option<DateTime<Utc>>>,
    listeners: StoredValue<Listeners, LocalStorage>,
}

#[derive(Clone, Default)]
struct Listeners(Rc<RefCell<Vec<(u64, Listener)>>>);

impl Live {
    /// Follows the environment that `place` names, from one to the next.
    pub(crate) fn provide(project: Memo<String>, environment: Memo<String>) -> Self {
        let live = Self {
            freshness: RwSignal::new(Freshness::Connecting),
            revision: RwSignal::new(None),
            lost_at: RwSignal::new(None),
            listeners: StoredValue::new_local(Listeners::default()),
        };
        provide_context(live);
        crate::reactive::effect(move || {
            let freshness = live.freshness.get();
            live.lost_at
                .set(lost(freshness, live.lost_at.get_untracked(), clock::now()));
        });
        crate::reactive::effect(move || {
            let path = paths::events(&project.get(), &environment.get());
            live.freshness.set(Freshness::Connecting);
            live.revision.set(None);
            let connection = StoredValue::new_local(Connection::open(live, path.clone()));
            on_cleanup(move || connection.with_value(Connection::close));
            // A page that the browser keeps for going back would keep its connection too, and
            // there are only six to a server: the pages after it would wait for ever.
            let hidden = window_event_listener(ev::pagehide, move |_| {
                connection.with_value(Connection::close);
            });
            let shown = window_event_listener(ev::pageshow, move |event| {
                if event.persisted() {
                    live.freshness.set(Freshness::Reconnecting);
                    connection.set_value(Connection::open(live, path.clone()));
                }
            });
            on_cleanup(move || {
                hidden.remove();
                shown.remove();
            });
        });
        live
    }

    /// A clock that stands while the connection is lost: what is not seen does not count.
    pub(crate) fn seen(self, clock: RwSignal<DateTime<Utc>>) -> Memo<DateTime<Utc>> {
        Memo::new(move |before: Option<&DateTime<Utc>>| {
            let now = clock.get();
            match (self.lost_at.get(), before) {
                (Some(_), Some(before)) => *before,
                _ => now,
            }
        })
    }

    /// Calls `hear` with every piece of news for as long as the calling component lives.
    pub(crate) fn subscribe(self, hear: impl Fn(&News) + 'static) {
        let id = self.listeners.with_value(|listeners| {
            let mut list = listeners.0.borrow_mut();
            let id = list.last().map_or(0, |(id, _)| id + 1);
            list.push((id, Rc::new(hear)));
            id
        });
        on_cleanup(move || {
            self.listeners.try_with_value(|listeners| {
                listeners.0.borrow_mut().retain(|(other, _)| *other != id);
            });
        });
    }

    /// Calls `hear` where news concern an entity of one of these kinds (of this key, where given).
    pub(crate) fn on_entities(
        self,
        kinds: &'static [EntityKind],
        key: Option<Signal<String>>,
        hear: impl Fn(&News) + 'static,
    ) {
        self.subscribe(move |news| {
            let concerned = match news {
                News::Missed => true,
                News::Changed(event) => event.entities.iter().any(|entity| {
                    kinds.contains(&entity.kind)
                        && key.is_none_or(|key| key.with_untracked(|key| *key == entity.key))
                }),
            };
            if concerned {
                hear(news);
            }
        });
    }

    fn tell(self, news: &News) {
        let listeners: Vec<Listener> = self
            .listeners
            .try_with_value(|listeners| {
                listeners
                    .0
                    .borrow()
                    .iter()
                    .map(|(_, hear)| hear.clone())
                    .collect()
            })
            .unwrap_or_default();
        for hear in listeners {
            hear(news);
        }
    }
}

/// Since when the connection is lost, seen `now`: since it was `before`, where it was.
fn lost(
    freshness: Freshness,
    before: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    match freshness {
        Freshness::Connecting | Freshness::Live => None,
        Freshness::Reconnecting | Freshness::Offline => Some(before.unwrap_or(now)),
    }
}

/// Whether a change came from elsewhere: another person, or another window.
pub(crate) fn from_elsewhere(event: &ChangeEvent) -> bool {
    event.change_set.is_none_or(|id| !client::is_own_change(id))
}

/// One environment's connection, opened again whenever the browser gives it up.
struct Connection {
    inner: Rc<RefCell<Inner>>,
}

#[derive(Default)]
struct Inner {
    source: Option<EventSource>,
    handlers: Vec<Closure<dyn FnMut(Event)>>,
    closed: bool,
}

impl Connection {
    fn open(live: Live, path: String) -> Self {
        let inner = Rc::new(RefCell::new(Inner::default()));
        connect(live, &path, &inner);
        Self { inner }
    }

    fn close(&self) {
        let mut inner = self.inner.borrow_mut();
        inner.closed = true;
        if let Some(source) = inner.source.take() {
            source.close();
        }
    }
}

fn connect(live: Live, path: &str, inner: &Rc<RefCell<Inner>>) {
    let Ok(source) = EventSource::new(path) else {
        live.freshness.set(Freshness::Offline);
        return;
    };
    let hello = handler(inner, move |event| {
        let Some(hello) = data::<Hello>(&event) else {
            return;
        };
        let missed = live
            .revision
            .get_untracked()
            .is_some_and(|seen| seen != hello.revision);
        live.revision.set(Some(hello.revision));
        live.freshness.set(Freshness::Live);
        if missed {
            live.tell(&News::Missed);
        }
    });
    let change = handler(inner, move |event| {
        let Some(change) = data::<ChangeEvent>(&event) else {
            return;
        };
        live.revision.set(Some(change.revision));
        live.freshness.set(Freshness::Live);
        live.tell(&News::Changed(change));
    });
    let lost = {
        let (path, weak) = (path.to_owned(), Rc::downgrade(inner));
        handler(inner, move |_| {
            if let Some(inner) = weak.upgrade() {
                on_lost(live, &path, &inner);
            }
        })
    };
    let _ = source.add_event_listener_with_callback("hello", hello.as_ref().unchecked_ref());
    let _ = source.add_event_listener_with_callback("change", change.as_ref().unchecked_ref());
    let _ = source.add_event_listener_with_callback("error", lost.as_ref().unchecked_ref());
    let mut inner = inner.borrow_mut();
    inner.source = Some(source);
    inner.handlers = vec![hello, change, lost];
}

fn on_lost(live: Live, path: &str, inner: &Rc<RefCell<Inner>>) {
    if live.freshness.try_get_untracked() == Some(Freshness::Live) {
        live.freshness.set(Freshness::Reconnecting);
    }
    set_timeout(
        move || {
            let still = live.freshness.try_get_untracked();
            if matches!(still, Some(Freshness::Reconnecting | Freshness::Connecting)) {
                live.freshness.set(Freshness::Offline);
            }
        },
        PATIENCE,
    );
    let given_up = inner
        .borrow()
        .source
        .as_ref()
        .is_some_and(|source| source.ready_state() == EventSource::CLOSED);
    if given_up {
        let (path, weak) = (path.to_owned(), Rc::downgrade(inner));
        set_timeout(
            move || {
                if let Some(inner) = weak.upgrade()
                    && !inner.borrow().closed
                {
                    connect(live, &path, &inner);
                }
            },
            RETRY,
        );
    }
}

/// A handler that does nothing once the connection was closed.
fn handler(
    inner: &Rc<RefCell<Inner>>,
    mut handle: impl FnMut(Event) + 'static,
) -> Closure<dyn FnMut(Event)> {
    let weak = Rc::downgrade(inner);
    Closure::new(move |event| {
        if weak.upgrade().is_some_and(|inner| !inner.borrow().closed) {
            handle(event);
        }
    })
}

fn data<T: serde::de::DeserializeOwned>(event: &Event) -> Option<T> {
    let text = event.dyn_ref::<MessageEvent>()?.data().as_string()?;
    let value: serde_json::Value = serde_json::from_str(&text).ok()?;
    read(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_connection_is_lost_since_it_was_lost_first() {
        let at = |seconds| DateTime::from_timestamp(seconds, 0).unwrap();
        let first = lost(Freshness::Reconnecting, None, at(1));
        assert_eq!(first, Some(at(1)));
        assert_eq!(lost(Freshness::Offline, first, at(9)), first);
        assert_eq!(lost(Freshness::Live, first, at(10)), None);
    }
}
