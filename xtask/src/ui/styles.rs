//! All style sheets as one, in the order in which they build on each other.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

/// The sheets that style/order.txt names, in its order, then the others of style/, then
/// those of the components, then those of the pages, each by name.
///
/// # Errors
/// Where a sheet cannot be read, or one that order.txt names is not there.
pub(crate) fn joined(source: &Path) -> Result<String> {
    let mut text = String::new();
    for sheet in sheets(source)? {
        let name = sheet.strip_prefix(source)?.display().to_string();
        let contents =
            fs::read_to_string(&sheet).with_context(|| format!("reading web-ui/{name}"))?;
        text.push_str(&format!("/* {name} */\n{}\n", contents.trim()));
    }
    Ok(text)
}

fn sheets(source: &Path) -> Result<Vec<PathBuf>> {
    let style = source.join("style");
    let order = fs::read_to_string(style.join("order.txt")).unwrap_or_default();
    let names = order
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut sheets: Vec<_> = names
        .map(|name| style.join(name).with_extension("css"))
        .collect();
    for folder in ["style", "src/components", "src/pages", "src"] {
        for sheet in Workspace::files(&source.join(folder), Some("css"))? {
            if !sheets.contains(&sheet) {
                sheets.push(sheet);
            }
        }
    }
    Ok(sheets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sheets_follow_order_txt_then_components_then_pages() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, contents: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, contents).unwrap();
        };
        write("style/order.txt", "# first\nreset\ntokens.css\n");
        for name in [
            "style/layout.css",
            "style/tokens.css",
            "style/reset.css",
            "src/pages/flag/a.css",
            "src/components/z.css",
        ] {
            write(name, "a{}");
        }
        let joined = joined(folder.path()).unwrap();
        let names: Vec<_> = joined
            .lines()
            .filter_map(|line| line.strip_prefix("/* ")?.strip_suffix(" */"))
            .collect();
        assert_eq!(
            names,
            [
                "style/reset.css",
                "style/tokens.css",
                "style/layout.css",
                "src/components/z.css",
                "src/pages/flag/a.css"
            ]
        );
    }

    #[test]
    fn a_sheet_that_is_missing_is_named() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("style")).unwrap();
        fs::write(folder.path().join("style/order.txt"), "gone\n").unwrap();
        let error = joined(folder.path()).unwrap_err().to_string();
        assert!(error.contains("gone.css"), "{error}");
    }
}
