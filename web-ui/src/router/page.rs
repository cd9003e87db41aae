//! Which page a path names: text in, a value out.

/// A page of this UI, without the keys that its path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    /// `/`
    Home,
    /// `/sign-in`
    SignIn,
    /// Below `/:project/:environment`.
    Inside(Inside),
    /// Nothing is there.
    Nowhere,
}

/// A page of a project's environment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Inside {
    /// `flags`
    Flags,
    /// `flags/:key`
    Flag,
    /// `segments`
    Segments,
    /// `segments/:key`
    Segment,
    /// `metrics`
    Metrics,
    /// `releases`
    Releases,
    /// `releases/new`
    NewRelease,
    /// `releases/templates`
    Templates,
    /// `releases/new-template`
    NewTemplate,
    /// `releases/templates/:key`
    Template,
    /// `releases/:id`
    Release,
    /// `releases/:id/edit`
    EditRelease,
    /// `changes`
    Changes,
    /// `audit`
    Audit,
    /// `settings`, and what is below.
    Settings(Section),
    /// Nothing is there.
    Nowhere,
}

/// A part of the settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// `settings`: the first part.
    Start,
    /// `settings/keys`
    Keys,
    /// `settings/environments`
    Environments,
    /// `settings/members`
    Members,
    /// `settings/webhooks`
    Webhooks,
    /// `settings/tokens`
    Tokens,
}

/// The number of the segment after `/:project/:environment/flags`.
pub(crate) const KEY: usize = 3;

impl Page {
    /// The page at a path.
    pub(crate) fn at(path: &str) -> Self {
        let parts: Vec<&str> = raw_segments(path).collect();
        match parts.as_slice() {
            [] => Self::Home,
            ["sign-in"] => Self::SignIn,
            [_, _, inside @ ..] => Self::Inside(Inside::at(inside)),
            _ => Self::Nowhere,
        }
    }
}

impl Inside {
    fn at(parts: &[&str]) -> Self {
        match parts {
            ["flags"] => Self::Flags,
            ["flags", _] => Self::Flag,
            ["segments"] => Self::Segments,
            ["segments", _] => Self::Segment,
            ["releases"] => Self::Releases,
            ["releases", "new"] => Self::NewRelease,
            ["releases", "templates"] => Self::Templates,
            ["releases", "new-template"] => Self::NewTemplate,
            ["releases", "templates", _] => Self::Template,
            ["releases", _] => Self::Release,
            ["releases", _, "edit"] => Self::EditRelease,
            ["metrics"] => Self::Metrics,
            ["changes"] => Self::Changes,
            ["audit"] => Self::Audit,
            ["settings"] => Self::Settings(Section::Start),
            ["settings", "keys"] => Self::Settings(Section::Keys),
            ["settings", "environments"] => Self::Settings(Section::Environments),
            ["settings", "members"] => Self::Settings(Section::Members),
            ["settings", "webhooks"] => Self::Settings(Section::Webhooks),
            ["settings", "tokens"] => Self::Settings(Section::Tokens),
            _ => Self::Nowhere,
        }
    }
}

fn raw_segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

/// The segments of a path, decoded.
pub(crate) fn segments(path: &str) -> impl Iterator<Item = String> {
    raw_segments(path).map(decode)
}

/// The first parameter of this name in a query (`?a=1&b=2`), decoded.
pub(crate) fn parameter(search: &str, name: &str) -> Option<String> {
    let query = search.strip_prefix('?').unwrap_or(search);
    query.split('&').find_map(|pair| {
        let (key, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(key) == name).then(|| decode(&value.replace('+', " ")))
    })
}

/// The path of an address without its origin.
pub(crate) fn path_of(href: &str) -> &str {
    href.split(['?', '#']).next().unwrap_or_default()
}

/// Whether a path is that of a link, or below it.
pub(crate) fn is_under(path: &str, href: &str) -> bool {
    path.strip_prefix(href)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether the server answers there itself, and not with this UI.
pub(crate) fn is_of_the_server(href: &str) -> bool {
    [
        "/api",
        "/sdk",
        "/ofrep",
        "/health",
        "/metrics",
        "/openapi.json",
    ]
    .iter()
    .any(|root| is_under(href, root))
}

/// Percent-decodes; what is no encoding stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let encoded = (first == b'%')
            .then(|| tail.get(..2))
            .flatten()
            .and_then(|digits| str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match encoded {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serin_api::paths::encode;

    use super::*;

    #[test]
    fn a_path_names_a_page() {
        for (path, page) in [
            ("/", Page::Home),
            ("", Page::Home),
            ("/sign-in", Page::SignIn),
            ("/shop", Page::Nowhere),
            ("/shop/production", Page::Inside(Inside::Nowhere)),
            ("/shop/production/flags", Page::Inside(Inside::Flags)),
            ("/shop/production/flags/", Page::Inside(Inside::Flags)),
            ("/shop/production/flags/a%2Fb", Page::Inside(Inside::Flag)),
            ("/shop/production/flags/a/b", Page::Inside(Inside::Nowhere)),
            (
                "/shop/production/releases/new",
                Page::Inside(Inside::NewRelease),
            ),
            ("/shop/production/releases/x", Page::Inside(Inside::Release)),
            (
                "/shop/production/releases/templates",
                Page::Inside(Inside::Templates),
            ),
            (
                "/shop/production/releases/templates/edit",
                Page::Inside(Inside::Template),
            ),
            (
                "/shop/production/releases/new-template",
                Page::Inside(Inside::NewTemplate),
            ),
            (
                "/shop/production/releases/x/edit",
                Page::Inside(Inside::EditRelease),
            ),
            ("/shop/production/metrics", Page::Inside(Inside::Metrics)),
            (
                "/shop/production/settings",
                Page::Inside(Inside::Settings(Section::Start)),
            ),
            (
                "/shop/production/settings/tokens",
                Page::Inside(Inside::Settings(Section::Tokens)),
            ),
        ] {
            assert_eq!(Page::at(path), page, "{path}");
        }
    }

    #[test]
    fn keys_survive_the_address() {
        for key in [
            "new-checkout",
            "a/b",
            "100 %",
            "größe",
            "🐦",
            "a?b#c",
            "%41",
            "a+b",
        ] {
            let path = format!("/shop/production/flags/{}", encode(key));
            assert_eq!(segments(&path).nth(KEY).as_deref(), Some(key));
            let search = format!("?x=1&key={}", encode(key));
            assert_eq!(parameter(&search, "key").as_deref(), Some(key));
        }
    }

    #[test]
    fn an_address_has_a_path() {
        assert_eq!(
            path_of("/shop/production/flags?q=a#b"),
            "/shop/production/flags"
        );
        assert_eq!(path_of("/shop"), "/shop");
        assert_eq!(path_of("?q=a"), "");
    }

    #[test]
    fn what_is_no_encoding_stays() {
        assert_eq!(decode("100%"), "100%");
        assert_eq!(decode("%zz%4"), "%zz%4");
        assert_eq!(decode("%ff"), "\u{fffd}");
        assert_eq!(parameter("", "key"), None);
        assert_eq!(parameter("?key", "key").as_deref(), Some(""));
        assert_eq!(parameter("?key=a+b", "key").as_deref(), Some("a b"));
    }

    #[test]
    fn a_link_is_current_on_its_page_and_below() {
        assert!(is_under(
            "/shop/production/flags/a",
            "/shop/production/flags"
        ));
        assert!(is_under("/shop/production/flags", "/shop/production/flags"));
        assert!(!is_under(
            "/shop/production/flagship",
            "/shop/production/flags"
        ));
        assert!(is_of_the_server("/openapi.json"));
        assert!(!is_of_the_server("/apiary/production/flags"));
    }
}
