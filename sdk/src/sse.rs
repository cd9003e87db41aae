//! Server-sent events from bytes, without I/O.
//!
//! The parser takes the stream in whatever pieces the network hands out and gives the
//! same frames for each way of cutting it. What it holds back is bounded, so that a
//! server gone wrong cannot make it eat the memory of the program around it.

/// What a stream is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// An event: all its fields, at the blank line that ends it.
    Event(Event),
    /// A line that begins with a colon; the server's heartbeat.
    Comment,
    /// How long to wait before coming again, in milliseconds.
    Retry(u64),
}

/// One event. The stream's `id` is not kept: it is the revision, which the data has too.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// Its name; `message` where the server gives none.
    pub name: String,
    /// Its data, lines joined by a line feed.
    pub data: String,
}

/// Why a stream cannot be read on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameError {
    /// An event or a line is longer than it may be.
    #[error("a frame of more than {limit} bytes")]
    TooLarge {
        /// How long it may be, in bytes.
        limit: usize,
    },
    /// An event is not UTF-8.
    #[error("a frame that is not UTF-8")]
    NotUtf8,
}

/// The state between two pieces of a stream.
#[derive(Debug)]
pub struct Parser {
    limit: usize,
    line: Vec<u8>,
    name: Vec<u8>,
    data: Vec<u8>,
    has_data: bool,
    after_carriage_return: bool,
    first_line: bool,
}

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

impl Parser {
    /// A parser at the beginning of a stream, for events of up to `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            name: Vec::new(),
            data: Vec::new(),
            has_data: false,
            after_carriage_return: false,
            first_line: true,
        }
    }

    /// Takes the next bytes and appends the frames that they complete.
    ///
    /// # Errors
    /// Where a frame is too large or not UTF-8. The stream is unusable from there on;
    /// frames before it were appended.
    pub fn feed(&mut self, mut bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        if self.after_carriage_return && !bytes.is_empty() {
            self.after_carriage_return = false;
            bytes = bytes.strip_prefix(b"\n").unwrap_or(bytes);
        }
        while let Some(end) = bytes.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let (line, rest) = bytes.split_at(end);
            self.hold(line)?;
            self.end_line(frames)?;
            bytes = match rest {
                [b'\r', b'\n', rest @ ..] => rest,
                [b'\r'] => {
                    self.after_carriage_return = true;
                    &[]
                }
                [_, rest @ ..] => rest,
                [] => &[],
            };
        }
        self.hold(bytes)
    }

    fn hold(&mut self, part: &[u8]) -> Result<(), FrameError> {
        if self.line.len() + self.data.len() + part.len() > self.limit {
            return Err(FrameError::TooLarge { limit: self.limit });
        }
        self.line.extend_from_slice(part);
        Ok(())
    }

    fn end_line(&mut self, frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        let mut held = std::mem::take(&mut self.line);
        let mut line = held.as_slice();
        if std::mem::take(&mut self.first_line) {
            line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
        }
        match line.iter().position(|byte| *byte == b':') {
            _ if line.is_empty() => self.end_event(frames)?,
            Some(0) => frames.push(Frame::Comment),
            Some(colon) => {
                let value = &line[colon + 1..];
                let value = value.strip_prefix(b" ").unwrap_or(value);
                self.field(&line[..colon], value, frames);
            }
            None => self.field(line, &[], frames),
        }
        // Its memory serves for the next line.
        held.clear();
        self.line = held;
        Ok(())
    }

    fn field(&mut self, name: &[u8], value: &[u8], frames: &mut Vec<Frame>) {
        match name {
            b"event" => value.clone_into(&mut self.name),
            b"data" => {
                if self.has_data {
                    self.data.push(b'\n');
                }
                self.has_data = true;
                self.data.extend_from_slice(value);
            }
            b"retry" => {
                let digits = str::from_utf8(value).ok();
                frames.extend(
                    digits
                        .and_then(|digits| digits.parse().ok())
                        .map(Frame::Retry),
                );
            }
            // `id` (see `Event`), and what later versions may add.
            _ => {}
        }
    }

    fn end_event(&mut self, frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        if !std::mem::take(&mut self.has_data) {
            return Ok(());
        }
        let mut name = String::from_utf8(name).map_err(|_| FrameError::NotUtf8)?;
        if name.is_empty() {
            name.push_str("message");
        }
        let data = String::from_utf8(data).map_err(|_| FrameError::NotUtf8)?;
        frames.push(Frame::Event(Event { name, data }));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
