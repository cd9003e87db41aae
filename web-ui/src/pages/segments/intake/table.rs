//! Separated values, record by record: commas, semicolons, tabs or bars, quotes, any line
//! ends. Never more at a time than is asked for, so that a page stays alive meanwhile.

/// What can separate values.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];
/// A quote that is still open after so many bytes was no quote.
const LONGEST: usize = 1 << 16;

/// Where in a text the reading is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Reader {
    at: usize,
    line: usize,
    /// What separates values, if anything does.
    separator: Option<u8>,
}

/// One record: usually a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The line that it begins on, from 1.
    pub(super) line: usize,
    pub(super) cells: Vec<String>,
    /// It opens a quote that never closes; its line was read as it stands.
    pub(super) broken: bool,
}

impl Reader {
    /// At the beginning, behind a byte order mark.
    pub(super) fn new(text: &str) -> Self {
        let at = text.len() - text.trim_start_matches('\u{feff}').len();
        Self {
            at,
            line: 1,
            separator: separator(&text[at..]),
        }
    }

    /// What part of the text is read, in percent.
    pub(super) fn percent(self, text: &str) -> usize {
        if text.is_empty() {
            100
        } else {
            self.at * 100 / text.len()
        }
    }

    /// The next record that has anything in it.
    pub(super) fn next(&mut self, text: &str) -> Option<Record> {
        loop {
            if self.at >= text.len() {
                return None;
            }
            let record = self.record(text);
            if record.cells.iter().any(|cell| !cell.is_empty()) || record.broken {
                return Some(record);
            }
        }
    }

    fn record(&mut self, text: &str) -> Record {
        let (start, line) = (self.at, self.line);
        let mut cells = Vec::new();
        loop {
            let Some(cell) = self.cell(text) else {
                // As it stands, and on with the next line.
                (self.at, self.line) = (start, line);
                let whole = self.rest_of_line(text);
                self.end_line(text);
                return Record {
                    line,
                    cells: vec![whole.trim().to_owned()],
                    broken: true,
                };
            };
            cells.push(cell);
            let here = text.as_bytes().get(self.at).copied();
            if here.is_some() && here == self.separator {
                self.at += 1;
            } else {
                self.end_line(text);
                break;
            }
        }
        Record {
            line,
            cells,
            broken: false,
        }
    }

    /// One value, up to what ends it; `None` where its quote never closes.
    fn cell(&mut self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let blank = |byte: &u8| *byte == b' ' || (*byte == b'\t' && self.separator != Some(b'\t'));
        let mut at = self.at;
        while bytes.get(at).is_some_and(blank) {
            at += 1;
        }
        if bytes.get(at) == Some(&b'"') {
            self.at = at + 1;
            return self.quoted(text);
        }
        let start = self.at;
        while let Some(byte) = bytes.get(self.at) {
            if Some(*byte) == self.separator || matches!(byte, b'\n' | b'\r') {
                break;
            }
            self.at += 1;
        }
        Some(text[start..self.at].trim().to_owned())
    }

    /// What is between quotes, where two are one, and whatever follows up to the separator.
    fn quoted(&mut self, text: &str) -> Option<String> {
        let (bytes, limit) = (text.as_bytes(), self.at + LONGEST);
        let mut value = String::new();
        let mut start = self.at;
        loop {
            match bytes.get(self.at) {
                None => return None,
                Some(_) if self.at > limit => return None,
                Some(b'"') if bytes.get(self.at + 1) == Some(&b'"') => {
                    value.push_str(&text[start..=self.at]);
                    self.at += 2;
                    start = self.at;
                }
                Some(b'"') => break,
                Some(byte) => {
                    self.line += usize::from(*byte == b'\n');
                    self.at += 1;
                }
            }
        }
        value.push_str(&text[start..self.at]);
        self.at += 1;
        let start = self.at;
        while let Some(byte) = bytes.get(self.at) {
            if Some(*byte) == self.separator || matches!(byte, b'\n' | b'\r') {
                break;
            }
            self.at += 1;
        }
        value.push_str(text[start..self.at].trim_end());
        Some(value.trim().to_owned())
    }

    fn rest_of_line<'t>(&mut self, text: &'t str) -> &'t str {
        let rest = &text[self.at..];
        let length = rest.find(['\n', '\r']).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Steps over a line's end: `\n`, `\r\n` or `\r`.
    fn end_line(&mut self, text: &str) {
        let bytes = text.as_bytes();
        let first = bytes.get(self.at);
        if matches!(first, Some(b'\n' | b'\r')) {
            self.at += 1;
            if first == Some(&b'\r') && bytes.get(self.at) == Some(&b'\n') {
                self.at += 1;
            }
            self.line += 1;
        }
    }
}

/// What separates values in the first lines: what is there most often outside of quotes.
fn separator(text: &str) -> Option<u8> {
    let mut counts = [0_usize; SEPARATORS.len()];
    // A quote opens where a value begins, and anew right behind one that closed.
    let (mut quoted, mut opens) = (false, true);
    let mut lines = 0;
    for byte in text.bytes().take(1 << 14) {
        let separator = SEPARATORS.iter().position(|known| *known == byte);
        match (byte, separator) {
            (b'"', _) if quoted || opens => {
                quoted = !quoted;
                opens = true;
            }
            _ if quoted => {}
            (_, Some(known)) => {
                counts[known] += 1;
                opens = true;
            }
            (b'\n' | b'\r', _) => {
                lines += usize::from(byte == b'\n');
                opens = true;
            }
            (b' ', _) => {}
            _ => opens = false,
        }
        if lines == 10 {
            break;
        }
    }
    let most = *counts.iter().max()?;
    let first = counts.iter().position(|count| *count == most)?;
    (most > 0).then_some(SEPARATORS[first])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<(usize, Vec<String>)> {
        let mut reader = Reader::new(text);
        std::iter::from_fn(|| reader.next(text))
            .map(|record| (record.line, record.cells))
            .collect()
    }

    fn cells(text: &str) -> Vec<Vec<String>> {
        records(text).into_iter().map(|(_, cells)| cells).collect()
    }

    #[test]
    fn any_separator_and_any_line_end() {
        for text in [
            "a,b\nc,d",
            "a;b\r\nc;d\r\n",
            "\u{feff}a\tb\rc\td",
            "a|b\n\n\nc|d\n",
        ] {
            assert_eq!(cells(text), [["a", "b"], ["c", "d"]], "{text:?}");
        }
        assert_eq!(cells("a\nb c\n"), [["a"], ["b c"]]);
        assert!(cells(" \n\n").is_empty());
    }

    #[test]
    fn quotes_hold_what_they_hold() {
        assert_eq!(
            cells("\"a,1\", \"say \"\"hi\"\"\" ,c\n"),
            [["a,1", "say \"hi\"", "c"]]
        );
        assert_eq!(
            records("x,\"two\nlines\"\ny,z"),
            [
                (1, vec!["x".to_owned(), "two\nlines".to_owned()]),
                (3, vec!["y".to_owned(), "z".to_owned()])
            ]
        );
        assert_eq!(cells("\"\",b"), [["", "b"]]);
        assert_eq!(cells("5\" disk,b"), [["5\" disk", "b"]]);
    }

    #[test]
    fn a_quote_that_never_closes_takes_one_line() {
        let text = "a\n\"b,1\nc";
        let mut reader = Reader::new(text);
        let read: Vec<Record> = std::iter::from_fn(|| reader.next(text)).collect();
        let said: Vec<_> = read
            .iter()
            .map(|it| (it.line, it.cells.join("+"), it.broken))
            .collect();
        assert_eq!(
            said,
            [
                (1, "a".to_owned(), false),
                (2, "\"b,1".to_owned(), true),
                (3, "c".to_owned(), false)
            ]
        );
    }

    #[test]
    fn the_separator_is_what_is_there_most() {
        assert_eq!(separator("name;\"a,b,c\";x\n"), Some(b';'));
        assert_eq!(separator("just a line"), None);
        assert_eq!(separator("a,b\tc\td\n"), Some(b'\t'));
    }

    #[test]
    fn signs_of_many_bytes_are_left_whole() {
        assert_eq!(cells("ключ,🙂\n\"ü\",é"), [["ключ", "🙂"], ["ü", "é"]]);
    }
}
