//! API tokens: they act as the user who made them.

use chrono::TimeDelta;
use serde_json::json;
use serin_api::session::{CreatedToken, NewToken, Token, User};
use subtle::ConstantTimeEq as _;
use uuid::Uuid;

use super::{Actor, Error, Result, audit, session::Authenticated};
use crate::{app::App, ids, store};

/// How exactly the last use is noted.
const TOUCH: TimeDelta = TimeDelta::minutes(1);

/// Makes a token of the actor's; the secret is shown this once.
///
/// # Errors
/// [`Error::Invalid`] for a name that cannot be, or an expiry in the past.
pub async fn create(app: &App, actor: &Actor, new: NewToken) -> Result<CreatedToken> {
    super::key::check_new(&new.name, new.expires_at, app.clock.now())?;
    let secret = ids::secret("serin_token", &*app.random);
    let row = store::token::Token {
        token_id: ids::uuid(app.clock.now(), &*app.random),
        user_id: actor.user_id,
        name: new.name,
        prefix: ids::prefix(&secret),
        secret_hash: ids::digest(&secret).to_vec(),
        created_at: app.clock.now(),
        expires_at: new.expires_at,
        last_used_at: None,
    };
    let token = shown(row.clone());
    let username = actor.username.clone();
    app.writer
        .run(move |work| {
            Box::pin(async move {
                store::token::insert(&mut work.tx, &row).await?;
                let details =
                    json!({ "token": row.token_id, "name": row.name, "prefix": row.prefix });
                audit::append(work, &username, "token.created", None, &details).await
            })
        })
        .await?;
    Ok(CreatedToken { token, secret })
}

/// The actor's tokens, oldest first.
///
/// # Errors
/// Where the database fails.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<Token>> {
    let mut tx = app.db.read().await?;
    let rows = store::token::list(&mut tx, actor.user_id).await?;
    Ok(rows.into_iter().map(shown).collect())
}

/// Revokes one of the actor's tokens.
///
/// # Errors
/// [`Error::NotFound`] where the actor has no such token.
pub async fn revoke(app: &App, actor: &Actor, token_id: Uuid) -> Result<()> {
    let actor = actor.clone();
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let name = store::token::delete(&mut work.tx, actor.user_id, token_id)
                    .await?
                    .ok_or(Error::NotFound)?;
                let details = json!({ "token": token_id, "name": name });
                audit::append(work, &actor.username, "token.revoked", None, &details).await
            })
        })
        .await
}

/// As whom a token acts; `None` where it is unknown or has run out.
///
/// # Errors
/// Where the database fails.
pub async fn authenticate(app: &App, secret: &str) -> Result<Option<Authenticated>> {
    let mut glance = app.db.glance().await?;
    let candidates = store::token::with_prefix(&mut glance, &ids::prefix(secret)).await?;
    drop(glance);
    let (digest, now) = (ids::digest(secret), app.clock.now());
    let found = candidates.into_iter().find(|found| {
        let valid = found.token.expires_at.is_none_or(|at| at > now);
        valid && bool::from(found.token.secret_hash.ct_eq(&digest))
    });
    let Some(found) = found else {
        return Ok(None);
    };
    let token_id = found.token.token_id;
    if found.token.last_used_at.is_none_or(|at| at + TOUCH <= now) {
        app.writer
            .run(move |work| {
                Box::pin(async move { Ok(store::token::touch(&mut work.tx, token_id, now).await?) })
            })
            .await?;
    }
    Ok(Some(Authenticated {
        actor: Actor {
            username: found.username.clone(),
            admin: found.admin,
            user_id: found.token.user_id,
        },
        csrf_token: String::new(),
        user: User {
            username: found.username,
            name: found.user_name,
            admin: found.admin,
            created_at: found.user_created_at,
        },
    }))
}

fn shown(row: store::token::Token) -> Token {
    Token {
        id: row.token_id,
        name: row.name,
        prefix: row.prefix,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: row.last_used_at,
    }
}
