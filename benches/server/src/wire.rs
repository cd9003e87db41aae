//! HTTP/1.1 with as little as it takes: the client shares the machine with what it measures.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

/// How much is read at once.
const CHUNK: usize = 256 << 10;
const LONGEST_HEAD: usize = 16 << 10;

/// A request, as bytes that are sent again and again.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut text = format!("{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !body.is_empty() {
        let kind = if method == "PATCH" {
            "merge-patch+json"
        } else {
            "json"
        };
        text.push_str(&format!("content-type: application/{kind}\r\n"));
    }
    if !body.is_empty() || method != "GET" {
        text.push_str(&format!("content-length: {}\r\n", body.len()));
    }
    text.push_str("\r\n");
    text.push_str(body);
    text.into_bytes()
}

/// What came back.
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = lines.find(|(found, _)| found.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }
}

/// A connection that is kept alive.
pub struct Connection {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Connection {
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let socket = TcpStream::connect(address).await?;
        socket.set_nodelay(true)?;
        Ok(Self {
            socket,
            buffer: vec![0; CHUNK],
        })
    }

    /// Sends a request and reads the whole answer, of which only the status is of interest.
    pub async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        let (head, read) = self.head(request).await?;
        let status = status(&self.buffer[..head])?;
        let mut missing = length(&self.buffer[..head]).saturating_sub(read - head);
        while missing > 0 {
            let read = self.socket.read(&mut self.buffer).await?;
            if read == 0 {
                bail!("the answer ends early");
            }
            missing = missing.saturating_sub(read);
        }
        Ok(status)
    }

    /// The same, and keeps all of it.
    pub async fn fetch(&mut self, request: &[u8]) -> Result<Answer> {
        let (head, read) = self.head(request).await?;
        let text = String::from_utf8_lossy(&self.buffer[..head]).into_owned();
        let mut body = self.buffer[head..read].to_vec();
        let begun = body.len();
        body.resize(length(text.as_bytes()).max(begun), 0);
        self.socket.read_exact(&mut body[begun..]).await?;
        Ok(Answer {
            status: status(text.as_bytes())?,
            head: text,
            body,
        })
    }

    /// Sends a request and reads on until the head is here: its length, and how much was read.
    async fn head(&mut self, request: &[u8]) -> Result<(usize, usize)> {
        self.socket.write_all(request).await?;
        let mut read = 0;
        while read < LONGEST_HEAD {
            let more = self.socket.read(&mut self.buffer[read..]).await?;
            if more == 0 {
                bail!("the connection was closed");
            }
            read += more;
            let end = self.buffer[..read]
                .windows(4)
                .position(|it| it == b"\r\n\r\n");
            if let Some(end) = end {
                return Ok((end + 4, read));
            }
        }
        bail!("an endless head")
    }

    /// An event stream, once its head is here. `buffer` bytes are read at once.
    pub async fn stream(mut self, request: &[u8], buffer: usize) -> Result<Events> {
        let (head, read) = self.head(request).await?;
        if status(&self.buffer[..head])? != 200 {
            bail!(
                "no stream: {}",
                String::from_utf8_lossy(&self.buffer[..read])
            );
        }
        Ok(Events {
            begun: self.buffer[head..read].to_vec(),
            socket: self.socket,
            buffer,
        })
    }
}

/// An event stream that is read for its events' ends.
pub struct Events {
    socket: TcpStream,
    begun: Vec<u8>,
    buffer: usize,
}

impl Events {
    /// Waits until an event is here whole. It must be smaller than what is read at once, and
    /// come alone; comments are passed over.
    pub async fn next(&mut self) -> Result<()> {
        // Only while something is read: ten thousand of these wait at the same time.
        let mut bytes = std::mem::take(&mut self.begun);
        loop {
            if ends(&bytes) {
                return Ok(());
            }
            self.socket.readable().await?;
            let mut chunk = vec![0; self.buffer];
            match self.socket.try_read(&mut chunk) {
                Ok(0) => bail!("the stream ended"),
                Ok(read) => bytes.extend_from_slice(&chunk[..read]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// Whether an event with an id ends here. Chunk sizes stand between.
fn ends(bytes: &[u8]) -> bool {
    let has = |wanted: &[u8]| bytes.windows(wanted.len()).any(|it| it == wanted);
    bytes.ends_with(b"\n\n\r\n") && has(b"id: ")
}

fn status(head: &[u8]) -> Result<u16> {
    let digits = head.get(9..12).context("no status")?;
    Ok(std::str::from_utf8(digits)?.parse()?)
}

fn length(head: &[u8]) -> usize {
    const NAME: &[u8] = b"content-length: ";
    let at = head
        .windows(NAME.len())
        .position(|it| it.eq_ignore_ascii_case(NAME));
    let digits = at.map_or(&[][..], |at| &head[at + NAME.len()..]);
    let digits = digits.iter().take_while(|byte| byte.is_ascii_digit());
    digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0'))
}
