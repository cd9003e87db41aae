//! Processes that are measured: each is ours, and ends with its handle.

use std::{
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};

const STARTS_WITHIN: Duration = Duration::from_secs(30);
/// Linux counts processor time in hundredths of a second.
const TICK: Duration = Duration::from_millis(10);

/// A server on a port of its own.
pub struct Process {
    child: Child,
    pub address: SocketAddr,
    /// From its start to its first good answer.
    pub ready_after: Duration,
}

impl Process {
    /// Starts this very program as the floor.
    pub fn floor() -> Result<Self> {
        let mut command = Command::new(std::env::current_exe()?);
        let address = free_address()?;
        command.arg("floor").arg(address.port().to_string());
        Self::start(command, address, "/unchanged")
    }

    /// Starts `serin serve` with a database; `folder` gets its log.
    pub fn serin(program: &Path, database: &str, folder: &Path) -> Result<Self> {
        Self::serin_at(free_address()?, program, database, folder)
    }

    /// The same where one was before, after [`Self::kill`].
    pub fn serin_at(
        address: SocketAddr,
        program: &Path,
        database: &str,
        folder: &Path,
    ) -> Result<Self> {
        let mut command = Command::new(program);
        command
            .args(["serve", "--listen", &address.to_string()])
            .args(["--database-url", database, "--shutdown-timeout", "1"])
            .args(["--client-key-rate", "0"])
            .env("SERIN_ADMIN_TOKEN", crate::site::TOKEN)
            .env("SERIN_ADMIN_PASSWORD", "a password for benchmarks")
            .stdout(File::create(folder.join("out"))?)
            .stderr(File::create(folder.join("log"))?);
        Self::start(command, address, "/health/ready")
    }

    /// Starts `serin relay` of an upstream, with a key of its own to it.
    pub fn relay(program: &Path, upstream: SocketAddr, key: &str, folder: &Path) -> Result<Self> {
        let address = free_address()?;
        let log = File::create(folder.join(format!("relay-{}", address.port())))?;
        let mut command = Command::new(program);
        command
            .args(["relay", "--listen", &address.to_string()])
            .args(["--upstream", &format!("http://{upstream}")])
            .env("SERIN_RELAY_KEYS", key)
            .stdout(log.try_clone()?)
            .stderr(log);
        Self::start(command, address, "/health/ready")
    }

    fn start(mut command: Command, address: SocketAddr, path: &str) -> Result<Self> {
        let begun = Instant::now();
        let child = command
            .stdin(Stdio::null())
            .spawn()
            .with_context(|| format!("starting {}", command.get_program().display()))?;
        let mut process = Self {
            child,
            address,
            ready_after: Duration::ZERO,
        };
        while !answers(address, path) {
            if let Some(status) = process.child.try_wait()? {
                bail!("it ended: {status}");
            }
            if begun.elapsed() > STARTS_WITHIN {
                bail!("it is not ready after {STARTS_WITHIN:?}");
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
        process.ready_after = begun.elapsed();
        Ok(process)
    }

    /// Ends it as a power cut would: at once.
    pub fn kill(&mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// The processor time that it has used, of its ended threads too.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.child.id()))?;
        // The name, in parentheses, may have spaces; utime and stime are the 14th and 15th of all.
        let (_, rest) = stat.rsplit_once(") ").context("no name in stat")?;
        let ticks = rest.split(' ').skip(11).take(2).map(str::parse::<u32>);
        let ticks = ticks.sum::<Result<u32, _>>()?;
        Ok(TICK * ticks)
    }

    /// Its resident memory in bytes.
    pub fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.context("no VmRSS")?.trim().trim_end_matches(" kB");
        Ok(kilobytes.parse::<u64>()? * 1024)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn answers(address: SocketAddr, path: &str) -> bool {
    use std::io::{Read as _, Write as _};
    let ask = || {
        let mut socket = TcpStream::connect(address)?;
        socket.set_read_timeout(Some(Duration::from_secs(1)))?;
        write!(socket, "GET {path} HTTP/1.1\r\nhost: it\r\n\r\n")?;
        let mut head = [0; 12];
        socket.read_exact(&mut head)?;
        Ok::<_, std::io::Error>(head)
    };
    ask().is_ok_and(|head| matches!(&head[9..], b"200" | b"304"))
}
