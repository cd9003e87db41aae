use serde_json::json;
use serin_api::sdk::Telemetry;
use serin_engine::ruleset::Document;

use super::{super::reports::Template, *};

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000 + second, 0).unwrap()
}

fn of(running: &[Running]) -> Vec<(u64, u64)> {
    running
        .iter()
        .map(|of| (of.revision, of.instances))
        .collect()
}

fn running(revision: u64, instances: u64) -> Running {
    Running {
        revision,
        instances,
    }
}

/// Somebody reports, with a number that grows with time.
fn says(
    instances: &mut Instances,
    (instance, revision): (u128, u64),
    running: Option<Vec<Running>>,
    second: i64,
) {
    numbered(
        instances,
        (instance, second as u64),
        revision,
        running,
        second,
    );
}

fn numbered(
    instances: &mut Instances,
    (instance, sequence): (u128, u64),
    revision: u64,
    running: Option<Vec<Running>>,
    second: i64,
) {
    let nothing = Template {
        revision,
        running: Vec::new(),
    };
    let telemetry = Telemetry {
        instance: Uuid::from_u128(instance),
        sequence,
        running,
        ..nothing.report(at(second), at(second))
    };
    let batch = Batch::read(Uuid::nil(), telemetry, at(second)).unwrap();
    instances.heard(&batch, at(second));
}

/// A flag that changed just now, with a release in a stage, none where absent.
fn ruleset(revision: u64, stage: Option<u64>) -> Ruleset {
    changed_at(revision, revision, stage)
}

/// The same, of a flag that changed at some revision.
fn changed_at(version: u64, revision: u64, stage: Option<u64>) -> Ruleset {
    let flag = json!({"type": "boolean", "version": version, "enabled": true, "off": "off",
        "variations": [{"key": "off", "value": false}], "default": {"variation": "off"}});
    let release = |stage| json!({"id": "r", "flag": "checkout", "stage": stage});
    let releases: Vec<Value> = stage.map(release).into_iter().collect();
    let document = json!({"format": 1, "project": "p", "environment": "e", "revision": revision,
        "flags": {"checkout": flag}, "releases": releases});
    let document: Document = serde_json::from_value(document).unwrap();
    Ruleset::from_document(document).unwrap().0
}

#[test]
fn each_counts_once_by_what_it_said_last_until_it_falls_silent() {
    let mut instances = Instances::default();
    for (instance, revision, second) in [(1, 4, 0), (2, 4, 0), (1, 5, 60), (3, 5, 60)] {
        says(&mut instances, (instance, revision), None, second);
    }
    let others = vec![running(5, 10), running(3, 2)];
    says(&mut instances, (9, 7), Some(others), 60);
    assert_eq!(of(&instances.tell(7, at(61))), [(5, 12), (4, 1), (3, 2)]);
    instances.evaluated(at(70));
    let told = of(&instances.tell(7, at(70)));
    assert_eq!(told, [(7, 1), (5, 12), (4, 1), (3, 2)], "and the relay");
    let silent = at(60) + RECENT;
    let told = of(&instances.tell(8, silent));
    assert_eq!(told, [(8, 1), (5, 12), (3, 2)], "the second is gone");
    assert_eq!(instances.tell(8, silent + TimeDelta::seconds(20)), []);
}

#[test]
fn only_what_a_release_waits_for_is_news() {
    let mut instances = Instances::default();
    let heard = |instances: &mut Instances, instance, revision| {
        says(instances, (instance, revision), None, 0);
    };
    heard(&mut instances, 1, 4);
    assert!(!instances.is_news(&ruleset(4, None), at(1)), "nobody waits");
    let entered = ruleset(5, Some(0));
    assert!(instances.is_news(&entered, at(1)), "it was never told");
    instances.tell(5, at(1));
    assert!(!instances.is_news(&entered, at(1)));
    heard(&mut instances, 1, 5);
    assert!(instances.is_news(&entered, at(1)));
    instances.tell(5, at(1));
    // Who comes has the stage, and another flag is of no concern.
    heard(&mut instances, 2, 5);
    assert!(!instances.is_news(&entered, at(1)));
    let other = entered.apply(&serde_json::from_value(json!({
        "from": 5, "to": 6, "releases": entered.releases(), "fingerprint": entered.fingerprint(),
    })).unwrap()).unwrap().0;
    heard(&mut instances, 2, 6);
    assert!(!instances.is_news(&other, at(1)));
    // The next stage; and the same after an edit of its flag.
    for revision in [7, 8] {
        let next = ruleset(revision, Some(1));
        let is_late = instances.is_news(&next, at(1));
        assert_eq!(is_late, revision == 7, "who had the stage before lacks it");
        instances.tell(revision, at(1));
        assert!(!instances.is_news(&next, at(1)));
        heard(&mut instances, 2, revision);
        assert!(instances.is_news(&next, at(1)), "{revision}");
        instances.tell(revision, at(1));
    }
}

#[test]
fn however_many_revisions_are_claimed_few_are_told() {
    let mut instances = Instances::default();
    for revision in 1..=1000 {
        says(&mut instances, (revision.into(), revision), None, 0);
    }
    let told = instances.tell(1, at(1));
    assert_eq!(told.len(), REVISIONS);
    assert_eq!(
        (told[0], told[REVISIONS - 1]),
        (running(1000, 1), running(1, 951))
    );
}

#[test]
fn what_the_upstream_refused_is_news_again() {
    let mut instances = Instances::default();
    says(&mut instances, (1, 5), None, 0);
    let entered = ruleset(5, Some(0));
    assert!(instances.is_news(&entered, at(1)));
    instances.tell(5, at(1));
    assert!(!instances.is_news(&entered, at(1)));
    instances.untold();
    assert!(instances.is_news(&entered, at(2)));
    assert!(instances.is_news(&entered, at(2)), "until it is told");
}

#[test]
fn a_report_that_comes_after_a_newer_one_says_nothing() {
    let mut instances = Instances::default();
    for (sequence, revision) in [(3, 4), (5, 6), (4, 5), (5, 6)] {
        numbered(&mut instances, (1, sequence), revision, None, 0);
    }
    assert_eq!(of(&instances.tell(6, at(0))), [(6, 1)]);
}

/// An SDK that comes back by another relay is counted there.
#[test]
fn who_lacks_a_stage_and_is_silent_is_not_waited_for_as_long_as_others() {
    let mut instances = Instances::default();
    let before = ruleset(4, Some(0));
    says(&mut instances, (1, 4), None, 0);
    says(&mut instances, (2, 4), None, 0);
    says(&mut instances, (3, 4), None, 0);
    let others = vec![running(4, 10)];
    says(&mut instances, (9, 4), Some(others), 0);
    assert!(instances.is_news(&before, at(0)));
    instances.tell(4, at(0));
    // They have the stage that there is, however long ago they said so.
    assert!(!instances.is_news(&before, at(100)));
    assert_eq!(of(&instances.tell(4, at(100))), [(4, 13)]);
    let entered = ruleset(5, Some(1));
    assert!(!instances.is_news(&entered, at(100)));
    assert_eq!(of(&instances.tell(5, at(100))), [(4, 13)]);
    says(&mut instances, (1, 5), None, 102);
    says(
        &mut instances,
        (9, 5),
        Some(vec![running(5, 8), running(4, 2)]),
        102,
    );
    // The third has a stream that stands still, and reports what it evaluates.
    says(&mut instances, (3, 4), None, 150);
    assert!(instances.is_news(&entered, at(150)));
    assert_eq!(of(&instances.tell(5, at(150))), [(5, 9), (4, 4)]);
    assert!(
        !instances.is_news(&entered, at(160)),
        "a minute is not over"
    );
    assert!(instances.is_news(&entered, at(165)), "nobody else says so");
    assert_eq!(of(&instances.tell(5, at(165))), [(5, 9), (4, 1)]);
    assert!(instances.is_news(&entered, at(211)));
    assert_eq!(of(&instances.tell(5, at(211))), [(5, 9)]);
}

/// They have nothing more to acknowledge, however long it takes the others.
#[test]
fn who_has_a_stage_has_it_whatever_else_changed_before_it_was_looked_at() {
    let mut instances = Instances::default();
    assert!(!instances.is_news(&ruleset(4, Some(0)), at(0)));
    says(&mut instances, (1, 5), None, 0);
    says(&mut instances, (2, 4), None, 0);
    // Two came between two looks. The second is another flag's.
    let entered = changed_at(5, 6, Some(1));
    assert!(instances.is_news(&entered, at(1)));
    assert_eq!(of(&instances.tell(6, at(1))), [(5, 1), (4, 1)]);
    assert!(instances.is_news(&entered, at(62)), "one fell silent");
    assert_eq!(of(&instances.tell(6, at(62))), [(5, 1)]);
    // All was sent anew, of which nothing is the same in memory.
    let anew = changed_at(5, 7, Some(1));
    assert!(!instances.is_news(&anew, at(63)));
    assert!(!instances.is_news(&anew, at(124)));
    assert_eq!(of(&instances.tell(7, at(124))), [(5, 1)]);
}

/// It reports, and with no counts that its relay could pass on.
#[test]
fn who_lacks_a_stage_behind_two_relays_is_waited_for_while_it_reports() {
    let (mut lower, mut upper) = (Instances::default(), Instances::default());
    let entered = ruleset(5, Some(1));
    let mut tellings = Vec::new();
    for second in 0..180 {
        if second % 20 == 0 {
            says(&mut lower, (1, 4), None, second);
        }
        if lower.is_news(&entered, at(second)) {
            let told = lower.tell(5, at(second));
            says(&mut upper, (9, 5), Some(told), second);
            tellings.push(second);
        }
        upper.is_news(&entered, at(second));
        let told = of(&upper.tell(5, at(second)));
        assert_eq!(told, [(4, 1)], "{second}");
    }
    assert_eq!(tellings, [0, 30, 60, 90, 120, 150]);
}

/// Where SDKs only acknowledge nobody else looks who is there.
#[test]
fn who_fell_silent_gives_way_to_who_comes() {
    let mut instances = Instances::default();
    for instance in 0..MOST as u128 {
        says(&mut instances, (instance, 4), None, 0);
    }
    says(&mut instances, (MOST as u128, 4), None, 1);
    assert_eq!(instances.known.len(), MOST);
    assert!(!instances.known.contains_key(&Uuid::from_u128(MOST as u128)));
    let later = 1 + RECENT.num_seconds();
    says(&mut instances, (1, 5), None, later - 1);
    says(&mut instances, (MOST as u128, 5), None, later);
    assert_eq!(of(&instances.tell(5, at(later))), [(5, 2)]);
}
