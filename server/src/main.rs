//! The program `serin`.

use std::process::ExitCode;

fn main() -> ExitCode {
    serin_server::cli::main()
}
