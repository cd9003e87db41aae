//! Users, for instance admins.

pub mod first_start;

use serde_json::json;
use serin_api::session::{NewUser, User};

pub use first_start::FirstStart;

use super::{Actor, Error, Result, access, audit, fields, password, session::shown};
use crate::{app::App, ids, store};

/// All users, by name.
///
/// # Errors
/// [`Error::Forbidden`] for all but instance admins.
pub async fn list(app: &App, actor: &Actor) -> Result<Vec<User>> {
    access::instance_admin(actor)?;
    let mut tx = app.db.read().await?;
    let rows = store::user::list(&mut tx).await?;
    Ok(rows.iter().map(shown).collect())
}

/// Makes a user.
///
/// # Errors
/// [`Error::Forbidden`] for all but instance admins, [`Error::Invalid`], [`Error::AlreadyExists`].
pub async fn create(app: &App, actor: &Actor, new: NewUser) -> Result<User> {
    access::instance_admin(actor)?;
    check_username(&new.username)?;
    check_password(&new.password)?;
    let mut details = Vec::new();
    fields::check_text(new.name.as_deref(), "/name", &mut details);
    if !details.is_empty() {
        return Err(Error::Invalid(details));
    }
    let row = store::user::User {
        user_id: ids::uuid(app.clock.now(), &*app.random),
        name: new.name.unwrap_or_else(|| new.username.clone()),
        username: new.username,
        password_hash: Some(password::hash(&new.password, &app.random).await?),
        admin: new.admin,
        created_at: app.clock.now(),
    };
    let user = shown(&row);
    insert(app, actor, row).await?;
    Ok(user)
}

pub(super) async fn insert(app: &App, actor: &Actor, row: store::user::User) -> Result<()> {
    let actor = actor.clone();
    app.writer
        .run(move |work| {
            Box::pin(async move {
                if store::user::find(&mut work.tx, &row.username)
                    .await?
                    .is_some()
                {
                    let what = format!("the user {:?}", row.username);
                    return Err(Error::AlreadyExists { what });
                }
                store::user::insert(&mut work.tx, &row).await?;
                let details = json!({ "username": row.username, "admin": row.admin });
                audit::append(work, &actor.username, "user.created", None, &details).await
            })
        })
        .await
}

/// Changes a password: one's own, or anybody's for instance admins. It ends the user's sessions.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], [`Error::Invalid`].
pub async fn set_password(app: &App, actor: &Actor, username: &str, new: &str) -> Result<()> {
    if actor.username != username {
        access::instance_admin(actor)?;
    }
    check_password(new)?;
    let hash = password::hash(new, &app.random).await?;
    let (actor, username) = (actor.clone(), username.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let user = found(work, &username).await?;
                store::user::set_password(&mut work.tx, user.user_id, &hash).await?;
                store::session::delete_of_user(&mut work.tx, user.user_id).await?;
                let details = json!({ "username": username });
                audit::append(
                    work,
                    &actor.username,
                    "user.password_changed",
                    None,
                    &details,
                )
                .await
            })
        })
        .await
}

/// Removes a user with all sessions, tokens and memberships. Nobody removes themselves,
/// so that there is always an admin.
///
/// # Errors
/// [`Error::Forbidden`] for all but instance admins, [`Error::NotFound`], [`Error::BadRequest`].
pub async fn delete(app: &App, actor: &Actor, username: &str) -> Result<()> {
    access::instance_admin(actor)?;
    if actor.username == username {
        let message = "nobody can remove themselves".to_owned();
        return Err(Error::BadRequest(message));
    }
    let (actor, username) = (actor.clone(), username.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let user = found(work, &username).await?;
                store::user::delete(&mut work.tx, user.user_id).await?;
                let details = json!({ "username": username });
                audit::append(work, &actor.username, "user.deleted", None, &details).await
            })
        })
        .await
}

async fn found(work: &mut super::writer::Work, username: &str) -> Result<store::user::User> {
    store::user::find(&mut work.tx, username)
        .await?
        .ok_or(Error::NotFound)
}

/// Whether a user may have this name.
pub(super) fn is_username(text: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._@+-".contains(c);
    (1..=64).contains(&text.len()) && text.chars().all(plain)
}

fn check_username(username: &str) -> Result<()> {
    if is_username(username) {
        Ok(())
    } else {
        let message = "a user's name has 1 to 64 letters, digits and . _ @ + -";
        Err(Error::invalid("/username", "username", message))
    }
}

fn check_password(password: &str) -> Result<()> {
    if password.chars().count() < password::MIN_CHARS {
        let message = format!("a password has at least {} characters", password::MIN_CHARS);
        return Err(Error::invalid("/password", "too_short", message));
    }
    if password.len() > password::MAX_BYTES {
        let message = format!("a password has at most {} bytes", password::MAX_BYTES);
        return Err(Error::invalid("/password", "too_long", message));
    }
    Ok(())
}
