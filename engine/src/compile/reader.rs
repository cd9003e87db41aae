//! Reads members of JSON objects, and says where something is wrong.

use std::fmt;

use serde_json::{Number, Value};

use crate::hash::same;
use crate::json::{Elements, Node as Json, TapeMembers};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Flaw {
    /// The steps from the document to the place, the last one first.
    steps: Vec<String>,
    message: String,
}

pub(super) type Read<T> = Result<T, Flaw>;

impl Flaw {
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self {
            steps: Vec::new(),
            message: message.into(),
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for step in self.steps.iter().rev() {
            write!(f, "/{}", step.replace('~', "~0").replace('/', "~1"))?;
        }
        if !self.steps.is_empty() {
            f.write_str(": ")?;
        }
        f.write_str(&self.message)
    }
}

/// Says below which step a flaw is.
pub(super) trait Under {
    fn under(self, step: impl ToString) -> Self;
}

impl<T> Under for Read<T> {
    fn under(self, step: impl ToString) -> Self {
        self.map_err(|mut flaw| {
            flaw.steps.push(step.to_string());
            flaw
        })
    }
}

/// The members of an object. One that is null is as if absent.
#[derive(Clone, Copy)]
pub(super) struct Members<'j>(TapeMembers<'j>);

impl<'j> Members<'j> {
    pub(super) fn of(json: Json<'j>) -> Read<Self> {
        match json.members() {
            Some(members) => Ok(Self(members)),
            None => Err(expected("an object", json)),
        }
    }

    /// All members, those too that are null.
    pub(super) fn all(self) -> impl Iterator<Item = (&'j str, Json<'j>)> {
        self.0
    }

    pub(super) fn get(self, name: &str) -> Option<Json<'j>> {
        self.0.named(name).filter(|value| !value.is_null())
    }

    pub(super) fn required(self, name: &str) -> Read<Json<'j>> {
        self.get(name)
            .ok_or_else(|| Flaw::new(format!("member {name:?} is missing")))
    }

    /// Refuses all members but these.
    pub(super) fn only(self, known: &[&str]) -> Read<()> {
        let names = self.all().map(|(name, _)| name);
        let is_known = |name: &str| {
            let mut known = known.iter();
            known.any(|one| same(one.as_bytes(), name.as_bytes()))
        };
        let unknown = names.filter(|name| !is_known(name) && self.get(name).is_some());
        // The smallest, so that the message does not depend on the order of members.
        match unknown.min() {
            Some(name) => Err(Flaw::new(format!("member {name:?} is unknown here"))),
            None => Ok(()),
        }
    }

    /// The one of two members that is there; there is no other.
    pub(super) fn one_of(self, names: [&'static str; 2]) -> Read<(&'static str, Json<'j>)> {
        self.only(&names)?;
        match names.map(|name| self.get(name)) {
            [Some(value), None] => Ok((names[0], value)),
            [None, Some(value)] => Ok((names[1], value)),
            _ => Err(Flaw::new(format!(
                "expected either {:?} or {:?}",
                names[0], names[1]
            ))),
        }
    }

    fn typed<T>(
        self,
        name: &str,
        expects: &str,
        read: impl Fn(Json<'j>) -> Option<T>,
    ) -> Read<Option<T>> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => match read(value) {
                Some(read) => Ok(Some(read)),
                None => Err(expected(expects, value)).under(name),
            },
        }
    }

    pub(super) fn boolean(self, name: &str) -> Read<Option<bool>> {
        self.typed(name, "a boolean", Json::as_bool)
    }

    pub(super) fn text(self, name: &str) -> Read<Option<&'j str>> {
        self.typed(name, "a string", Json::as_str)
    }

    /// An integer by value: 5000.0 is 5000.
    pub(super) fn integer(self, name: &str) -> Read<Option<u64>> {
        self.typed(name, "an integer that is not negative", |value| {
            whole(value.as_number()?)
        })
    }

    pub(super) fn required_boolean(self, name: &str) -> Read<bool> {
        self.required(name)?;
        Ok(self.boolean(name)?.unwrap_or_default())
    }

    pub(super) fn required_text(self, name: &str) -> Read<&'j str> {
        text(self.required(name)?).under(name)
    }

    pub(super) fn required_integer(self, name: &str) -> Read<u64> {
        self.required(name)?;
        Ok(self.integer(name)?.unwrap_or_default())
    }

    /// A list; empty where absent.
    pub(super) fn list(self, name: &str) -> Read<Elements<'j>> {
        Ok(self
            .typed(name, "an array", Json::elements)?
            .unwrap_or_default())
    }

    /// Reads each element of a list; empty where absent.
    pub(super) fn each<T>(
        self,
        name: &str,
        mut read: impl FnMut(Json<'j>) -> Read<T>,
    ) -> Read<Box<[T]>> {
        let elements = self.list(name)?;
        let mut all = Vec::with_capacity(elements.len());
        for (index, element) in elements.enumerate() {
            match read(element) {
                Ok(read) => all.push(read),
                Err(flaw) => return Err(flaw).under(index).under(name),
            }
        }
        Ok(all.into())
    }

    /// A list of strings.
    pub(super) fn texts(self, name: &str) -> Read<Box<[Box<str>]>> {
        self.each(name, |element| text(element).map(Into::into))
    }
}

/// A value that must be a string.
pub(super) fn text(value: Json<'_>) -> Read<&str> {
    value.as_str().ok_or_else(|| expected("a string", value))
}

/// A value that is not what it should be.
pub(super) fn expected(what: &str, found: Json<'_>) -> Flaw {
    let found = match (found.as_number(), found.as_str()) {
        (Some(number), _) => number.to_string(),
        (_, Some(text)) => format!("{text:?}"),
        _ => found.type_name().to_owned(),
    };
    Flaw::new(format!("expected {what}, found {found}"))
}

/// A number that is an integer, by value, and not negative.
pub(crate) fn integer(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => whole(number),
        _ => None,
    }
}

fn whole(number: &Number) -> Option<u64> {
    if let Some(integer) = number.as_u64() {
        return Some(integer);
    }
    let number = number.as_f64()?;
    let whole = number.fract() == 0.0 && (0.0..18_446_744_073_709_551_616.0).contains(&number);
    whole.then_some(number as u64)
}
