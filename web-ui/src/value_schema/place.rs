//! Places inside a value.

use serde_json::{Map, Value};

/// A way into a value: names of members and positions in lists.
pub(crate) type Path = Vec<String>;

/// The way to something right inside.
pub(crate) fn inside(path: &[String], step: impl ToString) -> Path {
    let mut path = path.to_vec();
    path.push(step.to_string());
    path
}

/// A way as a JSON pointer.
pub(crate) fn pointer(path: &[String]) -> String {
    path.iter()
        .map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1")))
        .collect()
}

/// Puts something into a value, or takes it out; objects on the way are made where there
/// is nothing yet.
pub(crate) fn put(value: &mut Value, path: &[String], new: Option<Value>) {
    let Some((step, rest)) = path.split_first() else {
        *value = new.unwrap_or_default();
        return;
    };
    if value.is_null() {
        if new.is_none() {
            return;
        }
        *value = Value::Object(Map::new());
    }
    match value {
        Value::Object(members) => match (rest, new) {
            ([], None) => {
                members.remove(step);
            }
            ([], Some(new)) => {
                members.insert(step.clone(), new);
            }
            (_, None) => {
                if let Some(member) = members.get_mut(step) {
                    put(member, rest, None);
                }
            }
            (_, new) => put(
                members.entry(step.clone()).or_insert(Value::Null),
                rest,
                new,
            ),
        },
        Value::Array(items) => {
            let Ok(at) = step.parse::<usize>() else {
                return;
            };
            match (rest, new) {
                ([], None) if at < items.len() => {
                    items.remove(at);
                }
                ([], Some(new)) if at >= items.len() => items.push(new),
                (_, new) => {
                    if let Some(item) = items.get_mut(at) {
                        put(item, rest, new);
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn path(steps: &[&str]) -> Path {
        steps.iter().map(|step| (*step).to_owned()).collect()
    }

    #[test]
    fn what_is_put_is_where_the_pointer_leads() {
        let mut value = json!({"keep": 1});
        for (steps, new) in [
            (&["a/b", "c~d"][..], json!("x")),
            (&["list"], json!([1])),
            (&["list", "0"], json!(2)),
            (&["list", "1"], json!(3)),
            (&["keep"], json!({"0": true})),
            (&["keep", "0"], json!(false)),
        ] {
            let path = path(steps);
            put(&mut value, &path, Some(new.clone()));
            assert_eq!(value.pointer(&pointer(&path)), Some(&new), "{path:?}");
        }
        assert_eq!(
            value,
            json!({"keep": {"0": false}, "a/b": {"c~d": "x"}, "list": [2, 3]})
        );
    }

    #[test]
    fn taking_out_takes_nothing_else() {
        let mut value = json!({"a": {"b": 1, "c": 2}, "list": [1, 2, 3], "text": "x"});
        for steps in [
            &["a", "b"][..],
            &["list", "1"],
            &["nothing", "here"],
            &["text", "inside"],
            &["list", "9"],
            &["list", "x"],
        ] {
            put(&mut value, &path(steps), None);
        }
        assert_eq!(value, json!({"a": {"c": 2}, "list": [1, 3], "text": "x"}));
    }
}
