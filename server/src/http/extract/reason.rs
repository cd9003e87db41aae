//! The header `Serin-Reason`: why, for the history.

use actix_web::http::header::HeaderMap;

use crate::http::{address, error::ApiError};

/// The header's name.
pub(crate) const HEADER: &str = "serin-reason";
/// The longest reason, in characters.
const MAX_CHARS: usize = 1000;

/// Reads the reason: UTF-8, percent-encoded where a client can only send ASCII.
///
/// # Errors
///
/// `bad_request` where it is not UTF-8, or too long.
pub(crate) fn read(headers: &HeaderMap) -> Result<Option<String>, ApiError> {
    let Some(value) = headers.get(HEADER) else {
        return Ok(None);
    };
    let reason = String::from_utf8(address::decode(value.as_bytes()))
        .map_err(|_| ApiError::bad_request("Serin-Reason is not UTF-8"))?;
    if reason.chars().count() > MAX_CHARS {
        return Err(ApiError::bad_request(format!(
            "Serin-Reason has more than {MAX_CHARS} characters"
        )));
    }
    Ok(Some(reason).filter(|reason| !reason.is_empty()))
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn reason(value: &[u8]) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(
            HeaderName::from_static(HEADER),
            HeaderValue::from_bytes(value).unwrap(),
        );
        read(&headers).unwrap()
    }

    #[test]
    fn reads_text_plain_and_encoded() {
        assert_eq!(reason(b"to 50% now").as_deref(), Some("to 50% now"));
        assert_eq!(reason(b"f%C3%BCr%20alle").as_deref(), Some("für alle"));
        assert_eq!(reason("für alle".as_bytes()).as_deref(), Some("für alle"));
        assert_eq!(reason(b"100%").as_deref(), Some("100%"));
        assert_eq!(reason(b""), None);
    }
}
