//! Signing in and out.

use actix_web::{
    HttpRequest, HttpResponse,
    cookie::{Cookie, SameSite},
    web::Data,
};
use serin_api::session::{Session, SignIn};

use crate::{
    http::{
        Management,
        error::{Answer, ApiError},
        extract::{
            body::Json,
            caller::{COOKIE, Caller, Credential},
        },
    },
    service::session,
};

/// `POST /api/v1/session`
pub(super) async fn create_session(
    api: Data<Management>,
    request: HttpRequest,
    body: Json<SignIn>,
) -> Answer {
    let peer = request.peer_addr().map(|peer| peer.ip());
    api.api
        .limits
        .sign_in(&body.0.username, peer, api.app.clock.uptime())
        .map_err(ApiError::rate_limited)?;
    let signed_in = session::sign_in(&api.app, &body.0).await?;
    let cookie = cookie(&api, signed_in.secret);
    Ok(HttpResponse::Ok().cookie(cookie).json(signed_in.session))
}

/// `GET /api/v1/session`
pub(super) async fn get_session(caller: Caller) -> Answer {
    let Caller {
        user, csrf_token, ..
    } = caller;
    Ok(HttpResponse::Ok().json(Session { user, csrf_token }))
}

/// `DELETE /api/v1/session`
pub(super) async fn delete_session(api: Data<Management>, caller: Caller) -> Answer {
    if let Credential::Session(secret) = &caller.credential {
        session::sign_out(&api.app, &caller.actor, secret).await?;
    }
    let mut gone = cookie(&api, String::new());
    gone.make_removal();
    Ok(HttpResponse::NoContent().cookie(gone).finish())
}

/// The session's cookie: out of reach of scripts and of other sites' requests. It ends
/// with the browser; the session itself ends on the server.
fn cookie(api: &Management, secret: String) -> Cookie<'static> {
    Cookie::build(COOKIE, secret)
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(api.api.settings.secure_cookies)
        .finish()
}
