//! `serin user`, for those who cannot sign in any more.

use serin_api::session::SignIn;
use serin_server::service::{Error, audit, session};

use super::run;
use crate::harness::backends;

fn sign_in(password: &str) -> SignIn {
    SignIn {
        username: "eve".to_owned(),
        password: password.to_owned(),
    }
}

backends! {
    async fn a_lost_password_is_replaced_beside_a_server(world: World) {
        world.shop().await;
        world.user("eve", None).await;
        let url = &world.database.url();
        let before = session::sign_in(&world.app, &sign_in("the password of eve")).await.unwrap();

        let ran = run(&["user", "set-password", "eve", "--database-url", url], b"");
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""), "{ran}");
        let made_up = ran.stdout.split_whitespace().nth(4).unwrap();
        session::sign_in(&world.app, &sign_in(made_up)).await.unwrap();
        assert!(session::authenticate(&world.app, &before.secret).await.unwrap().is_none());
        let old = session::sign_in(&world.app, &sign_in("the password of eve")).await;
        assert!(matches!(old, Err(Error::Unauthenticated)));

        let arguments = ["user", "set-password", "eve", "--stdin", "--database-url", url];
        let ran = run(&arguments, b"a password of her own\n");
        assert_eq!(ran.code, 0, "{ran}");
        assert!(!ran.stdout.contains("of her own"), "{ran}");
        session::sign_in(&world.app, &sign_in("a password of her own")).await.unwrap();
        let log = audit::list(&world.app, &world.admin, None, &Default::default()).await.unwrap();
        let by_command_line = log.items.iter().filter(|entry| entry.actor == "command-line");
        assert_eq!(by_command_line.count(), 2);
    }

    async fn what_does_not_fit_is_said(world: World) {
        world.shop().await;
        let url = &world.database.url();
        let ran = run(&["user", "set-password", "nobody", "--database-url", url], b"");
        assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran}");
        assert!(ran.stderr.contains("there is no user \"nobody\""), "{ran}");
        let ran = run(&["user", "set-password", "admin", "--stdin", "--database-url", url], b"short\n");
        assert_eq!(ran.code, 1, "{ran}");
        assert!(ran.stderr.contains("at least 10 characters"), "{ran}");
    }
}
