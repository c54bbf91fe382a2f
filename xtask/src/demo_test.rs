//! A test of the demo: it is run as a new user runs it, on a port that is free, and has to end by itself.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::time::Duration;

use crate::demo;
use crate::error::TaskError;
use crate::process::{cargo, describe};
use crate::service::Service;
use crate::trusted;

/// Runs the demo until its follower has verified two blocks, and looks whether its page is there.
pub(crate) fn run() -> Result<(), TaskError> {
    let address = free_address()?;
    let mut command = cargo("xtask");
    command.args(["demo", "--no-open", "--blocks", "2", "--listen"]);
    command.arg(address.to_string());
    let program = describe(&command);
    let mut has_page = false;
    let demo = Service::start("demo", &mut command)?;
    demo.finish(HANG, || has_page = has_page || shows_page(address))?;
    if !has_page {
        let lacks = "its page was not served";
        return Err(TaskError::Lacks { program, lacks });
    }
    let data = demo::data(address);
    fs::remove_dir_all(&data).map_err(TaskError::file(&data))
}

fn shows_page(address: SocketAddr) -> bool {
    let page = trusted::get(address, "/").unwrap_or_default();
    page.split_whitespace().nth(1) == Some("200") && page.contains("<!doctype html>")
}

/// Returns an address that nobody listens on.
fn free_address() -> Result<SocketAddr, TaskError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let address = listener.and_then(|listener| listener.local_addr());
    address.map_err(|source| TaskError::Spawn {
        program: "a listener on a free port".to_owned(),
        source,
    })
}

/// How long the demo may take, its builds included: a guard against one that never ends.
const HANG: Duration = Duration::from_secs(1200);
