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
    /// The database cannot be reached, does not answer, or has no room: it may be better later.
    #[error("the database is not available: {0}")]
    Away(String),
    /// Anything else.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        match error.as_database_error() {
            Some(database) if database.is_unique_violation() => Self::Unique,
            Some(database) if database.is_foreign_key_violation() => Self::ForeignKey,
            _ if is_away(&error) => Self::Away(error.to_string()),
            _ => Self::Database(error),
        }
    }
}

fn is_away(error: &sqlx::Error) -> bool {
    use sqlx::Error as E;
    match error {
        // A connection that ends while it is made is a breach of the protocol to sqlx.
        E::Io(_) | E::Tls(_) | E::Protocol(_) => true,
        E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed => true,
        E::Database(error) => error.code().is_some_and(|code| code_is_away(&code)),
        _ => false,
    }
}

/// By the class of PostgreSQL's SQLSTATE (five characters), or SQLite's result code (fewer).
///
/// Sources: "PostgreSQL Error Codes" in PostgreSQL's manual, appendix A; "Result and Error
/// Codes" in SQLite's.
fn code_is_away(code: &str) -> bool {
    if code.len() == 5 {
        // Connection exceptions, insufficient resources (a full disk), operator intervention.
        return ["08", "53", "57"]
            .iter()
            .any(|class| code.starts_with(class));
    }
    // The low byte is the primary code: BUSY, LOCKED, IOERR, FULL, CANTOPEN.
    code.parse::<u32>()
        .is_ok_and(|code| matches!(code & 0xff, 5 | 6 | 10 | 13 | 14))
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

#[cfg(test)]
mod tests {
    use super::code_is_away;

    #[test]
    fn what_may_be_better_later() {
        // Connection failure, too many connections, disk full, shutdown; SQLite's FULL, and
        // IOERR_WRITE.
        for code in ["08006", "53300", "53100", "57P01", "13", "778", "5"] {
            assert!(code_is_away(code), "{code}");
        }
        // A syntax error, a deadlock; SQLite's CONSTRAINT_UNIQUE and ERROR.
        for code in ["42601", "40P01", "2067", "1", ""] {
            assert!(!code_is_away(code), "{code}");
        }
    }
}
