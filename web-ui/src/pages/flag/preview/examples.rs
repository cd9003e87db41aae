//! Example contexts that people keep, in their browser, for each project. They are about
//! people: whoever uses the browser next does not see them.

use leptos::prelude::*;
use serde_json::{Map, Value, json};

use crate::{
    pages::flag::context,
    session::{CurrentSession, Known},
};

/// As many as stay in view; each is evaluated on every edit.
pub(crate) const MOST: usize = 24;
/// What the names begin with that examples are kept under.
const KEPT: &str = "serin.examples";

/// A context as it is typed, and what people call it.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Example {
    /// Known by this on the page; not kept.
    pub(crate) id: u32,
    /// `a German beta user`; may be empty.
    pub(crate) name: String,
    /// The unit, in fields.
    pub(crate) key: String,
    /// The attributes, one a line, in fields.
    pub(crate) lines: String,
    /// The context as JSON; it counts where there is one.
    pub(crate) json: Option<String>,
}

impl Example {
    /// The context.
    ///
    /// # Errors
    /// What cannot be read.
    pub(crate) fn context(&self) -> Result<Map<String, Value>, String> {
        match &self.json {
            Some(json) => context::from_json(json),
            None => context::from_lines(&self.key, &self.lines),
        }
    }

    /// What people call it: its name, else its unit.
    pub(crate) fn title(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let unit = match self.context() {
            Ok(context) => context.get("targetingKey").map(|key| match key {
                Value::String(key) => key.clone(),
                other => other.to_string(),
            }),
            Err(_) => None,
        };
        unit.filter(|unit| !unit.is_empty())
            .unwrap_or_else(|| "no unit".to_owned())
    }

    /// The same context typed the other way. A context that cannot be read stays as it is
    /// typed; fields cannot hold all that JSON can, so that way the rest is kept as JSON.
    pub(crate) fn turned(&self, to_json: bool) -> Self {
        let Ok(context) = self.context() else {
            return Self {
                json: to_json.then(|| self.json.clone().unwrap_or_default()),
                ..self.clone()
            };
        };
        if to_json {
            let json = serde_json::to_string_pretty(&context).unwrap_or_default();
            return Self {
                json: Some(json),
                ..self.clone()
            };
        }
        let (key, lines) = context::to_lines(&context);
        Self {
            key,
            lines,
            json: None,
            ..self.clone()
        }
    }
}

/// The examples of a project, as they are shown and kept.
#[derive(Clone, Copy)]
pub(crate) struct Examples {
    /// Where they are kept.
    place: Memo<String>,
    /// In their order.
    pub(crate) all: RwSignal<Vec<Example>>,
    /// The one whose explanation is shown, by its id.
    pub(crate) chosen: RwSignal<u32>,
}

impl Examples {
    /// Those that were kept for the project, or a first one.
    pub(crate) fn of(project: Memo<String>) -> Self {
        let all = RwSignal::new(Vec::new());
        let chosen = RwSignal::new(0);
        let session = use_context::<CurrentSession>();
        let place = Memo::new(move |_| {
            let known = session.map(|session| session.0.get());
            let user = match known {
                Some(Known::User(user)) => user.username,
                _ => String::new(),
            };
            place(&user, &project.get())
        });
        crate::reactive::effect(move || {
            let kept = kept(&place.get());
            chosen.set(kept[0].id);
            all.set(kept);
        });
        Self { place, all, chosen }
    }

    /// Changes one and keeps it.
    pub(crate) fn edit(self, id: u32, change: impl FnOnce(&mut Example)) {
        self.all.update(|all| {
            if let Some(example) = all.iter_mut().find(|example| example.id == id) {
                change(example);
            }
        });
        self.keep();
    }

    /// Adds one like the chosen one, and chooses it.
    pub(crate) fn add(self) {
        let all = self.all.get_untracked();
        let id = all.iter().map(|example| example.id).max().unwrap_or(0) + 1;
        let example = Example {
            id,
            key: format!("user-{id}"),
            ..Example::default()
        };
        self.all.update(|all| all.push(example));
        self.chosen.set(id);
        self.keep();
    }

    /// Takes one away, unless it is the last.
    pub(crate) fn remove(self, id: u32) {
        let at = self.all.with_untracked(|all| {
            let at = all.iter().position(|example| example.id == id)?;
            (all.len() > 1).then_some(at)
        });
        let Some(at) = at else { return };
        let beside = self
            .all
            .with_untracked(|all| all[if at == 0 { 1 } else { at - 1 }].id);
        self.chosen.set(beside);
        self.all.update(|all| {
            all.remove(at);
        });
        self.keep();
    }

    /// One of them, tracked.
    pub(crate) fn get(self, id: u32) -> Option<Example> {
        self.all
            .with(|all| all.iter().find(|example| example.id == id).cloned())
    }

    fn keep(self) {
        let text = self.all.with_untracked(|all| write(all));
        if let Some(storage) = storage() {
            // Where storage is full or forbidden, they last as long as the page.
            let _ = storage.set_item(&self.place.get_untracked(), &text);
        }
    }
}

fn storage() -> Option<web_sys::Storage> {
    window().local_storage().ok().flatten()
}

/// Where a person's examples of a project are kept.
fn place(user: &str, project: &str) -> String {
    let user = serin_api::paths::encode(user);
    format!("{KEPT}/{user}/{project}")
}

/// Takes all examples out of the browser, whoever's they are: for signing out.
pub(crate) fn forget() {
    let Some(storage) = storage() else { return };
    let count = storage.length().unwrap_or_default();
    let names = (0..count).filter_map(|index| storage.key(index).ok().flatten());
    // All first: taking one away moves the others.
    let names: Vec<String> = names.filter(|name| name.starts_with(KEPT)).collect();
    for name in names {
        let _ = storage.remove_item(&name);
    }
}

fn kept(place: &str) -> Vec<Example> {
    let text = storage().and_then(|storage| storage.get_item(place).ok().flatten());
    text.map(|text| read(&text))
        .filter(|kept| !kept.is_empty())
        .unwrap_or_else(|| {
            vec![Example {
                key: "user-1".to_owned(),
                ..Example::default()
            }]
        })
}

fn write(all: &[Example]) -> String {
    let all: Vec<Value> = all
        .iter()
        .map(|example| match &example.json {
            Some(text) => json!({ "name": example.name, "json": text }),
            None => json!({ "name": example.name, "key": example.key, "lines": example.lines }),
        })
        .collect();
    Value::Array(all).to_string()
}

/// What is kept; whatever cannot be read is left out.
fn read(text: &str) -> Vec<Example> {
    let Ok(Value::Array(all)) = serde_json::from_str(text) else {
        return Vec::new();
    };
    let text = |example: &Value, member: &str| {
        example
            .get(member)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let read = |(id, example): (usize, &Value)| Example {
        // At most MOST.
        id: id as u32,
        name: text(example, "name"),
        key: text(example, "key"),
        lines: text(example, "lines"),
        json: example
            .get("json")
            .and_then(Value::as_str)
            .map(str::to_owned),
    };
    all.iter()
        .filter(|example| example.is_object())
        .take(MOST)
        .enumerate()
        .map(read)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn german() -> Example {
        Example {
            id: 0,
            name: "a German beta user".to_owned(),
            key: "u-7".to_owned(),
            lines: "country = DE\norg.plan = beta".to_owned(),
            json: None,
        }
    }

    #[test]
    fn what_is_kept_comes_back() {
        let json = Example {
            id: 1,
            json: Some("{".to_owned()),
            ..Example::default()
        };
        let all = [german(), json];
        assert_eq!(read(&write(&all)), all);
        assert_eq!(read("[1, null]"), []);
        assert_eq!(read("what"), []);
    }

    #[test]
    fn nobody_gets_the_examples_of_others() {
        assert_ne!(place("ann", "shop"), place("bob", "shop"));
        assert_ne!(place("a/b", "c"), place("a", "b/c"));
        assert!(
            place("ann", "shop").starts_with(KEPT),
            "and signing out finds them"
        );
    }

    #[test]
    fn a_context_can_be_typed_both_ways() {
        let turned = german().turned(true);
        assert_eq!(turned.context(), german().context());
        assert_eq!(turned.turned(false), german());
        let broken = Example {
            json: Some("{".to_owned()),
            ..german()
        };
        assert_eq!(broken.turned(false), german(), "the fields come back");
    }

    #[test]
    fn titles_fall_back_on_the_unit() {
        let title = |name: &str, json: &str| {
            let example = Example {
                name: name.to_owned(),
                json: Some(json.to_owned()),
                ..Example::default()
            };
            example.title()
        };
        assert_eq!(title("Ann", "{}"), "Ann");
        assert_eq!(title("", r#"{"targetingKey":"u1"}"#), "u1");
        assert_eq!(title("", r#"{"targetingKey":7}"#), "7");
        assert_eq!(title("", "{"), "no unit");
    }
}
