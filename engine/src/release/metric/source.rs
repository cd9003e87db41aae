//! Metrics that nobody reports: who is asked for them, and how.

use std::{collections::BTreeSet, time::Duration};

use serde::{Deserialize, Serialize};

use crate::release::Span;

/// How often a source is asked where a metric does not say.
const WINDOW: Duration = Duration::from_secs(60);

/// Who is asked: `{"prometheus": {…}}`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// The Prometheus that the server is set up with.
    Prometheus(Prometheus),
}

/// Two counters, in PromQL with [`Placeholder`]s: never a ratio, since arms of different sizes
/// are compared by what was counted.
///
/// Without `{{window}}` a query gives counters, and their increase is worked out series by series.
/// With it, it gives the increase itself: `sum(increase(errors_total[{{window}}]))`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prometheus {
    /// How much there was in an arm: all requests.
    pub exposures: String,
    /// How much of it had the event: the failed ones, each counted in `exposures` too.
    pub events: String,
    /// How often it is asked, which is how long a window is; `1m` where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Span>,
}

/// What a query may name, as `{{variation}}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Placeholder {
    /// The key of the arm's variation.
    Variation,
    /// How long the window is, as in `60s`.
    Window,
    /// The flag's key.
    Flag,
    /// The project's key.
    Project,
    /// The environment's key.
    Environment,
    /// The release's id.
    Release,
}

/// What placeholders stand for.
#[derive(Clone, Copy, Debug)]
pub struct Places<'a> {
    /// See [`Placeholder::Variation`].
    pub variation: &'a str,
    /// See [`Placeholder::Window`].
    pub window: Duration,
    /// See [`Placeholder::Flag`].
    pub flag: &'a str,
    /// See [`Placeholder::Project`].
    pub project: &'a str,
    /// See [`Placeholder::Environment`].
    pub environment: &'a str,
    /// See [`Placeholder::Release`].
    pub release: &'a str,
}

impl Prometheus {
    /// How often it is asked.
    pub fn window(&self) -> Duration {
        self.window.map_or(WINDOW, |span| span.0)
    }

    /// Whether both queries name the arm.
    pub fn tells_arms_apart(&self) -> bool {
        self.names(Placeholder::Variation)
    }

    /// Whether its queries give increases, and not counters.
    pub fn gives_increases(&self) -> bool {
        self.names(Placeholder::Window)
    }

    fn names(&self, placeholder: Placeholder) -> bool {
        [&self.exposures, &self.events]
            .into_iter()
            .all(|query| placeholders(query).is_ok_and(|names| names.contains(&placeholder)))
    }
}

impl Placeholder {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Variation,
        Self::Window,
        Self::Flag,
        Self::Project,
        Self::Environment,
        Self::Release,
    ];

    /// The name between the braces.
    pub fn name(self) -> &'static str {
        match self {
            Self::Variation => "variation",
            Self::Window => "window",
            Self::Flag => "flag",
            Self::Project => "project",
            Self::Environment => "environment",
            Self::Release => "release",
        }
    }

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name() == name)
    }

    fn stand_in(self, places: &Places<'_>) -> String {
        match self {
            // A whole number of seconds is what PromQL takes in every version.
            Self::Window => format!("{}s", places.window.as_secs().max(1)),
            Self::Variation => quoted(places.variation),
            Self::Flag => quoted(places.flag),
            Self::Project => quoted(places.project),
            Self::Environment => quoted(places.environment),
            Self::Release => quoted(places.release),
        }
    }
}

/// As it belongs within the quotation marks of a query: a key may have any character.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for character in text.chars() {
        if matches!(character, '"' | '\\' | '\'') {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted
}

/// What a query names.
///
/// # Errors
/// A name that is none, or `{{` that is not closed: what stands there.
pub fn placeholders(query: &str) -> Result<BTreeSet<Placeholder>, String> {
    let mut found = BTreeSet::new();
    parts(query, |part| {
        if let Part::Name(placeholder) = part {
            found.insert(placeholder);
        }
    })?;
    Ok(found)
}

/// A query with what its placeholders stand for. One that makes no sense stays as it is.
pub fn render(query: &str, places: &Places<'_>) -> String {
    let mut text = String::with_capacity(query.len() + 64);
    let read = parts(query, |part| match part {
        Part::Text(part) => text.push_str(part),
        Part::Name(placeholder) => text.push_str(&placeholder.stand_in(places)),
    });
    match read {
        Ok(()) => text,
        Err(_) => query.to_owned(),
    }
}

enum Part<'q> {
    Text(&'q str),
    Name(Placeholder),
}

fn parts<'q>(query: &'q str, mut each: impl FnMut(Part<'q>)) -> Result<(), String> {
    let mut rest = query;
    while let Some((before, after)) = rest.split_once("{{") {
        each(Part::Text(before));
        let (name, behind) = after
            .split_once("}}")
            .ok_or_else(|| format!("{{{{{after}"))?;
        let placeholder = Placeholder::of(name.trim()).ok_or_else(|| name.trim().to_owned())?;
        each(Part::Name(placeholder));
        rest = behind;
    }
    each(Part::Text(rest));
    Ok(())
}
