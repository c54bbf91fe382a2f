//! `demo`: a devnet that proves its blocks, beside it a process that verifies them, and a page that
//! does so in a browser.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;

use crate::error::TaskError;
use crate::process::{build_native, native_program};
use crate::say::{say, tell};
use crate::service::{Outcome, Service};
use crate::step::step;
use crate::toolchain::Choice;
use crate::{browser, trusted, wasm, web, workspace};

/// Options of `cargo xtask demo`.
#[derive(Args)]
pub(crate) struct Options {
    /// Where the devnet serves.
    #[arg(long, default_value = "127.0.0.1:8645", value_parser = address)]
    listen: SocketAddr,
    /// Do not open the page in a browser.
    #[arg(long)]
    no_open: bool,
    /// Stop after this many verified blocks.
    #[arg(long)]
    blocks: Option<u32>,
    /// Options for `prover-host devnet`, after `--`: `-- --validators 96 --block-time-ms 8000`.
    #[arg(last = true, value_name = "DEVNET OPTIONS")]
    devnet: Vec<String>,
}

/// Looks up a host and a port, such as `localhost:8645`; an IPv4 address comes first, as for the
/// devnet.
fn address(text: &str) -> io::Result<SocketAddr> {
    let addresses = text.to_socket_addrs()?;
    let first = addresses.min_by_key(SocketAddr::is_ipv6);
    first.ok_or_else(|| io::ErrorKind::NotFound.into())
}

/// Builds the host and the page, starts the devnet and the follower, and runs until Ctrl-C or until
/// one of the two ends by itself.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    step("prover-host", || build_native("prover-host"))?;
    let page = step("page", build_page)?;
    let interrupted = listen_for_interrupt()?;
    let mut devnet = start_devnet(options, page.as_deref())?;
    wait_for_chain(options.listen, &mut devnet, &interrupted)?;
    let root = trusted::root(options.listen)?;
    if page.is_some() {
        present(options, &root)?;
    }
    let mut follower = start_follower(options, &root)?;
    let outcome = run_until_end(&mut devnet, &mut follower, &interrupted)?;
    follower.stop()?;
    devnet.stop()?;
    outcome.into_result()
}

/// Returns the site; without what it takes to build one, the demo goes on in the terminal alone.
fn build_page() -> Result<Option<PathBuf>, TaskError> {
    let built = wasm::build(Choice::Auto).and_then(|_| web::build());
    match built {
        Err(error @ TaskError::Missing { .. }) => {
            say!("no page: {error}");
            Ok(None)
        }
        built => built.map(Some),
    }
}

/// Prints what a client may start from and the address of the page, and opens the page.
fn present(options: &Options, root: &str) -> Result<(), TaskError> {
    let address = options.listen;
    let checkpoint = trusted::genesis(address)?;
    let url = format!("http://{address}/#root={root}");
    let opened = !options.no_open && browser::show(&url);
    let verb = if opened { "opening" } else { "open" };
    tell!("\nroot       {root}\ncheckpoint {checkpoint}\n{verb} {url}\n");
    Ok(())
}

fn start_devnet(options: &Options, page: Option<&Path>) -> Result<Service, TaskError> {
    let address = options.listen;
    if TcpStream::connect_timeout(&address, TICK).is_ok() {
        return Err(TaskError::AddressTaken { address });
    }
    let data = data(address);
    // Each demo is a chain of its own, so that it starts the same way each time.
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(TaskError::file(&data))?;
    }
    let mut command = native_program("prover-host");
    command.arg("devnet").arg("--data").arg(&data);
    command.arg("--listen").arg(options.listen.to_string());
    if let Some(page) = page {
        command.arg("--web").arg(page);
    }
    Service::start("devnet", command.args(&options.devnet))
}

/// Returns the folder of the demo at `address`; one at another port may be running.
pub(crate) fn data(address: SocketAddr) -> PathBuf {
    workspace::root().join(format!("target/demo/{}", address.port()))
}

fn start_follower(options: &Options, root: &str) -> Result<Service, TaskError> {
    let mut command = native_program("prover-host");
    command
        .arg("follow")
        .arg(format!("http://{}", options.listen))
        .args(["--root", root]);
    if let Some(blocks) = options.blocks {
        command.arg("--blocks").arg(blocks.to_string());
    }
    Service::start("follow", &mut command)
}

fn listen_for_interrupt() -> Result<Arc<AtomicBool>, TaskError> {
    let interrupted = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&interrupted);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed))?;
    Ok(interrupted)
}

/// Waits until the devnet serves its chain: before that it listens, and generates keys.
fn wait_for_chain(
    address: SocketAddr,
    devnet: &mut Service,
    interrupted: &AtomicBool,
) -> Result<(), TaskError> {
    let start = Instant::now();
    let not_listening = |reason| TaskError::NotListening { address, reason };
    while trusted::root(address).is_err() {
        if devnet.outcome()?.is_some() {
            return Err(not_listening("the devnet ended"));
        }
        if interrupted.load(Ordering::Relaxed) {
            return Err(not_listening("interrupted"));
        }
        if start.elapsed() > STARTUP {
            return Err(not_listening("the devnet took too long to start"));
        }
        sleep(TICK);
    }
    Ok(())
}

fn run_until_end(
    devnet: &mut Service,
    follower: &mut Service,
    interrupted: &AtomicBool,
) -> Result<Outcome, TaskError> {
    while !interrupted.load(Ordering::Relaxed) {
        for service in [&mut *follower, &mut *devnet] {
            if let Some(outcome) = service.outcome()? {
                return Ok(outcome);
            }
        }
        sleep(TICK);
    }
    Ok(Outcome::stopped())
}

/// How often the processes are looked at.
const TICK: Duration = Duration::from_millis(100);
/// How long the devnet may take to make its keys: 1,024 validators on two cores take minutes.
const STARTUP: Duration = Duration::from_secs(900);
