//! `serin import`: other systems' flags, through the one door.

mod report;
mod write;

use std::{
    fs, io,
    io::{Read as _, Write as _},
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::{Args, Subcommand};

use crate::import::flagd;
use report::Report;

/// Import other systems' flags
#[derive(Args, Clone, Debug)]
pub(super) struct Import {
    #[command(subcommand)]
    source: Source,
}

#[derive(Clone, Debug, Subcommand)]
enum Source {
    /// Import a flagd file: states, variants, default variants, and targeting that has an exact native form
    ///
    /// The report names each flag: imported, imported with notes on where Serin decides
    /// otherwise, or refused with what stands in the way. Nothing is approximated.
    /// A flag is made in the project where it is new; its configuration in the
    /// environment is replaced. All of it is one change set, and a server that runs on the
    /// same database serves it within a second.
    ///
    /// The exit status is 0 where everything was imported, 1 where a flag was refused (then
    /// nothing is written without --skip-refused), and 2 where the file or the database
    /// could not be used.
    Flagd(Flagd),
}

#[derive(Args, Clone, Debug)]
pub(super) struct Flagd {
    /// The file, in flagd's JSON format; - for standard input
    file: PathBuf,

    /// The key of the project that gets the flags
    #[arg(long, value_name = "KEY")]
    project: String,

    /// The key of the environment that the file is for
    #[arg(long, value_name = "KEY")]
    environment: String,

    /// Where Serin keeps everything, as for `serin serve`
    #[arg(
        long,
        env = "SERIN_DATABASE_URL",
        value_name = "URL",
        default_value = "sqlite://serin.db",
        hide_env_values = true
    )]
    database_url: String,

    /// Make the project, and the environment, where there is none
    #[arg(long)]
    create_project: bool,

    /// Only translate and report; the database is not opened
    #[arg(long)]
    dry_run: bool,

    /// Import the others where flags are refused
    #[arg(long)]
    skip_refused: bool,

    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command and prints its report.
pub(super) fn run(arguments: &Import) -> ExitCode {
    let Source::Flagd(arguments) = &arguments.source;
    match import(arguments).and_then(|report| {
        print(&report, arguments.json)?;
        Ok(report)
    }) {
        Ok(report) if report.refused() == 0 => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(message) => {
            // Where standard error is closed nobody reads.
            let _ = writeln!(io::stderr(), "serin: {message}");
            ExitCode::from(2)
        }
    }
}

fn import(arguments: &Flagd) -> Result<Report, String> {
    let name = arguments.file.display();
    let text = read(&arguments.file).map_err(|error| format!("{name}: {error}"))?;
    let import = flagd::import(&text).map_err(|unusable| format!("{name}: {unusable}"))?;
    let mut report = Report::new(&import, &arguments.project, &arguments.environment);
    let wanted = report.refused() == 0 || arguments.skip_refused;
    if wanted && !arguments.dry_run {
        report.change_sets = write::write(arguments, &import)?;
    }
    Ok(report)
}

fn read(path: &Path) -> io::Result<String> {
    if path.as_os_str() == "-" {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text)?;
        Ok(text)
    } else {
        fs::read_to_string(path)
    }
}

fn print(report: &Report, json: bool) -> Result<(), String> {
    let text = if json {
        serde_json::to_string_pretty(report).map_err(|error| error.to_string())?
    } else {
        report.to_string()
    };
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.to_string()),
        _ => Ok(()),
    }
}
