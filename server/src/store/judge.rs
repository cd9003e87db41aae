//! How far releases have been judged. The judge and its judgement are JSON texts in the
//! database, and types here.

use chrono::{DateTime, Utc};
use serin_engine::release::judge::{Judge, Judgement};
use uuid::Uuid;

use super::{Error, Result, Tx, on, release::Release, signed, unsigned};

/// How far a release has been judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The stage that the judgement is of.
    pub stage: usize,
    /// The attempt of the stage.
    pub attempt: u32,
    /// What it has seen.
    pub judge: Judge,
    /// What was known after the last window; nothing before the first.
    pub judgement: Option<Judgement>,
    /// Windows that began until then are judged.
    pub watermark: DateTime<Utc>,
    /// When both arms were seen last in the stage.
    pub seen_at: Option<DateTime<Utc>>,
}

#[derive(sqlx::FromRow)]
struct Row {
    stage: i64,
    attempt: i64,
    judge: String,
    judgement: Option<String>,
    watermark: DateTime<Utc>,
    seen_at: Option<DateTime<Utc>>,
}

impl Row {
    fn read(self) -> Result<Judged> {
        let judgement = self.judgement.as_deref().map(serde_json::from_str);
        Ok(Judged {
            stage: usize::try_from(unsigned(self.stage)).unwrap_or(usize::MAX),
            attempt: u32::try_from(unsigned(self.attempt)).unwrap_or(u32::MAX),
            judge: serde_json::from_str(&self.judge).map_err(|error| unreadable(&error))?,
            judgement: judgement.transpose().map_err(|error| unreadable(&error))?,
            watermark: self.watermark,
            seen_at: self.seen_at,
        })
    }
}

/// How far a release has been judged; nothing before its first evidence.
pub async fn find(tx: &mut Tx, release_id: Uuid) -> Result<Option<Judged>> {
    let row: Option<Row> = on!(tx, c => sqlx::query_as(
        "SELECT stage, attempt, judge, judgement, watermark, seen_at
         FROM release_judges WHERE release_id = $1",
    )
    .bind(release_id)
    .fetch_optional(c))?;
    row.map(Row::read).transpose()
}

/// What was known of a release last; nothing before its first evidence.
pub async fn judgement(tx: &mut Tx, release_id: Uuid) -> Result<Option<Judgement>> {
    let text: Option<Option<String>> = on!(tx, c => sqlx::query_scalar(
        "SELECT judgement FROM release_judges WHERE release_id = $1",
    )
    .bind(release_id)
    .fetch_optional(c))?;
    let judgement = text.flatten().map(|text| serde_json::from_str(&text));
    judgement.transpose().map_err(|error| unreadable(&error))
}

/// Keeps it; false where the release is at another epoch by now, so that whoever moved it
/// judges.
pub async fn keep(tx: &mut Tx, release: &Release, judged: &Judged) -> Result<bool> {
    let judge = serde_json::to_string(&judged.judge).map_err(|error| unreadable(&error))?;
    let judgement = judged.judgement.as_ref().map(serde_json::to_string);
    let judgement = judgement.transpose().map_err(|error| unreadable(&error))?;
    let kept = on!(tx, c => sqlx::query_scalar::<_, i64>(
        "INSERT INTO release_judges (release_id, stage, attempt, judge, judgement, watermark, seen_at)
         SELECT release_id, CAST($3 AS BIGINT), CAST($4 AS BIGINT), $5, $6, $7, $8
         FROM releases WHERE release_id = $1 AND epoch = $2
         ON CONFLICT (release_id) DO UPDATE SET stage = excluded.stage, attempt = excluded.attempt,
             judge = excluded.judge, judgement = excluded.judgement,
             watermark = excluded.watermark, seen_at = excluded.seen_at
         RETURNING stage",
    )
    .bind(release.release_id)
    .bind(signed(release.epoch))
    .bind(signed(judged.stage as u64))
    .bind(i64::from(judged.attempt))
    .bind(judge)
    .bind(judgement)
    .bind(judged.watermark)
    .bind(judged.seen_at)
    .fetch_optional(c))?;
    Ok(kept.is_some())
}

fn unreadable(error: &serde_json::Error) -> Error {
    Error::json("release_judges", error)
}
