//! One call to the engine: JSON there, JSON back.

use std::fmt;

use js_sys::Promise;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serin_engine::json::read;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Of boot.js, which knows where the engine is.
    #[wasm_bindgen(catch, js_name = serinEngine)]
    fn serin_engine(call: &str, argument: &str) -> Result<Promise, JsValue>;
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// The engine cannot be had.
    Unavailable(String),
    /// It did not come to an end in good time.
    TooLong,
    /// What was asked cannot be answered, for people.
    Refused(String),
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => write!(f, "The engine cannot be had here: {why}"),
            Self::TooLong => f.write_str("This takes too long to work out."),
            Self::Refused(why) => f.write_str(why),
        }
    }
}

pub(super) async fn call(name: &str, argument: &str) -> Result<Value, Failure> {
    let answer = match serin_engine(name, argument) {
        Ok(promise) => JsFuture::from(promise).await.map_err(|why| failure(&why))?,
        Err(why) => return Err(failure(&why)),
    };
    let text = answer.as_string().unwrap_or_default();
    let mut answer: Value = serde_json::from_str(&text).map_err(|error| unreadable(&error))?;
    match answer.get_mut("error") {
        Some(Value::String(why)) => Err(Failure::Refused(std::mem::take(why))),
        _ => Ok(answer["ok"].take()),
    }
}

/// Why the engine is lost, where this says so: it stays that until somebody brings it a
/// ruleset.
pub(super) fn lost(failure: &Failure) -> Option<&str> {
    match failure {
        Failure::Unavailable(why) => why.strip_prefix("lost "),
        Failure::TooLong | Failure::Refused(_) => None,
    }
}

pub(super) fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Failure> {
    read(value).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Failure {
    Failure::Unavailable(format!("its answer could not be read ({error})"))
}

fn failure(why: &JsValue) -> Failure {
    match why.as_string() {
        Some(why) if why == "too_long" => Failure::TooLong,
        Some(why) => Failure::Unavailable(why),
        None => Failure::Unavailable("it could not be loaded".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lost_engine_is_told_from_a_call_that_failed() {
        let unavailable = |why: &str| Failure::Unavailable(why.to_owned());
        assert_eq!(lost(&unavailable("lost 404")), Some("404"));
        assert_eq!(lost(&unavailable("unreachable")), None);
        assert_eq!(lost(&Failure::TooLong), None);
    }
}
