//! The file: a line that says what it is, and the ruleset document.
//!
//! The seal in the first line is made of the address, the key and the document. So a copy
//! that is cut short, edited, or of another environment is not taken, and who does not
//! know the key can make none that is. Neither the key nor a hash of it alone is in it.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use uuid::Uuid;

/// What the first line begins with; the number is the format's.
const MAGIC: &str = "serin-ruleset-copy 1 ";
/// The magic, the seal and the end of the line.
const FIRST_LINE: usize = MAGIC.len() + 64 + 1;
/// A file that a process left half written is that much older than a new one.
const LEFT_OVER: Duration = Duration::from_secs(3600);

/// What binds a copy to an address and a key.
#[derive(Clone)]
pub(crate) struct Seal(Arc<[u8; 32]>);

/// Where one environment's copy is.
#[derive(Clone, Debug)]
pub(crate) struct CacheFile {
    folder: PathBuf,
    path: PathBuf,
    seal: Seal,
    /// Tells those that write the same copy apart.
    writer: Uuid,
    limit: usize,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoCopy {
    /// None was written yet.
    #[error("there is none")]
    None,
    #[error("it cannot be read: {0}")]
    Unreadable(#[from] io::Error),
    #[error("it is of more than {0} bytes")]
    TooLarge(usize),
    #[error("it is of another format")]
    Format,
    #[error("it is damaged, or of another environment")]
    Seal,
}

impl Seal {
    pub(crate) fn new(url: &str, key: &str) -> Self {
        let hash = Sha256::new_with_prefix("serin ruleset copy\0")
            .chain_update(url)
            .chain_update([0])
            .chain_update(key)
            .finalize();
        Self(Arc::new(hash.into()))
    }

    /// The seal of a document. The inner hash has a fixed length, so that nothing can be
    /// appended to what the outer one was made of.
    fn of(&self, document: &[u8]) -> String {
        let inner = Sha256::digest(document);
        hex(&Sha256::new_with_prefix(*self.0)
            .chain_update("seal")
            .chain_update(inner)
            .finalize())
    }

    /// What tells the files of a folder apart.
    fn name(&self) -> String {
        let name = Sha256::new_with_prefix(*self.0)
            .chain_update("name")
            .finalize();
        hex(&name[..8])
    }
}

/// It stands for the key.
impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl CacheFile {
    /// The file in a folder; documents may have so many bytes.
    pub(crate) fn new(folder: PathBuf, seal: Seal, writer: Uuid, limit: usize) -> Self {
        let path = folder.join(format!("serin-{}.ruleset", seal.name()));
        Self {
            folder,
            path,
            seal,
            writer,
            limit,
        }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The document of the copy.
    ///
    /// # Errors
    /// Where there is none that can be trusted.
    pub(crate) fn read(&self) -> Result<String, NoCopy> {
        match fs::metadata(&self.path) {
            // What is no file may never end, or never begin.
            Ok(metadata) if !metadata.is_file() => return Err(NoCopy::Format),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(NoCopy::None),
            Err(error) => return Err(error.into()),
        }
        let file = File::open(&self.path)?;
        let most = FIRST_LINE + self.limit;
        let mut text = String::new();
        file.take(most as u64 + 1).read_to_string(&mut text)?;
        if text.len() > most {
            return Err(NoCopy::TooLarge(self.limit));
        }
        let rest = text.strip_prefix(MAGIC).ok_or(NoCopy::Format)?;
        let (seal, document) = rest.split_once('\n').ok_or(NoCopy::Format)?;
        if seal != self.seal.of(document.as_bytes()) {
            return Err(NoCopy::Seal);
        }
        text.drain(..FIRST_LINE);
        Ok(text)
    }

    /// Puts a document in the copy's place: a reader finds the old copy or the new one,
    /// and never half of one, also after a power failure.
    ///
    /// # Errors
    /// Where it is too large, or the file system refuses; then the old copy stays.
    pub(crate) fn write(&self, document: &str) -> io::Result<()> {
        if document.len() > self.limit {
            let message = format!("it has more than {} bytes", self.limit);
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        create_folder(&self.folder)?;
        let draft = self.draft();
        let written = self
            .write_draft(&draft, document)
            .and_then(|()| fs::rename(&draft, &self.path));
        if written.is_err() {
            // It may not even have come to be.
            let _ = fs::remove_file(&draft);
        } else {
            sync_folder(&self.folder);
        }
        written
    }

    fn write_draft(&self, draft: &Path, document: &str) -> io::Result<()> {
        let mut file = private().write(true).create_new(true).open(draft)?;
        file.write_all(MAGIC.as_bytes())?;
        file.write_all(self.seal.of(document.as_bytes()).as_bytes())?;
        file.write_all(b"\n")?;
        file.write_all(document.as_bytes())?;
        file.sync_all()?;
        self.remove_left_overs(&file);
        Ok(())
    }

    /// A name that no other client writes to, be it in another container.
    fn draft(&self) -> PathBuf {
        let mut name = OsString::from(&self.path);
        name.push(format!(".{}.draft", self.writer.simple()));
        name.into()
    }

    /// Removes the drafts of processes that were killed while they wrote. The new file
    /// tells what time it is there.
    fn remove_left_overs(&self, new: &File) {
        let time = |metadata: io::Result<fs::Metadata>| metadata.and_then(|it| it.modified()).ok();
        let Some(now) = time(new.metadata()) else {
            return;
        };
        let Some(prefix) = self.path.file_name() else {
            return;
        };
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.as_encoded_bytes();
            let ours = name.starts_with(prefix.as_encoded_bytes()) && name.ends_with(b".draft");
            let old = time(entry.metadata())
                .and_then(|time| now.duration_since(time).ok())
                .is_some_and(|age| age > LEFT_OVER);
            if ours && old {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

#[cfg(unix)]
fn private() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
fn private() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
fn create_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)
}

#[cfg(not(unix))]
fn create_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

/// Makes a rename outlive a power failure, where the file system knows how to.
#[cfg(unix)]
fn sync_folder(folder: &Path) {
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) {}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests;
