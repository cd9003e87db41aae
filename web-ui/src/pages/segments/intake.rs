//! What is pasted or uploaded, understood as units: which column, what is invalid and
//! where. In steps, so that the page stays alive over a hundred thousand of them.

mod table;

use std::collections::HashSet;

use table::{Reader, Record};

/// The longest unit, in bytes.
const LONGEST: usize = 1000;
/// How many mistakes are shown.
const SHOWN: usize = 50;
/// How many lines are looked at to know the columns.
const LOOKED_AT: usize = 50;
/// Names that a column of units often has.
const NAMES: [&str; 14] = [
    "targetingkey",
    "targeting_key",
    "key",
    "user_id",
    "userid",
    "user",
    "id",
    "uuid",
    "email",
    "mail",
    "account",
    "account_id",
    "org",
    "org_id",
];

/// Which values are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Take {
    /// Every one: a list on one line or on lines of different lengths.
    All,
    /// Those of a column.
    Column(usize),
}

/// How a text is understood, before anything is taken from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// The columns by name or number; one or none where the text is a plain list.
    pub(super) columns: Vec<String>,
    /// Whether the first line names the columns.
    pub(super) header: bool,
    pub(super) take: Take,
}

impl Layout {
    /// Guesses from the first lines.
    pub(super) fn of(text: &str) -> Self {
        let mut reader = Reader::new(text);
        let rows: Vec<Vec<String>> = std::iter::from_fn(|| reader.next(text))
            .filter(|record| !record.broken)
            .take(LOOKED_AT)
            .map(|record| record.cells)
            .collect();
        let Some(first) = rows.first() else {
            return Self {
                columns: Vec::new(),
                header: false,
                take: Take::All,
            };
        };
        let known = first.iter().position(|cell| is_name(cell));
        let even = rows.iter().all(|row| row.len() == first.len());
        let header = known.is_some() && rows.len() > 1;
        if first.len() < 2 || !(header || (even && rows.len() > 1)) {
            let take = if rows.iter().all(|row| row.len() == 1) {
                Take::Column(0)
            } else {
                Take::All
            };
            return Self {
                columns: named(first, header),
                header,
                take: if header { Take::Column(0) } else { take },
            };
        }
        Self {
            columns: named(first, header),
            header,
            take: Take::Column(known.unwrap_or_default()),
        }
    }
}

/// The columns, by their names or else by number with what stands first in them.
fn named(first: &[String], header: bool) -> Vec<String> {
    let name = |(index, cell): (usize, &String)| match header {
        true => cell.clone(),
        false => {
            let shown: String = cell.chars().take(30).collect();
            format!("column {} ({shown}…)", index + 1)
        }
    };
    first.iter().enumerate().map(name).collect()
}

fn is_name(cell: &str) -> bool {
    let cell = cell.to_ascii_lowercase().replace([' ', '-'], "_");
    NAMES.contains(&cell.as_str())
}

/// A line that gives no unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mistake {
    pub(super) line: usize,
    pub(super) why: &'static str,
}

/// What was understood so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    /// Each once, in order.
    pub(super) units: Vec<String>,
    /// How many stood there more than once.
    pub(super) twice: usize,
    /// How many lines or values gave none.
    pub(super) invalid: usize,
    /// The first of those.
    pub(super) mistakes: Vec<Mistake>,
}

/// A reading that is under way.
pub(super) struct Intake {
    reader: Reader,
    layout: Layout,
    seen: HashSet<String>,
    found: Found,
}

impl Intake {
    /// Begins to read a text.
    pub(super) fn new(text: &str, layout: Layout) -> Self {
        let mut reader = Reader::new(text);
        if layout.header {
            let _ = reader.next(text);
        }
        Self {
            reader,
            layout,
            seen: HashSet::new(),
            found: Found::default(),
        }
    }

    /// Reads on for so many records; false where there are no more.
    pub(super) fn read(&mut self, text: &str, records: usize) -> bool {
        for _ in 0..records {
            match self.reader.next(text) {
                Some(record) => self.take(record),
                None => return false,
            }
        }
        true
    }

    /// How far it is, in percent.
    pub(super) fn percent(&self, text: &str) -> usize {
        self.reader.percent(text)
    }

    /// What was understood.
    pub(super) fn done(self) -> Found {
        self.found
    }

    fn take(&mut self, record: Record) {
        let line = record.line;
        if record.broken {
            return self.mistake(line, "a quote is opened and never closed");
        }
        match self.layout.take {
            Take::All => {
                for cell in record.cells {
                    if !cell.is_empty() {
                        self.unit(line, cell);
                    }
                }
            }
            Take::Column(column) => match record.cells.into_iter().nth(column) {
                None => self.mistake(line, "it has no such column"),
                Some(cell) if cell.is_empty() => self.mistake(line, "the column is empty here"),
                Some(cell) => self.unit(line, cell),
            },
        }
    }

    fn unit(&mut self, line: usize, unit: String) {
        if unit.len() > LONGEST {
            return self.mistake(line, "it is longer than 1000 bytes");
        }
        if unit.contains(char::is_control) {
            return self.mistake(line, "it has a line break or control character in it");
        }
        if self.seen.insert(unit.clone()) {
            self.found.units.push(unit);
        } else {
            self.found.twice += 1;
        }
    }

    fn mistake(&mut self, line: usize, why: &'static str) {
        self.found.invalid += 1;
        if self.found.mistakes.len() < SHOWN {
            self.found.mistakes.push(Mistake { line, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        let mut intake = Intake::new(text, Layout::of(text));
        while intake.read(text, 7) {}
        intake.done()
    }

    #[test]
    fn lists_of_any_shape_are_taken_whole() {
        for text in [
            "a, b, c",
            "a\nb\nc\n",
            "a,b\nc",
            "a;b;c\n",
            "\"a\"\n\"b\"\r\nc",
        ] {
            assert_eq!(read(text).units, ["a", "b", "c"], "{text:?}");
        }
        assert_eq!(read("").units, [""; 0]);
    }

    #[test]
    fn a_table_gives_the_column_that_looks_like_it() {
        let text = "name,User-ID,plan\nAnn,u1,pro\nBob,u2,free\n";
        let layout = Layout::of(text);
        assert_eq!(
            (layout.header, layout.take, layout.columns.len()),
            (true, Take::Column(1), 3)
        );
        assert_eq!(read(text).units, ["u1", "u2"]);
        let text = "u1;pro\nu2;free\n";
        let layout = Layout::of(text);
        assert_eq!((layout.header, layout.take), (false, Take::Column(0)));
        assert_eq!(layout.columns[1], "column 2 (pro…)");
        assert_eq!(read(text).units, ["u1", "u2"]);
        assert_eq!(read("email\na@x.org\n").units, ["a@x.org"]);
        assert_eq!(read("key").units, ["key"], "a name alone is a unit");
    }

    #[test]
    fn what_gives_no_unit_is_named_by_its_line() {
        let long = "x".repeat(1001);
        let text = format!("id,plan\nu1,a\n,b\nu1,c\n\"two\nlines\",d\nu2\n\"open,e\n{long},f\n");
        let found = read(&text);
        assert_eq!(found.units, ["u1", "u2"]);
        assert_eq!((found.twice, found.invalid), (1, 4));
        let lines: Vec<usize> = found.mistakes.iter().map(|mistake| mistake.line).collect();
        assert_eq!(lines, [3, 5, 8, 9]);
        let mut intake = Intake::new(
            &text,
            Layout {
                take: Take::Column(1),
                ..Layout::of(&text)
            },
        );
        while intake.read(&text, 1) {}
        let found = intake.done();
        assert_eq!(found.units, ["a", "b", "c", "d", "f"]);
        assert_eq!(
            found.mistakes[0],
            Mistake {
                line: 7,
                why: "it has no such column"
            }
        );
    }

    #[test]
    fn a_hundred_thousand_in_steps() {
        let text: String = std::iter::once("targetingKey,since\r\n".to_owned())
            .chain((0..100_000).map(|n| format!("user-{n},2026\r\n")))
            .collect();
        let mut intake = Intake::new(&text, Layout::of(&text));
        let mut steps = 0;
        while intake.read(&text, 2000) {
            steps += 1;
        }
        assert_eq!((steps, intake.percent(&text)), (50, 100));
        let found = intake.done();
        assert_eq!(
            (found.units.len(), found.twice, found.invalid),
            (100_000, 0, 0)
        );
    }

    #[test]
    fn mistakes_are_counted_and_the_first_ones_shown() {
        let text = "id,x\n".to_owned() + &",y\n".repeat(500);
        let found = read(&text);
        assert_eq!((found.invalid, found.mistakes.len()), (500, SHOWN));
    }
}
