//! Time zones: what the clock on the wall shows where a release's window is written.

use chrono::{DateTime, Utc};
use jiff::{
    Timestamp,
    tz::{TimeZone, TimeZoneDatabase},
};
use serin_engine::release::{Document, Wall};

/// Whether a release's window is open; always where it has none. One whose time zone
/// nobody knows is closed: it was known when it was written.
pub(crate) fn is_open(document: &Document, now: DateTime<Utc>) -> bool {
    document.windows.as_ref().is_none_or(|windows| {
        zone(&windows.time_zone)
            .and_then(|zone| wall(&zone, now))
            .is_some_and(|wall| windows.is_open(wall))
    })
}

/// Whether there is such a time zone.
pub(crate) fn is_known(name: &str) -> bool {
    zone(name).is_some()
}

/// That there is no such time zone, for people.
pub(crate) fn unknown(name: &str) -> String {
    format!("there is no time zone {name:?}: write it like Europe/Berlin")
}

/// By the database that is in the binary: what a window means does not depend on what the
/// machine has installed.
fn zone(name: &str) -> Option<TimeZone> {
    TimeZoneDatabase::bundled().get(name).ok()
}

fn wall(zone: &TimeZone, now: DateTime<Utc>) -> Option<Wall> {
    let at = Timestamp::from_second(now.timestamp()).ok()?;
    let offset = i64::from(zone.to_offset(at).seconds());
    Some(Wall((now.timestamp() + offset).div_euclid(60)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(name: &str, at: &str) -> (u8, u16) {
        let at: DateTime<Utc> = at.parse().unwrap();
        let wall = wall(&zone(name).unwrap(), at).unwrap();
        (wall.weekday(), wall.minute())
    }

    #[test]
    fn the_wall_goes_by_the_zone_and_its_summer() {
        assert_eq!(shown("Europe/Berlin", "2026-01-05T08:00:00Z"), (0, 9 * 60));
        assert_eq!(shown("Europe/Berlin", "2026-07-06T08:00:59Z"), (0, 10 * 60));
        // The hour is there twice, and skipped once.
        assert_eq!(shown("Europe/Berlin", "2026-10-25T00:30:00Z"), (6, 150));
        assert_eq!(shown("Europe/Berlin", "2026-10-25T01:30:00Z"), (6, 150));
        assert_eq!(shown("Europe/Berlin", "2026-03-29T01:00:00Z"), (6, 180));
        assert_eq!(shown("Asia/Kolkata", "2026-01-05T23:00:00Z"), (1, 270));
        assert_eq!(shown("America/New_York", "2050-07-05T03:30:00Z"), (0, 1410));
    }

    #[test]
    fn only_names_of_zones_are_known() {
        assert!(is_known("UTC") && is_known("Pacific/Auckland"));
        assert!(!is_known("") && !is_known("Mars/Olympus") && !is_known("../etc/passwd"));
    }
}
