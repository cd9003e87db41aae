//! What is asked about an edit: the edit itself, and those who come and go by it.

use serde_json::{Map, Value, json};

use super::{Context, LONG};
use crate::pages::segments::{draft::Draft, page::Standing};

/// What is asked about.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Edit {
    pub(super) segment: String,
    /// Rules and members, as the engine takes them.
    pub(super) edit: Value,
    /// Those who come and those who go, as contexts.
    pub(super) listed: Vec<Context>,
}

impl Edit {
    pub(super) fn of(base: &Standing, draft: &Draft) -> Self {
        let mut edit = Map::new();
        if let Some(members) = draft.members()
            && let Ok(members) = serde_json::to_value(members)
        {
            edit.insert("members".to_owned(), members);
        }
        if draft.rules_differ(&base.overview.document.rules) {
            edit.insert("rules".to_owned(), json!(draft.rules()));
        }
        let listed = draft.lists.iter().flat_map(|list| {
            let units = list.add.iter().chain(&list.remove);
            units.map(|unit| context(&list.attribute, unit))
        });
        Self {
            segment: base.definition.key.clone(),
            edit: Value::Object(edit),
            listed: listed.take(LONG).collect(),
        }
    }
}

/// A unit as a context that has nothing else: `org.id` is a member of a member.
fn context(attribute: &str, unit: &str) -> Context {
    let steps: Vec<String> = match (attribute, attribute.strip_prefix('/')) {
        ("", _) => vec!["targetingKey".to_owned()],
        (_, Some(pointer)) => pointer
            .split('/')
            .map(|step| step.replace("~1", "/").replace("~0", "~"))
            .collect(),
        (dotted, None) => dotted.split('.').map(str::to_owned).collect(),
    };
    let mut value = Value::from(unit);
    for step in steps.into_iter().rev() {
        value = Value::Object(Map::from_iter([(step, value)]));
    }
    match value {
        Value::Object(context) => context,
        _ => Context::new(),
    }
}

#[cfg(test)]
mod tests {
    use serin_api::segment::MemberList;

    use super::*;

    fn standing() -> Standing {
        let about = json!({"key": "s", "version": 4, "updated_at": "2026-01-01T00:00:00Z", "updated_by": "bob"});
        let mut overview = about.clone();
        overview["lists"] = json!([]);
        overview["rules"] = json!([{"when": {"segment": "beta"}}]);
        Standing {
            definition: serde_json::from_value(about).unwrap(),
            overview: serde_json::from_value(overview).unwrap(),
        }
    }

    #[test]
    fn only_what_is_edited_is_asked_about() {
        let standing = standing();
        let mut draft = Draft::of(&standing.overview.document.rules);
        draft.add(MemberList::Included, "org.id", vec!["o1".to_owned()], 0);
        draft.remove(MemberList::Excluded, "", "ada");
        let edit = Edit::of(&standing, &draft);
        assert_eq!(edit.segment, "s");
        assert_eq!(
            edit.edit,
            json!({"members": {"included": [{"attribute": "org.id", "add": ["o1"]}], "excluded": [{"remove": ["ada"]}]}})
        );
        let listed: Vec<Value> = edit.listed.into_iter().map(Value::Object).collect();
        assert_eq!(
            listed,
            [json!({"org": {"id": "o1"}}), json!({"targetingKey": "ada"})]
        );
        draft.rules.clear();
        assert_eq!(Edit::of(&standing, &draft).edit["rules"], json!([]));
    }

    #[test]
    fn units_are_where_their_attribute_says() {
        let of = |attribute: &str| Value::Object(context(attribute, "u"));
        assert_eq!(of(""), json!({"targetingKey": "u"}));
        assert_eq!(of("a"), json!({"a": "u"}));
        assert_eq!(of("/a~1b/c"), json!({"a/b": {"c": "u"}}));
    }
}
