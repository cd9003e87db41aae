//! Windows and freezes as they are typed.

use serin_api::error::Detail;
use serin_engine::release::{Freeze, Period, WallTime, Windows};

use super::unreadable;

/// Windows as they are typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct WindowsDraft {
    /// Whether the release has any.
    pub(crate) on: bool,
    pub(crate) time_zone: String,
    /// Like `Mon-Thu 09:00-16:00`.
    pub(crate) allow: Vec<String>,
    pub(crate) freezes: Vec<FreezeDraft>,
}

/// A freeze as it is typed.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FreezeDraft {
    /// `2026-12-24` or `2026-12-24T18:00`.
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reason: String,
}

impl WindowsDraft {
    pub(super) fn of(windows: &Windows) -> Self {
        let freezes = windows.freezes.iter().map(|freeze| FreezeDraft {
            from: freeze.from.to_string(),
            to: freeze.to.to_string(),
            reason: freeze.reason.clone().unwrap_or_default(),
        });
        Self {
            on: true,
            time_zone: windows.time_zone.clone(),
            allow: windows.allow.iter().map(Period::to_string).collect(),
            freezes: freezes.collect(),
        }
    }

    pub(super) fn read(&self, mistakes: &mut Vec<Detail>) -> Option<Windows> {
        if !self.on {
            return None;
        }
        let time_zone = self.time_zone.trim().to_owned();
        if time_zone.is_empty() {
            let message = "A time zone, like Europe/Berlin.";
            mistakes.push(unreadable("/windows/time_zone".to_owned(), message));
        }
        let allow = self.allow.iter().enumerate();
        let allow = allow.filter_map(|(index, text)| {
            let read: Result<Period, _> = text.parse();
            read.map_err(|error| {
                let path = format!("/windows/allow/{index}");
                mistakes.push(unreadable(path, &error.to_string()));
            })
            .ok()
        });
        let allow: Vec<Period> = allow.collect();
        let mut freezes = Vec::new();
        for (index, freeze) in self.freezes.iter().enumerate() {
            let mut wall = |text: &str, member: &str| -> Option<WallTime> {
                text.trim()
                    .parse()
                    .map_err(|_| {
                        let path = format!("/windows/freezes/{index}/{member}");
                        let message = "A date like 2026-12-24, or with a time: 2026-12-24T18:00.";
                        mistakes.push(unreadable(path, message));
                    })
                    .ok()
            };
            let (from, to) = (wall(&freeze.from, "from"), wall(&freeze.to, "to"));
            let reason = freeze.reason.trim();
            if let (Some(from), Some(to)) = (from, to) {
                freezes.push(Freeze {
                    from,
                    to,
                    reason: (!reason.is_empty()).then(|| reason.to_owned()),
                });
            }
        }
        Some(Windows {
            time_zone,
            allow,
            freezes,
        })
    }
}

/// Windows in a sentence.
pub(crate) fn words(draft: &WindowsDraft) -> String {
    if !draft.on {
        return "It goes on at any time.".to_owned();
    }
    let zone = draft.time_zone.trim();
    let open = if draft.allow.is_empty() {
        "at any time".to_owned()
    } else {
        draft.allow.join(", ")
    };
    let freezes = match draft.freezes.len() {
        0 => String::new(),
        1 => "; one freeze".to_owned(),
        n => format!("; {n} freezes"),
    };
    format!("By itself {open}{freezes} ({zone}). Rollbacks wait for nothing.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_in_words() {
        let mut draft = WindowsDraft::default();
        assert_eq!(words(&draft), "It goes on at any time.");
        draft.on = true;
        assert_eq!(draft.read(&mut Vec::new()).unwrap().time_zone, "");
        draft.time_zone = "Europe/Berlin".to_owned();
        draft.allow.push("Mon-Thu 09:00-16:00".to_owned());
        draft.freezes.push(FreezeDraft::default());
        assert_eq!(
            words(&draft),
            "By itself Mon-Thu 09:00-16:00; one freeze (Europe/Berlin). Rollbacks wait for nothing."
        );
    }
}
