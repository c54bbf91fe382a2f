//! `host_disk`: what the host of a devnet keeps on disk, with and without pruning, as JSON.
//!
//! Two chains with real proofs are made, one of which prunes. Each is measured at two heights above 256, from where on a host
//! deletes as many witnesses as it adds. What 10,000 blocks take is extrapolated from that, and is named so.

use std::error::Error;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use clap::Parser;
use serde_json::{Value, json};

/// Measures what a host keeps on disk.
#[derive(Parser)]
struct Options {
    /// The program `prover-host`.
    host: PathBuf,
    /// How many blocks are kept whole, and most headers of a range; a power of two.
    #[arg(long, default_value_t = 64)]
    behind: u32,
    /// The heights that are measured at.
    #[arg(long, value_delimiter = ',', default_value = "320,448")]
    heights: Vec<u32>,
    /// Transfers a second.
    #[arg(long)]
    load: Option<u32>,
}

type Fault = Box<dyn Error + Send + Sync>;

/// A data folder when its host had ended.
#[derive(Clone, Copy)]
struct Measured {
    height: u32,
    pruned: u32,
    bytes: u64,
}

fn main() -> Result<(), Fault> {
    let options = Options::parse();
    let data = std::env::temp_dir().join(format!("rpp-host-disk-{}", std::process::id()));
    let measured = measure(&options, &data);
    let _ = fs::remove_dir_all(&data);
    writeln!(io::stdout(), "{}", measured?)?;
    Ok(())
}

fn measure(options: &Options, data: &Path) -> Result<Value, Fault> {
    let whole = points(options, &data.join("whole"), None)?;
    let pruned = points(options, &data.join("pruned"), Some(options.behind))?;
    let per_block = slope(&whole, |at| f64::from(at.height), |at| bytes(at.bytes));
    // What is not pruned yet takes as much as on the other chain.
    let old = |at: &Measured| bytes(at.bytes) - f64::from(at.height - at.pruned) * per_block;
    let per_pruned = slope(&pruned, |at| f64::from(at.pruned), old);
    let last = |points: &[Measured]| points.last().copied().ok_or("no heights");
    let (whole, pruned) = (last(&whole)?, last(&pruned)?);
    let more = |at: Measured, each: f64| bytes(at.bytes) + f64::from(BLOCKS - at.height) * each;
    Ok(json!({
        "behind": options.behind,
        "load_per_s": options.load,
        "whole_height": whole.height,
        "whole_bytes": whole.bytes,
        "whole_bytes_per_block": per_block.round(),
        "pruned_height": pruned.height,
        "pruned_before": pruned.pruned,
        "pruned_bytes": pruned.bytes,
        "pruned_bytes_per_block": per_pruned.round(),
        "extrapolated_10000_whole_mib": mib(more(whole, per_block)),
        "extrapolated_10000_pruned_mib": mib(more(pruned, per_pruned)),
    }))
}

/// Makes a chain, and measures its folder at each height.
fn points(options: &Options, data: &Path, behind: Option<u32>) -> Result<Vec<Measured>, Fault> {
    let measured = options.heights.iter().map(|&height| {
        let mut host = Host::start(options, data, behind)?;
        let (proven, pruned) = host.wait(|proven, pruned| {
            proven >= height && behind.is_none_or(|behind| pruned + 2 * behind > proven)
        })?;
        host.stop()?;
        let _ = writeln!(io::stderr(), "block {proven}, pruned before {pruned}");
        Ok(Measured {
            height: proven,
            pruned,
            bytes: folder_bytes(data)?,
        })
    });
    measured.collect()
}

/// A devnet of 16 validators.
struct Host {
    child: Child,
    address: SocketAddr,
}

impl Host {
    fn start(options: &Options, data: &Path, behind: Option<u32>) -> Result<Self, Fault> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new(&options.host);
        command
            .args(["devnet", "--validators", "16", "--block-time-ms", "100"])
            .args(["--listen", &address.to_string(), "--data"])
            .arg(data)
            .stderr(Stdio::null());
        for (name, value) in [("--prune-behind", behind), ("--load", options.load)] {
            if let Some(value) = value {
                command.args([name, &value.to_string()]);
            }
        }
        let child = command.spawn()?;
        Ok(Self { child, address })
    }

    /// Waits until the host is ready and its newest proven block and its first one that is not pruned are as they should be.
    fn wait(&mut self, is: impl Fn(u32, u32) -> bool) -> Result<(u32, u32), Fault> {
        loop {
            if let Some(status) = self.child.try_wait()? {
                return Err(format!("the host has ended: {status}").into());
            }
            let heights = self.heights().unwrap_or_default();
            if let Some((proven, pruned)) = heights.filter(|&(proven, pruned)| is(proven, pruned)) {
                return Ok((proven, pruned));
            }
            sleep(Duration::from_millis(200));
        }
    }

    fn heights(&self) -> Result<Option<(u32, u32)>, Fault> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        let host = self.address;
        write!(
            stream,
            "GET /health/ready HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
        let ready: Value = serde_json::from_str(body)?;
        let height = |name: &str| u32::try_from(ready[name].as_u64()?).ok();
        Ok(height("proven_height").zip(height("pruned_before")))
    }

    fn stop(mut self) -> Result<(), Fault> {
        let pid = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &pid]).status()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns what the files of a folder hold, but for the keys of the devnet, which no other host has.
fn folder_bytes(folder: &Path) -> Result<u64, Fault> {
    let mut all = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let is_keys = entry.file_name() == "devnet";
            all += if is_keys {
                0
            } else {
                folder_bytes(&entry.path())?
            };
        } else {
            all += entry.metadata()?.len();
        }
    }
    Ok(all)
}

/// Returns by how much a figure grows from the first point to the last, for each step of another one.
fn slope(
    points: &[Measured],
    of: impl Fn(&Measured) -> f64,
    figure: impl Fn(&Measured) -> f64,
) -> f64 {
    let (Some(first), Some(last)) = (points.first(), points.last()) else {
        return f64::NAN;
    };
    (figure(last) - figure(first)) / (of(last) - of(first))
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 bytes")]
fn bytes(bytes: u64) -> f64 {
    bytes as f64
}

fn mib(bytes: f64) -> f64 {
    (bytes / f64::from(1 << 20)).round()
}

/// The length of a chain that is asked about.
const BLOCKS: u32 = 10_000;
