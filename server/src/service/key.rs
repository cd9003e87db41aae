//! The keys of SDKs, checked from memory.

mod cache;
mod stream_token;

use chrono::{DateTime, Utc};
use serde_json::json;
use serin_api::{
    key::{CreatedKey, Key, KeyKind, NewKey},
    session::Role,
};
use std::sync::Arc;
use uuid::Uuid;

use super::{Actor, Error, Result, access, audit};
use crate::{app::App, front::Front, ids, publish::commit::Effect, store};

pub use cache::{Cache, Grant};
pub use stream_token::StreamToken;

/// The longest name of a key or token, in characters.
const MAX_NAME: usize = 255;
/// The shortest secret that is brought along, in characters.
const MIN_SECRET: usize = 20;

/// An environment's keys, oldest first.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins.
pub async fn list(app: &App, actor: &Actor, project: &str, environment: &str) -> Result<Vec<Key>> {
    let mut tx = app.db.read().await?;
    let (_, environment) =
        access::environment(&mut tx, actor, project, environment, Role::Viewer).await?;
    let rows = store::key::list(&mut tx, environment.environment_id).await?;
    let cache = app.keys();
    Ok(rows.into_iter().map(|row| shown(row, &cache)).collect())
}

/// Makes a key; the secret is shown this once.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins, [`Error::Invalid`].
pub async fn create(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    new: NewKey,
) -> Result<CreatedKey> {
    let secret = ids::secret(label(new.kind), &*app.random);
    adopt(app, actor, project, environment, new, secret).await
}

/// Makes a key of a secret that is known already, for automation that is there from
/// the beginning.
///
/// # Errors
/// As [`create`]; [`Error::Invalid`] for a secret that is too short.
pub async fn adopt(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    new: NewKey,
    secret: String,
) -> Result<CreatedKey> {
    check_new(&new.name, new.expires_at, app.clock.now())?;
    if secret.chars().count() < MIN_SECRET {
        let message = format!("a secret has at least {MIN_SECRET} characters");
        return Err(Error::invalid("/secret", "too_short", message));
    }
    let actor = actor.clone();
    let (project, environment) = (project.to_owned(), environment.to_owned());
    let (prefix, digest) = (ids::prefix(&secret), ids::digest(&secret));
    let row = app
        .writer
        .run(move |work| {
            Box::pin(async move {
                let (_, place) =
                    access::environment(&mut work.tx, &actor, &project, &environment, Role::Admin)
                        .await?;
                let row = store::key::Key {
                    key_id: work.id(),
                    environment_id: place.environment_id,
                    name: new.name,
                    kind: kind_name(new.kind).to_owned(),
                    prefix,
                    secret_hash: digest.to_vec(),
                    created_by: actor.username.clone(),
                    created_at: work.now(),
                    expires_at: new.expires_at,
                    last_used_at: None,
                };
                store::key::insert(&mut work.tx, &row).await?;
                let details = json!({
                    "key": row.key_id, "name": row.name, "kind": row.kind,
                    "prefix": row.prefix, "environment": environment,
                });
                audit::append(
                    work,
                    &actor.username,
                    "key.created",
                    Some(&project),
                    &details,
                )
                .await?;
                work.committed.effects.push(Effect::Reload);
                Ok(row)
            })
        })
        .await?;
    Ok(CreatedKey {
        key: shown(row, &app.keys()),
        secret,
    })
}

/// Revokes a key, at once on this node and within a second on others.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins.
pub async fn revoke(
    app: &App,
    actor: &Actor,
    project: &str,
    environment: &str,
    key_id: Uuid,
) -> Result<()> {
    let actor = actor.clone();
    let (project, environment) = (project.to_owned(), environment.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let (_, place) =
                    access::environment(&mut work.tx, &actor, &project, &environment, Role::Admin)
                        .await?;
                let name = store::key::delete(&mut work.tx, place.environment_id, key_id)
                    .await?
                    .ok_or(Error::NotFound)?;
                let details = json!({ "key": key_id, "name": name, "environment": environment });
                audit::append(
                    work,
                    &actor.username,
                    "key.revoked",
                    Some(&project),
                    &details,
                )
                .await?;
                work.committed.effects.push(Effect::Reload);
                Ok(())
            })
        })
        .await
}

/// What a key opens, from memory; `None` where it is unknown or has run out.
pub fn authenticate(front: &Front, secret: &str) -> Option<Arc<Grant>> {
    front.keys().find(secret, front.clock.now())
}

/// Checks what people say of a new key or token.
pub(crate) fn check_new(
    name: &str,
    expires_at: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
) -> Result<()> {
    if name.trim().is_empty() || name.chars().count() > MAX_NAME || name.contains('\0') {
        return Err(Error::invalid(
            "/name",
            "name",
            "a name has 1 to 255 characters",
        ));
    }
    if expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid(
            "/expires_at",
            "past",
            "this time has passed",
        ));
    }
    Ok(())
}

fn label(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Server => "serin_server",
        KeyKind::Client => "serin_client",
    }
}

fn kind_name(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Server => "server",
        KeyKind::Client => "client",
    }
}

/// The least that a stored name can open, where it is not known.
fn kind_of(name: &str) -> KeyKind {
    match name {
        "server" => KeyKind::Server,
        _ => KeyKind::Client,
    }
}

fn shown(row: store::key::Key, cache: &Cache) -> Key {
    Key {
        id: row.key_id,
        name: row.name,
        kind: kind_of(&row.kind),
        prefix: row.prefix,
        created_by: row.created_by,
        created_at: row.created_at,
        expires_at: row.expires_at,
        last_used_at: cache.last_used(row.key_id).max(row.last_used_at),
    }
}
