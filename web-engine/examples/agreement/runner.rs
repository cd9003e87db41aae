//! The wasm's side: node, with the module as browsers get it.

use std::{
    fs,
    io::{BufRead as _, BufReader, BufWriter, Lines, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdout, Command, Stdio},
    thread::{self, JoinHandle},
};

use crate::cases::Cases;

/// What node runs.
const SCRIPT: &str = include_str!("node.mjs");

/// Answers come in the order of the cases.
pub(crate) struct Runner {
    answers: Lines<BufReader<ChildStdout>>,
    child: Child,
    feeder: Option<JoinHandle<()>>,
    _folder: Folder,
}

impl Runner {
    /// Starts node, and feeds it with as many cases as `count` from a thread of its own.
    pub(crate) fn start(dist: &Path, cases: Cases, count: usize) -> Self {
        let assets = dist.join("assets");
        let module = only(&assets, "serin-web-engine_bg-", "wasm");
        let folder = Folder::new();
        // Node takes a file for a module by its name.
        let glue = folder.0.join("glue.mjs");
        fs::copy(only(&assets, "serin-web-engine-", "js"), &glue).expect("the module's script");
        let script = folder.0.join("run.mjs");
        fs::write(&script, SCRIPT).expect("a folder to write to");
        let mut child = Command::new("node")
            .args([&script, &glue, &module])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node, which runs the wasm: install nodejs");
        let mut input = BufWriter::new(child.stdin.take().expect("a pipe"));
        let feeder = thread::spawn(move || {
            for case in cases.take(count) {
                let line = serde_json::json!([case.call, case.argument]);
                if writeln!(input, "{line}").is_err() {
                    // It ended, and says why itself.
                    return;
                }
            }
        });
        let answers = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        Self {
            answers,
            child,
            feeder: Some(feeder),
            _folder: folder,
        }
    }

    /// The next answer.
    pub(crate) fn next(&mut self) -> String {
        let answer = self.answers.next().expect("an answer to every case");
        answer.expect("text")
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // Nothing to be done where it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if let Some(feeder) = self.feeder.take() {
            let _ = feeder.join();
        }
    }
}

fn only(folder: &Path, prefix: &str, extension: &str) -> PathBuf {
    let files = fs::read_dir(folder).expect("the web UI: run `cargo xtask ui`");
    let found = files.flatten().map(|file| file.path()).find(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with(prefix) && name.ends_with(&format!(".{extension}"))
    });
    found.unwrap_or_else(|| panic!("no {prefix}….{extension} in {}", folder.display()))
}

/// A folder that goes again.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("serin-agreement-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for temporary files");
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
