//! Sessions, users, members and tokens.

use crate::http::{
    openapi::{
        operation::{Operation, Security},
        schemas::Schemas,
    },
    routes::PutPassword,
};
use serin_api::{
    paths,
    session::{CreatedToken, Member, NewToken, NewUser, PutMember, Session, SignIn, Token, User},
};

pub(super) fn people(schemas: &mut Schemas) -> Vec<Operation> {
    let session =
        |method, id, summary| Operation::new(method, paths::SESSION, id, "session", summary);
    let people =
        |method, path: &str, id, summary| Operation::new(method, path, id, "people", summary);
    let members = "/api/v1/projects/{project}/members";
    let member = "/api/v1/projects/{project}/members/{username}";
    vec![
        session("GET", "get_session", "Who is signed in").answers(
            200,
            "The session.",
            schemas.of::<Session>(),
        ),
        session("POST", "create_session", "Sign in")
            .security(Security::Open)
            .body(schemas.of::<SignIn>())
            .answers(
                200,
                "Signed in; the cookie is set.",
                schemas.of::<Session>(),
            )
            .fails(401, "The name or the password is wrong.")
            .fails(
                429,
                "Too many attempts; `Retry-After` says when to try again.",
            ),
        session("DELETE", "delete_session", "Sign out").answers_empty(204, "Signed out."),
        people(
            "GET",
            paths::USERS,
            "list_users",
            "All users; for instance admins",
        )
        .answers(200, "The users.", schemas.page_of::<User>()),
        people(
            "POST",
            paths::USERS,
            "create_user",
            "Make a user; for instance admins",
        )
        .body(schemas.of::<NewUser>())
        .answers(201, "Made.", schemas.of::<User>())
        .fails(409, "The name is taken."),
        people(
            "DELETE",
            "/api/v1/users/{username}",
            "delete_user",
            "Remove a user; for instance admins",
        )
        .answers_empty(204, "Removed."),
        people(
            "PUT",
            "/api/v1/users/{username}/password",
            "put_password",
            "Set a password: one's own, or anybody's for instance admins",
        )
        .body(schemas.of::<PutPassword>())
        .answers_empty(204, "Set; all other sessions of the user have ended."),
        people(
            "GET",
            paths::TOKENS,
            "list_tokens",
            "The caller's own tokens",
        )
        .answers(200, "The tokens.", schemas.page_of::<Token>()),
        people("POST", paths::TOKENS, "create_token", "Make a token")
            .body(schemas.of::<NewToken>())
            .answers(
                201,
                "Made; the secret is shown this once.",
                schemas.of::<CreatedToken>(),
            ),
        people(
            "DELETE",
            "/api/v1/tokens/{id}",
            "delete_token",
            "Revoke a token",
        )
        .answers_empty(204, "Revoked."),
        people("GET", members, "list_members", "A project's members").answers(
            200,
            "The members.",
            schemas.page_of::<Member>(),
        ),
        people("PUT", member, "put_member", "Give a user a role")
            .body(schemas.of::<PutMember>())
            .answers(200, "The member.", schemas.of::<Member>()),
        people("DELETE", member, "delete_member", "Take a user's role")
            .answers_empty(204, "Taken."),
    ]
}
