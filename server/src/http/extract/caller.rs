//! Who asks the management API: a person by session cookie, or an automation by token.

use std::{future::Future, pin::Pin};

use actix_web::{FromRequest, HttpRequest, dev::Payload, http::Method, web::Data};
use serin_api::{error::codes, session::User};
use subtle::ConstantTimeEq as _;

use super::credential::bearer;
use crate::{
    http::{Management, error::ApiError},
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
    /// What showed it.
    pub(crate) credential: Credential,
}

/// What shows who somebody is.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The secret of a session.
    Session(String),
    /// The secret of a token.
    Token(String),
}

impl FromRequest for Caller {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let api = request
                .app_data::<Data<Management>>()
                .ok_or_else(|| ApiError::internal("the application's state is missing"))?;
            let caller = Self::of(api, credential(&request)?).await?;
            if matches!(caller.credential, Credential::Session(_))
                && writes(request.method())
                && !carries(&request, &caller.csrf_token)
            {
                return Err(ApiError::new(
                    codes::CSRF,
                    "a write by cookie needs the session's token in X-CSRF-Token",
                ));
            }
            Ok(caller)
        })
    }
}

impl Caller {
    /// Who a credential shows.
    ///
    /// # Errors
    /// `unauthenticated` where it is not known, or no longer valid.
    pub(crate) async fn of(api: &Management, credential: Credential) -> Result<Self, ApiError> {
        let (found, otherwise) = match &credential {
            Credential::Token(secret) => (
                token::authenticate(&api.app, secret).await?,
                "this token is not known, or no longer valid",
            ),
            Credential::Session(secret) => (
                session::authenticate(&api.app, secret).await?,
                "this session has ended: sign in again",
            ),
        };
        let Some(Authenticated {
            actor,
            csrf_token,
            user,
        }) = found
        else {
            return Err(ApiError::unauthenticated(otherwise));
        };
        Ok(Self {
            actor,
            user,
            csrf_token,
            credential,
        })
    }
}

fn credential(request: &HttpRequest) -> Result<Credential, ApiError> {
    if let Some(secret) = bearer(request.headers()) {
        return Ok(Credential::Token(secret.to_owned()));
    }
    request
        .cookie(COOKIE)
        .map(|cookie| Credential::Session(cookie.value().to_owned()))
        .ok_or_else(|| ApiError::unauthenticated("sign in, or send a token"))
}

fn writes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Whether the request has the token, compared in constant time.
fn carries(request: &HttpRequest, csrf: &str) -> bool {
    request
        .headers()
        .get(CSRF_HEADER)
        .is_some_and(|value| bool::from(value.as_bytes().ct_eq(csrf.as_bytes())))
}
