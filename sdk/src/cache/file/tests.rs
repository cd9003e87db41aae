use std::time::{Duration, SystemTime};

use super::*;

fn file(folder: &Path) -> CacheFile {
    CacheFile::new(
        folder.to_owned(),
        Seal::new("http://x", "key"),
        Uuid::from_u128(7),
        100,
    )
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_is_written_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    assert!(matches!(file.read(), Err(NoCopy::None)));
    for text in ["{}", "", "a\nb\u{fc}"] {
        file.write(text).unwrap();
        assert_eq!(file.read().unwrap(), text);
        assert_eq!(names(folder.path()).len(), 1);
    }
}

/// What is replaced as a whole is never seen half written.
#[test]
fn who_reads_the_old_copy_reads_it_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    file.write("the old one").unwrap();
    let mut reader = File::open(file.path()).unwrap();
    file.write("new").unwrap();
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("the old one"), "{text}");
    assert_eq!(file.read().unwrap(), "new");
}

#[test]
fn every_byte_counts() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    file.write("{\"a\": 1}").unwrap();
    let good = fs::read(file.path()).unwrap();
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 1;
        fs::write(file.path(), &bad).unwrap();
        assert!(file.read().is_err(), "byte {place} does not count");
        fs::write(file.path(), &good[..place]).unwrap();
        assert!(file.read().is_err(), "{place} bytes are enough");
    }
    fs::write(file.path(), [&good[..], b" "].concat()).unwrap();
    assert!(matches!(file.read(), Err(NoCopy::Seal)));
}

#[test]
fn seals_tell_addresses_and_keys_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = |url, key| {
        let seal = Seal::new(url, key);
        CacheFile::new(folder.path().to_owned(), seal, Uuid::nil(), 100).path
    };
    assert_eq!(path("a", "b"), path("a", "b"));
    assert_ne!(path("a", "b"), path("a", "c"));
    assert_ne!(path("a", "b"), path("c", "b"));
    assert_ne!(path("a", "b"), path("b", "a"));
    assert!(!format!("{:?}", Seal::new("a", "secret")).contains("secret"));
}

#[test]
fn a_document_that_is_too_large_is_neither_written_nor_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    file.write("old").unwrap();
    assert!(file.write(&"x".repeat(101)).is_err());
    assert_eq!(file.read().unwrap(), "old");
    file.write(&"x".repeat(100)).unwrap();
    let small = CacheFile {
        limit: 99,
        ..file.clone()
    };
    assert!(matches!(small.read(), Err(NoCopy::TooLarge(99))));
    file.read().unwrap();
}

/// A process that is killed between the draft and the rename.
#[test]
fn a_draft_is_no_copy_and_does_not_stay_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let file = file(folder.path());
    file.write("old").unwrap();
    let drafts = [1, 2].map(|number| {
        let mut name = file.path().as_os_str().to_owned();
        name.push(format!(".{number}-0.draft"));
        PathBuf::from(name)
    });
    let foreign = folder.path().join("notes.draft");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
    for path in drafts.iter().chain([&foreign]) {
        fs::write(path, "half of a").unwrap();
        let written = File::options().write(true).open(path).unwrap();
        written.set_modified(long_ago).unwrap();
    }
    fs::write(&drafts[1], "somebody is at it").unwrap();
    assert_eq!(file.read().unwrap(), "old");
    file.write("new").unwrap();
    assert!(!drafts[0].exists());
    assert!(drafts[1].exists() && foreign.exists());
}

#[test]
fn a_failed_write_leaves_the_old_copy_and_no_draft() {
    let folder = tempfile::tempdir().unwrap();
    let mut file = file(folder.path());
    // Nothing can be renamed onto a folder that is not empty.
    fs::create_dir(file.path()).unwrap();
    fs::write(file.path().join("inside"), "").unwrap();
    assert!(file.write("new").is_err());
    assert_eq!(names(folder.path()).len(), 1);
    // What is no file is no copy.
    assert!(matches!(file.read(), Err(NoCopy::Format)));
    file.folder = file.path().join("inside/below");
    assert!(file.write("new").is_err());
}
