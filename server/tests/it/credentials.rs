//! Users, sessions, tokens and keys.

use chrono::TimeDelta;
use serin_api::{
    key::{KeyKind, NewKey},
    session::{NewToken, NewUser, Role, SignIn},
};
use serin_server::{
    app::{App, FirstStart, OpenError, Options},
    clock::ManualClock,
    ids::SeededRandom,
    service::{Error, audit, key, session, token, user},
};
use std::sync::Arc;

use crate::harness::{ADMIN_TOKEN, Database, backends, mistakes, start_time, until};

fn sign_in(username: &str, password: &str) -> SignIn {
    SignIn {
        username: username.to_owned(),
        password: password.to_owned(),
    }
}

fn new_key(kind: KeyKind) -> NewKey {
    NewKey {
        name: "backend".to_owned(),
        kind,
        expires_at: None,
    }
}

async fn first_start(
    password: Option<&str>,
    token: Option<&str>,
) -> Result<(App, FirstStart, Database), OpenError> {
    let database = Database::sqlite();
    let options = Options {
        database_url: database.url(),
        admin_password: password.map(str::to_owned),
        admin_token: token.map(str::to_owned),
        ..Options::default()
    };
    let clock = Arc::new(ManualClock::at(start_time()));
    let (app, first_start) = App::open(options, clock, Arc::new(SeededRandom::new(5))).await?;
    Ok((app, first_start, database))
}

#[tokio::test]
async fn the_first_password_is_made_up_and_told_once() {
    let (app, first, database) = first_start(None, None).await.unwrap();
    assert_eq!(first.admin.as_deref(), Some("admin"));
    let password = first.password.unwrap();
    session::sign_in(&app, &sign_in("admin", &password))
        .await
        .unwrap();
    app.shutdown().await;
    let options = Options {
        database_url: database.url(),
        admin_password: Some("another password".to_owned()),
        admin_token: None,
        ..Options::default()
    };
    let clock = Arc::new(ManualClock::at(start_time()));
    let (app, again) = App::open(options, clock, Arc::new(SeededRandom::new(6)))
        .await
        .unwrap();
    assert_eq!(again, FirstStart::default());
    assert!(matches!(
        session::sign_in(&app, &sign_in("admin", "another password")).await,
        Err(Error::Unauthenticated)
    ));
}

#[tokio::test]
async fn a_given_password_is_not_told() {
    let (app, first, _database) = first_start(Some("correct horse"), None).await.unwrap();
    assert_eq!(first.password, None);
    session::sign_in(&app, &sign_in("admin", "correct horse"))
        .await
        .unwrap();
}

#[tokio::test]
async fn weak_credentials_of_the_first_start_are_refused() {
    assert!(matches!(
        first_start(Some("short"), None).await,
        Err(OpenError::Option(_))
    ));
    assert!(matches!(
        first_start(None, Some("short")).await,
        Err(OpenError::Option(_))
    ));
}

backends! {
    async fn the_first_token_works(world: World) {
        assert_eq!(world.first_start.password, None);
        let found = token::authenticate(&world.app, ADMIN_TOKEN).await.unwrap().unwrap();
        assert_eq!(found.actor, world.admin);
        // It has no password, so that there is none to guess.
        assert!(matches!(session::sign_in(&world.app, &sign_in("admin", "")).await, Err(Error::Unauthenticated)));
    }

    async fn sessions_begin_and_end(world: World) {
        world.shop().await;
        let eve = world.user("eve", Some(Role::Viewer)).await;
        assert!(matches!(session::sign_in(&world.app, &sign_in("eve", "wrong")).await, Err(Error::Unauthenticated)));
        assert!(matches!(session::sign_in(&world.app, &sign_in("nobody", "wrong")).await, Err(Error::Unauthenticated)));
        let signed_in = session::sign_in(&world.app, &sign_in("eve", "the password of eve")).await.unwrap();
        let found = session::authenticate(&world.app, &signed_in.secret).await.unwrap().unwrap();
        assert_eq!(found.actor, eve);
        assert_eq!(found.csrf_token, signed_in.session.csrf_token);
        assert_ne!(found.csrf_token, signed_in.secret);
        assert!(session::authenticate(&world.app, "serin_session_other").await.unwrap().is_none());

        session::sign_out(&world.app, &eve, &signed_in.secret).await.unwrap();
        assert!(session::authenticate(&world.app, &signed_in.secret).await.unwrap().is_none());
        let again = session::sign_in(&world.app, &sign_in("eve", "the password of eve")).await.unwrap();
        world.clock.advance(session::LIFETIME);
        assert!(session::authenticate(&world.app, &again.secret).await.unwrap().is_none());
        let log = audit::list(&world.app, &world.admin, None, &Default::default()).await.unwrap();
        let actions: Vec<_> = log.items.iter().map(|entry| entry.action.as_str()).collect();
        assert!(actions.contains(&"session.failed") && actions.contains(&"session.ended"));
        let text = serde_json::to_string(&log).unwrap();
        assert!(!text.contains(&again.secret) && !text.contains("the password"));
    }

    async fn a_new_password_ends_sessions(world: World) {
        world.shop().await;
        let eve = world.user("eve", None).await;
        let signed_in = session::sign_in(&world.app, &sign_in("eve", "the password of eve")).await.unwrap();
        assert_eq!(mistakes(user::set_password(&world.app, &eve, "eve", "short").await)[0].1, "too_short");
        assert!(matches!(user::set_password(&world.app, &eve, "admin", "another password").await, Err(Error::Forbidden { .. })));
        user::set_password(&world.app, &eve, "eve", "another password").await.unwrap();
        assert!(session::authenticate(&world.app, &signed_in.secret).await.unwrap().is_none());
        session::sign_in(&world.app, &sign_in("eve", "another password")).await.unwrap();
    }

    async fn users_are_for_admins(world: World) {
        world.shop().await;
        let eve = world.user("eve", Some(Role::Admin)).await;
        assert!(matches!(user::list(&world.app, &eve).await, Err(Error::Forbidden { .. })));
        let new = |name: &str| NewUser { username: name.to_owned(), name: None, password: "long enough".to_owned(), admin: false };
        assert!(matches!(user::create(&world.app, &eve, new("mallory")).await, Err(Error::Forbidden { .. })));
        assert!(matches!(user::create(&world.app, &world.admin, new("eve")).await, Err(Error::AlreadyExists { .. })));
        assert_eq!(mistakes(user::create(&world.app, &world.admin, new("a b")).await)[0].0, "/username");
        assert!(matches!(user::delete(&world.app, &world.admin, "admin").await, Err(Error::BadRequest(_))));
        user::delete(&world.app, &world.admin, "eve").await.unwrap();
        assert_eq!(user::list(&world.app, &world.admin).await.unwrap().len(), 1);
    }

    async fn tokens_act_as_their_user(world: World) {
        world.shop().await;
        let eve = world.user("eve", None).await;
        let expires_at = Some(start_time() + TimeDelta::hours(1));
        let created = token::create(&world.app, &eve, NewToken { name: "ci".to_owned(), expires_at }).await.unwrap();
        assert!(created.secret.starts_with(&created.token.prefix));
        assert!(created.token.prefix.len() < created.secret.len() / 2);
        let found = token::authenticate(&world.app, &created.secret).await.unwrap().unwrap();
        assert_eq!(found.actor, eve);
        assert_eq!(token::list(&world.app, &eve).await.unwrap()[0].last_used_at, Some(start_time()));
        let mut wrong = created.secret.clone();
        wrong.pop();
        assert!(token::authenticate(&world.app, &wrong).await.unwrap().is_none());
        assert!(matches!(token::revoke(&world.app, &world.admin, created.token.id).await, Err(Error::NotFound)));
        world.clock.advance(TimeDelta::hours(2));
        assert!(token::authenticate(&world.app, &created.secret).await.unwrap().is_none());
        token::revoke(&world.app, &eve, created.token.id).await.unwrap();
        assert!(token::list(&world.app, &eve).await.unwrap().is_empty());
        let past = token::create(&world.app, &eve, NewToken { name: "ci".to_owned(), expires_at }).await;
        assert_eq!(mistakes(past)[0].0, "/expires_at");
    }

    async fn keys_open_their_environment(world: World) {
        world.shop().await;
        let editor = world.user("editor", Some(Role::Editor)).await;
        let refused = key::create(&world.app, &editor, "shop", "production", new_key(KeyKind::Server)).await;
        assert!(matches!(refused, Err(Error::Forbidden { needs: Role::Admin })));
        let created = key::create(&world.app, &world.admin, "shop", "production", new_key(KeyKind::Client)).await.unwrap();
        let grant = key::authenticate(&world.app.front(), &created.secret).unwrap();
        assert_eq!((grant.project.as_str(), grant.environment.as_str(), grant.kind), ("shop", "production", KeyKind::Client));
        assert_eq!(grant.environment_id, world.environment_id("production"));
        let listed = key::list(&world.app, &world.admin, "shop", "production").await.unwrap();
        assert_eq!(listed[0].last_used_at, Some(start_time()));
        assert!(!serde_json::to_string(&listed).unwrap().contains(&created.secret));
        assert!(key::authenticate(&world.app.front(), "serin_client_nonsense").is_none());
        let elsewhere = key::revoke(&world.app, &world.admin, "shop", "development", created.key.id).await;
        assert!(matches!(elsewhere, Err(Error::NotFound)));

        let other = world.another_node().await;
        assert!(key::authenticate(&other.front(), &created.secret).is_some());
        let mut changed = world.app.publisher.keys_changed();
        key::revoke(&world.app, &world.admin, "shop", "production", created.key.id).await.unwrap();
        assert!(changed.has_changed().unwrap());
        changed.mark_unchanged();
        assert!(key::authenticate(&world.app.front(), &created.secret).is_none());
        until(|| async { key::authenticate(&other.front(), &created.secret).is_none().then_some(()) }).await;
        other.shutdown().await;
    }

    async fn keys_expire(world: World) {
        world.shop().await;
        let expires_at = Some(start_time() + TimeDelta::hours(1));
        let new = NewKey { expires_at, ..new_key(KeyKind::Server) };
        let created = key::create(&world.app, &world.admin, "shop", "production", new).await.unwrap();
        assert!(key::authenticate(&world.app.front(), &created.secret).is_some());
        world.clock.advance(TimeDelta::hours(1));
        assert!(key::authenticate(&world.app.front(), &created.secret).is_none());
    }
}
