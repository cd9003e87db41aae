//! Files of a folder that are there whole or not at all.
//!
//! A file begins with a line that names its format and the SHA-256 of the rest. It is
//! written beside, synced and renamed, so that a crash leaves the old one or the new one;
//! one that was damaged in another way is refused.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read as _, Write as _},
    os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use crate::ids;

/// What every file begins with; the digest of the rest and a line feed follow.
const HEADER: &str = "serin-relay 1 ";
/// The file that is locked as long as a relay has the folder, however it ends.
const LOCK: &str = ".lock";
/// The largest file, in bytes.
const LARGEST: u64 = 256 << 20;

/// A folder of such files.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    _lock: Arc<File>,
}

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unusable {
    /// There is none.
    #[error("there is none")]
    Absent,
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// It is not as it was written.
    #[error("it is damaged: {0}")]
    Damaged(&'static str),
}

impl Folder {
    /// Opens a folder, which is made where there is none, for nobody else to read, and for no other
    /// relay to use.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        DirBuilder::new().recursive(true).mode(0o700).create(path)?;
        let folder = Self {
            path: path.to_owned(),
            _lock: Arc::new(locked(&path.join(LOCK))?),
        };
        // Better now than when the copy is needed.
        let probe = folder.path.join(".probe");
        create(&probe)?;
        fs::remove_file(&probe)?;
        Ok(folder)
    }

    /// Where a file is.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Writes a file anew; it is on the disk when this returns.
    pub(super) fn write(&self, name: &str, content: &[u8]) -> io::Result<()> {
        let beside = self.path.join(format!(".{name}.new"));
        let mut file = create(&beside)?;
        let header = format!("{HEADER}{}\n", ids::hex(&ids::digest_of(content)));
        file.write_all(header.as_bytes())?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&beside, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }

    /// Reads a file.
    pub(super) fn read(&self, name: &str) -> Result<Vec<u8>, Unusable> {
        let file = match File::open(self.path.join(name)) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(Unusable::Absent),
            Err(error) => return Err(Unusable::Unreadable(error)),
        };
        let mut bytes = Vec::new();
        file.take(LARGEST + 1)
            .read_to_end(&mut bytes)
            .map_err(Unusable::Unreadable)?;
        if bytes.len() as u64 > LARGEST {
            return Err(Unusable::Damaged("it is too large"));
        }
        check(bytes)
    }
}

/// A file that nobody else has locked. The lock goes with the process, so that one that was killed
/// leaves nothing behind.
fn locked(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            let message = "another relay that runs has it; each needs a folder of its own";
            Err(io::Error::new(io::ErrorKind::ResourceBusy, message))
        }
        Err(TryLockError::Error(error)) => Err(error),
    }
}

/// The content, where it is what was written.
fn check(mut bytes: Vec<u8>) -> Result<Vec<u8>, Unusable> {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let Some(end) = end.filter(|end| *end <= HEADER.len() + 64) else {
        return Err(Unusable::Damaged("it does not begin as a copy does"));
    };
    let content = bytes.split_off(end + 1);
    let expected = format!("{HEADER}{}\n", ids::hex(&ids::digest_of(&content)));
    match bytes == expected.as_bytes() {
        true => Ok(content),
        false => Err(Unusable::Damaged("its checksum is another one")),
    }
}

/// A new and empty file, in the place of one that was left over.
fn create(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn what_is_written_is_read_and_is_for_nobody_else() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(&directory.path().join("a/b")).unwrap();
        assert!(matches!(folder.read("state"), Err(Unusable::Absent)));
        for content in [&b"one"[..], b"", b"two\nlines\n"] {
            folder.write("state", content).unwrap();
            assert_eq!(folder.read("state").unwrap(), content);
        }
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&folder.path("state")), 0o600);
        assert_eq!(mode(&folder.path), 0o700);
        assert_eq!(
            fs::read_dir(&folder.path).unwrap().count(),
            2,
            "and the lock"
        );
    }

    #[test]
    fn a_folder_is_of_one_as_long_as_that_runs() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        let also = folder.clone();
        drop(folder);
        let refused = Folder::open(directory.path()).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::ResourceBusy);
        assert!(refused.to_string().contains("another relay"), "{refused}");
        drop(also);
        // The file is still there, as after a crash.
        assert!(directory.path().join(LOCK).exists());
        assert!(Folder::open(directory.path()).is_ok());
    }

    #[test]
    fn every_changed_byte_and_every_cut_is_noticed() {
        let directory = tempfile::tempdir().unwrap();
        let folder = Folder::open(directory.path()).unwrap();
        folder.write("state", b"{\"some\": \"content\"}").unwrap();
        let good = fs::read(folder.path("state")).unwrap();
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 1;
            fs::write(folder.path("state"), &bad).unwrap();
            assert!(
                matches!(folder.read("state"), Err(Unusable::Damaged(_))),
                "byte {at}"
            );
            fs::write(folder.path("state"), &good[..at]).unwrap();
            assert!(
                matches!(folder.read("state"), Err(Unusable::Damaged(_))),
                "cut at {at}"
            );
        }
    }
}
