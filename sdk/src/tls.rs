//! The HTTP client: rustls with ring, whatever the rest of the program has chosen.
//!
//! The configuration is handed over whole, since reqwest would otherwise look for a
//! process-wide provider, which is not a library's to set.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderValue};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::builder::BuildError;

/// What the SDK calls itself.
const USER_AGENT: &str = concat!("serin-sdk-rust/", env!("CARGO_PKG_VERSION"));

/// A client that sends the key with each request. It follows no redirects: they would
/// carry the key to an address that nobody configured.
pub(crate) fn client(
    key: &str,
    connect: Duration,
    https: bool,
    roots_pem: &[u8],
) -> Result<reqwest::Client, BuildError> {
    let mut bearer =
        HeaderValue::from_str(&format!("Bearer {key}")).map_err(|_| BuildError::Key)?;
    bearer.set_sensitive(true);
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .default_headers(HeaderMap::from_iter([(AUTHORIZATION, bearer)]))
        .redirect(reqwest::redirect::Policy::none())
        .connect_timeout(connect)
        .tls_backend_preconfigured(configuration(https, roots_pem)?)
        .build()
        .map_err(BuildError::Http)
}

fn configuration(https: bool, roots_pem: &[u8]) -> Result<ClientConfig, BuildError> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(tls)?;
    if !https {
        // A server without TLS works where no certificates are installed.
        return Ok(builder
            .with_root_certificates(RootCertStore::empty())
            .with_no_client_auth());
    }
    let roots: Vec<_> = CertificateDer::pem_slice_iter(roots_pem)
        .collect::<Result<_, _>>()
        .map_err(|error| BuildError::Tls(error.to_string()))?;
    let verifier = if roots_pem.is_empty() {
        Verifier::new(provider)
    } else if roots.is_empty() {
        return Err(BuildError::Tls(
            "there is no certificate in the PEM text".into(),
        ));
    } else {
        Verifier::new_with_extra_roots(roots, provider)
    };
    Ok(builder
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier.map_err(tls)?))
        .with_no_client_auth())
}

#[expect(clippy::needless_pass_by_value, reason = "it is handed to map_err")]
fn tls(error: rustls::Error) -> BuildError {
    BuildError::Tls(error.to_string())
}
