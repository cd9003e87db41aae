//! What asks other machines over HTTP.

use std::{error::Error as _, sync::Arc};

use reqwest::{Client, ClientBuilder};
use rustls::{ClientConfig, crypto::ring};
use rustls_platform_verifier::Verifier;

/// A client whose TLS trusts whom the machine trusts.
///
/// # Errors
/// Why there is none, for people.
pub(crate) fn client(
    configure: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<Client, String> {
    let tls = tls().map_err(|error| error.to_string())?;
    let builder = configure(Client::builder().tls_backend_preconfigured(tls));
    builder.build().map_err(|error| error.to_string())
}

fn tls() -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let verifier = Verifier::new(Arc::clone(&provider))?;
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// An error with those that caused it, which hold what one needs to know, and without the address,
/// which may hold a password. Of a connection that cannot be made the root cause says it all.
pub(crate) fn words(error: reqwest::Error) -> String {
    let error = error.without_url();
    let mut words = error.to_string();
    let mut root = None;
    let mut cause = error.source();
    while let Some(error) = cause {
        let text = error.to_string();
        if !words.ends_with(&text) {
            words = format!("{words}: {text}");
        }
        root = Some(text);
        cause = error.source();
    }
    match root {
        Some(root) if error.is_connect() => format!("cannot connect: {root}"),
        _ => words,
    }
}
