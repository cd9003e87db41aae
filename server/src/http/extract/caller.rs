//! Who asks the management API: a person by session cookie, or an automation by token.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method, web::Data};
use serin_api::{error::codes, session::User};
use subtle::ConstantTimeEq as _;

use super::credential::bearer;
use crate::{
    http::{Api, error::ApiError},
    service::{
        Actor,
        session::{self, Authenticated},
        token,
    },
};

/// The session cookie's name.
pub(crate) const COOKIE: &str = "serin_session";
/// The header that carries a session's CSRF token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// The caller: a handler that takes one cannot forget to ask for it.
pub(crate) struct Caller {
    /// Who.
    pub(crate) actor: Actor,
    /// The same, for people.
    pub(crate) user: User,
    /// The session's; empty for a token.
    pub(crate) csrf_token: String,
    /// The session's secret, where there is a session.
    pub(crate) session: Option<String>,
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let api = request
                .app_data::<Data<Api>>()
                .ok_or_else(|| ApiError::internal("the application's state is missing"))?;
            match bearer(request.headers()) {
                Some(secret) => by_token(api, secret).await,
                None => by_session(api, &request).await,
            }
        })
    }
}

impl Caller {
    fn new(found: Authenticated, session: Option<String>) -> Self {
        let Authenticated {
            actor,
            csrf_token,
            user,
        } = found;
        Self {
            actor,
            user,
            csrf_token,
            session,
        }
    }
}

async fn by_token(api: &Api, secret: &str) -> Result<Caller, ApiError> {
    token::authenticate(&api.app, secret)
        .await?
        .map(|found| Caller::new(found, None))
        .ok_or_else(|| ApiError::unauthenticated("this token is not known, or no longer valid"))
}

async fn by_session(api: &Api, request: &HttpRequest) -> Result<Caller, ApiError> {
    let secret = request
        .cookie(COOKIE)
        .map(|cookie| cookie.value().to_owned())
        .ok_or_else(|| ApiError::unauthenticated("sign in, or send a token"))?;
    let found = session::authenticate(&api.app, &secret)
        .await?
        .ok_or_else(|| ApiError::unauthenticated("this session has ended: sign in again"))?;
    let reads = matches!(
        *request.method(),
        Method::GET | Method::HEAD | Method::OPTIONS
    );
    if !reads && !carries(request, &found.csrf_token) {
        return Err(ApiError::new(
            codes::CSRF,
            "a write by cookie needs the session's token in X-CSRF-Token",
        ));
    }
    Ok(Caller::new(found, Some(secret)))
}

/// Whether the request has the token, compared in constant time.
fn carries(request: &HttpRequest, csrf: &str) -> bool {
    request
        .headers()
        .get(CSRF_HEADER)
        .is_some_and(|value| bool::from(value.as_bytes().ct_eq(csrf.as_bytes())))
}
