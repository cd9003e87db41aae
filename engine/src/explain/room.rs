//! How much an explanation may hold.

use serde_json::{Map, Value};

/// The most conditions in one explanation.
const CONDITIONS: usize = 2000;
/// About how many bytes of text the steps may have.
const BYTES: usize = 400_000;
/// The most leaves that are evaluated to find what in segments decided.
const WORK: usize = 20_000;
/// The most characters of one text. Keys have no more than 255.
const CHARS: usize = 300;
/// The most elements or members of a value that is seen, and of a list that is wanted.
const ELEMENTS: usize = 20;
/// How deep a value that is seen is shown.
const LEVELS: usize = 4;
/// About what a step or a condition takes beside its texts.
const OVERHEAD: usize = 80;

/// The room that is left.
pub(super) struct Room {
    conditions: usize,
    bytes: usize,
    work: usize,
    cut: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self {
            conditions: CONDITIONS,
            bytes: BYTES,
            work: WORK,
            cut: false,
        }
    }
}

impl Room {
    /// Takes the place of a condition, where there is one left.
    pub(super) fn condition(&mut self) -> bool {
        if self.conditions == 0 || self.bytes == 0 {
            return self.refuse();
        }
        self.conditions -= 1;
        self.spend(OVERHEAD);
        true
    }

    /// Takes the place of a step, where there is one left.
    pub(super) fn step(&mut self) -> bool {
        if self.bytes == 0 {
            return self.refuse();
        }
        self.spend(OVERHEAD);
        true
    }

    /// Whether more conditions have a place.
    pub(super) fn has_conditions(&mut self) -> bool {
        (self.conditions > 0 && self.bytes > 0) || self.refuse()
    }

    /// Counts a leaf.
    pub(super) fn leaf(&mut self) {
        self.work = self.work.saturating_sub(1);
    }

    /// Whether there is time to look into another segment.
    pub(super) fn has_work(&mut self) -> bool {
        self.work > 0 || self.refuse()
    }

    /// Something is left out.
    pub(super) fn refuse(&mut self) -> bool {
        self.cut = true;
        false
    }

    pub(super) fn is_cut(&self) -> bool {
        self.cut
    }

    /// A text, shortened where it is very long.
    pub(super) fn text(&mut self, text: &str) -> String {
        let short = shortened(text);
        self.spend(short.len());
        short
    }

    /// A value, shortened where it is large.
    pub(super) fn value(&mut self, value: &Value) -> Value {
        self.shown(value, LEVELS)
    }

    /// The first of some values, and how many more there are.
    pub(super) fn values(&mut self, values: &[Value]) -> (Vec<Value>, usize) {
        let shown: Vec<Value> = values
            .iter()
            .take(ELEMENTS)
            .map(|value| self.value(value))
            .collect();
        let left_out = values.len() - shown.len();
        (shown, left_out)
    }

    fn shown(&mut self, value: &Value, levels: usize) -> Value {
        self.spend(8);
        match value {
            _ if self.bytes == 0 => "…".into(),
            Value::String(text) => Value::String(self.text(text)),
            Value::Array(elements) if levels > 0 => {
                let mut shown: Vec<Value> = elements
                    .iter()
                    .take(ELEMENTS)
                    .map(|one| self.shown(one, levels - 1))
                    .collect();
                if elements.len() > shown.len() {
                    shown.push("…".into());
                }
                Value::Array(shown)
            }
            Value::Object(members) if levels > 0 => {
                let mut shown: Map<String, Value> = Map::new();
                for (name, one) in members.iter().take(ELEMENTS) {
                    let name = self.text(name);
                    shown.insert(name, self.shown(one, levels - 1));
                }
                if members.len() > shown.len() {
                    shown.insert("…".to_owned(), "…".into());
                }
                Value::Object(shown)
            }
            Value::Array(_) | Value::Object(_) => "…".into(),
            plain => plain.clone(),
        }
    }

    fn spend(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(bytes);
    }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(CHARS) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn conditions_have_room_up_to_their_number() {
        let mut room = Room::default();
        for _ in 0..CONDITIONS {
            assert!(room.has_conditions() && room.condition());
        }
        assert!(!room.is_cut());
        assert!(!room.has_conditions() && room.is_cut());
        assert!(!room.condition());
        // A step takes none of it.
        assert!(room.step());
    }

    #[test]
    fn texts_have_room_up_to_their_bytes() {
        let mut room = Room::default();
        let text = "x".repeat(CHARS);
        for _ in 0..BYTES.div_ceil(CHARS) {
            assert!(room.has_conditions() && !room.is_cut());
            assert_eq!(room.text(&text), text);
        }
        assert_eq!(room.value(&json!("more")), "…");
        assert_eq!(room.value(&json!({"a": 1})), "…");
        assert!(!room.is_cut());
        assert!(!room.step() && room.is_cut());
        for refused in [Room::condition, Room::step, Room::has_conditions] {
            room.cut = false;
            assert!(!refused(&mut room) && room.is_cut());
        }
        // Steps and conditions take their part of the bytes.
        let mut room = Room::default();
        let steps = (0..BYTES).take_while(|_| room.step()).count();
        assert_eq!(steps, BYTES / OVERHEAD);
    }

    #[test]
    fn leaves_take_work() {
        let mut room = Room::default();
        for _ in 0..WORK {
            assert!(room.has_work());
            room.leaf();
        }
        assert!(!room.is_cut());
        assert!(!room.has_work() && room.is_cut());
    }

    #[test]
    fn values_are_shown_up_to_a_depth_and_a_length() {
        let mut room = Room::default();
        let nest = |levels: usize, inside: Value| {
            (0..levels).fold(inside, |value, _| json!([{"a": value}]))
        };
        assert_eq!(room.value(&nest(2, json!(1))), nest(2, json!(1)));
        assert_eq!(room.value(&nest(3, json!(1))), nest(2, json!("…")));
        assert_eq!(room.value(&nest(2, json!({"b": 1}))), nest(2, json!("…")));
        assert_eq!(room.value(&nest(2, json!([]))), nest(2, json!("…")));
        let list = |count: usize| (0..count).map(Value::from).collect::<Value>();
        assert_eq!(room.value(&list(ELEMENTS)), list(ELEMENTS));
        assert_eq!(room.value(&list(ELEMENTS + 1))[ELEMENTS], "…");
        assert_eq!(room.values(list(30).as_array().unwrap()).1, 30 - ELEMENTS);
        assert_eq!(room.text(&"é".repeat(CHARS)), "é".repeat(CHARS));
        assert_eq!(
            room.text(&"é".repeat(CHARS + 1)),
            format!("{}…", "é".repeat(CHARS))
        );
    }
}
