use serde_json::{Value, json};
use serin_engine::ruleset::Ruleset;
use uuid::Uuid;

use super::*;
use crate::relay::place::Places;

struct Fixture {
    publisher: Arc<Publisher>,
    place: Arc<Place>,
}

impl Fixture {
    fn new() -> Self {
        let publisher: Arc<Publisher> = Arc::default();
        let places = Places::new(Arc::clone(&publisher));
        let place = places.of(Uuid::from_u128(1), "shop", "production");
        Self { publisher, place }
    }

    fn take(&self, name: &str, data: impl ToString) -> Step {
        let event = Event {
            name: name.to_owned(),
            data: data.to_string(),
        };
        take(&self.publisher, &self.place, &event)
    }

    fn etag(&self) -> Option<String> {
        Some(self.publisher.snapshot(self.place.id)?.etag.clone())
    }
}

fn document(revision: u64, version: u64) -> Value {
    let mut document = json!({
        "format": 1, "project": "shop", "environment": "production", "revision": revision,
        "flags": {"checkout": {
            "type": "boolean", "version": version, "enabled": true, "off": "off", "salt": "s",
            "variations": [{"key": "on", "value": true}, {"key": "off", "value": false}],
            "default": {"serve": "on"}
        }},
        "segments": {}, "releases": []
    });
    let typed = serde_json::from_value(document.clone()).unwrap();
    let (ruleset, _) = Ruleset::from_document(typed).unwrap();
    document["fingerprint"] = Value::from(ruleset.fingerprint());
    document
}

fn senseless(step: &Step) -> bool {
    matches!(step, Step::Anew(_))
}

#[test]
fn what_is_no_ruleset_of_the_environment_changes_nothing() {
    let fixture = Fixture::new();
    assert_eq!(fixture.take("put", document(5, 3)), Step::Served);
    let good = fixture.etag();
    let mut cases = vec![Value::from("garbage"), json!([]), json!({}), Value::Null];
    for (member, value) in [
        ("project", json!("other")),
        ("environment", json!("development")),
        ("fingerprint", json!("0000000000000000")),
        ("fingerprint", Value::Null),
        ("format", json!(2)),
        ("revision", json!(-1)),
        ("flags", json!([])),
        ("flags", json!({})),
    ] {
        let mut bad = document(6, 4);
        bad[member] = value;
        cases.push(bad);
    }
    // Going back, and another content of the same revision.
    cases.push(document(4, 4));
    cases.push(document(5, 4));
    for bad in cases {
        assert!(senseless(&fixture.take("put", &bad)), "{bad}");
        assert_eq!(fixture.etag(), good, "{bad}");
    }
    assert!(senseless(&fixture.take("put", "{\"format\":")));
    assert_eq!(fixture.take("put", document(5, 3)), Step::Served);
    assert_eq!(fixture.take("put", document(6, 4)), Step::Served);
    assert_ne!(fixture.etag(), good);
}

#[test]
fn a_patch_that_does_not_fit_changes_nothing() {
    let fixture = Fixture::new();
    let next = document(6, 4);
    let patch = json!({
        "from": 5, "to": 6, "flags": next["flags"], "segments": {}, "releases": [],
        "fingerprint": next["fingerprint"],
    });
    assert!(
        senseless(&fixture.take("patch", &patch)),
        "there is nothing to change"
    );
    assert_eq!(fixture.take("put", document(5, 3)), Step::Served);
    let good = fixture.etag();
    for (member, value) in [
        ("fingerprint", json!("0000000000000000")),
        ("fingerprint", Value::Null),
        ("from", json!(4)),
        ("to", json!(5)),
        ("to", json!(3)),
        ("flags", json!({})),
        ("flags", json!(7)),
    ] {
        let mut bad = patch.clone();
        bad[member] = value;
        assert!(senseless(&fixture.take("patch", &bad)), "{bad}");
        assert_eq!(fixture.etag(), good, "{bad}");
    }
    assert_eq!(fixture.take("patch", &patch), Step::Served);
    assert_eq!(
        fixture
            .publisher
            .snapshot(fixture.place.id)
            .unwrap()
            .revision,
        6
    );
}

#[test]
fn streams_get_one_frame_whatever_line_breaks_came() {
    let fixture = Fixture::new();
    assert_eq!(fixture.take("put", document(5, 3)), Step::Served);
    let mut frames = fixture.publisher.subscribe(fixture.place.id).unwrap();
    let next = document(6, 4);
    let patch =
        json!({"from": 5, "to": 6, "flags": next["flags"], "fingerprint": next["fingerprint"]});
    let spread = serde_json::to_string_pretty(&patch).unwrap();
    assert_eq!(fixture.take("patch", spread), Step::Served);
    let frame = frames.try_recv().unwrap().frame.clone();
    let text = std::str::from_utf8(&frame).unwrap();
    assert_eq!(text.lines().count(), 4, "{text}");
}

#[test]
fn goodbyes_say_when_to_come_again() {
    let fixture = Fixture::new();
    let leave = |ms| Step::Leave(Some(Duration::from_millis(ms)));
    assert_eq!(
        fixture.take("goodbye", json!({"retry_ms": 700})),
        leave(700)
    );
    assert_eq!(
        fixture.take("goodbye", json!({"retry_ms": u64::MAX})),
        leave(300_000)
    );
    assert_eq!(fixture.take("goodbye", "?"), Step::Leave(None));
    assert_eq!(fixture.take("later", "?"), Step::Nothing);
}
