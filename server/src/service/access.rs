//! Who may do what in a project. Everyone who may not see it is told that it is not there.

use serin_api::session::Role;

use super::{Actor, Error, Result};
use crate::store::{
    self, Tx,
    environment::Environment,
    project::{Project, WithRole},
};

/// A project that the actor may see.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The project.
    pub project: Project,
    /// What the actor may do in it.
    pub role: Role,
}

/// Opens a project to an actor who needs a role in it.
///
/// # Errors
/// [`Error::NotFound`] where there is none or the actor is no member, [`Error::Forbidden`]
/// where the role is less.
pub async fn project(tx: &mut Tx, actor: &Actor, key: &str, needs: Role) -> Result<Seen> {
    let row = find(tx, actor, key).await?;
    admit(actor, row, needs)
}

/// The project of a key, with the actor's role in it.
pub(crate) async fn find(tx: &mut Tx, actor: &Actor, key: &str) -> Result<Option<WithRole>> {
    if key.contains('\0') {
        // PostgreSQL takes it in no text, not even to look for it.
        return Ok(None);
    }
    Ok(store::project::find(tx, key, actor.user_id).await?)
}

/// Opens a project that was found to an actor who needs a role in it.
pub(crate) fn admit(actor: &Actor, row: Option<WithRole>, needs: Role) -> Result<Seen> {
    let row = row.ok_or(Error::NotFound)?;
    let role = role_of(actor, row.role.as_deref()).ok_or(Error::NotFound)?;
    if role < needs {
        return Err(Error::Forbidden { needs });
    }
    Ok(Seen {
        project: row.project,
        role,
    })
}

/// Opens a project and one of its environments.
///
/// # Errors
/// As [`project`]; [`Error::NotFound`] where there is no such environment.
pub async fn environment(
    tx: &mut Tx,
    actor: &Actor,
    project: &str,
    environment: &str,
    needs: Role,
) -> Result<(Seen, Environment)> {
    let seen = self::project(tx, actor, project, needs).await?;
    let environment = store::environment::find(tx, seen.project.project_id, environment)
        .await?
        .ok_or(Error::NotFound)?;
    Ok((seen, environment))
}

/// Admits only those who may do everything everywhere.
///
/// # Errors
/// [`Error::Forbidden`] for all others.
pub fn instance_admin(actor: &Actor) -> Result<()> {
    if actor.admin {
        Ok(())
    } else {
        Err(Error::Forbidden { needs: Role::Admin })
    }
}

/// What an actor may do, from the role's name in the database.
pub(crate) fn role_of(actor: &Actor, role: Option<&str>) -> Option<Role> {
    if actor.admin {
        return Some(Role::Admin);
    }
    match role? {
        "viewer" => Some(Role::Viewer),
        "editor" => Some(Role::Editor),
        "admin" => Some(Role::Admin),
        _ => None,
    }
}

/// The role's name in the database.
pub(crate) fn role_name(role: Role) -> &'static str {
    match role {
        Role::Viewer => "viewer",
        Role::Editor => "editor",
        Role::Admin => "admin",
    }
}
