//! The web UI's page, whether or not it was built before the server.

use super::Site;

async fn a_page_for_every_address_of_the_ui(site: &mut Site) {
    let browser = site
        .web
        .anyone
        .with("accept", "text/html,application/xhtml+xml");
    for path in ["/", "/shop/production/flags/a%2Fb", "/apiary"] {
        let page = browser.get(path).await.expect(200);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}"
        );
        assert!(page.text().to_lowercase().contains("<!doctype html>"));
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("script-src 'self' 'wasm-unsafe-eval'")
                && policy.contains("frame-ancestors 'none'")
        );
        assert!(
            !policy.contains("script-src 'self' 'unsafe-inline")
                && !policy.contains("style-src 'unsafe-inline")
        );
        assert_eq!(page.header("x-content-type-options"), "nosniff");
        assert!(page.headers.contains_key("referrer-policy"));
    }
}

async fn no_page_for_scripts_and_for_the_api(site: &mut Site) {
    let browser = site.web.anyone.with("accept", "text/html");
    for path in [
        "/api/v1/nothing",
        "/sdk/v2",
        "/health/x",
        "/assets/gone-0123456789ab.js",
    ] {
        browser.get(path).await.fails("not_found");
    }
    let of_ofrep = browser.get("/ofrep/v1/x").await.expect(404).json();
    assert_eq!(of_ofrep["errorCode"], "GENERAL");
    let script = site.web.anyone.with("accept", "*/*");
    script
        .get("/shop/production/flags")
        .await
        .fails("not_found");
    browser.delete("/shop").await.fails("not_found");
}

on_both! {
    a_page_for_every_address_of_the_ui,
    no_page_for_scripts_and_for_the_api,
}
