//! Addresses that name nothing: the database must not be asked for them.

use actix_web::http::Uri;

use super::error::ApiError;

/// Refuses an address whose path or query is not UTF-8 once it is decoded, or has the
/// character U+0000, which PostgreSQL takes nowhere.
///
/// # Errors
/// `bad_request`, saying which part.
pub(super) fn check(uri: &Uri) -> Result<(), ApiError> {
    for (part, name) in [
        (uri.path(), "path"),
        (uri.query().unwrap_or_default(), "query"),
    ] {
        let message = match String::from_utf8(decode(part.as_bytes())) {
            Err(_) => format!("the address's {name} is not UTF-8"),
            Ok(text) if text.contains('\0') => {
                format!("the character U+0000 is not taken in the address's {name}")
            }
            Ok(_) => continue,
        };
        return Err(ApiError::bad_request(message));
    }
    Ok(())
}

/// Decodes `%XX`; a per cent sign that no two digits follow stands for itself.
pub(super) fn decode(encoded: &[u8]) -> Vec<u8> {
    let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, tail @ ..] = rest {
        match (*first, digit(tail.first()), digit(tail.get(1))) {
            (b'%', Some(high), Some(low)) => {
                decoded.push(u8::try_from(high * 16 + low).unwrap_or_default());
                rest = &tail[2..];
            }
            (byte, ..) => {
                decoded.push(byte);
                rest = tail;
            }
        }
    }
    decoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_all_but_broken_text_and_nul() {
        let message = |uri: &str| {
            check(&uri.parse().unwrap())
                .err()
                .map(|error| error.message)
        };
        for fine in [
            "/a/%F0%9F%98%80",
            "/a%2Fb?query=%E2%82%AC+%25",
            "/100%",
            "/%zz?%",
        ] {
            assert_eq!(message(fine), None, "{fine}");
        }
        for (bad, part) in [
            ("/a/%ff", "path"),
            ("/%00", "path"),
            ("/a?b=%C3", "query"),
            ("/a?b=%00", "query"),
        ] {
            assert!(message(bad).unwrap().contains(part), "{bad}");
        }
    }
}
