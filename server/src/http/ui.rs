//! The web UI: files embedded in the binary, compressed, and its page for every address of its
//! own.

use actix_web::{
    HttpRequest, HttpResponse,
    http::{
        Method,
        header::{
            ACCEPT, ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_SECURITY_POLICY,
            CONTENT_TYPE, ETAG, HeaderName, HeaderValue, REFERRER_POLICY, VARY, X_FRAME_OPTIONS,
        },
    },
    web::{self, Bytes},
};
use rust_embed::{EmbeddedFile, RustEmbed};
use std::{borrow::Cow, fmt::Write as _, io};

use super::{
    error::{Answer, ApiError},
    etag,
};

/// What `cargo xtask ui` made; nothing where it did not run before the build. Only the compressed
/// copies: plain ones would be four times as large, and few ask for them.
#[derive(RustEmbed)]
#[folder = "../web-ui/dist"]
#[include = "*.br"]
#[allow_missing = true]
struct Files;

const PAGE: &str = "index.html";
/// Scripts and styles come from this server only; the UI is WebAssembly, and nothing is inline but
/// what an element measures itself (the width of a share).
const POLICY: &str = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src-attr 'unsafe-inline'; object-src 'none'; \
    base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const NOT_BUILT: &str = "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Serin</title>\n\
    <h1>The web UI is not in this build</h1>\n<p>The server itself works. To get the UI, run \
    <code>cargo xtask ui</code>, build the server again, and reload this page.</p>\n</html>\n";

/// Answers what no route of the API takes.
pub(crate) async fn get_ui(request: HttpRequest) -> Answer {
    if !matches!(*request.method(), Method::GET | Method::HEAD) || belongs_to_api(request.path()) {
        return Err(ApiError::not_found());
    }
    let name = request.path().trim_start_matches('/');
    if !name.is_empty()
        && let Some(file) = file(name)
    {
        return answer(&request, name, file).await;
    }
    if !wants_page(&request, name) {
        return Err(ApiError::not_found());
    }
    match file(PAGE) {
        Some(page) => answer(&request, PAGE, page).await,
        None => Ok(secured(
            HttpResponse::Ok()
                .content_type("text/html; charset=utf-8")
                .body(NOT_BUILT),
        )),
    }
}

/// Whether an address is the API's, where an unknown one is an error and no page.
fn belongs_to_api(path: &str) -> bool {
    let first = path
        .trim_start_matches('/')
        .split('/')
        .next()
        .unwrap_or_default();
    matches!(
        first,
        "api" | "sdk" | "ofrep" | "health" | "metrics" | "openapi.json"
    )
}

/// A person who opens an address of the UI wants its page; a script that asks for a file
/// that is gone must not get it.
fn wants_page(request: &HttpRequest, name: &str) -> bool {
    let accepts_html = || {
        request
            .headers()
            .get(ACCEPT)
            .and_then(|accept| accept.to_str().ok())
            .is_some_and(|accept| accept.contains("text/html"))
    };
    name.is_empty() || (accepts_html() && !name.starts_with("assets/"))
}

/// A file, as it is here: compressed.
fn file(name: &str) -> Option<EmbeddedFile> {
    Files::get(&format!("{name}.br"))
}

async fn answer(request: &HttpRequest, name: &str, file: EmbeddedFile) -> Answer {
    let hash = file.metadata.sha256_hash();
    let mut tag = String::from("\"");
    for byte in &hash[..12] {
        // Writing to a String cannot fail.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    let mut response = HttpResponse::Ok();
    response
        .insert_header((ETAG, tag.as_str()))
        .insert_header((CACHE_CONTROL, caching(name)));
    response.insert_header((VARY, "accept-encoding"));
    if etag::none_match(request.headers(), &tag) {
        return Ok(secured(
            HttpResponse::NotModified()
                .insert_header((ETAG, tag))
                .finish(),
        ));
    }
    response.insert_header((CONTENT_TYPE, media_type(name)));
    let body = if takes_brotli(request) {
        response.insert_header((CONTENT_ENCODING, "br"));
        bytes(file.data)
    } else {
        // Programs, and browsers that are not asked by https: some milliseconds a megabyte.
        let plain = web::block(move || decompressed(&file.data)).await;
        plain
            .map_err(io::Error::other)
            .flatten()
            .map_err(|error| ApiError::internal(format!("{name} does not decompress: {error}")))?
    };
    Ok(secured(response.body(body)))
}

fn decompressed(data: &[u8]) -> io::Result<Bytes> {
    let mut plain = Vec::new();
    brotli::BrotliDecompress(&mut &*data, &mut plain)?;
    Ok(plain.into())
}

/// A name with a hash in it never gets other contents.
fn caching(name: &str) -> &'static str {
    if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

fn takes_brotli(request: &HttpRequest) -> bool {
    request
        .headers()
        .get_all(ACCEPT_ENCODING)
        .filter_map(|value| value.to_str().ok())
        .any(|value| accepts_encoding(value, "br"))
}

/// Whether `Accept-Encoding` takes a coding: it names it without `q=0`.
pub(crate) fn accepts_encoding(header: &str, coding: &str) -> bool {
    header.split(',').any(|entry| {
        let mut parts = entry.split(';').map(str::trim);
        let named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(coding));
        let refused = parts.any(|part| {
            part.strip_prefix("q=")
                .and_then(|q| q.parse::<f32>().ok())
                .is_some_and(|q| q <= 0.0)
        });
        named && !refused
    })
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "json" | "map" | "webmanifest" => "application/json",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// Adds what keeps a page to itself.
fn secured(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    let mut add = |name: HeaderName, value| headers.insert(name, HeaderValue::from_static(value));
    add(CONTENT_SECURITY_POLICY, POLICY);
    add(REFERRER_POLICY, "same-origin");
    add(X_FRAME_OPTIONS, "DENY");
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_accept_encoding() {
        for (header, expected) in [
            ("br", true),
            ("gzip, br;q=0.5", true),
            ("gzip, BR", true),
            ("gzip, br;q=0", false),
            ("gzip, br; q=0.0", false),
            ("brotli", false),
            ("", false),
        ] {
            assert_eq!(accepts_encoding(header, "br"), expected, "{header}");
        }
    }
}
