//! What a webhook may be.

use reqwest::Url;
use serin_api::{error::Detail, webhook::EVENTS};
use uuid::Uuid;

use super::Fields;
use crate::{
    service::{Error, Result, fields, writer::Work},
    store,
};

/// The longest address, in bytes.
const MAX_URL: usize = 2000;

/// Fields without mistakes, each event and environment once. Environments that it names already
/// (`kept`) may be gone: one that was deleted is in nobody's way.
pub(super) async fn checked(
    work: &mut Work,
    project_id: Uuid,
    mut new: Fields,
    kept: &[String],
) -> Result<Fields> {
    let mut details = Vec::new();
    if let Err(message) = check_url(&new.url) {
        details.push(detail("/url", "url", message));
    }
    fields::check_text(new.description.as_deref(), "/description", &mut details);
    if new.events.is_empty() {
        details.push(detail(
            "/events",
            "required",
            "name at least one event, or `*` for all",
        ));
    }
    for (index, event) in new.events.iter().enumerate() {
        let known = match event.strip_suffix('*') {
            Some(beginning) => EVENTS.iter().any(|name| name.starts_with(beginning)),
            None => EVENTS.contains(&event.as_str()),
        };
        if !known {
            let message = format!("there is no event {event:?}");
            details.push(detail(
                &format!("/events/{index}"),
                "unknown_event",
                &message,
            ));
        }
    }
    let there = store::environment::list(&mut work.tx, project_id).await?;
    for (index, key) in new.environments.iter().enumerate() {
        let is_there = there.iter().any(|environment| environment.key == *key);
        if !is_there && !kept.contains(key) {
            let message = format!("there is no environment {key:?}");
            let path = format!("/environments/{index}");
            details.push(detail(&path, "unknown_environment", &message));
        }
    }
    for names in [&mut new.events, &mut new.environments] {
        names.sort_unstable();
        names.dedup();
    }
    match details.is_empty() {
        true => Ok(new),
        false => Err(Error::Invalid(details)),
    }
}

/// Nothing but an address goes into it: credentials in it would be in logs and lists.
fn check_url(text: &str) -> std::result::Result<(), &'static str> {
    let message = "it is like https://example.com/hooks/serin";
    if text.len() > MAX_URL || text.contains('\0') {
        return Err("it is too long, or has a character that is not taken");
    }
    let url = Url::parse(text).map_err(|_| message)?;
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() {
        return Err(message);
    }
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("it has no username, password or fragment");
    }
    Ok(())
}

fn detail(path: &str, code: &str, message: &str) -> Detail {
    Detail {
        path: path.to_owned(),
        code: code.to_owned(),
        message: message.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::check_url;

    #[test]
    fn addresses_are_addresses_and_nothing_more() {
        for url in [
            "https://example.com/a?b=c",
            "http://127.0.0.1:8080",
            "http://[::1]/",
        ] {
            assert_eq!(check_url(url), Ok(()), "{url}");
        }
        for url in [
            "",
            "example.com",
            "ftp://example.com",
            "https://",
            "https://ada:secret@example.com",
            "https://example.com/#part",
            "file:///etc/passwd",
        ] {
            assert!(check_url(url).is_err(), "{url}");
        }
        assert!(check_url(&format!("https://example.com/{}", "a".repeat(2000))).is_err());
    }
}
