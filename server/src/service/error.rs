//! Why a use case was refused, in the domain's words.

use serin_api::{error::Detail, session::Role};

use crate::store;

/// What a use case answers.
pub type Result<T> = std::result::Result<T, Error>;

/// What stands in the way of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Use {
    /// A JSON pointer to what it stands against in the request: the member, or else the change;
    /// empty where the whole request is that.
    pub path: String,
    /// What uses it, and where: `flag:top in production (rule "r")`, `release:ID`.
    pub by: String,
}

impl From<String> for Use {
    fn from(by: String) -> Self {
        Self {
            path: String::new(),
            by,
        }
    }
}

/// Why a use case was refused. Nothing is written then.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Not there, or not for the actor to see.
    #[error("not found")]
    NotFound,
    /// A change of a change set names something that is not there.
    #[error("there is no {what}")]
    Missing {
        /// What, with its key.
        what: String,
        /// A JSON pointer into the request.
        path: String,
    },
    /// The actor may see it, but not do that.
    #[error("this needs the role {needs:?}")]
    Forbidden {
        /// What would do.
        needs: Role,
    },
    /// Signing in with what does not fit.
    #[error("the username or the password is wrong")]
    Unauthenticated,
    /// Something of this key exists already.
    #[error("{what} exists already")]
    AlreadyExists {
        /// What, with its key.
        what: String,
    },
    /// Something uses it, or a live release owns it.
    #[error("{what} is in use")]
    InUse {
        /// What, with its key.
        what: String,
        /// By what.
        uses: Vec<Use>,
    },
    /// It is at another version than the caller saw.
    #[error("it is at version {current} by now")]
    VersionConflict {
        /// The version that stands; 0 where there is nothing.
        current: u64,
        /// A JSON pointer to the change in the request; empty where there is but one.
        path: String,
    },
    /// Well-formed, but with mistakes: all of them.
    #[error("{} mistakes, the first at {:?}: {}", .0.len(), .0.first().map(|d| &d.path), .0.first().map_or("", |d| &d.message))]
    Invalid(Vec<Detail>),
    /// Not of the shape that is asked for.
    #[error("{0}")]
    BadRequest(String),
    /// A release does not take this signal now.
    #[error("{0}")]
    IllegalTransition(String),
    /// The release moved on.
    #[error("the release is at epoch {current} by now")]
    EpochConflict {
        /// The epoch that stands.
        current: u64,
    },
    /// An idempotency key that came with another request before.
    #[error("this idempotency key came with another request before")]
    IdempotencyMismatch,
    /// Shutting down, or too busy.
    #[error("not available now")]
    Unavailable,
    /// Kept by another version of Serin, or damaged.
    #[error(
        "{what} cannot be read by this version of the server: a newer one that wrote it can, and the log says why"
    )]
    Unreadable {
        /// What, with its key.
        what: String,
        /// Why: for the log.
        cause: store::Error,
    },
    /// The database failed.
    #[error(transparent)]
    Store(store::Error),
    /// A fault of Serin's own.
    #[error("internal fault: {0}")]
    Internal(String),
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        Self::Store(error)
    }
}

impl Error {
    /// One mistake.
    pub fn invalid(path: impl Into<String>, code: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Detail {
            path: path.into(),
            code: code.to_owned(),
            message: message.into(),
        }])
    }

    /// What is wrong with a part of a request, by its place in the whole.
    pub(crate) fn within(mut self, path: &str) -> Self {
        match &mut self {
            Self::Invalid(details) => {
                for detail in details {
                    detail.path.insert_str(0, path);
                }
            }
            Self::InUse { uses, .. } => {
                for used in uses {
                    used.path.insert_str(0, path);
                }
            }
            _ => {}
        }
        self
    }
}
