//! Files that commands read, and standard input in place of one of them.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::Path,
};

/// The whole text of a file; of standard input where its name is `-`.
///
/// # Errors
/// Where it cannot be read, in words.
pub(super) fn text(path: &Path) -> Result<String, String> {
    let mut text = String::new();
    if is_standard(path) {
        let read = io::stdin().lock().read_to_string(&mut text);
        read.map_err(|error| error.to_string())?;
    } else {
        text = fs::read_to_string(path).map_err(|error| error.to_string())?;
    }
    Ok(text)
}

/// The same to be read bit by bit.
///
/// # Errors
/// Where there is no such file, in words.
pub(super) fn lines(path: &Path) -> Result<Box<dyn Read>, String> {
    if is_standard(path) {
        return Ok(Box::new(io::stdin().lock()));
    }
    if path.is_dir() {
        return Err("a directory".to_owned());
    }
    let file = File::open(path).map_err(|error| error.to_string())?;
    Ok(Box::new(file))
}

/// Whether a name stands for standard input.
pub(super) fn is_standard(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// How a file is called to people.
pub(super) fn name(path: &Path) -> String {
    if is_standard(path) {
        return "standard input".to_owned();
    }
    path.display().to_string()
}
