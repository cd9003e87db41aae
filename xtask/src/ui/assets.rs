//! The files of web-ui/dist: each with its name, its hash and a compressed copy beside it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use brotli::enc::BrotliEncoderParams;

use crate::{ui::inputs::hex_digest, workspace::Workspace};

/// A folder that is being filled.
pub(crate) struct Assets {
    folder: PathBuf,
    written: Vec<Asset>,
}

/// One file of it.
#[derive(Clone, Debug)]
pub(crate) struct Asset {
    /// Where the server serves it.
    pub(crate) url: String,
    /// Its size in bytes.
    pub(crate) size: usize,
    /// The size of its compressed copy in bytes.
    pub(crate) compressed: usize,
}

impl Assets {
    /// Begins with an empty folder.
    pub(crate) fn begin(folder: &Path) -> Result<Self> {
        if folder.exists() {
            fs::remove_dir_all(folder)?;
        }
        fs::create_dir_all(folder.join("assets"))?;
        Ok(Self {
            folder: folder.to_path_buf(),
            written: Vec::new(),
        })
    }

    /// Adds a file under a name that changes with its contents, to be cached for ever.
    pub(crate) fn add(&mut self, name: &str, extension: &str, contents: &[u8]) -> Result<Asset> {
        let hash = short_hash(contents);
        self.plain(&format!("assets/{name}-{hash}.{extension}"), contents)
    }

    /// Adds the files of a folder, which name each other, under a folder whose name changes
    /// with the contents of any of them; each with the name that it has there.
    pub(crate) fn add_folder(&mut self, name: &str, folder: &Path) -> Result<Vec<(String, Asset)>> {
        let mut files = Vec::new();
        let mut all = Vec::new();
        for path in Workspace::files(folder, None)? {
            let file = path.strip_prefix(folder)?.display().to_string();
            let contents = fs::read(&path).with_context(|| format!("reading {file}"))?;
            all.extend_from_slice(format!("{file}\0{}\0", contents.len()).as_bytes());
            all.extend_from_slice(&contents);
            files.push((file, contents));
        }
        let place = format!("assets/{name}-{}", short_hash(&all));
        files
            .into_iter()
            .map(|(file, contents)| {
                let asset = self.plain(&format!("{place}/{file}"), &contents)?;
                Ok((file, asset))
            })
            .collect()
    }

    /// Adds a file under a name of its own.
    pub(crate) fn plain(&mut self, name: &str, contents: &[u8]) -> Result<Asset> {
        let path = self.folder.join(name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let compressed = compress(contents)?;
        fs::write(&path, contents).with_context(|| format!("writing {}", path.display()))?;
        fs::write(self.folder.join(format!("{name}.br")), &compressed)?;
        let asset = Asset {
            url: format!("/{name}"),
            size: contents.len(),
            compressed: compressed.len(),
        };
        self.written.push(asset.clone());
        Ok(asset)
    }

    /// Adds a file of a folder under a name that changes with its contents.
    pub(crate) fn copy(&mut self, folder: &Path, name: &str) -> Result<Asset> {
        let contents = fs::read(folder.join(name)).with_context(|| format!("reading {name}"))?;
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, "bin"));
        self.add(stem, extension, &contents)
    }

    /// Says what was written and how large it is.
    pub(crate) fn print(&self) {
        println!("{:<64} {:>10} {:>10}", "web UI", "bytes", "brotli");
        for asset in &self.written {
            println!(
                "{:<64} {:>10} {:>10}",
                asset.url, asset.size, asset.compressed
            );
        }
    }
}

/// Replaces `"/name"` by the URL that the file of this name is served under, for each name.
///
/// # Errors
/// Where a file is not asked for: `page` then names the file that should.
pub(crate) fn rename(page: &str, text: &str, urls: &[(String, String)]) -> Result<String> {
    let mut renamed = text.to_owned();
    for (name, url) in urls {
        let plain = format!("\"/{name}\"");
        if !renamed.contains(&plain) {
            bail!("web-ui/{page} does not load {plain}");
        }
        renamed = renamed.replace(&plain, &format!("\"{url}\""));
    }
    Ok(renamed)
}

fn short_hash(contents: &[u8]) -> String {
    let mut hash = hex_digest(contents);
    hash.truncate(12);
    hash
}

fn compress(contents: &[u8]) -> Result<Vec<u8>> {
    let parameters = BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        size_hint: contents.len(),
        ..Default::default()
    };
    let mut compressed = Vec::with_capacity(contents.len() / 3);
    brotli::BrotliCompress(&mut &*contents, &mut compressed, &parameters)?;
    Ok(compressed)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(name: &str, url: &str) -> (String, String) {
        (name.to_owned(), url.to_owned())
    }

    #[test]
    fn names_are_replaced_everywhere() {
        let urls = [
            url("app.css", "/assets/a.css"),
            url("boot.js", "/assets/b.js"),
        ];
        let renamed = rename(
            "p",
            r#"<a href="/app.css" b="/app.css" c="/boot.js">"#,
            &urls,
        );
        let wanted = r#"<a href="/assets/a.css" b="/assets/a.css" c="/assets/b.js">"#;
        assert_eq!(renamed.unwrap(), wanted);
    }

    #[test]
    fn a_page_that_does_not_load_a_file_is_named() {
        let error = rename("boot.js", "import('/x.js')", &[url("g.js", "/assets/g.js")]);
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("/g.js") && error.contains("boot.js"),
            "{error}"
        );
    }

    #[test]
    fn a_name_follows_the_contents_and_a_compressed_copy_lies_beside() {
        let folder = tempfile::tempdir().unwrap();
        let dist = folder.path().join("dist");
        let mut assets = Assets::begin(&dist).unwrap();
        let one = assets.add("app", "css", b"a{}").unwrap();
        let other = assets.add("app", "css", b"b{}").unwrap();
        assert_ne!(one.url, other.url);
        let mut plain = Vec::new();
        let mut packed =
            fs::File::open(dist.join(format!("{}.br", one.url.trim_start_matches('/')))).unwrap();
        brotli::BrotliDecompress(&mut packed, &mut plain).unwrap();
        assert_eq!(plain, b"a{}");
    }

    #[test]
    fn files_that_name_each_other_move_together() {
        let folder = tempfile::tempdir().unwrap();
        let source = folder.path().join("source");
        fs::create_dir_all(&source).unwrap();
        fs::write(source.join("a.js"), "import './b.js'").unwrap();
        fs::write(source.join("b.js"), "1").unwrap();
        let mut assets = Assets::begin(&folder.path().join("dist")).unwrap();
        let one = assets.add_folder("ui", &source).unwrap();
        fs::write(source.join("b.js"), "2").unwrap();
        let other = assets.add_folder("ui", &source).unwrap();
        for ((name, one), (_, other)) in one.iter().zip(&other) {
            assert!(one.url.ends_with(&format!("/{name}")), "{}", one.url);
            assert_ne!(one.url, other.url);
        }
        let place = |asset: &Asset| asset.url.rsplit_once('/').unwrap().0.to_owned();
        assert_eq!(place(&one[0].1), place(&one[1].1));
    }
}
