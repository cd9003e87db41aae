//! Who one is.

use serin_api::{
    paths,
    session::{Session, SignIn},
};

use super::{Error, delete, fetch::remember_session, get, post};

/// Who is signed in.
pub(crate) async fn session() -> Result<Session, Error> {
    let session: Session = get(paths::SESSION).await?;
    remember_session(Some(&session));
    Ok(session)
}

/// Signs in.
pub(crate) async fn sign_in(username: String, password: String) -> Result<Session, Error> {
    let session: Session = post(paths::SESSION, &SignIn { username, password }).await?;
    remember_session(Some(&session));
    Ok(session)
}

/// Signs out.
pub(crate) async fn sign_out() -> Result<(), Error> {
    delete(paths::SESSION, None).await?;
    remember_session(None);
    Ok(())
}
