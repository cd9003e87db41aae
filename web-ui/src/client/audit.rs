//! Change sets and the audit log, as histories.

use serin_api::{audit::AuditEntry, change::ChangeSet, page::Page, paths};

use super::{Error, get};

/// Which change sets to read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ChangeQuery {
    /// The project's key.
    pub(crate) project: String,
    /// Of this environment and of the project as a whole; all where absent.
    pub(crate) environment: Option<String>,
    /// Only of entities with this key.
    pub(crate) key: Option<String>,
}

/// A page of a project's change sets, the newest first.
pub(crate) async fn change_sets(
    query: &ChangeQuery,
    cursor: Option<&str>,
) -> Result<Page<ChangeSet>, Error> {
    let mut address = format!(
        "{}?project={}&limit=30",
        paths::CHANGE_SETS,
        paths::encode(&query.project)
    );
    for (name, value) in [
        ("environment", query.environment.as_deref()),
        ("key", query.key.as_deref()),
        ("cursor", cursor),
    ] {
        if let Some(value) = value {
            address.push_str(&format!("&{name}={}", paths::encode(value)));
        }
    }
    get(&address).await
}

/// A page of the audit log, the newest first; of the whole log where `project` is absent.
pub(crate) async fn audit(
    project: Option<&str>,
    cursor: Option<&str>,
) -> Result<Page<AuditEntry>, Error> {
    let mut address = format!("{}?limit=50", paths::AUDIT);
    for (name, value) in [("project", project), ("cursor", cursor)] {
        if let Some(value) = value {
            address.push_str(&format!("&{name}={}", paths::encode(value)));
        }
    }
    get(&address).await
}
