//! What a live release stands in the way of, in the same words everywhere.

use serin_api::{
    entity::{FlagListItem, LiveRelease},
    error::{Detail, Error, codes},
    webhook::DeliveredRelease,
};
use serin_engine::release::Site;
use uuid::Uuid;

use super::release::weight;

/// What to do about a live release that is in the way.
pub(crate) const ADVICE: &str =
    "Roll it back or promote it to the end first, or wait until it is over.";

/// How the server names a release that uses something.
const PREFIX: &str = "release:";

/// A live release, as people know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Owner {
    pub(crate) id: Uuid,
    /// The environment's key.
    pub(crate) environment: String,
    /// What people call the flag that it moves.
    flag: String,
    /// What of the flag it moves, where that is not the default: ` (rule de)`.
    place: String,
    /// How far it is: `live at 10 %`.
    standing: String,
}

impl Owner {
    fn new(item: &FlagListItem, environment: &str, live: &LiveRelease) -> Self {
        let state = match live.state.as_str() {
            "running" => "live",
            other => other,
        };
        Self {
            id: live.id,
            environment: environment.to_owned(),
            flag: item
                .flag
                .document
                .name
                .clone()
                .unwrap_or_else(|| item.flag.key.clone()),
            place: place(&live.site),
            standing: format!("{state} at {}", weight(live.weight)),
        }
    }

    /// `The release of Checkout in production`.
    pub(crate) fn name(&self) -> String {
        called(&self.flag, &self.place, &self.environment)
    }

    /// `is live at 10 %`.
    pub(crate) fn standing(&self) -> String {
        format!("is {}", self.standing)
    }

    /// `The release of Checkout in production, live at 10 %`.
    pub(crate) fn told(&self) -> String {
        format!("{}, {}", self.name(), self.standing)
    }

    fn sentence(&self) -> String {
        format!("{} {}.", self.name(), self.standing())
    }
}

/// The live releases of a flag in an environment, oldest first.
pub(crate) fn live<'a>(item: &'a FlagListItem, environment: &str) -> &'a [LiveRelease] {
    item.releases.get(environment).map_or(&[], Vec::as_slice)
}

/// The live releases of a flag, in one environment or in all of them.
pub(crate) fn owners(flags: &[FlagListItem], flag: &str, environment: Option<&str>) -> Vec<Owner> {
    let item = flags.iter().find(|item| item.flag.key == flag);
    let live = item.into_iter().flat_map(all);
    live.filter(|(_, at, _)| environment.is_none_or(|environment| environment == *at))
        .map(|(item, at, live)| Owner::new(item, at, live))
        .collect()
}

/// A refusal because something is in use, sorted for people.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct InUse {
    /// The releases that are known.
    pub(crate) owners: Vec<Owner>,
    /// Whether there are others, of which nothing is known here.
    pub(crate) unknown: bool,
    /// What else uses it.
    pub(crate) others: Vec<String>,
}

impl InUse {
    /// Nothing where it was refused for another reason, or no release has to do with it.
    pub(crate) fn of(flags: &[FlagListItem], error: &Error) -> Option<Self> {
        let id =
            |detail: &Detail| -> Option<Uuid> { detail.message.strip_prefix(PREFIX)?.parse().ok() };
        if error.code != codes::IN_USE || error.details.iter().all(|detail| id(detail).is_none()) {
            return None;
        }
        let mut found = Self::default();
        for detail in &error.details {
            match id(detail).map(|id| find(flags, id)) {
                Some(Some(owner)) if found.owners.contains(&owner) => {}
                Some(Some(owner)) => found.owners.push(owner),
                Some(None) => found.unknown = true,
                None => found.others.push(detail.message.clone()),
            }
        }
        Some(found)
    }
}

/// A live release by its id.
pub(crate) fn find(flags: &[FlagListItem], id: Uuid) -> Option<Owner> {
    flags.iter().find_map(|item| {
        let (item, at, live) = all(item).find(|(_, _, live)| live.id == id)?;
        Some(Owner::new(item, at, live))
    })
}

/// What people call a release that a delivery told of, which may be over: as [`Owner::name`].
pub(crate) fn delivered(flags: &[FlagListItem], release: &DeliveredRelease) -> String {
    let known = flags.iter().find(|item| item.flag.key == release.flag);
    let flag = known.and_then(|item| item.flag.document.name.as_ref());
    let rule = release.rule.as_ref();
    called(
        flag.unwrap_or(&release.flag),
        &rule.map_or_else(String::new, |rule| place(&Site::Rule(rule.clone()))),
        &release.environment,
    )
}

fn called(flag: &str, place: &str, environment: &str) -> String {
    format!("The release of {flag}{place} in {environment}")
}

/// What of a flag a release moves, where that is not the default: ` (rule de)`.
fn place(site: &Site) -> String {
    match site {
        Site::Default => String::new(),
        site => format!(" ({})", super::release::site(site)),
    }
}

/// The live releases of a flag, each with its environment.
fn all(item: &FlagListItem) -> impl Iterator<Item = (&FlagListItem, &String, &LiveRelease)> {
    let in_each = item.releases.iter();
    in_each.flat_map(move |(at, live)| live.iter().map(move |live| (item, at, live)))
}

/// The same error for a place in which nothing can be a link.
pub(crate) fn told(flags: &[FlagListItem], error: Error) -> Error {
    let Some(found) = InUse::of(flags, &error) else {
        return error;
    };
    let mut message: Vec<String> = found.owners.iter().map(Owner::sentence).collect();
    if found.unknown {
        message.push("A live release has it.".to_owned());
    }
    message.extend(
        found
            .others
            .iter()
            .map(|other| format!("It is used by {other}.")),
    );
    message.push(ADVICE.to_owned());
    Error {
        message: message.join(" "),
        details: Vec::new(),
        ..error
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    const ID: &str = "00000000-0000-0000-0000-000000000007";

    const OF_A_RULE: &str = "00000000-0000-0000-0000-000000000008";

    fn flags() -> Vec<FlagListItem> {
        let flag = json!({"key": "checkout", "version": 1, "updated_at": "2026-11-21T10:00:00Z", "updated_by": "ann",
            "name": "Checkout", "type": "boolean", "variations": [{"key": "on", "value": true}],
            "environments": {}, "releases": {"production": [
                {"id": ID, "site": "default", "stage": 0, "stages": 2, "weight": 10.0, "state": "running"},
                {"id": OF_A_RULE, "site": {"rule": "de"}, "stage": 0, "stages": 2, "weight": 5.0, "state": "paused"}]}});
        vec![serde_json::from_value(flag).unwrap()]
    }

    fn refused(code: &str, by: &[&str]) -> Error {
        let detail = |by: &&str| json!({"path": "/changes/0/document/default", "code": "in_use", "message": by});
        let details: Vec<Value> = by.iter().map(detail).collect();
        serde_json::from_value(
            json!({"code": code, "message": format!("the flag is in use: {}", by.join(", ")),
            "details": details, "request_id": ""}),
        )
        .unwrap()
    }

    #[test]
    fn a_release_in_the_way_is_told_by_name_and_share() {
        let by = format!("release:{ID}");
        let said = told(&flags(), refused("in_use", &[&by, &by]));
        assert_eq!(
            said.message.replace('\u{202f}', " "),
            "The release of Checkout in production is live at 10 %. Roll it back or promote it to the end first, or wait until it is over."
        );
        assert!(said.details.is_empty());
    }

    #[test]
    fn two_releases_of_a_flag_are_told_apart() {
        let of_a_rule = find(&flags(), OF_A_RULE.parse().unwrap()).unwrap();
        assert_eq!(
            of_a_rule.told().replace('\u{202f}', " "),
            "The release of Checkout (rule de) in production, paused at 5 %"
        );
        let all = owners(&flags(), "checkout", Some("production"));
        assert_eq!(all.len(), 2);
        assert_ne!(all[0].name(), all[1].name());
    }

    #[test]
    fn a_release_that_is_over_has_its_name() {
        let of = |members: Value| delivered(&flags(), &serde_json::from_value(members).unwrap());
        assert_eq!(
            of(json!({"environment": "production", "flag": "checkout"})),
            "The release of Checkout in production"
        );
        assert_eq!(
            of(json!({"environment": "staging", "flag": "gone", "rule": "de"})),
            "The release of gone (rule de) in staging"
        );
    }

    #[test]
    fn nobody_is_shown_an_id() {
        let other = "release:00000000-0000-0000-0000-000000000009";
        let said = told(&[], refused("in_use", &[other, "flag:top in production"]));
        assert!(
            !said.message.contains("0000") && said.message.contains("flag:top"),
            "{said:?}"
        );
    }

    #[test]
    fn other_refusals_stay_what_they_are() {
        let by = format!("release:{ID}");
        for error in [
            refused("invalid", &[&by]),
            refused("in_use", &["flag:top in production"]),
        ] {
            assert_eq!(InUse::of(&flags(), &error), None);
            assert_eq!(told(&flags(), error.clone()), error);
        }
    }

    #[test]
    fn the_releases_of_a_flag() {
        let of = |flag: &str, environment| owners(&flags(), flag, environment).len();
        assert_eq!(of("checkout", None), 2);
        assert_eq!(of("checkout", Some("production")), 2);
        assert_eq!(of("checkout", Some("staging")), 0);
        assert_eq!(of("other", None), 0);
    }
}
