//! The audit log: every applied change set and every security event, in a chain of hashes.

use serde::Serialize;
use serde_json::Value;
use serin_api::{audit::AuditEntry, page::Page, session::Role};
use sha2::{Digest as _, Sha256};

use super::{Actor, Error, Paging, Result, access, document, writer::Work};
use crate::{
    app::App,
    store::{self, Db, audit::Entry},
};

/// The hash before the first entry.
const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// How many entries are read at a time.
const BATCH: i64 = 500;

/// Adds an entry, which is committed or undone with the rest of the job: the writer writes those
/// of all its jobs at once.
///
/// # Errors
/// Where the details cannot be written as JSON.
pub async fn append(
    work: &mut Work,
    actor: &str,
    action: &str,
    project: Option<&str>,
    details: &impl Serialize,
) -> Result<()> {
    // By way of a value, whose members are sorted: the text is canonical.
    let details = document::text(&document::value(details)?)?;
    let mut entry = Entry {
        sequence: work.head.sequence + 1,
        at: work.now(),
        actor: actor.to_owned(),
        action: action.to_owned(),
        project: project.map(str::to_owned),
        details,
        previous_hash: work.head.hash.clone(),
        hash: String::new(),
    };
    entry.hash = hash(&entry);
    work.head.sequence = entry.sequence;
    work.head.hash.clone_from(&entry.hash);
    work.entries.push(entry);
    Ok(())
}

/// The hash of an entry: SHA-256 over the hash before, a line feed, and the entry as
/// JSON without white space, members sorted, the hashes left out.
fn hash(entry: &Entry) -> String {
    let text = |text: &str| Value::from(text).to_string();
    let project = entry.project.as_deref().map_or("null".to_owned(), text);
    let json = format!(
        r#"{{"action":{},"actor":{},"at":{},"details":{},"project":{project},"sequence":{}}}"#,
        text(&entry.action),
        text(&entry.actor),
        text(
            &entry
                .at
                .to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
        ),
        entry.details,
        entry.sequence,
    );
    let digest = Sha256::new()
        .chain_update(&entry.previous_hash)
        .chain_update("\n")
        .chain_update(json)
        .finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entries, newest first: of a project for its members, of everything for instance admins.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], or a database failure.
pub async fn list(
    app: &App,
    actor: &Actor,
    project: Option<&str>,
    paging: &Paging,
) -> Result<Page<AuditEntry>> {
    let mut tx = app.db.read().await?;
    match project {
        Some(key) => drop(access::project(&mut tx, actor, key, Role::Viewer).await?),
        None => access::instance_admin(actor)?,
    }
    let before = match &paging.cursor {
        None => u64::MAX,
        Some(cursor) => cursor
            .parse()
            .map_err(|_| Error::BadRequest("this is no cursor of this list".to_owned()))?,
    };
    let rows = store::audit::before(&mut tx, project, before, paging.probe()).await?;
    Ok(paging.page(rows, |row| row.sequence.to_string(), shown))
}

fn shown(row: Entry) -> AuditEntry {
    AuditEntry {
        sequence: row.sequence,
        at: row.at,
        actor: row.actor,
        action: row.action,
        project: row.project,
        details: serde_json::from_str(&row.details).unwrap_or_default(),
        previous_hash: row.previous_hash,
        hash: row.hash,
    }
}

/// A chain that holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many entries it has.
    pub entries: u64,
    /// The hash of the last one; 64 zeros where there is none.
    pub head: String,
}

/// Why a chain does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Broken {
    /// An entry that does not fit.
    #[error("entry {sequence} does not fit: {why}")]
    Entry {
        /// Which one; the first that does not fit.
        sequence: u64,
        /// What is wrong with it.
        why: String,
    },
    /// The log could not be read.
    #[error(transparent)]
    Store(#[from] store::Error),
}

/// Checks the whole chain.
///
/// # Errors
/// Names the first entry that does not fit.
pub async fn verify(db: &Db) -> std::result::Result<Verified, Broken> {
    let mut tx = db.read().await?;
    let head = store::audit::head(&mut tx).await?;
    let (mut sequence, mut previous) = (0, GENESIS.to_owned());
    loop {
        let entries = store::audit::after(&mut tx, sequence, BATCH).await?;
        if entries.is_empty() {
            break;
        }
        for entry in entries {
            check(&entry, sequence + 1, &previous)?;
            (sequence, previous) = (entry.sequence, entry.hash);
        }
    }
    if head.sequence != sequence || head.hash != previous {
        return Err(Broken::Entry {
            sequence: sequence + 1,
            why: format!(
                "the chain ends at entry {sequence}, but {} were written",
                head.sequence
            ),
        });
    }
    Ok(Verified {
        entries: sequence,
        head: previous,
    })
}

fn check(entry: &Entry, expected: u64, previous: &str) -> std::result::Result<(), Broken> {
    let broken = |why: String| {
        Err(Broken::Entry {
            sequence: expected,
            why,
        })
    };
    if entry.sequence != expected {
        return broken(format!("it is missing; the next one is {}", entry.sequence));
    }
    if entry.previous_hash != previous {
        return broken("it does not name the hash of the entry before".to_owned());
    }
    if entry.hash != hash(entry) {
        return broken("its hash is not that of its content".to_owned());
    }
    Ok(())
}
