//! The first start: somebody must be able to sign in.

use serde_json::json;

use super::{Actor, Result};
use crate::{
    app::{App, OpenError, Options},
    ids,
    service::{audit, password},
    store,
};

/// The first admin's name.
const ADMIN: &str = "admin";
/// The fewest characters of a token that people choose.
const MIN_TOKEN: usize = 20;

/// What the first start made.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FirstStart {
    /// The admin's name; absent where there were users already.
    pub admin: Option<String>,
    /// A password that was made up, to be printed once; absent where it was given, or a
    /// token was.
    pub password: Option<String>,
}

/// Checks the options before anything is opened.
pub(crate) fn check(options: &Options) -> std::result::Result<(), OpenError> {
    let length = options.admin_password.as_ref().map(|p| p.chars().count());
    if length.is_some_and(|length| length < password::MIN_CHARS) {
        let message = format!(
            "the admin's password needs {} characters",
            password::MIN_CHARS
        );
        return Err(OpenError::Option(message));
    }
    let length = options.admin_token.as_ref().map(|t| t.chars().count());
    if length.is_some_and(|length| length < MIN_TOKEN) {
        let message = format!("the admin's token needs {MIN_TOKEN} characters");
        return Err(OpenError::Option(message));
    }
    Ok(())
}

/// Makes the admin where there is no user. With a token alone, the admin has no
/// password; with neither, one is made up.
pub(crate) async fn run(app: &App, options: Options) -> Result<FirstStart> {
    let mut tx = app.db.read().await?;
    if store::user::any(&mut tx).await? {
        return Ok(FirstStart::default());
    }
    drop(tx);
    let made_up = match (&options.admin_password, &options.admin_token) {
        (None, None) => Some(ids::secret("serin", &*app.random)),
        _ => None,
    };
    let hash = match made_up.as_ref().or(options.admin_password.as_ref()) {
        Some(password) => Some(password::hash(password, &app.random).await?),
        None => None,
    };
    let row = store::user::User {
        user_id: ids::uuid(app.clock.now(), &*app.random),
        username: ADMIN.to_owned(),
        name: "Admin".to_owned(),
        password_hash: hash,
        admin: true,
        created_at: app.clock.now(),
    };
    let made = insert(app, row, options.admin_token).await?;
    Ok(FirstStart {
        admin: made.then(|| ADMIN.to_owned()),
        password: made_up.filter(|_| made),
    })
}

/// False where another node was faster.
async fn insert(app: &App, row: store::user::User, token: Option<String>) -> Result<bool> {
    let actor = Actor::system("serin");
    app.writer
        .run(move |work| {
            Box::pin(async move {
                if store::user::any(&mut work.tx).await? {
                    return Ok(false);
                }
                store::user::insert(&mut work.tx, &row).await?;
                let details = json!({ "username": row.username, "admin": true });
                audit::append(work, &actor.username, "user.created", None, &details).await?;
                if let Some(secret) = token {
                    let token = store::token::Token {
                        token_id: work.id(),
                        user_id: row.user_id,
                        name: "SERIN_ADMIN_TOKEN".to_owned(),
                        prefix: ids::prefix(&secret),
                        secret_hash: ids::digest(&secret).to_vec(),
                        created_at: work.now(),
                        expires_at: None,
                        last_used_at: None,
                    };
                    store::token::insert(&mut work.tx, &token).await?;
                    let details = json!({ "token": token.token_id, "name": token.name });
                    audit::append(work, &actor.username, "token.created", None, &details).await?;
                }
                Ok(true)
            })
        })
        .await
}
