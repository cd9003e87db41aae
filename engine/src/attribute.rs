//! References to attributes of a context.

use std::fmt;

use serde_json::Value;

use crate::context::Context;

mod table;

pub(crate) use table::{AttributeId, AttributeTable, ReadingId};

/// A reference to an attribute: a dotted path that walks object members
/// (`org.plan`), or an RFC 6901 JSON pointer (`/org/plan`), which also indexes arrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttributeRef {
    text: Box<str>,
    head: Box<str>,
    rest: Box<[Step]>,
}

/// One step below the first member.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    member: Box<str>,
    /// The element that the step names in an array; only pointers have it.
    element: Option<usize>,
}

/// Why a text is no [`AttributeRef`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAttributeRef {
    /// The text is empty.
    #[error("an attribute reference is not empty")]
    Empty,
    /// Two dots in a row, or a dot at the start or the end.
    #[error("attribute reference {0:?} has an empty step")]
    EmptyStep(String),
    /// A tilde in a pointer that is neither `~0` nor `~1`.
    #[error("attribute reference {0:?} has a ~ that neither 0 nor 1 follows")]
    Escape(String),
}

impl AttributeRef {
    /// Reads a reference.
    ///
    /// # Errors
    /// Where it is empty, a dotted path has an empty step, or a pointer has a `~` that
    /// neither 0 nor 1 follows.
    pub fn parse(text: &str) -> Result<Self, InvalidAttributeRef> {
        if text.is_empty() {
            return Err(InvalidAttributeRef::Empty);
        }
        let mut steps = match text.strip_prefix('/') {
            Some(pointer) => pointer_steps(text, pointer)?,
            None => dotted_steps(text)?,
        };
        let head = steps.remove(0).member;
        Ok(Self {
            text: text.into(),
            head,
            rest: steps.into(),
        })
    }

    /// The reference to the targeting key.
    pub fn targeting_key() -> Self {
        Self {
            text: Context::TARGETING_KEY.into(),
            head: Context::TARGETING_KEY.into(),
            rest: Box::default(),
        }
    }

    /// Checks a reference without keeping it.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn validate(text: &str) -> Result<(), InvalidAttributeRef> {
        Self::parse(text).map(drop)
    }

    /// The reference as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether it names the targeting key, in either spelling.
    pub fn is_targeting_key(&self) -> bool {
        self.rest.is_empty() && &*self.head == Context::TARGETING_KEY
    }

    /// The value that it names in a context; nothing where that is missing or null.
    pub fn resolve<'c>(&self, context: &'c Context) -> Option<&'c Value> {
        self.resolve_below(context.get(&self.head)?)
    }

    /// Takes out of a context, a JSON object, what it names there. An element of an array
    /// becomes null, so that those behind it keep their places.
    pub fn redact(&self, context: &mut Value) {
        let Value::Object(members) = context else {
            return;
        };
        let Some((last, between)) = self.rest.split_last() else {
            members.remove(&*self.head);
            return;
        };
        let mut place = members.get_mut(&*self.head);
        for step in between {
            place = place.and_then(|value| step.of_mut(value));
        }
        match place {
            Some(Value::Object(members)) => {
                members.remove(&*last.member);
            }
            Some(array) => {
                if let Some(element) = last.of_mut(array) {
                    *element = Value::Null;
                }
            }
            None => {}
        }
    }

    /// The top-level attribute that it begins with.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// Whether it names a top-level attribute itself.
    pub(crate) fn is_top_level(&self) -> bool {
        self.rest.is_empty()
    }

    /// What it names below the top-level attribute that it begins with.
    pub(crate) fn resolve_below<'c>(&self, mut value: &'c Value) -> Option<&'c Value> {
        for step in &self.rest {
            value = match value {
                Value::Object(members) => members.get(&*step.member)?,
                Value::Array(elements) => elements.get(step.element?)?,
                _ => return None,
            };
        }
        (!value.is_null()).then_some(value)
    }
}

impl Step {
    fn of_mut<'v>(&self, value: &'v mut Value) -> Option<&'v mut Value> {
        match value {
            Value::Object(members) => members.get_mut(&*self.member),
            Value::Array(elements) => elements.get_mut(self.element?),
            _ => None,
        }
    }
}

impl fmt::Display for AttributeRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

fn dotted_steps(text: &str) -> Result<Vec<Step>, InvalidAttributeRef> {
    text.split('.')
        .map(|step| match step {
            "" => Err(InvalidAttributeRef::EmptyStep(text.to_owned())),
            member => Ok(Step {
                member: member.into(),
                element: None,
            }),
        })
        .collect()
}

fn pointer_steps(text: &str, pointer: &str) -> Result<Vec<Step>, InvalidAttributeRef> {
    pointer
        .split('/')
        .map(|step| {
            let member =
                unescape(step).ok_or_else(|| InvalidAttributeRef::Escape(text.to_owned()))?;
            Ok(Step {
                element: array_index(step),
                member: member.into(),
            })
        })
        .collect()
}

fn unescape(step: &str) -> Option<String> {
    let mut member = String::with_capacity(step.len());
    let mut chars = step.chars();
    while let Some(char) = chars.next() {
        member.push(match char {
            '~' => match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            },
            char => char,
        });
    }
    Some(member)
}

/// RFC 6901's index: digits without a leading zero.
fn array_index(step: &str) -> Option<usize> {
    let digits = !step.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (step == "0" || !step.starts_with('0'));
    canonical.then(|| step.parse().ok()).flatten()
}
