//! Keys, environments, members, users and tokens.

use serde_json::Value;
use serin_api::{
    key::{CreatedKey, Key, NewKey},
    paths,
    project::{Environment, NewEnvironment},
    session::{CreatedToken, Member, NewToken, NewUser, PutMember, Role, Token, User},
};

use super::{Error, all_pages, delete, patch, post, put};

/// An environment's SDK keys.
pub(crate) async fn keys(project: &str, environment: &str) -> Result<Vec<Key>, Error> {
    all_pages(&paths::keys(project, environment)).await
}

/// Makes a key; its secret is in the answer and nowhere else.
pub(crate) async fn create_key(
    project: &str,
    environment: &str,
    key: NewKey,
) -> Result<CreatedKey, Error> {
    post(&paths::keys(project, environment), &key).await
}

/// Revokes a key.
pub(crate) async fn revoke_key(project: &str, environment: &str, id: &str) -> Result<(), Error> {
    delete(&paths::key(project, environment, id), None).await
}

/// Makes an environment.
pub(crate) async fn create_environment(
    project: &str,
    environment: NewEnvironment,
) -> Result<Environment, Error> {
    post(&paths::environments(project), &environment).await
}

/// Changes an environment, if it still is at `version`.
pub(crate) async fn patch_environment(
    project: &str,
    environment: &str,
    change: &Value,
    version: u64,
) -> Result<Environment, Error> {
    patch(
        &paths::environment(project, environment),
        change,
        Some(version),
    )
    .await
}

/// A project's members.
pub(crate) async fn members(project: &str) -> Result<Vec<Member>, Error> {
    all_pages(&paths::members(project)).await
}

/// Gives a user a role.
pub(crate) async fn put_member(project: &str, username: &str, role: Role) -> Result<Member, Error> {
    put(&paths::member(project, username), &PutMember { role }, None).await
}

/// Takes a user's role away.
pub(crate) async fn remove_member(project: &str, username: &str) -> Result<(), Error> {
    delete(&paths::member(project, username), None).await
}

/// All users; for instance admins.
pub(crate) async fn users() -> Result<Vec<User>, Error> {
    all_pages(paths::USERS).await
}

/// Makes a user; for instance admins.
pub(crate) async fn create_user(user: NewUser) -> Result<User, Error> {
    post(paths::USERS, &user).await
}

/// Removes a user; for instance admins.
pub(crate) async fn delete_user(username: &str) -> Result<(), Error> {
    delete(&paths::user(username), None).await
}

/// The caller's own API tokens.
pub(crate) async fn tokens() -> Result<Vec<Token>, Error> {
    all_pages(paths::TOKENS).await
}

/// Makes a token; its secret is in the answer and nowhere else.
pub(crate) async fn create_token(token: NewToken) -> Result<CreatedToken, Error> {
    post(paths::TOKENS, &token).await
}

/// Revokes a token.
pub(crate) async fn revoke_token(id: &str) -> Result<(), Error> {
    delete(&paths::token(id), None).await
}
