//! TLS, by a server with a certificate of its own authority. The certificates hold until
//! 2120; the authority's key was thrown away.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serin_sdk::{Client, Context, Problem};

use crate::ruleset::put;
use crate::server::within;

const AUTHORITY: &[u8] = include_bytes!("tls/ca.pem");

/// Serves each connection one ruleset, on a thread of its own.
fn serve() -> SocketAddr {
    let chain = CertificateDer::pem_slice_iter(include_bytes!("tls/leaf.pem"));
    let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/leaf.key")).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain.map(Result::unwrap).collect(), key)
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for socket in listener.incoming().map(Result::unwrap) {
            let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
            let mut stream = BufReader::new(StreamOwned::new(connection, socket));
            // A client that does not trust the certificate ends it here.
            let mut line = String::new();
            while stream.read_line(&mut line).is_ok_and(|read| read > 2) {
                line.clear();
            }
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            let event = format!("event: put\ndata: {}\n\n", put(4, "on"));
            let stream = stream.get_mut();
            let sent = stream.write_all(head.as_bytes());
            if sent
                .and_then(|()| stream.write_all(event.as_bytes()))
                .is_ok()
            {
                open.push(stream.sock.try_clone());
            }
        }
    });
    address
}

#[tokio::test]
async fn an_authority_of_ones_own_is_trusted_where_it_is_named() {
    // No provider is installed for the process: the SDK brings its own.
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
    let url = format!("https://{}", serve());
    let builder = Client::builder(url, "k").root_certificates(AUTHORITY);
    let client = builder.without_telemetry().build().unwrap();
    within(client.ready()).await.unwrap();
    assert!(client.bool("checkout", &Context::new("u"), false));
    assert!(rustls::crypto::CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn an_unknown_authority_is_not_trusted() {
    let url = format!("https://{}", serve());
    // The other certificate is an authority that did not sign this one.
    let other = include_bytes!("tls/leaf.pem");
    let builder = Client::builder(url, "k").root_certificates(other);
    let client = builder
        .backoff(Duration::from_millis(1), Duration::from_millis(1))
        .build()
        .unwrap();
    let status = within(client.when(|status| status.last_error.is_some())).await;
    let problem = status.last_error.unwrap().problem;
    assert!(
        matches!(&problem, Problem::Unreachable(reason) if reason.contains("certificate")),
        "{problem}"
    );
}
