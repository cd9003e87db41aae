//! Between the columns and the types.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serin_engine::release::evidence::Arm;
use uuid::Uuid;

use super::{Attempt, Counted, Name, Stored, Unreadable};
use crate::store::{Error, Result, unsigned};

const TABLE: &str = "release_windows";

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    release_id: Uuid,
    seconds: i64,
    at: DateTime<Utc>,
    stage: i64,
    baseline: String,
    candidate: String,
    late: i64,
}

impl Row {
    /// Reads it, or says which it is that cannot be read.
    pub(super) fn attempt(self) -> Attempt {
        let name = Name {
            release_id: self.release_id,
            seconds: self.seconds,
            at: self.at,
            stage: usize::try_from(self.stage).unwrap_or_default(),
        };
        let counted = || {
            Ok(Counted {
                baseline: read(&self.baseline)?,
                candidate: read(&self.candidate)?,
                late: unsigned(self.late),
            })
        };
        match counted() {
            Ok(counted) => Ok(Stored { name, counted }),
            Err(error) => Err(Unreadable { name, error }),
        }
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::json(TABLE, &error))
}

pub(super) fn write(arm: &Arm) -> Result<String> {
    serde_json::to_string(arm).map_err(|error| Error::json(TABLE, &error))
}
