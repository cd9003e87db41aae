//! JSON laid out flat: all values of a document in one list, texts borrowed from where
//! they came.
//!
//! For the compiler, which reads every value once and keeps few: a tree of maps costs
//! more to make than all the rest of loading.

use serde_json::{Map, Number, Value};

use crate::hash::same;

/// A document, or several one after the other.
#[derive(Debug, Default)]
pub(crate) struct Tape<'t> {
    items: Vec<Item<'t>>,
    /// The texts that are not in the document as they are.
    escaped: Vec<String>,
}

/// What is where on a tape: nothing that has to be dropped, so that a tape is cleared at once.
#[derive(Debug)]
pub(super) enum Item<'t> {
    Null,
    Bool(bool),
    Number(Number),
    Text(&'t str),
    /// A text that was written with escapes, by its place among those.
    Escaped(usize),
    /// So many elements follow; and the place behind the last one.
    Array(usize, usize),
    /// Names and values follow in turn; this is the place behind the last one, and what is
    /// known of the names.
    Object(usize, Names),
}

/// What is known of the names of an object's members.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Nothing.
    Any,
    /// They are all different.
    Distinct,
    /// They are in the order of their bytes too, as those of most documents are.
    Ascending,
}

/// A value on a tape.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'n> {
    tape: &'n Tape<'n>,
    place: usize,
}

/// Where elements are that there are none of.
static EMPTY: Tape<'static> = Tape {
    items: Vec::new(),
    escaped: Vec::new(),
};

impl<'t> Tape<'t> {
    /// Lays out a value that is in memory already, however deep it nests.
    pub(crate) fn of(value: &'t Value) -> Self {
        let mut tape = Self::default();
        tape.lay_out(value);
        tape
    }

    /// The first value.
    pub(crate) fn root(&self) -> Node<'_> {
        Node {
            tape: self,
            place: 0,
        }
    }

    /// Forgets all values, but not the memory that they took.
    pub(crate) fn clear(&mut self) {
        self.items.clear();
        self.escaped.clear();
    }

    /// Lays out a text that was written with escapes.
    pub(super) fn push_escaped(&mut self, text: String) {
        self.push(Item::Escaped(self.escaped.len()));
        self.escaped.push(text);
    }

    /// The text at a place, where it is one.
    #[inline]
    fn text(&self, place: usize) -> Option<&str> {
        match &self.items[place] {
            Item::Text(text) => Some(text),
            Item::Escaped(number) => Some(&self.escaped[*number]),
            _ => None,
        }
    }

    /// Lays out one item more, and says its place.
    #[inline]
    pub(super) fn push(&mut self, item: Item<'t>) -> usize {
        self.items.push(item);
        self.items.len() - 1
    }

    /// Says that the object that begins at a place ends here.
    pub(super) fn close_object(&mut self, place: usize, names: Names) {
        self.items[place] = Item::Object(self.items.len(), names);
    }

    /// Says that the array that begins at a place ends here, and how many elements it has.
    pub(super) fn close_array(&mut self, place: usize, count: usize) {
        self.items[place] = Item::Array(count, self.items.len());
    }

    fn lay_out(&mut self, value: &'t Value) {
        let mut open = vec![Open::Value(value)];
        while let Some(next) = open.pop() {
            match next {
                Open::Value(Value::Null) => self.items.push(Item::Null),
                Open::Value(Value::Bool(value)) => self.items.push(Item::Bool(*value)),
                Open::Value(Value::Number(number)) => {
                    self.items.push(Item::Number(number.clone()));
                }
                Open::Value(Value::String(text)) => self.items.push(Item::Text(text)),
                Open::Value(Value::Array(elements)) => {
                    open.push(Open::End(self.items.len()));
                    self.items.push(Item::Array(elements.len(), 0));
                    open.extend(elements.iter().rev().map(Open::Value));
                }
                Open::Value(Value::Object(members)) => {
                    open.push(Open::End(self.items.len()));
                    // Their order depends on how serde_json is built.
                    self.items.push(Item::Object(0, Names::Distinct));
                    for (name, value) in members.iter().rev() {
                        open.extend([Open::Value(value), Open::Name(name)]);
                    }
                }
                Open::Name(name) => self.items.push(Item::Text(name)),
                Open::End(place) => self.close(place),
            }
        }
    }

    /// Says where the array or object ends that begins here.
    fn close(&mut self, place: usize) {
        let behind = self.items.len();
        if let Some(Item::Array(_, end) | Item::Object(end, _)) = self.items.get_mut(place) {
            *end = behind;
        }
    }
}

/// What is still to be laid out.
enum Open<'t> {
    Value(&'t Value),
    Name(&'t str),
    /// The end of what begins at a place.
    End(usize),
}

impl<'n> Node<'n> {
    #[inline]
    fn item(self) -> &'n Item<'n> {
        &self.tape.items[self.place]
    }

    #[inline]
    fn behind(self) -> usize {
        match self.item() {
            Item::Array(_, end) | Item::Object(end, _) => *end,
            _ => self.place + 1,
        }
    }

    pub(crate) fn is_null(self) -> bool {
        matches!(self.item(), Item::Null)
    }

    pub(crate) fn as_bool(self) -> Option<bool> {
        match self.item() {
            Item::Bool(value) => Some(*value),
            _ => None,
        }
    }

    pub(crate) fn as_number(self) -> Option<&'n Number> {
        match self.item() {
            Item::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(crate) fn as_f64(self) -> Option<f64> {
        self.as_number()?.as_f64()
    }

    pub(crate) fn as_str(self) -> Option<&'n str> {
        self.tape.text(self.place)
    }

    /// The elements, where it is an array.
    pub(crate) fn elements(self) -> Option<Elements<'n>> {
        match self.item() {
            Item::Array(left, end) => Some(Elements {
                tape: self.tape,
                next: self.place + 1,
                end: *end,
                left: *left,
            }),
            _ => None,
        }
    }

    /// The members in the order of the document, where it is an object. A name may be
    /// there more than once: the last one counts.
    pub(crate) fn members(self) -> Option<Members<'n>> {
        let Item::Object(end, names) = self.item() else {
            return None;
        };
        Some(Members {
            tape: self.tape,
            next: self.place + 1,
            end: *end,
            names: *names,
        })
    }

    /// A member, where it is an object that has it.
    pub(crate) fn get(self, name: &str) -> Option<Self> {
        self.members()?.named(name)
    }

    /// The JSON type's name, for messages.
    pub(crate) fn type_name(self) -> &'static str {
        match self.item() {
            Item::Null => "null",
            Item::Bool(_) => "a boolean",
            Item::Number(_) => "a number",
            Item::Text(_) | Item::Escaped(_) => "a string",
            Item::Array(..) => "an array",
            Item::Object(..) => "an object",
        }
    }

    /// The value by itself.
    pub(crate) fn to_value(self) -> Value {
        match self.item() {
            Item::Null => Value::Null,
            Item::Bool(value) => (*value).into(),
            Item::Number(number) => Value::Number(number.clone()),
            Item::Text(_) | Item::Escaped(_) => self.as_str().into(),
            Item::Array(..) => self
                .elements()
                .into_iter()
                .flatten()
                .map(Self::to_value)
                .collect(),
            Item::Object(..) => {
                let members = self.members().into_iter().flatten();
                let members = members.map(|(name, value)| (name.to_owned(), value.to_value()));
                Value::Object(members.collect::<Map<_, _>>())
            }
        }
    }
}

/// The elements of an array.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'n> {
    tape: &'n Tape<'n>,
    next: usize,
    end: usize,
    left: usize,
}

/// The members of an object that are not passed yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Members<'n> {
    tape: &'n Tape<'n>,
    next: usize,
    end: usize,
    names: Names,
}

impl<'n> Members<'n> {
    /// The member of a name: the last one of those that have it.
    #[inline]
    pub(crate) fn named(self, name: &str) -> Option<Node<'n>> {
        let name = name.as_bytes();
        let mut found = None;
        for (one, value) in self {
            let one = one.as_bytes();
            if same(one, name) {
                found = Some(value);
                if self.names != Names::Any {
                    break;
                }
            } else if self.names == Names::Ascending && one.first() > name.first() {
                // Behind where it would be.
                break;
            }
        }
        found
    }
}

impl<'n> Iterator for Members<'n> {
    type Item = (&'n str, Node<'n>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        let name = self.tape.text(self.next)?;
        let value = Node {
            tape: self.tape,
            place: self.next + 1,
        };
        self.next = value.behind();
        Some((name, value))
    }
}

impl Default for Elements<'_> {
    fn default() -> Self {
        Self {
            tape: &EMPTY,
            next: 0,
            end: 0,
            left: 0,
        }
    }
}

impl ExactSizeIterator for Elements<'_> {}

impl<'n> Iterator for Elements<'n> {
    type Item = Node<'n>;

    fn next(&mut self) -> Option<Node<'n>> {
        if self.next >= self.end {
            return None;
        }
        let node = Node {
            tape: self.tape,
            place: self.next,
        };
        self.next = node.behind();
        self.left -= 1;
        Some(node)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

#[cfg(test)]
mod tests {
    use super::Item;

    #[test]
    fn a_tape_is_cleared_at_once() {
        assert!(!std::mem::needs_drop::<Item<'_>>());
    }
}
