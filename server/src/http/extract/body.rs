//! JSON bodies: their type, size and shape.

use std::{future::Future, marker::PhantomData, pin::Pin, time::Duration};

use actix_web::{
    FromRequest, HttpMessage as _, HttpRequest,
    dev::Payload,
    error::PayloadError,
    http::header::CONTENT_ENCODING,
    http::header::CONTENT_LENGTH,
    web::{Bytes, BytesMut, Data},
};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serin_api::error::{Detail, codes};
use tokio::time::timeout;

use crate::{
    http::{Api, error::ApiError, json},
    shape,
};

/// The largest body of an ordinary write, in bytes.
pub(crate) const LIMIT: usize = 1 << 20;
/// The largest body of a change set, in bytes: imports are change sets.
pub(crate) const CHANGE_SET_LIMIT: usize = 10 << 20;

/// How long a body may take to come where nothing is configured.
const PATIENCE: Duration = Duration::from_secs(30);

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

type Reading<T> = Pin<Box<dyn Future<Output = Result<T, ApiError>>>>;

/// A body of `application/json` with at most `MAX` bytes and the shape of a `T`.
pub(crate) struct Json<T, const MAX: usize = LIMIT>(pub(crate) T);

impl<T: DeserializeOwned + 'static, const MAX: usize> FromRequest for Json<T, MAX> {
    type Error = ApiError;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, mut payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_type(&request, JSON)?;
            let bytes = read(&request, &mut payload, MAX).await?;
            shaped(&bytes).map(Self)
        })
    }
}

/// What a body is about, which says how large it may be.
pub(crate) trait Bounded: 'static {
    /// In bytes.
    const LIMIT: usize = LIMIT;
}

/// What has the limit of ordinary writes.
pub(crate) struct Ordinary;

impl Bounded for Ordinary {}

/// A whole document: a body of `application/json` that is an object.
pub(crate) struct Document<B = Ordinary>(pub(crate) Map<String, Value>, PhantomData<B>);

impl<B: Bounded> FromRequest for Document<B> {
    type Error = ApiError;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        object(request, payload, JSON, B::LIMIT, |map| {
            Self(map, PhantomData)
        })
    }
}

/// A merge patch of RFC 7396: a body of `application/merge-patch+json` that is an object.
pub(crate) struct MergePatch<B = Ordinary>(pub(crate) Map<String, Value>, PhantomData<B>);

impl<B: Bounded> FromRequest for MergePatch<B> {
    type Error = ApiError;
    type Future = Reading<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        object(request, payload, MERGE_PATCH, B::LIMIT, |map| {
            Self(map, PhantomData)
        })
    }
}

fn object<T: 'static>(
    request: &HttpRequest,
    payload: &mut Payload,
    media_type: &'static str,
    limit: usize,
    wrap: fn(Map<String, Value>) -> T,
) -> Reading<T> {
    let (request, mut payload) = (request.clone(), payload.take());
    Box::pin(async move {
        expect_type(&request, media_type)?;
        let bytes = read(&request, &mut payload, limit).await?;
        match strict(&bytes)? {
            Value::Object(map) => Ok(wrap(map)),
            _ => Err(misshapen(vec![Detail {
                path: String::new(),
                code: "shape".to_owned(),
                message: "the body must be a JSON object".to_owned(),
            }])),
        }
    })
}

/// Refuses another type of body than the one that is taken.
fn expect_type(request: &HttpRequest, media_type: &str) -> Result<(), ApiError> {
    let unsupported = |message| Err(ApiError::new(codes::UNSUPPORTED_MEDIA_TYPE, message));
    if !request.content_type().eq_ignore_ascii_case(media_type) {
        return unsupported(format!("the body must be of type {media_type}"));
    }
    match request.headers().get(CONTENT_ENCODING) {
        Some(encoding) if !encoding.as_bytes().eq_ignore_ascii_case(b"identity") => {
            unsupported("a compressed body is not taken".to_owned())
        }
        _ => Ok(()),
    }
}

/// Reads the body.
///
/// # Errors
///
/// `too_large` beyond `limit` bytes, as soon as that can be known; `bad_request` where it
/// breaks off.
pub(crate) async fn read(
    request: &HttpRequest,
    payload: &mut Payload,
    limit: usize,
) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(
            codes::TOO_LARGE,
            format!("the body has more than {limit} bytes"),
        )
    };
    let announced = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<usize>().ok());
    if announced.is_some_and(|length| length > limit) {
        return Err(too_large());
    }
    let api = request.app_data::<Data<Api>>();
    let patience = api.map_or(PATIENCE, |api| api.settings.protection.request());
    let reading = collect(payload, announced, limit);
    let Ok(body) = timeout(patience, reading).await else {
        return Err(ApiError::bad_request(format!(
            "the body did not come within {} s",
            patience.as_secs()
        )));
    };
    body?.ok_or_else(too_large)
}

/// Gathers the body; `None` where it has more bytes than `limit`.
async fn collect(
    payload: &mut Payload,
    announced: Option<usize>,
    limit: usize,
) -> Result<Option<Bytes>, ApiError> {
    // What is announced is not yet there: a lie costs its sender, not us.
    let mut body = BytesMut::with_capacity(announced.unwrap_or(0).min(64 << 10));
    while let Some(chunk) = payload.next().await {
        let chunk = chunk.map_err(|error: PayloadError| {
            ApiError::bad_request(format!("the body cannot be read: {error}"))
        })?;
        if body.len() + chunk.len() > limit {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body.freeze()))
}

/// Reads strict JSON (`json::parse`).
pub(crate) fn strict(bytes: &[u8]) -> Result<Value, ApiError> {
    json::parse(bytes).map_err(|refusal| match refusal {
        json::Refusal::Syntax(message) => {
            ApiError::bad_request(format!("the body is not JSON: {message}"))
        }
        json::Refusal::Mistakes(details) => {
            let message = ApiError::invalid(details.clone()).message;
            ApiError {
                details,
                ..ApiError::bad_request(message)
            }
        }
    })
}

/// Reads strict JSON of a shape.
fn shaped<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    shape::read(&strict(bytes)?).map_err(|detail| misshapen(vec![detail]))
}

/// JSON, but not of the shape that is taken.
pub(crate) fn misshapen(details: Vec<Detail>) -> ApiError {
    let mut error = ApiError::invalid(details);
    error.code = codes::BAD_REQUEST;
    error
}
