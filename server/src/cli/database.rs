//! Databases that must be there already.

use std::path::Path;

/// Refuses a SQLite file that does not exist, where making it would hide a mistake.
///
/// # Errors
/// A message that names the file.
pub(super) fn require(url: &str) -> Result<(), String> {
    let Some(path) = sqlite_path(url) else {
        return Ok(());
    };
    if Path::new(path).exists() {
        Ok(())
    } else {
        Err(format!("there is no database at {path}"))
    }
}

fn sqlite_path(url: &str) -> Option<&str> {
    let path = url.strip_prefix("sqlite:")?;
    let path = path.strip_prefix("//").unwrap_or(path);
    path.split('?').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_sqlite_has_a_file() {
        assert_eq!(
            sqlite_path("sqlite:///var/serin.db?mode=rw"),
            Some("/var/serin.db")
        );
        assert_eq!(sqlite_path("sqlite://serin.db"), Some("serin.db"));
        assert_eq!(sqlite_path("postgres://serin@db/serin"), None);
        assert!(require("sqlite:///nowhere/serin.db").is_err());
    }
}
