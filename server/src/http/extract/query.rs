//! Query strings of lists.

use actix_web::error::QueryPayloadError;
use serde::{Deserialize, Deserializer, de::Error as _};

use crate::{http::error::ApiError, service};

/// `?limit=&cursor=`
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Paging {
    /// How many items at most; 50 where absent, never more than 500.
    #[serde(default, deserialize_with = "limit")]
    pub(crate) limit: Option<u32>,
    /// The `next_cursor` of the page before.
    pub(crate) cursor: Option<String>,
}

impl From<Paging> for service::Paging {
    fn from(Paging { limit, cursor }: Paging) -> Self {
        Self { cursor, limit }
    }
}

/// Reads a `limit`; the parser alone would not say whose digits are wrong.
///
/// # Errors
/// Where it is no whole number from 1 on.
pub(crate) fn limit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u32>, D::Error> {
    let text = String::deserialize(deserializer)?;
    match text.parse() {
        Ok(limit) if limit > 0 => Ok(Some(limit)),
        _ => {
            let shown: String = text.chars().take(20).collect();
            let message = format!("`limit` is a whole number from 1 on, not {shown:?}");
            Err(D::Error::custom(message))
        }
    }
}

/// A query string with a mistake.
pub(crate) fn unreadable(error: &QueryPayloadError) -> ApiError {
    let message = match error {
        QueryPayloadError::Deserialize(why) => why.to_string(),
        other => other.to_string(),
    };
    ApiError::bad_request(format!("the query string: {message}"))
}
