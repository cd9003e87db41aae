//! Which releases of a list are shown.

use serin_engine::release::State;

/// A part of the list: its name in the address, its title, and what belongs to it.
type Part = (&'static str, &'static str, fn(&State) -> bool);

/// The parts of the list, in order.
pub(super) const GROUPS: [Part; 3] = [
    ("live", "Under way", State::is_live),
    ("ahead", "Drafts", State::is_ahead),
    ("over", "Over", State::is_over),
];

/// What one can choose.
pub(super) const CHOICES: [(&str, &str); 4] = [
    ("", "All"),
    ("live", "Under way"),
    ("ahead", "Drafts"),
    ("over", "Over"),
];

/// Which releases are shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Narrow {
    /// A part's name; empty for all.
    pub(super) state: &'static str,
    /// Whether those of all environments are.
    pub(super) everywhere: bool,
}

/// The name as it is known here; empty for one that is not.
pub(super) fn known(name: &str) -> &'static str {
    let found = GROUPS.iter().find(|(part, _, _)| *part == name);
    found.map_or("", |(part, _, _)| part)
}

impl Narrow {
    /// What the address says.
    pub(super) fn of(query: impl Fn(&str) -> Option<String>) -> Self {
        Self {
            state: query("state").map_or("", |name| known(&name)),
            everywhere: query("environments").as_deref() == Some("all"),
        }
    }

    /// What the address is to say.
    pub(super) fn search(self) -> String {
        let mut parts = Vec::new();
        if !self.state.is_empty() {
            parts.push(format!("state={}", self.state));
        }
        if self.everywhere {
            parts.push("environments=all".to_owned());
        }
        if parts.is_empty() {
            String::new()
        } else {
            format!("?{}", parts.join("&"))
        }
    }

    /// Whether a part is shown.
    pub(super) fn shows(self, part: &str) -> bool {
        self.state.is_empty() || self.state == part
    }

    /// Whether a release in this state is shown.
    pub(super) fn holds(self, state: &State) -> bool {
        let mut groups = GROUPS.iter();
        groups.any(|(name, _, belongs)| self.shows(name) && belongs(state))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_leads_both_ways() {
        for (state, everywhere) in [("", false), ("live", true), ("over", false)] {
            let narrow = Narrow { state, everywhere };
            let search = narrow.search();
            let read = Narrow::of(|name| crate::router::page::parameter(&search, name));
            assert_eq!(read, narrow, "{search}");
        }
        let odd = Narrow::of(|_| Some("odd".to_owned()));
        assert_eq!(odd, Narrow::default());
    }

    #[test]
    fn states_are_in_one_part_each() {
        let narrow = Narrow {
            state: "ahead",
            ..Narrow::default()
        };
        assert!(narrow.holds(&State::Draft) && !narrow.holds(&State::Completed));
        assert!(Narrow::default().holds(&State::Superseded));
    }
}
