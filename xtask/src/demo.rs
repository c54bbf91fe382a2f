//! `demo`: a devnet that proves its blocks, and beside it a process that verifies them.

use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use clap::Args;

use crate::error::TaskError;
use crate::process::{build_native, program};
use crate::service::{Outcome, Service};
use crate::step::step;
use crate::workspace;

/// Options of `cargo xtask demo`.
#[derive(Args)]
pub(crate) struct Options {
    /// Where the devnet serves.
    #[arg(long, default_value = "127.0.0.1:8645")]
    listen: SocketAddr,
    /// Stop after this many verified blocks.
    #[arg(long)]
    blocks: Option<u32>,
    /// Options for `prover-host devnet`, after `--`: `-- --validators 96 --block-time-ms 8000`.
    #[arg(last = true, value_name = "DEVNET OPTIONS")]
    devnet: Vec<String>,
}

/// Builds the host, starts the devnet and the follower, and runs until Ctrl-C or until one of the
/// two ends by itself.
pub(crate) fn run(options: &Options) -> Result<(), TaskError> {
    step("prover-host", || build_native("prover-host"))?;
    let interrupted = listen_for_interrupt()?;
    let mut devnet = start_devnet(options)?;
    wait_until_listening(options.listen, &mut devnet, &interrupted)?;
    let mut follower = start_follower(options)?;
    let outcome = run_until_end(&mut devnet, &mut follower, &interrupted)?;
    follower.stop()?;
    devnet.stop()?;
    outcome.into_result()
}

fn start_devnet(options: &Options) -> Result<Service, TaskError> {
    let address = options.listen;
    if TcpStream::connect_timeout(&address, TICK).is_ok() {
        return Err(TaskError::AddressTaken { address });
    }
    let data = workspace::root().join("target/demo");
    // Each demo is a chain of its own, so that it starts the same way each time.
    if data.exists() {
        std::fs::remove_dir_all(&data).map_err(TaskError::file(&data))?;
    }
    let mut command = program(workspace::native_binary("prover-host"));
    command.arg("devnet").arg("--data").arg(&data);
    command.arg("--listen").arg(options.listen.to_string());
    Service::start("devnet", command.args(&options.devnet))
}

fn start_follower(options: &Options) -> Result<Service, TaskError> {
    let mut command = program(workspace::native_binary("prover-host"));
    command
        .arg("follow")
        .arg(format!("http://{}", options.listen));
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

fn wait_until_listening(
    address: SocketAddr,
    devnet: &mut Service,
    interrupted: &AtomicBool,
) -> Result<(), TaskError> {
    let start = Instant::now();
    let not_listening = |reason| TaskError::NotListening { address, reason };
    while TcpStream::connect_timeout(&address, TICK).is_err() {
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
