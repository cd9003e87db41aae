//! Entity tags: `"7"` for an entity's version, opaque ones for rulesets and answers.

use actix_web::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};

use super::error::ApiError;

/// What `If-Match` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Nothing, or `*`: whatever stands.
    Any,
    /// This version.
    Version(u64),
}

impl IfMatch {
    /// The version, where one was named.
    pub(crate) fn version(self) -> Option<u64> {
        match self {
            Self::Any => None,
            Self::Version(version) => Some(version),
        }
    }

    /// Reads the header: absent, `*`, `"7"`, `W/"7"`, and `7` as people type it.
    ///
    /// # Errors
    ///
    /// `bad_request` for anything else: a precondition that is not understood must not pass.
    pub(crate) fn read(headers: &HeaderMap) -> Result<Self, ApiError> {
        let Some(text) = text(headers, &IF_MATCH)? else {
            return Ok(Self::Any);
        };
        if text == "*" {
            return Ok(Self::Any);
        }
        opaque(text)
            .parse()
            .map(Self::Version)
            .map_err(|_| ApiError::bad_request("If-Match takes one version, such as \"7\""))
    }
}

/// Whether `If-None-Match: *` asks that nothing is there yet.
pub(crate) fn must_be_new(headers: &HeaderMap) -> bool {
    headers
        .get(IF_NONE_MATCH)
        .is_some_and(|value| value.as_bytes() == b"*")
}

/// Whether one of the tags of `If-None-Match` is `current` (compared weakly).
pub(crate) fn none_match(headers: &HeaderMap, current: &str) -> bool {
    headers
        .get_all(IF_NONE_MATCH)
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|tag| tag.trim() == "*" || opaque(tag.trim()) == opaque(current))
}

/// The tag without weakness mark and quotes.
pub(crate) fn opaque(tag: &str) -> &str {
    let tag = tag.trim();
    let tag = tag.strip_prefix("W/").unwrap_or(tag);
    tag.strip_prefix('"')
        .and_then(|tag| tag.strip_suffix('"'))
        .unwrap_or(tag)
}

fn text<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Result<Option<&'h str>, ApiError> {
    headers
        .get(name)
        .map(|value| value.to_str())
        .transpose()
        .map_err(|_| ApiError::bad_request(format!("the header {name} is not readable")))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, HeaderValue::from_static(value));
        headers
    }

    #[test]
    fn reads_versions_weak_and_strong() {
        for (value, expected) in [
            ("\"7\"", Some(IfMatch::Version(7))),
            ("W/\"7\"", Some(IfMatch::Version(7))),
            ("7", Some(IfMatch::Version(7))),
            ("*", Some(IfMatch::Any)),
            ("\"seven\"", None),
            ("\"7\", \"8\"", None),
        ] {
            assert_eq!(
                IfMatch::read(&headers(IF_MATCH, value)).ok(),
                expected,
                "{value}"
            );
        }
        assert_eq!(IfMatch::read(&HeaderMap::new()).ok(), Some(IfMatch::Any));
    }

    #[test]
    fn compares_lists_of_tags_weakly() {
        for (value, matches) in [
            ("\"a\"", true),
            ("W/\"a\"", true),
            ("\"b\", \"a\"", true),
            ("a", true),
            ("*", true),
            ("\"b\"", false),
            ("\"aa\"", false),
        ] {
            assert_eq!(
                none_match(&headers(IF_NONE_MATCH, value), "\"a\""),
                matches,
                "{value}"
            );
        }
    }
}
