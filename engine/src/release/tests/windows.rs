//! Windows and freezes, by the clock on the wall.

use serde_json::json;

use crate::release::{Period, Wall, WallTime, Windows};

/// 2026-11-22 was a Sunday.
fn wall(text: &str) -> Wall {
    text.parse::<WallTime>().unwrap().begin()
}

fn is_in(period: &str, text: &str) -> bool {
    period.parse::<Period>().unwrap().holds(wall(text))
}

#[test]
fn the_wall_knows_its_days() {
    assert_eq!(wall("1970-01-01"), Wall(0));
    assert_eq!(
        (
            wall("1970-01-01").weekday(),
            wall("1969-12-31T23:59").weekday()
        ),
        (3, 2)
    );
    assert_eq!(
        (
            wall("2026-11-22T13:05").weekday(),
            wall("2026-11-22T13:05").minute()
        ),
        (6, 785)
    );
    for odd in [
        "",
        "2026-11-2",
        "2026-11-31",
        "2026-11-22 10:00",
        "2026-11-22T10",
        "2026-11-22T24:01",
        "2026-11-22T1é:0",
    ] {
        assert!(odd.parse::<WallTime>().is_err(), "{odd}");
    }
}

#[test]
fn periods_hold_from_their_first_minute_to_before_their_last() {
    let office = "Mon-Thu 09:00-16:00";
    for (text, open) in [
        ("2026-11-23T08:59", false),
        ("2026-11-23T09:00", true),
        ("2026-11-23T15:59", true),
        ("2026-11-23T16:00", false),
        ("2026-11-26T10:00", true),
        ("2026-11-27T10:00", false),
        ("2026-11-22T10:00", false),
    ] {
        assert_eq!(is_in(office, text), open, "{text}");
    }
    assert!(is_in("Sat,Sun", "2026-11-22") && !is_in("Sat,Sun", "2026-11-23"));
    assert!(is_in("10:00-24:00", "2026-11-23T23:59"));
}

#[test]
fn a_night_belongs_to_the_day_that_it_begins_on() {
    let night = "Fri 22:00-02:00";
    assert!(is_in(night, "2026-11-27T22:00") && is_in(night, "2026-11-28T01:59"));
    assert!(!is_in(night, "2026-11-27T01:00") && !is_in(night, "2026-11-28T22:00"));
    assert!(
        is_in("Sat-Mon 00:00-01:00", "2026-11-22T00:30"),
        "over the week's end"
    );
}

#[test]
fn periods_are_read_and_written() {
    for text in [
        "Mon-Thu 09:00-16:00",
        "Sat-Sun",
        "Mon,Wed-Fri 00:00-24:00x",
        "22:00-06:00",
        "Mon-Sun",
    ] {
        let Some(text) = text.strip_suffix('x') else {
            assert_eq!(text.parse::<Period>().unwrap().to_string(), text);
            continue;
        };
        assert_eq!(text.parse::<Period>().unwrap().to_string(), "Mon,Wed-Fri");
    }
    assert_eq!(
        "fri-MON".parse::<Period>().unwrap().to_string(),
        "Mon,Fri-Sun"
    );
    for odd in [
        "",
        "Mo",
        "Mon-",
        "Mon 9:00-16:00",
        "Mon 09:00",
        "Mon 09:00-09:00",
        "Mon 24:00-01:00",
        "09:00-16:00 Mon",
        "Mon 09:00-16:00 x",
        "Mon 09:60-10:00",
        "Mon 23:00-25:00",
    ] {
        assert!(odd.parse::<Period>().is_err(), "{odd}");
    }
}

#[test]
fn a_freeze_is_stronger_than_a_window() {
    let windows: Windows = serde_json::from_value(json!({
        "time_zone": "Europe/Berlin",
        "allow": ["Mon-Fri 09:00-16:00"],
        "freezes": [{"from": "2026-12-24", "to": "2027-01-03", "reason": "holidays"}, {"from": "2026-11-23T10:00", "to": "2026-11-23T11:00"}],
    }))
    .unwrap();
    for (text, open) in [
        ("2026-11-23T09:59", true),
        ("2026-11-23T10:00", false),
        ("2026-11-23T11:00", true),
        ("2026-12-23T15:59", true),
        ("2026-12-24T09:00", false),
        ("2027-01-01T10:00", false),
        ("2027-01-04T09:00", true),
    ] {
        assert_eq!(windows.is_open(wall(text)), open, "{text}");
    }
    let reason = windows
        .freeze(wall("2027-01-03T23:59"))
        .and_then(|it| it.reason.as_deref());
    assert_eq!(reason, Some("holidays"));
    let always: Windows = serde_json::from_value(json!({"time_zone": "UTC"})).unwrap();
    assert!(always.is_open(wall("2026-11-22")));
}
