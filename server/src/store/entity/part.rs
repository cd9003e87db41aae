//! Some of the entities, so that nobody reads all of them for a few: pages, and those with a
//! text in them.

use uuid::Uuid;

use super::Entity;
use crate::store::{Result, Tx, on};

/// Whose entities.
#[derive(Clone, Copy, Debug)]
pub enum Within {
    /// What belongs to a project, and to none of its environments.
    Project(Uuid),
    /// What belongs to an environment.
    Environment(Uuid),
}

/// Up to so many of one kind whose keys come after one, by key.
pub async fn page(
    tx: &mut Tx,
    within: Within,
    kind: &str,
    after: &str,
    most: i64,
) -> Result<Vec<Entity>> {
    let (id, sql) = match within {
        Within::Project(id) => (
            id,
            entities!(
                "WHERE project_id = $1 AND kind = $2 AND key > $3 AND environment_id IS NULL ORDER BY key LIMIT $4"
            ),
        ),
        Within::Environment(id) => (
            id,
            entities!("WHERE environment_id = $1 AND kind = $2 AND key > $3 ORDER BY key LIMIT $4"),
        ),
    };
    on!(tx, c => sqlx::query_as(sql)
        .bind(id)
        .bind(kind)
        .bind(after)
        .bind(most)
        .fetch_all(c))
}

/// Those of one kind in the environments of a project, or in one of them, that have any of
/// two texts as a name or a string somewhere, be it with letters in another case.
pub async fn with_text(
    tx: &mut Tx,
    project_id: Uuid,
    environment_id: Option<Uuid>,
    kind: &str,
    texts: [&str; 2],
) -> Result<Vec<Entity>> {
    let [one, other] = texts.map(pattern);
    on!(tx, c => sqlx::query_as(
        entities!("WHERE project_id = $1 AND kind = $2 AND environment_id IS NOT NULL
             AND ($3 IS NULL OR environment_id = $3)
             AND (CAST(document AS TEXT) LIKE $4 ESCAPE '!' OR CAST(document AS TEXT) LIKE $5 ESCAPE '!')"),
    )
    .bind(project_id)
    .bind(kind)
    .bind(environment_id)
    .bind(&one)
    .bind(&other)
    .fetch_all(c))
}

/// What a document with this text in it looks like: as JSON writes the text.
fn pattern(text: &str) -> String {
    let mut pattern = String::from("%");
    for character in serde_json::Value::from(text).to_string().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern.push('%');
    pattern
}
