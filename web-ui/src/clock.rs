//! The browser's time, and times in words.

use std::time::Duration;

use chrono::{DateTime, Utc};
use leptos::prelude::*;

/// What time it is, for the browser.
pub(crate) fn now() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(js_sys::Date::now() as i64).unwrap_or_default()
}

/// A time that moves every quarter of a minute, for relative times.
#[derive(Clone, Copy)]
pub(crate) struct Ticking {
    now: RwSignal<DateTime<Utc>>,
    /// The date, by the browser's own zone.
    today: Memo<String>,
}

impl Ticking {
    /// Starts the clock of the application; call it once, at the root.
    pub(crate) fn provide() {
        let signal = RwSignal::new(now());
        set_interval(move || signal.set(now()), Duration::from_secs(15));
        let today = Memo::new(move |_| day_of(&local_text(signal.get())).to_owned());
        provide_context(Self { now: signal, today });
    }

    /// The present time, tracked.
    pub(crate) fn now(self) -> DateTime<Utc> {
        self.now.get()
    }
}

/// The present time, moving every second for as long as the calling component lives.
pub(crate) fn each_second() -> RwSignal<DateTime<Utc>> {
    let signal = RwSignal::new(now());
    let tick = move || {
        signal.try_set(now());
    };
    if let Ok(handle) = set_interval_with_handle(tick, Duration::from_secs(1)) {
        on_cleanup(move || handle.clear());
    }
    signal
}

/// `just now`, `5 min ago`, `3 h ago`, `yesterday`, `12 days ago`, `4 months ago`; the same
/// words with `in …` for what is still to come.
pub(crate) fn relative(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let seconds = now.signed_duration_since(at).num_seconds();
    let future = seconds < 0;
    let (minutes, hours, days) = (
        seconds.abs() / 60,
        seconds.abs() / 3600,
        seconds.abs() / 86_400,
    );
    if minutes == 0 {
        return if future { "in a moment" } else { "just now" }.to_owned();
    }
    let span = match (hours, days) {
        (0, _) => format!("{minutes} min"),
        (_, 0) => format!("{hours} h"),
        (_, 1) => {
            return if future { "tomorrow" } else { "yesterday" }.to_owned();
        }
        (_, 2..60) => format!("{days} days"),
        (_, 60..730) => format!("{} months", days / 30),
        _ => format!("{} years", days / 365),
    };
    if future {
        format!("in {span}")
    } else {
        format!("{span} ago")
    }
}

/// The exact time as the reader writes it, in their time zone.
pub(crate) fn exact(at: DateTime<Utc>) -> String {
    let millis = at.timestamp_millis() as f64;
    let date = js_sys::Date::new(&millis.into());
    date.to_string().into()
}

/// Hours and minutes as the reader writes them, in their time zone.
pub(crate) fn time_of_day(at: DateTime<Utc>) -> String {
    let date = js_sys::Date::new(&(at.timestamp_millis() as f64).into());
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}

/// A time to the second as the reader writes it, in their time zone: `20:52:33`, with its date
/// where that is not today's. Today is tracked: at midnight it is told anew.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    let ticking = use_context::<Ticking>();
    let seconds = at.timestamp().rem_euclid(60);
    let told = |today: &str| moment_on(today, &local_text(at), seconds);
    match ticking {
        Some(ticking) => ticking.today.with(|today| told(today)),
        None => told(day_of(&local_text(now()))),
    }
}

/// A time of a `datetime-local` field with its seconds, and with its date where that is not `today`.
fn moment_on(today: &str, text: &str, seconds: i64) -> String {
    match text.split_once('T') {
        Some((day, time)) if day == today => format!("{time}:{seconds:02}"),
        Some((day, time)) => format!("{day} {time}:{seconds:02}"),
        None => text.to_owned(),
    }
}

/// The date of such a time.
fn day_of(text: &str) -> &str {
    text.split_once('T').map_or(text, |(day, _)| day)
}

/// A time as a `datetime-local` field has it: `2026-11-22T10:05`, by the browser's own zone.
pub(crate) fn local_text(at: DateTime<Utc>) -> String {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_f64(
        at.timestamp_millis() as f64
    ));
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}",
        date.get_full_year(),
        date.get_month() + 1,
        date.get_date(),
        date.get_hours(),
        date.get_minutes()
    )
}

/// The time that such a field says; nothing where it says none.
pub(crate) fn read_local(text: &str) -> Option<DateTime<Utc>> {
    let date = js_sys::Date::new(&wasm_bindgen::JsValue::from_str(text));
    let at = date.get_time();
    at.is_finite()
        .then(|| DateTime::from_timestamp_millis(at as i64))
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(seconds: i64) -> String {
        let now = DateTime::from_timestamp(1_800_000_000, 0).unwrap();
        relative(now - chrono::TimeDelta::seconds(seconds), now)
    }

    #[test]
    fn the_past_in_words() {
        let said: Vec<_> = [
            0,
            59,
            60,
            3599,
            3600,
            86_399,
            86_400,
            172_800,
            86_400 * 90,
            86_400 * 800,
        ]
        .map(words)
        .into();
        let expected = [
            "just now",
            "just now",
            "1 min ago",
            "59 min ago",
            "1 h ago",
            "23 h ago",
            "yesterday",
            "2 days ago",
            "3 months ago",
            "2 years ago",
        ];
        assert_eq!(said, expected);
    }

    #[test]
    fn a_moment_of_another_day_has_its_date() {
        let at = |today| moment_on(day_of(today), "2026-11-22T23:59", 8);
        assert_eq!(at("2026-11-22T23:59"), "23:59:08");
        assert_eq!(at("2026-11-23T00:00"), "2026-11-22 23:59:08");
    }

    #[test]
    fn the_future_in_words() {
        assert_eq!(
            [-30, -300, -7200, -90_000].map(words),
            ["in a moment", "in 5 min", "in 2 h", "tomorrow",]
        );
    }
}
