//! Between the columns and the types.

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serin_engine::release::evidence::Arm;
use uuid::Uuid;

use super::{Counted, Name, Stored};
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
    pub(super) fn read(self) -> Result<Stored> {
        Ok(Stored {
            name: Name {
                release_id: self.release_id,
                seconds: self.seconds,
                at: self.at,
                stage: usize::try_from(self.stage).unwrap_or_default(),
            },
            counted: Counted {
                baseline: read(&self.baseline)?,
                candidate: read(&self.candidate)?,
                late: unsigned(self.late),
            },
        })
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::json(TABLE, &error))
}

pub(super) fn write(arm: &Arm) -> Result<String> {
    serde_json::to_string(arm).map_err(|error| Error::json(TABLE, &error))
}
