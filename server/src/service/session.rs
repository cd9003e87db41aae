//! Signing in and out.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::json;
use serin_api::session::{Session, SignIn, User};

use super::{Actor, Error, Result, audit, password, user};
use crate::{app::App, ids, store};

/// How long a session lasts.
pub const LIFETIME: TimeDelta = TimeDelta::days(14);

/// A new session with its secret, which goes into the cookie.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The cookie's value.
    pub secret: String,
    /// What is answered.
    pub session: Session,
    /// From when on it is refused.
    pub expires_at: DateTime<Utc>,
}

/// A valid session.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Who acts.
    pub actor: Actor,
    /// Goes into the header of every write.
    pub csrf_token: String,
    /// Who acts, for people.
    pub user: User,
}

/// Signs in by name and password.
///
/// How often one may try is for the caller to limit, who knows where tries come from: a limit by
/// name alone would let anybody lock others out.
///
/// # Errors
/// [`Error::Unauthenticated`] whatever does not fit.
pub async fn sign_in(app: &App, request: &SignIn) -> Result<SignedIn> {
    if !user::is_username(&request.username) {
        // Nobody has such a name, which may be of any length: nothing is kept of it.
        return Err(Error::Unauthenticated);
    }
    let mut tx = app.db.read().await?;
    let user = store::user::find(&mut tx, &request.username).await?;
    drop(tx);
    let hash = user.as_ref().and_then(|user| user.password_hash.clone());
    let fits = password::fits(&request.password, hash).await?;
    let Some(user) = user.filter(|_| fits) else {
        note_failure(app, request.username.clone()).await?;
        return Err(Error::Unauthenticated);
    };
    open(app, user).await
}

async fn note_failure(app: &App, username: String) -> Result<()> {
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let details = json!({ "username": username });
                audit::append(work, "anonymous", "session.failed", None, &details).await
            })
        })
        .await
}

async fn open(app: &App, user: store::user::User) -> Result<SignedIn> {
    let secret = ids::secret("serin_session", &*app.random);
    let secret_hash = ids::digest(&secret);
    let signed_in = app
        .writer
        .run(move |work| {
            Box::pin(async move {
                let now = work.now();
                let session = store::session::New {
                    session_id: work.id(),
                    user_id: user.user_id,
                    secret_hash,
                    csrf_token: ids::secret("csrf", work.random()),
                    created_at: now,
                    expires_at: now + LIFETIME,
                };
                store::session::delete_expired(&mut work.tx, now).await?;
                store::session::insert(&mut work.tx, &session).await?;
                audit::append(work, &user.username, "session.created", None, &json!({})).await?;
                Ok((session, user))
            })
        })
        .await?;
    let (session, user) = signed_in;
    Ok(SignedIn {
        secret,
        expires_at: session.expires_at,
        session: Session {
            user: shown(&user),
            csrf_token: session.csrf_token,
        },
    })
}

/// Whose session a secret is of; `None` where it is unknown or has run out.
///
/// # Errors
/// Where the database fails.
pub async fn authenticate(app: &App, secret: &str) -> Result<Option<Authenticated>> {
    let mut glance = app.db.glance().await?;
    let found = store::session::find(&mut glance, &ids::digest(secret)).await?;
    drop(glance);
    let now = app.clock.now();
    Ok(found
        .filter(|session| session.expires_at > now)
        .map(|session| Authenticated {
            actor: Actor {
                username: session.username.clone(),
                admin: session.admin,
                user_id: session.user_id,
            },
            csrf_token: session.csrf_token,
            user: User {
                username: session.username,
                name: session.name,
                admin: session.admin,
                created_at: session.user_created_at,
            },
        }))
}

/// Ends a session. One that is not there is no failure.
///
/// # Errors
/// Where the database fails.
pub async fn sign_out(app: &App, actor: &Actor, secret: &str) -> Result<()> {
    let (hash, username) = (ids::digest(secret), actor.username.clone());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                if store::session::delete(&mut work.tx, &hash).await? {
                    audit::append(work, &username, "session.ended", None, &json!({})).await?;
                }
                Ok(())
            })
        })
        .await
}

/// A user as it is shown.
pub(crate) fn shown(user: &store::user::User) -> User {
    User {
        username: user.username.clone(),
        name: user.name.clone(),
        admin: user.admin,
        created_at: user.created_at,
    }
}
