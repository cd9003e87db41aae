//! Webhooks and deliveries in words.

use serin_api::webhook::{Attempt, Delivery, DeliveryState, Webhook};

use crate::components::badge::Tone;

/// Groups of events that one chooses from, with words.
pub(super) const CHOICES: [(&str, &str); 4] = [
    ("endings", "How releases end, holds and approvals"),
    ("releases", "Every step of releases"),
    ("all", "Everything: releases and changes"),
    ("own", "Events by name"),
];

/// The events of the choice `endings`.
pub(super) const ENDINGS: [&str; 7] = [
    "release.awaiting_approval",
    "release.cancelled",
    "release.completed",
    "release.harm_noted",
    "release.held",
    "release.rolled_back",
    "release.superseded",
];

/// The events that a choice means; nothing where they are named.
pub(super) fn events(choice: &str) -> Option<Vec<String>> {
    let names: &[&str] = match choice {
        "endings" => &ENDINGS,
        "releases" => &["release.*"],
        "all" => &["*"],
        _ => return None,
    };
    Some(names.iter().map(|&name| name.to_owned()).collect())
}

/// The choice that means these events.
pub(super) fn choice(listed: &[String]) -> &'static str {
    let means = |(key, _): &&(&'static str, &str)| events(key).is_some_and(|it| it == listed);
    CHOICES.iter().find(means).map_or("own", |(key, _)| key)
}

/// What a webhook is told, and of where.
pub(super) fn what(webhook: &Webhook) -> String {
    let events = match choice(&webhook.events) {
        "endings" => "releases: ends, holds, approvals".to_owned(),
        "releases" => "every step of releases".to_owned(),
        "all" => "everything".to_owned(),
        _ => webhook.events.join(", "),
    };
    match webhook.environments.is_empty() {
        true => events,
        false => format!("{events}, in {}", webhook.environments.join(", ")),
    }
}

/// The host of an address.
pub(super) fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = rest.split(['/', '?']).next();
    host.unwrap_or(rest).to_owned()
}

/// What deleting a webhook does.
pub(super) fn removal(waiting: u64) -> String {
    let log = "Nothing is sent there any more, and its log goes with it.";
    match waiting {
        0 => log.to_owned(),
        1 => format!("{log} One delivery that waits is never sent."),
        waiting => format!("{log} {waiting} deliveries that wait are never sent."),
    }
}

/// A delivery's state, in a word.
pub(super) fn state(delivery: &Delivery) -> (Tone, &'static str) {
    match (delivery.state, delivery.attempts.is_empty()) {
        (DeliveryState::Delivered, _) => (Tone::Good, "delivered"),
        (DeliveryState::Dead, _) => (Tone::Bad, "given up"),
        (DeliveryState::Waiting, true) => (Tone::Neutral, "waiting"),
        (DeliveryState::Waiting, false) => (Tone::Warn, "trying again"),
    }
}

/// What came of an attempt: `HTTP 204 in 12 ms`, `no answer within 10 s`.
pub(super) fn attempt(attempt: &Attempt) -> String {
    match (&attempt.error, attempt.status) {
        (None, Some(status)) => format!("HTTP {status} in {} ms", attempt.duration_ms),
        (Some(error), Some(status)) if !error.contains(&status.to_string()) => {
            format!("HTTP {status}: {error}")
        }
        (Some(error), _) => error.clone(),
        (None, None) => String::new(),
    }
}

/// What came of a delivery so far: `HTTP 500 · 4 attempts`.
pub(super) fn came(delivery: &Delivery) -> String {
    let last = delivery.attempts.last().map(attempt);
    match (last, delivery.attempts.len()) {
        (Some(last), 1) => last,
        (Some(last), many) => format!("{last} · {many} attempts"),
        (None, _)
            if delivery
                .next_at
                .is_some_and(|next| next > delivery.created_at) =>
        {
            "waits for the one before it, about the same release or change".to_owned()
        }
        (None, _) => "not sent yet".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    #[test]
    fn choices_are_what_they_mean() {
        for (key, _) in &CHOICES[..3] {
            assert_eq!(choice(&events(key).unwrap()), *key);
        }
        assert_eq!(choice(&["release.held".to_owned()]), "own");
        assert!(events("own").is_none());
        let known = |name: &&str| serin_api::webhook::EVENTS.contains(name);
        assert!(ENDINGS.iter().all(known));
        assert!(ENDINGS.is_sorted(), "as the server keeps them");
    }

    #[test]
    fn attempts_say_what_came_of_them() {
        let of = |status, error: Option<&str>| {
            attempt(&Attempt {
                attempt: 1,
                at: DateTime::UNIX_EPOCH,
                duration_ms: 12,
                status,
                error: error.map(str::to_owned),
            })
        };
        assert_eq!(of(Some(204), None), "HTTP 204 in 12 ms");
        assert_eq!(of(Some(500), Some("HTTP 500")), "HTTP 500");
        assert_eq!(
            of(Some(302), Some("it redirects")),
            "HTTP 302: it redirects"
        );
        assert_eq!(of(None, Some("no answer")), "no answer");
    }

    #[test]
    fn deliveries_say_what_came_of_them_so_far() {
        let mut delivery = Delivery {
            id: Default::default(),
            event: "release.held".to_owned(),
            subject: String::new(),
            release: None,
            state: DeliveryState::Waiting,
            created_at: DateTime::UNIX_EPOCH,
            next_at: Some(DateTime::UNIX_EPOCH),
            attempts: Vec::new(),
            body: None,
        };
        assert_eq!(came(&delivery), "not sent yet");
        delivery.next_at = DateTime::from_timestamp(5, 0);
        assert!(came(&delivery).starts_with("waits for the one before"));
        let failed = Attempt {
            attempt: 1,
            at: DateTime::UNIX_EPOCH,
            duration_ms: 12,
            status: Some(500),
            error: Some("HTTP 500".to_owned()),
        };
        delivery.attempts = vec![failed.clone()];
        assert_eq!(came(&delivery), "HTTP 500");
        delivery.attempts.push(failed);
        assert_eq!(came(&delivery), "HTTP 500 · 2 attempts");
    }

    #[test]
    fn hosts_are_found() {
        assert_eq!(
            host("https://chat.example.com:8443/a?b"),
            "chat.example.com:8443"
        );
        assert_eq!(host("https://example.com?a"), "example.com");
    }
}
