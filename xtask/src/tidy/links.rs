//! Documents that point at each other must find each other.

use std::path::Path;

use anyhow::Result;

use crate::workspace::Workspace;

const FOLDERS: &[&str] = &["docs", "migrations"];
const PAGES: &[&str] = &[
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
];

/// Links to files that are not there.
///
/// # Errors
/// Where a page cannot be read.
pub(crate) fn offences(workspace: &Workspace) -> Result<Vec<String>> {
    let mut pages: Vec<_> = PAGES.iter().map(|page| workspace.path(page)).collect();
    for folder in FOLDERS {
        pages.extend(Workspace::files(&workspace.path(folder), Some("md"))?);
    }
    let mut offences = Vec::new();
    for page in pages {
        let text = std::fs::read_to_string(&page)?;
        let folder = page.parent().unwrap_or(workspace.root());
        for target in targets(&text).filter(|target| !leads_somewhere(folder, target)) {
            let name = page.strip_prefix(workspace.root())?.display();
            offences.push(format!("{name}: {target} is not there"));
        }
    }
    Ok(offences)
}

/// Where the links of a page lead, as they are written.
fn targets(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
}

fn leads_somewhere(folder: &Path, target: &str) -> bool {
    let file = target.split('#').next().unwrap_or_default();
    // Other people's pages are theirs; a test does not depend on them.
    file.is_empty() || file.contains("://") || folder.join(file).exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_and_followed() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("there.md"), "").unwrap();
        let text = "[a](there.md#part) [b](gone.md) [c](https://example.com/x) [d](#here)";
        let gone: Vec<_> = targets(text)
            .filter(|target| !leads_somewhere(folder.path(), target))
            .collect();
        assert_eq!(gone, ["gone.md"]);
    }
}
