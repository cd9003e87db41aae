//! Requests and answers.

use std::{cell::RefCell, collections::HashSet};

use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use serin_api::{
    error::{Error, ErrorBody, codes},
    page::Page,
    paths,
    session::Session,
};
use serin_engine::json::read;
use uuid::Uuid;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Request, RequestCredentials, RequestInit, Response};

use super::UNREACHABLE;

#[derive(Default)]
struct Memory {
    csrf: String,
    signed_out: Option<Box<dyn Fn()>>,
    /// Change sets that this page made itself, so that their echo is not news.
    own: HashSet<Uuid>,
    writing: usize,
}

thread_local! {
    static MEMORY: RefCell<Memory> = RefCell::default();
}

/// The verbs that the API knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Makes or replaces.
    Put,
    /// Merges, with RFC 7396.
    Patch,
    /// Removes.
    Delete,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// Says what happens where the server no longer knows the session.
pub(crate) fn on_signed_out(then: impl Fn() + 'static) {
    MEMORY.with_borrow_mut(|memory| memory.signed_out = Some(Box::new(then)));
}

pub(super) fn remember_session(session: Option<&Session>) {
    MEMORY.with_borrow_mut(|memory| {
        memory.csrf = session.map(|s| s.csrf_token.clone()).unwrap_or_default();
    });
}

pub(super) fn remember_change(id: Uuid) {
    MEMORY.with_borrow_mut(|memory| memory.own.insert(id));
}

/// Whether this page made the change set. While a write of this page is under way, an
/// unknown one may be its echo, so it counts as own.
pub(crate) fn is_own_change(id: Uuid) -> bool {
    MEMORY.with_borrow(|memory| memory.writing > 0 || memory.own.contains(&id))
}

/// Reads.
pub(crate) async fn get<T: DeserializeOwned>(path: &str) -> Result<T, Error> {
    parsed(call(Method::Get, path, None, None).await?)
}

/// Reads without looking at what it is.
pub(crate) async fn get_text(path: &str) -> Result<String, Error> {
    call(Method::Get, path, None, None).await
}

/// Makes.
pub(crate) async fn post<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
) -> Result<T, Error> {
    parsed(write(Method::Post, path, Some(text(body)?), None).await?)
}

/// Makes or replaces; `version` is the one that was seen.
pub(crate) async fn put<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
    version: Option<u64>,
) -> Result<T, Error> {
    parsed(write(Method::Put, path, Some(text(body)?), version).await?)
}

/// Merges; `version` is the one that was seen.
pub(crate) async fn patch<T: DeserializeOwned>(
    path: &str,
    body: &impl Serialize,
    version: Option<u64>,
) -> Result<T, Error> {
    parsed(write(Method::Patch, path, Some(text(body)?), version).await?)
}

/// Removes; `version` is the one that was seen.
pub(crate) async fn delete(path: &str, version: Option<u64>) -> Result<(), Error> {
    write(Method::Delete, path, None, version).await.map(|_| ())
}

/// Reads a list to its end. `path` may already have a query.
pub(crate) async fn all_pages<T: DeserializeOwned>(path: &str) -> Result<Vec<T>, Error> {
    let items = all_items(path).await?;
    items.into_iter().map(typed).collect()
}

/// As [`all_pages`], whatever is in it: the loop is linked once, and not for each type.
async fn all_items(path: &str) -> Result<Vec<Value>, Error> {
    let mut items = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let address = match &cursor {
            None => path.to_owned(),
            Some(cursor) => format!("{path}{separator}cursor={}", paths::encode(cursor)),
        };
        let page: Page<Value> = get(&address).await?;
        items.extend(page.items);
        match page.next_cursor {
            Some(next) if cursor.as_ref() != Some(&next) => cursor = Some(next),
            _ => return Ok(items),
        }
    }
}

/// A write, once more with a fresh token where the CSRF token was refused.
async fn write(
    method: Method,
    path: &str,
    body: Option<String>,
    version: Option<u64>,
) -> Result<String, Error> {
    MEMORY.with_borrow_mut(|memory| memory.writing += 1);
    let mut answer = call(method, path, body.clone(), version).await;
    if answer
        .as_ref()
        .is_err_and(|error| error.code == codes::CSRF)
        && let Ok(session) = get::<Session>(paths::SESSION).await
    {
        remember_session(Some(&session));
        answer = call(method, path, body, version).await;
    }
    MEMORY.with_borrow_mut(|memory| memory.writing = memory.writing.saturating_sub(1));
    answer
}

async fn call(
    method: Method,
    path: &str,
    body: Option<String>,
    version: Option<u64>,
) -> Result<String, Error> {
    let asked_with = MEMORY.with_borrow(|memory| memory.csrf.clone());
    let response = send(method, path, body, version)
        .await
        .map_err(|_| unreachable_server())?;
    let status = response.status();
    let body = match response.text() {
        Ok(promise) => JsFuture::from(promise)
            .await
            .ok()
            .and_then(|text| text.as_string())
            .ok_or_else(unreachable_server)?,
        Err(_) => return Err(unreachable_server()),
    };
    if response.ok() {
        return Ok(body);
    }
    let error = error_of(status, &body);
    if error.code == codes::UNAUTHENTICATED && path != paths::SESSION {
        MEMORY.with_borrow(|memory| {
            // It says nothing about a session that began after it was asked.
            if memory.csrf == asked_with {
                memory.signed_out.iter().for_each(|then| then());
            }
        });
    }
    Err(error)
}

async fn send(
    method: Method,
    path: &str,
    body: Option<String>,
    version: Option<u64>,
) -> Result<Response, wasm_bindgen::JsValue> {
    let headers = Headers::new()?;
    headers.set("Accept", "application/json")?;
    if body.is_some() {
        let patch = method == Method::Patch;
        let media = if patch {
            "application/merge-patch+json"
        } else {
            "application/json"
        };
        headers.set("Content-Type", media)?;
    }
    if let Some(version) = version {
        headers.set("If-Match", &format!("\"{version}\""))?;
    }
    if method != Method::Get {
        headers.set(
            "X-CSRF-Token",
            &MEMORY.with_borrow(|memory| memory.csrf.clone()),
        )?;
    }
    let init = RequestInit::new();
    init.set_method(method.name());
    init.set_headers(&headers);
    init.set_credentials(RequestCredentials::SameOrigin);
    if let Some(body) = body {
        init.set_body(&body.into());
    }
    let request = Request::new_with_str_and_init(path, &init)?;
    let response = JsFuture::from(leptos::prelude::window().fetch_with_request(&request)).await?;
    response.dyn_into()
}

fn error_of(status: u16, body: &str) -> Error {
    match parsed::<ErrorBody>(body.to_owned()) {
        Ok(body) => body.error,
        Err(_) => Error {
            code: codes::INTERNAL.to_owned(),
            message: format!("The server answered with status {status} and no explanation."),
            details: Vec::new(),
            current_version: None,
            request_id: String::new(),
        },
    }
}

fn unreachable_server() -> Error {
    failed("The server cannot be reached. Nothing was changed as far as is known.".to_owned())
}

/// What went wrong on this side.
pub(crate) fn failed(message: String) -> Error {
    Error {
        code: UNREACHABLE.to_owned(),
        message,
        details: Vec::new(),
        current_version: None,
        request_id: String::new(),
    }
}

fn text(body: &impl Serialize) -> Result<String, Error> {
    // By way of a value, as in reading.
    serde_json::to_value(body)
        .and_then(|value| text_of(&value))
        .map_err(|error| unreadable(&error))
}

#[inline(never)]
fn text_of(value: &Value) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

fn parsed<T: DeserializeOwned>(body: String) -> Result<T, Error> {
    // By way of a value: the code that reads text is linked once, and not for each type.
    typed(value_of(&body)?)
}

fn typed<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    read(value).map_err(|error| unreadable(&error))
}

#[inline(never)]
fn value_of(body: &str) -> Result<Value, Error> {
    // An empty answer (204) is null.
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(body).map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error {
        code: codes::INTERNAL.to_owned(),
        message: format!(
            "What the server sent could not be read ({error}). Another version of this page may help: reload it."
        ),
        details: Vec::new(),
        current_version: None,
        request_id: String::new(),
    }
}
