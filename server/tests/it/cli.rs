//! The command line, run as people run it: the real binary.

mod audit;
mod evaluate;
mod explain;
mod import;
mod release;
mod user;

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

/// What a run of the binary left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ran {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self}"))
    }
}

impl std::fmt::Display for Ran {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n{}\n{}", self.code, self.stdout, self.stderr)
    }
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().expect("an exit status"),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

fn serin() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_serin"));
    // What the developer's shell has set is not the test's business.
    for variable in ["DATABASE_URL", "SERVER", "TOKEN", "PROJECT", "ENVIRONMENT"] {
        command.env_remove(format!("SERIN_{variable}"));
    }
    command
}

pub(crate) fn run(arguments: &[&str], input: &[u8]) -> Ran {
    let mut child = serin()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    // Beside reading, since both pipes may fill up. A command that refuses its arguments reads nothing.
    let writer = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output.into()
}

fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> String {
    let path = folder.join(name);
    std::fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}
