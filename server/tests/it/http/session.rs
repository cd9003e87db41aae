//! Signing in, tokens, users, members, and who sees what.

use reqwest::Method;
use serde_json::json;

use super::Site;
use crate::web::{Client, NO_LIMITS, send};

/// Signs in; the client then has cookie and CSRF token.
async fn signed_in(site: &Site, username: &str, password: &str) -> (Client, Client) {
    let anyone = &site.web.anyone;
    let reply = anyone
        .post(
            "/api/v1/session",
            &json!({"username": username, "password": password}),
        )
        .await
        .expect(200);
    let cookie = reply.header("set-cookie");
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"),
        "{cookie}"
    );
    let by_cookie = anyone.with("cookie", cookie.split(';').next().unwrap());
    let csrf = reply.json()["csrf_token"].as_str().unwrap().to_owned();
    (by_cookie.with("x-csrf-token", &csrf), by_cookie)
}

async fn a_session_reads_by_cookie_and_writes_with_its_csrf_token(site: &mut Site) {
    site.set_password().await;
    site.web
        .anyone
        .post(
            "/api/v1/session",
            &json!({"username": "admin", "password": "not the password"}),
        )
        .await
        .fails("unauthenticated");
    let (admin, by_cookie) = signed_in(site, "admin", Site::PASSWORD).await;
    let session = by_cookie.get("/api/v1/session").await.expect(200).json();
    assert_eq!(session["user"]["username"], "admin");
    let new = json!({"key": "shop"});
    by_cookie.post("/api/v1/projects", &new).await.fails("csrf");
    by_cookie
        .with("x-csrf-token", "wrong")
        .post("/api/v1/projects", &new)
        .await
        .fails("csrf");
    admin.post("/api/v1/projects", &new).await.expect(201);
    admin.delete("/api/v1/session").await.expect(204);
    by_cookie
        .get("/api/v1/session")
        .await
        .fails("unauthenticated");
}

async fn a_token_acts_as_its_user_until_it_is_revoked(site: &mut Site) {
    let made = site
        .admin
        .post("/api/v1/tokens", &json!({"name": "ci"}))
        .await
        .expect(201)
        .json();
    let by_token = site.web.anyone.bearer(made["secret"].as_str().unwrap());
    let session = by_token.get("/api/v1/session").await.expect(200).json();
    assert_eq!(
        (&session["user"]["username"], &session["csrf_token"]),
        (&json!("admin"), &json!(""))
    );
    let listed = by_token.get("/api/v1/tokens").await.expect(200).json();
    assert!(
        listed["items"]
            .as_array()
            .unwrap()
            .iter()
            .any(|token| token["id"] == made["id"])
    );
    assert!(
        !listed
            .to_string()
            .contains(made["secret"].as_str().unwrap())
    );
    by_token
        .delete(&format!("/api/v1/tokens/{}", made["id"].as_str().unwrap()))
        .await
        .expect(204);
    let refused = by_token.get("/api/v1/session").await;
    assert_eq!(refused.header("www-authenticate"), "Bearer");
    refused.fails("unauthenticated");
    site.web
        .anyone
        .get("/api/v1/projects")
        .await
        .fails("unauthenticated");
}

async fn who_may_not_see_a_project_is_told_that_it_is_not_there(site: &mut Site) {
    site.shop().await;
    let new = json!({"username": "vera", "password": "a long password"});
    site.admin.post("/api/v1/users", &new).await.expect(201);
    site.admin
        .post("/api/v1/users", &new)
        .await
        .fails("already_exists");
    let (vera, _) = signed_in(site, "vera", "a long password").await;
    let missing = vera
        .get("/api/v1/projects/nowhere")
        .await
        .fails("not_found");
    let hidden = vera.get("/api/v1/projects/shop").await.fails("not_found");
    assert_eq!(missing["message"], hidden["message"]);
    for path in [
        "",
        "/flags",
        "/flags/checkout",
        "/environments/production/flags/checkout",
        "/environments/production/ruleset",
        "/environments/production/events",
        "/members",
    ] {
        vera.get(&format!("/api/v1/projects/shop{path}"))
            .await
            .fails("not_found");
    }
    vera.get("/api/v1/users").await.fails("forbidden");
    vera.post("/api/v1/projects", &json!({"key": "own"}))
        .await
        .fails("forbidden");
    let member = "/api/v1/projects/shop/members/vera";
    site.admin
        .put(member, &json!({"role": "viewer"}))
        .await
        .expect(200);
    vera.get("/api/v1/projects/shop/flags/checkout")
        .await
        .expect(200);
    vera.patch(
        "/api/v1/projects/shop/flags/checkout",
        &json!({"name": "Mine"}),
    )
    .await
    .fails("forbidden");
    site.admin
        .put(member, &json!({"role": "editor"}))
        .await
        .expect(200);
    vera.patch(
        "/api/v1/projects/shop/flags/checkout",
        &json!({"name": "Mine"}),
    )
    .await
    .expect(200);
    vera.post(
        "/api/v1/projects/shop/environments/production/keys",
        &json!({"name": "k", "kind": "server"}),
    )
    .await
    .fails("forbidden");
    let members = vera
        .get("/api/v1/projects/shop/members")
        .await
        .expect(200)
        .json();
    assert!(
        members["items"]
            .as_array()
            .unwrap()
            .contains(&json!({"username": "vera", "role": "editor"}))
    );
    site.admin.delete(member).await.expect(204);
    vera.get("/api/v1/projects/shop").await.fails("not_found");
}

async fn a_new_password_ends_sessions(site: &mut Site) {
    site.admin
        .post(
            "/api/v1/users",
            &json!({"username": "vera", "password": "a long password"}),
        )
        .await
        .expect(201);
    let (vera, _) = signed_in(site, "vera", "a long password").await;
    site.admin
        .put("/api/v1/users/vera/password", &json!({"password": "short"}))
        .await
        .fails("invalid");
    site.admin
        .put(
            "/api/v1/users/vera/password",
            &json!({"password": "another password"}),
        )
        .await
        .expect(204);
    vera.get("/api/v1/session").await.fails("unauthenticated");
    let (vera, _) = signed_in(site, "vera", "another password").await;
    site.admin.delete("/api/v1/users/vera").await.expect(204);
    vera.get("/api/v1/session").await.fails("unauthenticated");
}

async fn sign_ins_are_limited(site: &mut Site) {
    site.set_password().await;
    let limited = site.another_server(serin_server::config::RateLimits {
        sign_ins: 2,
        ..NO_LIMITS
    });
    let wrong = json!({"username": "admin", "password": "not the password"});
    for _ in 0..2 {
        limited
            .anyone
            .post("/api/v1/session", &wrong)
            .await
            .fails("unauthenticated");
    }
    let reply = limited
        .anyone
        .post(
            "/api/v1/session",
            &json!({"username": "admin", "password": Site::PASSWORD}),
        )
        .await;
    assert!((1..=60).contains(&reply.header("retry-after").parse::<u64>().unwrap()));
    reply.fails("rate_limited");
    let other = json!({"username": "other", "password": "not the password"});
    limited
        .anyone
        .post("/api/v1/session", &other)
        .await
        .fails("unauthenticated");
}

async fn an_answer_has_an_id_and_keeps_a_decent_one(site: &mut Site) {
    let reply = send(
        site.web
            .anyone
            .request(Method::GET, "/health/live")
            .header("x-request-id", "trace-7.a"),
    )
    .await;
    assert_eq!(reply.header("x-request-id"), "trace-7.a");
    let reply = send(
        site.web
            .anyone
            .request(Method::GET, "/health/live")
            .header("x-request-id", "not decent!"),
    )
    .await;
    assert_eq!(reply.header("x-request-id").len(), 16);
}

on_both! {
    a_session_reads_by_cookie_and_writes_with_its_csrf_token,
    a_token_acts_as_its_user_until_it_is_revoked,
    who_may_not_see_a_project_is_told_that_it_is_not_there,
    a_new_password_ends_sessions,
    sign_ins_are_limited,
    an_answer_has_an_id_and_keeps_a_decent_one,
}
