//! Pages of lists.

use serin_api::page::Page;

/// Which page of a list.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// The `next_cursor` of the page before.
    pub cursor: Option<String>,
    /// How many at most; 50 where absent, never more than 500.
    pub limit: Option<u32>,
}

impl Paging {
    /// How many at most, 1 to 500.
    pub fn limit(&self) -> usize {
        self.limit.map_or(50, |limit| limit.clamp(1, 500) as usize)
    }

    /// How many to ask the database for: one more, to know whether there are more.
    pub(crate) fn probe(&self) -> i64 {
        self.limit() as i64 + 1
    }

    /// Makes a page of what the database gave for [`Self::probe`].
    pub(crate) fn page<R, T>(
        &self,
        rows: Vec<R>,
        cursor: impl Fn(&R) -> String,
        item: impl FnMut(R) -> T,
    ) -> Page<T> {
        let limit = self.limit();
        let next_cursor = (rows.len() > limit).then(|| cursor(&rows[limit - 1]));
        Page {
            items: rows.into_iter().take(limit).map(item).collect(),
            next_cursor,
        }
    }

    /// What the database is asked to come after, in a list by key.
    pub(crate) fn after(&self) -> &str {
        self.cursor.as_deref().unwrap_or_default()
    }

    /// Makes a page of a sorted list that is at hand whole: what comes after the cursor.
    pub(crate) fn slice<R>(&self, rows: Vec<R>, key: impl Fn(&R) -> &str) -> Page<R> {
        let after = match &self.cursor {
            Some(cursor) => rows
                .into_iter()
                .filter(|row| key(row) > cursor.as_str())
                .collect(),
            None => rows,
        };
        self.page(after, |row| key(row).to_owned(), |row| row)
    }
}
