//! What an import did, flag by flag.

use std::fmt;

use serde::Serialize;
use uuid::Uuid;

use crate::import::flagd::{Import, Note};

/// The report, for people and as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    project: String,
    environment: String,
    /// What was written; empty where nothing was.
    pub(super) change_sets: Vec<Uuid>,
    flags: Vec<Line>,
    /// What concerns the file as a whole.
    remarks: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Line {
    key: String,
    status: Status,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<Note>,
    /// Why it was refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Status {
    Imported,
    ImportedWithNotes,
    Refused,
}

impl Report {
    pub(super) fn new(import: &Import, project: &str, environment: &str) -> Self {
        let line = |flag: &crate::import::flagd::ImportedFlag| {
            let (status, notes, reason) = match &flag.outcome {
                Ok(translated) if translated.notes.is_empty() => {
                    (Status::Imported, Vec::new(), None)
                }
                Ok(translated) => (Status::ImportedWithNotes, translated.notes.clone(), None),
                Err(reason) => (Status::Refused, Vec::new(), Some(reason.clone())),
            };
            Line {
                key: flag.key.clone(),
                status,
                notes,
                reason,
            }
        };
        Self {
            project: project.to_owned(),
            environment: environment.to_owned(),
            change_sets: Vec::new(),
            flags: import.flags.iter().map(line).collect(),
            remarks: import.remarks.clone(),
        }
    }

    pub(super) fn refused(&self) -> usize {
        self.count(Status::Refused)
    }

    fn count(&self, status: Status) -> usize {
        self.flags
            .iter()
            .filter(|line| line.status == status)
            .count()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.flags {
            let status = match line.status {
                Status::Imported => "imported",
                Status::ImportedWithNotes => "imported with notes",
                Status::Refused => "refused",
            };
            // The keys of other systems may have anything but control characters.
            write!(f, "{status:20} {}", line.key.escape_debug())?;
            match &line.reason {
                Some(reason) => writeln!(f, ": {reason}")?,
                None => writeln!(f)?,
            }
            for note in &line.notes {
                writeln!(f, "{:20}   {}", "", note.text)?;
            }
        }
        for remark in &self.remarks {
            writeln!(f, "note: {remark}")?;
        }
        let (plain, noted) = (
            self.count(Status::Imported),
            self.count(Status::ImportedWithNotes),
        );
        write!(
            f,
            "\n{plain} imported, {noted} imported with notes, {} refused; ",
            self.refused()
        )?;
        match &self.change_sets[..] {
            [] => write!(f, "nothing was written"),
            ids => {
                let ids: Vec<String> = ids.iter().map(Uuid::to_string).collect();
                let (project, environment) = (&self.project, &self.environment);
                write!(
                    f,
                    "written to {project}/{environment} as change set {}",
                    ids.join(", ")
                )
            }
        }
    }
}
