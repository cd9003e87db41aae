//! Between the columns and the types.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{Placed, Release, Unreadable};
use crate::store::{Error, Result, signed, unsigned};

/// A query for releases, `r`: the columns of a [`Row`], and what is given.
macro_rules! releases {
    ($rest:literal) => {
        concat!(
            "SELECT r.release_id, r.environment_id, r.site, r.document, r.state, r.epoch, r.restore,
                    r.created_at, r.created_by, r.entered_at, r.start_at, r.ticked_at, r.next_at, r.follows ",
            $rest
        )
    };
}
pub(super) use releases;

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    pub(super) release_id: Uuid,
    pub(super) environment_id: Uuid,
    pub(super) site: String,
    pub(super) document: String,
    pub(super) state: String,
    pub(super) epoch: i64,
    pub(super) restore: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) created_by: String,
    pub(super) entered_at: DateTime<Utc>,
    pub(super) start_at: Option<DateTime<Utc>>,
    pub(super) ticked_at: Option<DateTime<Utc>>,
    pub(super) next_at: Option<DateTime<Utc>>,
    pub(super) follows: Option<Uuid>,
}

#[derive(sqlx::FromRow)]
pub(super) struct PlacedRow {
    #[sqlx(flatten)]
    row: Row,
    project_id: Uuid,
    project: String,
    environment: String,
}

impl Row {
    /// The id and the epoch, which are there whatever the documents say.
    pub(super) fn name(&self) -> (Uuid, u64) {
        (self.release_id, unsigned(self.epoch))
    }

    pub(super) fn read(self) -> Result<Release> {
        Ok(Release {
            release_id: self.release_id,
            environment_id: self.environment_id,
            document: read(&self.document)?,
            state: read(&self.state)?,
            epoch: unsigned(self.epoch),
            restore: self.restore.as_deref().map(read).transpose()?,
            created_at: self.created_at,
            created_by: self.created_by,
            entered_at: self.entered_at,
            start_at: self.start_at,
            ticked_at: self.ticked_at,
            next_at: self.next_at,
            follows: self.follows,
        })
    }

    /// Reads it, or says which it is that cannot be read.
    pub(super) fn attempt(self) -> std::result::Result<Release, Unreadable> {
        let (release_id, epoch) = self.name();
        self.read().map_err(|error| Unreadable {
            release_id,
            epoch,
            error,
        })
    }

    /// Reads it, and adds it to those that were read, or to those that cannot be.
    pub(super) fn sort_into(self, found: &mut Vec<Release>, unreadable: &mut Vec<Unreadable>) {
        match self.attempt() {
            Ok(release) => found.push(release),
            Err(unread) => unreadable.push(unread),
        }
    }

    pub(super) fn of(release: &Release) -> Result<Self> {
        Ok(Self {
            release_id: release.release_id,
            environment_id: release.environment_id,
            site: write(&release.document.site)?,
            document: write(&release.document)?,
            state: write(&release.state)?,
            epoch: signed(release.epoch),
            restore: release.restore.as_ref().map(write).transpose()?,
            created_at: release.created_at,
            created_by: release.created_by.clone(),
            entered_at: release.entered_at,
            start_at: release.start_at,
            ticked_at: release.ticked_at,
            next_at: release.next_at,
            follows: release.follows,
        })
    }
}

impl PlacedRow {
    /// As [`Row::name`].
    pub(super) fn name(&self) -> (Uuid, u64) {
        self.row.name()
    }

    pub(super) fn read(self) -> Result<Placed> {
        Ok(Placed {
            release: self.row.read()?,
            project_id: self.project_id,
            project: self.project,
            environment: self.environment,
        })
    }
}

/// JSON for a column.
pub(super) fn write<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| unreadable(&error))
}

pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| unreadable(&error))
}

pub(super) fn unreadable(error: &serde_json::Error) -> Error {
    Error::json("releases", error)
}
