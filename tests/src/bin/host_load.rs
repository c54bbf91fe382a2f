//! `host_load`: what a host of a devnet does under load, as JSON.
//!
//! The host runs beside it on the same cores, and with the usual limit of descriptors, so the times hold
//! both. Connections that the host closes are opened again a second later.

use std::error::Error;
use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::Parser;
use serde_json::{Map, Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpSocket, TcpStream};
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// Measures a host under load.
#[derive(Parser)]
struct Options {
    /// The program `prover-host`.
    host: PathBuf,
    /// Seconds per phase.
    #[arg(long, default_value_t = 20)]
    seconds: u64,
    /// Connections that ask nothing.
    #[arg(long, default_value_t = 5000)]
    idle: usize,
    /// Connections that send half a head.
    #[arg(long, default_value_t = 1000)]
    half: usize,
    /// Connections that read pages of blocks, one after the other.
    #[arg(long, default_value_t = 1000)]
    reading: usize,
    /// Connections that read the stream of heads.
    #[arg(long, default_value_t = 500)]
    streaming: usize,
    /// Connections that ask for many proofs and read a trickle.
    #[arg(long, default_value_t = 1000)]
    slow: usize,
}

type Fault = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Fault> {
    let options = Options::parse();
    let runtime = tokio::runtime::Runtime::new()?;
    let figures = runtime.block_on(measure(&options));
    runtime.shutdown_background();
    writeln!(io::stdout(), "{}", Value::Object(figures?))?;
    Ok(())
}

fn say(what: &str) {
    // Nobody has to read it.
    let _ = writeln!(io::stderr(), "{what}");
}

async fn measure(options: &Options) -> Result<Map<String, Value>, Fault> {
    let data = std::env::temp_dir().join(format!("rpp-host-load-{}", std::process::id()));
    let mut host = Host::start(&options.host, &data).await?;
    let measured = phases(options, &host, &data).await;
    let ended = host.stop().await;
    std::fs::remove_dir_all(&data)?;
    let mut figures = measured?;
    figures.insert("ended_at_sigterm".into(), ended?.into());
    Ok(figures)
}

async fn phases(options: &Options, host: &Host, data: &Path) -> Result<Map<String, Value>, Fault> {
    let length = Duration::from_secs(options.seconds);
    let mut figures = Map::new();
    host.wait_until_ready().await?;
    while host.heights().await?.0 < 8 {
        sleep(Duration::from_millis(100)).await;
    }
    let quiet = host.watch(length).await?;
    figures.insert("health_quiet_ms".into(), quiet.times.summary());
    figures.insert("blocks_quiet".into(), quiet.blocks.into());
    figures.insert("rss_quiet_bytes".into(), host.resident()?.into());

    say("strangers come");
    let counts = Arc::new(Counts::default());
    let mut strangers = strangers(options, host.address, &counts);
    let loaded = host.watch(length).await?;
    figures.insert("health_loaded_ms".into(), loaded.times.summary());
    figures.insert("health_loaded_failures".into(), loaded.failures.into());
    figures.insert("blocks_loaded".into(), loaded.blocks.into());
    figures.insert("rss_loaded_bytes".into(), host.resident()?.into());
    figures.insert("descriptors_loaded".into(), host.descriptors()?.into());
    figures.insert(
        "pages_read".into(),
        counts.pages.load(Ordering::Relaxed).into(),
    );
    figures.insert(
        "heads_told".into(),
        counts.heads.load(Ordering::Relaxed).into(),
    );
    strangers.abort_all();
    while strangers.join_next().await.is_some() {}

    let after = host.watch(length).await?;
    figures.insert("health_after_ms".into(), after.times.summary());
    figures.insert("blocks_after".into(), after.blocks.into());
    figures.insert("rss_after_bytes".into(), host.resident()?.into());

    for rate in [50, 500] {
        say(&format!("a stored proof, {rate} times a second"));
        let times = host.read_proof(rate, length).await?;
        figures.insert(format!("proof_{rate}_per_s_ms"), times.summary());
    }
    let (proven, _) = host.heights().await?;
    let per_block = folder_bytes(data)? / u64::from(proven.max(1));
    figures.insert("bytes_per_block".into(), per_block.into());
    // The default block time is four seconds.
    figures.insert("bytes_per_day".into(), (per_block * 86_400 / 4).into());
    Ok(figures)
}

/// A devnet of 16 validators, a block a second.
struct Host {
    child: Child,
    address: SocketAddr,
}

/// What was seen of a host for a while.
struct Watched {
    times: Times,
    failures: u32,
    blocks: u32,
}

impl Host {
    async fn start(program: &Path, data: &Path) -> Result<Self, Fault> {
        // The usual limit, and not to be raised.
        let mut child = Command::new("sh")
            .args(["-c", "ulimit -n 1024 && exec \"$0\" \"$@\""])
            .arg(program)
            .args([
                "devnet",
                "--block-time-ms",
                "1000",
                "--listen",
                "127.0.0.1:0",
            ])
            .arg("--data")
            .arg(data)
            .stderr(std::process::Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let log = child.stderr.take().ok_or("no log")?;
        let mut lines = BufReader::new(log).lines();
        let address = loop {
            let line = lines.next_line().await?.ok_or("the host has ended")?;
            let Some((_, rest)) = line.split_once("serving http://") else {
                continue;
            };
            break rest.split('/').next().unwrap_or_default().parse()?;
        };
        // Read on, so that the host never waits for its log.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { child, address })
    }

    async fn stop(&mut self) -> Result<bool, Fault> {
        let pid = self.child.id().ok_or("the host has ended")?.to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        let status = timeout(Duration::from_secs(60), self.child.wait()).await??;
        Ok(status.success())
    }

    async fn get(&self, path: &str) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(self.address).await?;
        let ask = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        stream.write_all(ask.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await?;
        let is_ok = answer.starts_with(b"HTTP/1.1 200");
        let body = answer.windows(4).position(|end| end == b"\r\n\r\n");
        match body {
            Some(end) if is_ok => Ok(answer.split_off(end + 4)),
            _ => Err(io::Error::other("no 200")),
        }
    }

    async fn wait_until_ready(&self) -> Result<(), Fault> {
        for _ in 0..600 {
            if self.get("/health/ready").await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err("the host is not ready after a minute".into())
    }

    /// Returns the heights of the newest proven block and of the newest one.
    async fn heights(&self) -> Result<(u32, u32), Fault> {
        for _ in 0..100 {
            if let Ok(body) = self.get("/health/ready").await {
                let state: Value = serde_json::from_slice(&body)?;
                let height = |name: &str| state[name].as_u64().and_then(|h| u32::try_from(h).ok());
                let heights = height("proven_height").zip(height("latest_height"));
                return Ok(heights.ok_or("no heights")?);
            }
            sleep(Duration::from_millis(100)).await;
        }
        Err("the host does not become ready".into())
    }

    /// Asks for its health twenty times a second, each time on a connection of its own.
    async fn watch(&self, length: Duration) -> Result<Watched, Fault> {
        let (before, _) = self.heights().await?;
        // On a thread of its own: among thousands of strangers here it would wait for its turn.
        let address = self.address;
        let asked = tokio::task::spawn_blocking(move || ask_for_health(address, length));
        let (times, failures) = asked.await?;
        let (after, _) = self.heights().await?;
        let blocks = after - before;
        Ok(Watched {
            times,
            failures,
            blocks,
        })
    }

    /// Reads the proof of block 1 this many times a second.
    async fn read_proof(&self, rate: u64, length: Duration) -> Result<Times, Fault> {
        let (start, mut readers, mut times) = (Instant::now(), JoinSet::new(), Times::default());
        let all = rate * length.as_secs();
        for i in 0..all {
            sleep(Duration::from_millis(i * 1000 / rate).saturating_sub(start.elapsed())).await;
            let address = self.address;
            readers.spawn(async move {
                let asked = Instant::now();
                let ask = b"GET /v1/blocks/1/proofs/consensus HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
                let mut stream = TcpStream::connect(address).await?;
                stream.write_all(ask).await?;
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).await?;
                Ok::<_, io::Error>((answer.starts_with(b"HTTP/1.1 200"), asked.elapsed()))
            });
        }
        while let Some(read) = readers.join_next().await {
            let (is_ok, time) = read??;
            if !is_ok {
                return Err("a proof was not served".into());
            }
            times.0.push(time);
        }
        Ok(times)
    }

    fn resident(&self) -> Result<u64, Fault> {
        let pid = self.child.id().ok_or("the host has ended")?;
        let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().next());
        Ok(kib.ok_or("no VmRSS")?.parse::<u64>()? * 1024)
    }

    fn descriptors(&self) -> Result<usize, Fault> {
        let pid = self.child.id().ok_or("the host has ended")?;
        Ok(std::fs::read_dir(format!("/proc/{pid}/fd"))?.count())
    }
}

fn ask_for_health(address: SocketAddr, length: Duration) -> (Times, u32) {
    let (start, mut times, mut failures) = (Instant::now(), Times::default(), 0);
    while start.elapsed() < length {
        let asked = Instant::now();
        match health(address) {
            Ok(true) => times.0.push(asked.elapsed()),
            _ => failures += 1,
        }
        std::thread::sleep(Duration::from_millis(50).saturating_sub(asked.elapsed()));
    }
    (times, failures)
}

fn health(address: SocketAddr) -> io::Result<bool> {
    let patience = Duration::from_secs(10);
    let mut stream = std::net::TcpStream::connect_timeout(&address, patience)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")?;
    let mut answer = Vec::new();
    io::Read::read_to_end(&mut stream, &mut answer)?;
    Ok(answer.starts_with(b"HTTP/1.1 200"))
}

#[derive(Default)]
struct Counts {
    pages: AtomicU64,
    heads: AtomicU64,
}

/// Starts all strangers; aborting them closes their connections.
fn strangers(options: &Options, address: SocketAddr, counts: &Arc<Counts>) -> JoinSet<()> {
    let mut strangers = JoinSet::new();
    let half = b"GET /v1/head HTTP/1.1\r\nX-Pad: ";
    let stream = b"GET /v1/head/events HTTP/1.1\r\nHost: x\r\n\r\n";
    let mut from = (0..ADDRESSES).cycle().map(source);
    let mut next = || from.next().unwrap_or(source(0));
    for _ in 0..options.idle {
        strangers.spawn(keep_open(next(), address, b"", None));
    }
    for _ in 0..options.half {
        strangers.spawn(keep_open(next(), address, half, None));
    }
    for _ in 0..options.streaming {
        strangers.spawn(keep_open(next(), address, stream, Some(counts.clone())));
    }
    for _ in 0..options.slow {
        strangers.spawn(read_slowly(next(), address));
    }
    for _ in 0..options.reading {
        strangers.spawn(read_pages(next(), address, counts.clone()));
    }
    strangers
}

/// Strangers come from this many addresses, and who asks for the host's health from another.
const ADDRESSES: u8 = 32;

fn source(n: u8) -> SocketAddr {
    ([127, 0, 1, n + 1], 0).into()
}

async fn connect(from: SocketAddr, to: SocketAddr) -> io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(from)?;
    socket.connect(to).await
}

/// Opens a connection, sends these bytes, and reads what comes; again when it is closed.
async fn keep_open(
    from: SocketAddr,
    address: SocketAddr,
    bytes: &'static [u8],
    counts: Option<Arc<Counts>>,
) {
    loop {
        let connected = async {
            let mut stream = connect(from, address).await?;
            stream.write_all(bytes).await?;
            let mut buffer = [0; 4096];
            loop {
                let read = stream.read(&mut buffer).await?;
                if read == 0 {
                    return Ok::<_, io::Error>(());
                }
                if let Some(counts) = &counts {
                    let heads = buffer[..read].windows(12).filter(|w| w == b"event: head\n");
                    let heads = u64::try_from(heads.count()).unwrap_or(0);
                    counts.heads.fetch_add(heads, Ordering::Relaxed);
                }
            }
        };
        let _ = connected.await;
        sleep(LATER).await;
    }
}

/// Asks for more proofs than it reads in an hour, and reads a trickle; again when it is closed.
async fn read_slowly(from: SocketAddr, address: SocketAddr) {
    let asks: Vec<u8> = (1..9)
        .cycle()
        .take(64)
        .flat_map(|height| {
            let ask =
                format!("GET /v1/blocks/{height}/proofs/consensus HTTP/1.1\r\nHost: x\r\n\r\n");
            ask.into_bytes()
        })
        .collect();
    loop {
        let read = async {
            let socket = TcpSocket::new_v4()?;
            socket.set_recv_buffer_size(4096)?;
            socket.bind(from)?;
            let mut stream = socket.connect(address).await?;
            stream.write_all(&asks).await?;
            let mut trickle = [0; 300];
            while stream.read(&mut trickle).await? > 0 {
                sleep(LATER).await;
            }
            Ok::<_, io::Error>(())
        };
        let _ = read.await;
        sleep(LATER).await;
    }
}

/// Reads the first page of blocks, again and again.
async fn read_pages(from: SocketAddr, address: SocketAddr, counts: Arc<Counts>) {
    let ask = b"GET /v1/blocks?from=0&limit=64 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    loop {
        let read = async {
            let mut stream = connect(from, address).await?;
            stream.write_all(ask).await?;
            let mut answer = Vec::new();
            stream.read_to_end(&mut answer).await?;
            Ok::<_, io::Error>(answer.starts_with(b"HTTP/1.1 200"))
        };
        match read.await {
            Ok(true) => {
                counts.pages.fetch_add(1, Ordering::Relaxed);
            }
            _ => sleep(AGAIN).await,
        }
    }
}

#[derive(Default)]
struct Times(Vec<Duration>);

impl Times {
    fn summary(mut self) -> Value {
        self.0.sort_unstable();
        let at = |percent: usize| {
            let last = self.0.len().saturating_sub(1);
            let time = self.0.get(last * percent / 100);
            time.map(|time| (time.as_secs_f64() * 1e5).round() / 100.0)
        };
        json!({ "count": self.0.len(), "p50": at(50), "p95": at(95), "p99": at(99), "max": at(100) })
    }
}

fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() {
            folder_bytes(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(bytes)
}

/// How soon who was refused a page asks for it again.
const AGAIN: Duration = Duration::from_millis(100);
/// How soon who was disconnected connects again.
const LATER: Duration = Duration::from_secs(1);
