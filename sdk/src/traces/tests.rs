use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

use super::EVENT;
use crate::{Client, Context, TestData};

type Fields = BTreeMap<String, String>;

/// Keeps the events of evaluations.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Fields>>>);

struct Reader<'f>(&'f mut Fields);

impl Visit for Reader<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == "feature_flag"
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        assert_eq!(event.metadata().name(), EVENT);
        let mut fields = Fields::new();
        event.record(&mut Reader(&mut fields));
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(fields);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// A flag that is on, but for one user.
fn client() -> Client {
    let data = TestData::new();
    data.set("new-checkout", true);
    data.set_for("new-checkout", "user-2", false);
    data.client()
}

/// What is told while something is done.
fn told(work: impl FnOnce(&Client)) -> Vec<Fields> {
    let client = client();
    let listener = Listener::default();
    tracing::subscriber::with_default(listener.clone(), || work(&client));
    let told = listener.0.lock().unwrap_or_else(PoisonError::into_inner);
    told.clone()
}

fn fields(of: &[(&str, &str)]) -> Fields {
    let owned = of
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    owned.collect()
}

#[test]
fn an_evaluation_is_an_event_in_the_conventions_words() {
    let told = told(|client| assert!(client.bool("new-checkout", &Context::new("user-1"), false)));
    let [told] = &told[..] else {
        panic!("{told:?}")
    };
    let version = &told["feature_flag.version"];
    assert!(version.parse::<u64>().is_ok(), "{version}");
    let set = &told["feature_flag.set.id"];
    assert_eq!(set.split('/').count(), 2, "{set}");
    let wanted = fields(&[
        ("feature_flag.key", "new-checkout"),
        ("feature_flag.provider.name", "serin"),
        (
            "feature_flag.result.variant",
            &told["feature_flag.result.variant"],
        ),
        ("feature_flag.result.reason", "default"),
        ("feature_flag.version", version),
        ("feature_flag.context.id", "user-1"),
        ("feature_flag.set.id", set),
    ]);
    assert_eq!(*told, wanted);
}

#[test]
fn every_way_to_evaluate_tells_once() {
    let user = Context::new("user-2");
    type Way<'a> = (&'a str, &'a dyn Fn(&Client));
    let ways: [Way<'_>; 6] = [
        ("targeting_match", &|client| {
            assert!(!client.bool("new-checkout", &user, true));
        }),
        ("targeting_match", &|client| {
            assert!(!client.bool_detail("new-checkout", &user, true).value);
        }),
        ("targeting_match", &|client| {
            client.evaluate("new-checkout", &user, |_| ());
        }),
        ("targeting_match", &|client| {
            let snapshot = client.snapshot();
            assert!(snapshot.evaluate("new-checkout", &user).error.is_none());
        }),
        ("error", &|client| {
            assert_eq!(client.string("new-checkout", &user, "mine"), "mine");
        }),
        ("error", &|client| {
            assert!(client.bool("nowhere", &user, true));
        }),
    ];
    for (number, (reason, way)) in ways.into_iter().enumerate() {
        let told = told(way);
        let reasons: Vec<_> = told
            .iter()
            .map(|fields| fields["feature_flag.result.reason"].as_str())
            .collect();
        assert_eq!(reasons, [reason], "way {number}: {told:?}");
    }
}

#[test]
fn what_is_wrong_is_told() {
    let user = Context::new("user-1");
    let told = told(|client| {
        let _ = client.string("new-checkout", &user, "mine");
        let _ = client.bool("nowhere", &Context::default(), true);
    });
    let errors: Vec<_> = told
        .iter()
        .map(|fields| fields["error.type"].as_str())
        .collect();
    assert_eq!(errors, ["type_mismatch", "flag_not_found"]);
    assert!(told[1]["feature_flag.error.message"].contains("nowhere"));
    assert!(!told[1].contains_key("feature_flag.context.id"));
    assert!(!told[1].contains_key("feature_flag.result.variant"));
}

#[test]
fn a_detail_has_the_same_attributes() {
    let client = client();
    let user = Context::new("user-1");
    let told = told(|client| drop(client.bool_detail("new-checkout", &user, false)));
    let detail = client.bool_detail("new-checkout", &user, false);
    let attributes: Fields = detail
        .attributes("new-checkout", &user)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.into_owned()))
        .collect();
    for (name, value) in &attributes {
        assert_eq!(told[0][name], *value, "{name}");
    }
    assert_eq!(
        told[0].len(),
        attributes.len() + 1,
        "all but the set of flags"
    );

    let wrong = client.string_detail("new-checkout", &user, "mine");
    let attributes = wrong.attributes("new-checkout", &user);
    assert!(attributes.contains(&("error.type", "type_mismatch".into())));
    assert!(attributes.contains(&("feature_flag.result.reason", "error".into())));
}
