//! How many streams may be open: with one key, and in all.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use uuid::Uuid;

use crate::config::Protection;

/// The soonest that one who was refused may try again, in seconds.
const SOONEST: u64 = 5;
/// Those who are refused come back spread over so many seconds.
const SPREAD: u64 = 10;

/// Files that the process keeps for what is no stream: requests, the database.
const OTHER_FILES: usize = 256;

/// For how many streams the files suffice that the process may open. Were there no room left for a
/// request, nobody could be told that there is none.
pub(crate) fn room() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    room_within(&limits)
}

/// From the kernel's table of a process's limits; without end where it does not say.
fn room_within(limits: &str) -> usize {
    let mut lines = limits.lines();
    let line = lines.find_map(|line| line.strip_prefix("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().next());
    let files = soft.and_then(|soft| soft.parse::<usize>().ok());
    files.map_or(usize::MAX, |files| files - OTHER_FILES.min(files / 2))
}

/// Counts the open streams.
pub(crate) struct Streams {
    most: usize,
    most_by_key: u32,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    all: usize,
    by_key: HashMap<Uuid, u32>,
    refused: u64,
}

/// Why no stream is opened, and the seconds to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TooMany {
    /// The key has as many as it may.
    WithKey(u64),
    /// The server has.
    InAll(u64),
}

/// A stream that counts until this is dropped.
pub(crate) struct Permit {
    streams: Arc<Streams>,
    key: Option<Uuid>,
}

impl Streams {
    /// With the limits as configured, and no more streams than there is `room` for.
    pub(crate) fn new(protection: &Protection, room: usize) -> Arc<Self> {
        let unless_none = |most: u32| if most == 0 { u32::MAX } else { most };
        Arc::new(Self {
            most: usize::try_from(unless_none(protection.streams))
                .map_or(room, |most| most.min(room)),
            most_by_key: unless_none(protection.key_streams),
            open: Mutex::default(),
        })
    }

    /// Lets a stream be opened with a key (or by a person), or says how long to wait.
    pub(crate) fn open(self: &Arc<Self>, key: Option<Uuid>) -> Result<Permit, TooMany> {
        let mut open = self.lock();
        if open.all >= self.most {
            return Err(TooMany::InAll(open.wait()));
        }
        if let Some(key) = key {
            if open
                .by_key
                .get(&key)
                .is_some_and(|count| *count >= self.most_by_key)
            {
                return Err(TooMany::WithKey(open.wait()));
            }
            *open.by_key.entry(key).or_default() += 1;
        }
        open.all += 1;
        Ok(Permit {
            streams: Arc::clone(self),
            key,
        })
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Another one each time, so that they don't all come back at once.
    fn wait(&mut self) -> u64 {
        self.refused += 1;
        SOONEST + self.refused % SPREAD
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        open.all -= 1;
        let Some(key) = self.key else { return };
        if let Some(count) = open.by_key.get_mut(&key) {
            *count -= 1;
            if *count == 0 {
                open.by_key.remove(&key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(most: u32, most_by_key: u32) -> Arc<Streams> {
        let protection = Protection {
            streams: most,
            key_streams: most_by_key,
            ..Protection::NONE
        };
        Streams::new(&protection, usize::MAX)
    }

    #[test]
    fn files_leave_room_for_more_than_streams() {
        let limits = |soft: &str| {
            format!(
                "Max processes 62987 62987 processes\nMax open files            {soft}                 1048576              files\n"
            )
        };
        for (soft, room) in [("1024", 768), ("100", 50), ("unlimited", usize::MAX)] {
            assert_eq!(room_within(&limits(soft)), room);
        }
        assert_eq!(room_within(""), usize::MAX);
        let streams = Streams::new(&Protection::NONE, 1);
        let _one = streams.open(None).unwrap();
        assert!(matches!(streams.open(None), Err(TooMany::InAll(_))));
    }

    #[test]
    fn a_key_has_its_share_and_all_have_theirs() {
        let streams = streams(3, 2);
        let (one, other) = (Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2)));
        let first = streams.open(one).unwrap();
        let _second = streams.open(one).unwrap();
        assert!(matches!(streams.open(one), Err(TooMany::WithKey(_))));
        let _third = streams.open(other).unwrap();
        assert!(matches!(streams.open(None), Err(TooMany::InAll(_))));
        drop(first);
        let _again = streams.open(one).unwrap();
        assert!(matches!(streams.open(other), Err(TooMany::InAll(_))));
    }

    #[test]
    fn keys_without_streams_are_forgotten_and_zero_is_no_limit() {
        let streams = streams(0, 0);
        let all: Vec<_> = (0..1000)
            .map(|key| streams.open(Some(Uuid::from_u128(key % 10))).unwrap())
            .collect();
        assert_eq!(streams.lock().by_key.len(), 10);
        drop(all);
        let open = streams.lock();
        assert_eq!((open.by_key.len(), open.all), (0, 0));
    }

    #[test]
    fn those_who_are_refused_come_back_spread_out() {
        let streams = streams(1, 0);
        let _open = streams.open(None).unwrap();
        let mut waits: Vec<_> = (0..SPREAD)
            .map(|_| match streams.open(None).map(drop) {
                Err(TooMany::InAll(seconds)) => seconds,
                other => panic!("{other:?}"),
            })
            .collect();
        waits.sort_unstable();
        assert_eq!(waits, (SOONEST..SOONEST + SPREAD).collect::<Vec<_>>());
    }
}
