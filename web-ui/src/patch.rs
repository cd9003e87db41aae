//! Edits as merge patches: members that this page does not know stay as they are.

use serde_json::{Map, Value};

/// What has to be merged into one document to get the other.
pub(crate) fn difference(before: &Value, after: &Value) -> Value {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => members(before, after).into(),
        _ => after.clone(),
    }
}

fn members(before: &Map<String, Value>, after: &Map<String, Value>) -> Map<String, Value> {
    let mut patch = Map::new();
    for (name, value) in after {
        let known = before.get(name);
        if known != Some(value) {
            let value = known.map_or_else(|| value.clone(), |known| difference(known, value));
            patch.insert(name.clone(), value);
        }
    }
    for name in before.keys().filter(|name| !after.contains_key(*name)) {
        patch.insert(name.clone(), Value::Null);
    }
    patch
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_differs_is_sent() {
        let before = json!({"kind": "count", "name": "Errors", "direction": "up", "description": "old",
            "source": {"prometheus": {"events": "a", "window": "30s"}}});
        let after = json!({"kind": "count", "name": "Errors", "direction": "down",
            "source": {"prometheus": {"events": "a"}}});
        assert_eq!(
            difference(&before, &after),
            json!({"direction": "down", "description": null, "source": {"prometheus": {"window": null}}})
        );
        let (list, longer) = (json!({"tags": ["a"]}), json!({"tags": ["a", "b"]}));
        assert_eq!(difference(&list, &longer), longer);
        assert_eq!(difference(&list, &list), json!({}));
    }
}
