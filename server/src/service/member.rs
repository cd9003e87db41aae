//! A project's members.

use serde_json::json;
use serin_api::session::{Member, Role};

use super::{Actor, Error, Result, access, audit};
use crate::{app::App, store};

/// A project's members, by name.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn list(app: &App, actor: &Actor, project: &str) -> Result<Vec<Member>> {
    let mut tx = app.db.read().await?;
    let seen = access::project(&mut tx, actor, project, Role::Viewer).await?;
    let rows = store::project::members(&mut tx, seen.project.project_id).await?;
    let member = |row: store::project::Member| {
        let role = access::role_of(&no_admin(), Some(&row.role))?;
        Some(Member {
            username: row.username,
            role,
        })
    };
    Ok(rows.into_iter().filter_map(member).collect())
}

/// Reads a role as it is, not as an instance admin has it.
fn no_admin() -> Actor {
    Actor {
        admin: false,
        ..Actor::system("")
    }
}

/// Makes a user a member, or changes the role.
///
/// # Errors
/// [`Error::NotFound`] also where there is no such user; [`Error::Forbidden`] for all but admins.
pub async fn put(
    app: &App,
    actor: &Actor,
    project: &str,
    username: &str,
    role: Role,
) -> Result<Member> {
    let actor = actor.clone();
    let (project, username) = (project.to_owned(), username.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let seen = access::project(&mut work.tx, &actor, &project, Role::Admin).await?;
                let user = store::user::find(&mut work.tx, &username)
                    .await?
                    .ok_or(Error::NotFound)?;
                let (id, name) = (seen.project.project_id, access::role_name(role));
                store::project::put_member(&mut work.tx, id, user.user_id, name).await?;
                let details = json!({ "username": username, "role": name });
                audit::append(
                    work,
                    &actor.username,
                    "member.put",
                    Some(&project),
                    &details,
                )
                .await?;
                Ok(Member { username, role })
            })
        })
        .await
}

/// Removes a member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`] for all but admins.
pub async fn delete(app: &App, actor: &Actor, project: &str, username: &str) -> Result<()> {
    let actor = actor.clone();
    let (project, username) = (project.to_owned(), username.to_owned());
    app.writer
        .run(move |work| {
            Box::pin(async move {
                let seen = access::project(&mut work.tx, &actor, &project, Role::Admin).await?;
                let user = store::user::find(&mut work.tx, &username)
                    .await?
                    .ok_or(Error::NotFound)?;
                let id = seen.project.project_id;
                if !store::project::delete_member(&mut work.tx, id, user.user_id).await? {
                    return Err(Error::NotFound);
                }
                let details = json!({ "username": username });
                audit::append(
                    work,
                    &actor.username,
                    "member.deleted",
                    Some(&project),
                    &details,
                )
                .await
            })
        })
        .await
}
