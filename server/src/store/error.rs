//! What can go wrong in the database.

/// A failure of the database, or rows that do not fit together.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A row of this key exists already.
    #[error("a row of this key exists already")]
    Unique,
    /// What is referred to does not exist (any more).
    #[error("what is referred to does not exist")]
    ForeignKey,
    /// A row that no version of Serin wrote.
    #[error("unexpected content in table {table}: {what}")]
    Inconsistent {
        /// The table.
        table: &'static str,
        /// What is odd.
        what: String,
    },
    /// The database's address.
    #[error("{0}")]
    Address(String),
    /// The database cannot be opened.
    #[error("the database {place}: {error}")]
    Open {
        /// Where it is, without credentials.
        place: String,
        /// Why.
        error: Box<Self>,
    },
    /// A migration failed.
    #[error("the database could not be brought to this version: {0}")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// Anything else.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) if database.is_unique_violation() => Self::Unique,
            Some(database) if database.is_foreign_key_violation() => Self::ForeignKey,
            _ => Self::Database(error),
        }
    }
}

impl Error {
    /// A stored JSON text that cannot be read.
    pub(crate) fn json(table: &'static str, error: &serde_json::Error) -> Self {
        Self::Inconsistent {
            table,
            what: error.to_string(),
        }
    }
}
