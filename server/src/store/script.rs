//! Rows to write, of several tables, as one way to the database and back: each statement is one
//! otherwise, and that is what a durable write mostly waits for.

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::{AssertSqlSafe, types::Json};
use uuid::Uuid;

use super::{
    Result, Tx,
    tx::{Connection, bounded},
    values::values,
};

/// How many rows one statement takes.
const ROWS: usize = 100;
/// How many values go to the database at once; SQLite and PostgreSQL take eight times as many.
const ARGUMENTS: usize = 4000;

/// What is bound.
pub(super) enum Argument<'a> {
    Number(i64),
    Text(&'a str),
    OptionalText(Option<&'a str>),
    Id(Uuid),
    OptionalId(Option<Uuid>),
    Time(DateTime<Utc>),
    Document(&'a Value),
}

/// Rows that are to be written. No two statements of a script may touch the same row.
#[derive(Default)]
pub struct Script<'a> {
    statements: Vec<Statement<'a>>,
    /// What other nodes are told at the commit.
    notice: Option<String>,
}

struct Statement<'a> {
    before: &'static str,
    after: &'static str,
    columns: usize,
    arguments: Vec<Argument<'a>>,
}

impl Statement<'_> {
    fn rows(&self) -> usize {
        self.arguments.len() / self.columns
    }

    /// Its text; the numbers of its placeholders come after `number`.
    fn text(&self, number: &mut usize) -> String {
        let values = values(self.rows(), self.columns, *number);
        *number += self.arguments.len();
        format!("{}{values}{}", self.before, self.after)
    }
}

macro_rules! bind {
    ($query:expr, $argument:expr) => {
        match $argument {
            Argument::Number(number) => $query.bind(*number),
            Argument::Text(text) => $query.bind(*text),
            Argument::OptionalText(text) => $query.bind(*text),
            Argument::Id(id) => $query.bind(*id),
            Argument::OptionalId(id) => $query.bind(*id),
            Argument::Time(time) => $query.bind(*time),
            Argument::Document(document) => $query.bind(Json(*document)),
        }
    };
}

impl<'a> Script<'a> {
    /// Adds the statement `before VALUES … after` for these rows; nothing where there are none.
    pub(super) fn add<const COLUMNS: usize>(
        &mut self,
        before: &'static str,
        after: &'static str,
        rows: impl IntoIterator<Item = [Argument<'a>; COLUMNS]>,
    ) {
        let mut rows = rows.into_iter().peekable();
        while rows.peek().is_some() {
            self.statements.push(Statement {
                before,
                after,
                columns: COLUMNS,
                arguments: rows.by_ref().take(ROWS).flatten().collect(),
            });
        }
    }

    /// Tells other nodes, where there are any, at the commit.
    pub(super) fn notify(&mut self, notice: String) {
        self.notice = Some(notice);
    }

    /// Runs it; false where a row that it was to change is not there, or not as expected.
    ///
    /// # Errors
    /// Where the database fails, or refuses a row. Some of it may be written then.
    pub async fn run(mut self, tx: &mut Tx) -> Result<bool> {
        let notice = self.notice.take();
        let mut rest = &self.statements[..];
        while !rest.is_empty() {
            let mut arguments = 0;
            let fits = rest.iter().take_while(|statement| {
                arguments += statement.arguments.len();
                arguments <= ARGUMENTS
            });
            let (part, others) = rest.split_at(fits.count().max(1));
            rest = others;
            let notice = notice.as_deref().filter(|_| rest.is_empty());
            if !run(tx, part, notice).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

async fn run(tx: &mut Tx, part: &[Statement<'_>], notice: Option<&str>) -> Result<bool> {
    let mut number = 0;
    let texts: Vec<String> = part.iter().map(|it| it.text(&mut number)).collect();
    let arguments = part.iter().flat_map(|statement| &statement.arguments);
    let written = match tx.connection() {
        Connection::Sqlite(c) => {
            let query = sqlx::query(AssertSqlSafe(texts.join("; ")));
            let query = arguments.fold(query, |query, argument| bind!(query, argument));
            bounded(query.execute(c)).await?.rows_affected()
        }
        Connection::Postgres(c) => {
            let query =
                sqlx::query_scalar::<_, i64>(AssertSqlSafe(at_once(&texts, notice, number)));
            let query = arguments.fold(query, |query, argument| bind!(query, argument));
            let query = match notice {
                Some(notice) => query.bind(notice),
                None => query,
            };
            super::unsigned(bounded(query.fetch_one(c)).await?)
        }
    };
    let rows: usize = part.iter().map(Statement::rows).sum();
    Ok(usize::try_from(written) == Ok(rows))
}

/// Statements as one, for PostgreSQL, which counts the rows.
fn at_once(texts: &[String], notice: Option<&str>, number: usize) -> String {
    let with: Vec<String> = (0..)
        .zip(texts)
        .map(|(at, text): (usize, _)| format!("s{at} AS ({text} RETURNING 1)"))
        .collect();
    let counts: Vec<String> = (0..texts.len())
        .map(|at| format!("(SELECT count(*) FROM s{at})"))
        .collect();
    let notify = notice.map(|_| format!(", pg_notify('serin', ${})", number + 1));
    format!(
        "WITH {} SELECT {}{}",
        with.join(", "),
        counts.join(" + "),
        notify.unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_numbered_throughout() {
        let mut script = Script::default();
        let row = |number| [Argument::Number(number), Argument::Text("t")];
        script.add("INSERT INTO a (x, y) ", "", [row(1), row(2)]);
        script.add(
            "INSERT INTO c (x, y) ",
            "",
            std::iter::empty::<[Argument<'_>; 2]>(),
        );
        script.add(
            "UPDATE b SET x = v.column1 FROM (",
            ") AS v",
            [[Argument::Number(1)]],
        );
        let mut number = 0;
        let texts: Vec<String> = script
            .statements
            .iter()
            .map(|it| it.text(&mut number))
            .collect();
        let update = "UPDATE b SET x = v.column1 FROM (VALUES ($5)) AS v";
        assert_eq!(
            texts,
            ["INSERT INTO a (x, y) VALUES ($1, $2), ($3, $4)", update]
        );
        assert_eq!(
            at_once(&texts[1..], Some("notice"), 5),
            format!(
                "WITH s0 AS ({update} RETURNING 1) SELECT (SELECT count(*) FROM s0), pg_notify('serin', $6)"
            )
        );
    }

    #[test]
    fn many_rows_are_several_statements() {
        let mut script = Script::default();
        script.add("", "", (0..250).map(|number| [Argument::Number(number)]));
        let rows: Vec<usize> = script.statements.iter().map(Statement::rows).collect();
        assert_eq!(rows, [100, 100, 50]);
    }
}
