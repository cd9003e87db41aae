//! Documents as people send them, with all that can be said of them at once: what has no shape is set
//! aside, and what is left is still held against the flag and the project.

use serde_json::{Map, Value, json};
use serin_api::error::Detail;
use serin_documents::schema::MAX_MISTAKES;
use serin_engine::{release::Document, validate::Violation};

use super::{schema, templated::Filled};
use crate::service::{Error, Result};

/// What depends on a member beside the one that it is told of: without that, it says nothing.
const DEPENDS: [(&str, &[&str]); 4] = [
    ("unsuitable_site", &["site", "baseline", "candidate"]),
    ("other_unit", &["site", "baseline", "candidate"]),
    ("below_present", &["site", "baseline", "candidate"]),
    ("not_guarded", &["guards"]),
];

/// A document that was sent.
pub(super) struct Sent {
    /// As it is, or without what has no shape.
    document: Option<Document>,
    /// What has none.
    mistakes: Vec<Detail>,
    /// Where the stages and guards of `document` stand in what was sent.
    stages: Vec<usize>,
    guards: Vec<usize>,
}

impl Sent {
    /// Reads a document.
    ///
    /// # Errors
    /// Where the schema itself is none.
    pub(super) fn read(filled: Filled) -> Result<Self> {
        let Filled { document, mistake } = filled;
        let mut mistakes = schema::mistakes(&document)?;
        let hopeless =
            mistakes.len() >= MAX_MISTAKES || mistakes.iter().any(|it| it.path.is_empty());
        if hopeless {
            mistakes.extend(mistake);
            return Ok(Self {
                document: None,
                mistakes,
                stages: Vec::new(),
                guards: Vec::new(),
            });
        }
        let mut sound = Sound::of(document, &mistakes);
        let read = sound.read();
        if mistakes.is_empty()
            && let Err(error) = &read
        {
            mistakes.push(Detail {
                path: String::new(),
                code: "shape".to_owned(),
                message: error.to_string(),
            });
        }
        if let Some(mistake) = mistake {
            // Its stages may well be where it was to begin.
            mistakes
                .retain(|told| (told.path.as_str(), told.code.as_str()) != ("/stages", "required"));
            mistakes.insert(0, mistake);
        }
        Ok(Self {
            document: read.ok(),
            mistakes,
            stages: sound.stages,
            guards: sound.guards,
        })
    }

    /// What of it has a shape; nothing where that is no document.
    pub(super) fn document(&self) -> Option<&Document> {
        self.document.as_ref()
    }

    /// Whether a member is as it was sent.
    pub(super) fn is_whole(&self, name: &str) -> bool {
        self.mistakes.iter().all(|it| member(&it.path) != name)
    }

    /// Whether nothing is wrong with its shape.
    pub(super) fn has_shape(&self) -> bool {
        self.mistakes.is_empty()
    }

    /// The document, where nothing is wrong with it.
    ///
    /// # Errors
    /// As [`Self::refusal`].
    pub(super) fn accept(self, found: Vec<Violation>) -> Result<Document> {
        match self.document {
            Some(document) if self.mistakes.is_empty() && found.is_empty() => Ok(document),
            _ => Err(self.refusal(found)),
        }
    }

    /// [`Error::Invalid`] with its mistakes in shape, and those that were found in [`Self::document`].
    pub(super) fn refusal(self, found: Vec<Violation>) -> Error {
        let told = found.into_iter().filter_map(|found| self.place(found));
        let mut mistakes: Vec<Detail> = told.collect();
        mistakes.splice(..0, self.mistakes);
        Error::Invalid(mistakes)
    }

    /// A mistake by its place in what was sent; nothing where it comes from what was set aside.
    fn place(&self, found: Violation) -> Option<Detail> {
        let path = self.sent_path(&found.path);
        let is_known = self
            .mistakes
            .iter()
            .any(|mistake| is_within(&path, &mistake.path) || is_within(&mistake.path, &path));
        let depends = DEPENDS.iter().find(|(code, _)| *code == found.code);
        let lacks = depends.is_some_and(|(_, members)| {
            let mistaken = |mistake: &Detail| members.contains(&member(&mistake.path));
            self.mistakes.iter().any(mistaken)
        });
        (!is_known && !lacks).then(|| Detail {
            path,
            code: found.code.to_owned(),
            message: found.message,
        })
    }

    fn sent_path(&self, path: &str) -> String {
        for (list, places) in [("/stages/", &self.stages), ("/guards/", &self.guards)] {
            let Some(rest) = path.strip_prefix(list) else {
                continue;
            };
            let (index, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            let place = index
                .parse()
                .ok()
                .and_then(|index: usize| places.get(index));
            if let Some(place) = place {
                return format!("{list}{place}{rest}");
            }
        }
        path.to_owned()
    }
}

/// What is left of a document without what has no shape.
struct Sound {
    document: Value,
    stages: Vec<usize>,
    guards: Vec<usize>,
}

impl Sound {
    fn of(document: Value, mistakes: &[Detail]) -> Self {
        let mut sound = Self {
            stages: all(&document["stages"]),
            guards: all(&document["guards"]),
            document,
        };
        if mistakes.is_empty() {
            return sound;
        }
        let Some(members) = sound.document.as_object_mut() else {
            return sound;
        };
        for mistake in mistakes {
            let mut steps = mistake.path.split('/').skip(1);
            let (Some(name), within) = (steps.next(), steps.next()) else {
                continue;
            };
            let index: Option<usize> = within.and_then(|step| step.parse().ok());
            match (name, index, within) {
                ("stages", Some(index), _) => sound.stages.retain(|place| *place != index),
                ("guards", Some(index), _) => sound.guards.retain(|place| *place != index),
                ("policy" | "windows", _, Some(within)) if within != "time_zone" => {
                    if let Some(whole) = members.get_mut(name).and_then(Value::as_object_mut) {
                        whole.remove(within);
                    }
                }
                _ => set_aside(members, name),
            }
        }
        keep(members, "guards", &sound.guards);
        sound.stages = end(members, std::mem::take(&mut sound.stages));
        keep(members, "stages", &sound.stages);
        sound
    }

    fn read(&mut self) -> serde_json::Result<Document> {
        serde_json::from_value(std::mem::take(&mut self.document))
    }
}

/// Where each item of a list stands.
fn all(list: &Value) -> Vec<usize> {
    (0..list.as_array().map_or(0, Vec::len)).collect()
}

/// Takes a member away; those that every document has become ones of which nothing is told.
fn set_aside(members: &mut Map<String, Value>, name: &str) {
    match name {
        "flag" | "baseline" | "candidate" => {
            // No variation has a key like this, and each another.
            members.insert(name.to_owned(), json!(format!("/{name}")));
        }
        "stages" => {
            members.insert(name.to_owned(), json!([]));
        }
        _ => {
            members.remove(name);
        }
    }
}

/// The stages to keep. What the last one is asked for is asked of no other: where it has no shape,
/// one that is well takes its place.
fn end(members: &mut Map<String, Value>, mut kept: Vec<usize>) -> Vec<usize> {
    let Some(stages) = members.get_mut("stages").and_then(Value::as_array_mut) else {
        return kept;
    };
    let whole = json!({"weight": 100});
    match stages.len().checked_sub(1) {
        None => {
            stages.push(whole);
            kept = vec![0];
        }
        Some(last) if kept.last() != Some(&last) => {
            stages[last] = whole;
            kept.push(last);
        }
        Some(_) => {}
    }
    kept
}

fn keep(members: &mut Map<String, Value>, name: &str, places: &[usize]) {
    let Some(list) = members.get_mut(name).and_then(Value::as_array_mut) else {
        return;
    };
    let mut index = 0;
    list.retain(|_| {
        index += 1;
        places.binary_search(&(index - 1)).is_ok()
    });
}

fn member(path: &str) -> &str {
    path.split('/').nth(1).unwrap_or_default()
}

/// Whether a place is another one, or within it.
fn is_within(path: &str, other: &str) -> bool {
    path.strip_prefix(other)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
