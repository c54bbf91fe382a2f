//! A clock that is set while the host runs: ahead, to a time that no answer can have, and back.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicI64, Ordering};

use axum::body::Body;
use axum::http::Request;
use rpp_devnet::DevnetConfig;
use rpp_prover_host::clock::system_clock;
use rpp_prover_host::http::router;
use rpp_prover_host::prove::Witnesses;
use tokio_util::sync::CancellationToken;

use crate::binary::{Devnet, devnet};
use crate::support::{CONFIG, Opened, ask_of};

/// Builds a library that shifts the clock by the seconds that a file holds.
///
/// The compiler is the one that SQLite is built with.
fn shifting_library(dir: &Path) -> PathBuf {
    let (source, library) = (dir.join("shift.c"), dir.join("shift.so"));
    fs::write(&source, SHIFT).unwrap();
    let mut cc = Command::new(std::env::var_os("CC").unwrap_or_else(|| "cc".into()));
    let built = cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library);
    assert!(built.arg(&source).status().unwrap().success());
    library
}

/// Asks on a connection of its own, and returns the head of the answer.
fn ask(address: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET /v1/head HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    answer.split("\r\n\r\n").next().unwrap().to_lowercase()
}

#[test]
fn a_clock_before_1970_costs_no_answer() {
    let dir = tempfile::tempdir().unwrap();
    let (library, shift) = (shifting_library(dir.path()), dir.path().join("shift"));
    let set = |seconds: i64| {
        let next = dir.path().join("next");
        fs::write(&next, seconds.to_string()).unwrap();
        fs::rename(&next, &shift).unwrap();
    };
    set(0);
    let mut command = devnet(&dir.path().join("chain"), &[]);
    command.env("LD_PRELOAD", library).env("TEST_SHIFT", &shift);
    let devnet = Devnet::spawn(command);
    let address = devnet.url().strip_prefix("http://").unwrap().to_owned();
    // Before a thread has served anything: it must not read a wrong clock first.
    set(-80 * YEAR_S);
    for _ in 0..64 {
        let head = ask(&address);
        assert!(
            head.starts_with("http/1.1 200") || head.starts_with("http/1.1 404"),
            "{head}"
        );
        assert!(!head.contains("\r\ndate:"), "{head}");
    }
    // A date that lies in the past is as it is.
    set(-20 * YEAR_S);
    assert!(ask(&address).contains("\r\ndate: "));
    set(0);
    assert!(ask(&address).contains("\r\ndate: "));
    assert_eq!(devnet.terminate().code(), Some(0));
}

static SHIFT_MS: AtomicI64 = AtomicI64::new(0);

fn shifted() -> u64 {
    system_clock().saturating_add_signed(SHIFT_MS.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_chain_that_waits_for_its_clock_is_not_ready_and_says_why() {
    let data = tempfile::tempdir().unwrap();
    let config = DevnetConfig {
        clock: shifted,
        ..CONFIG
    };
    let opened = Opened::configured(data.path(), config, Default::default(), Default::default());
    let opened = opened.await.unwrap();
    let (host, stop) = (opened.host.clone(), CancellationToken::new());
    let pipeline = opened.pipeline(Witnesses::Drop);
    let running = tokio::spawn(pipeline.run(opened.devnet, None, stop.clone()));
    host.wait_for(|ledger| (ledger.proven_height() >= Some(1)).then_some(()))
        .await;
    let routes = router(host.clone(), None);
    let ready = async || {
        let request = Request::get("/health/ready").body(Body::empty()).unwrap();
        ask_of(routes.clone(), request).await
    };
    assert_eq!(ready().await.status(), 200);
    SHIFT_MS.store(3_600_000, Ordering::SeqCst);
    let detail = loop {
        let answer = ready().await;
        if answer.status() == 503 {
            assert_eq!(answer.problem_code(), "not-ready");
            break answer.json()["detail"].as_str().unwrap().to_owned();
        }
        // A clock that keeps its time is believed in the end.
        let latest = host.ledger().latest_header().timestamp_ms;
        assert!(latest < system_clock() + 1_800_000, "it did not say so");
        tokio::task::yield_now().await;
    };
    let says = "no new block: the clock jumped ahead by";
    assert!(detail.starts_with(says), "{detail}");
    SHIFT_MS.store(0, Ordering::SeqCst);
    let latest = host.ledger().latest_height();
    host.wait_for(|ledger| (ledger.proven_height() > Some(latest)).then_some(()))
        .await;
    while ready().await.status() != 200 {
        tokio::task::yield_now().await;
    }
    stop.cancel();
    running.await.unwrap().unwrap();
    opened.keys.close().await;
}

const YEAR_S: i64 = 365 * 86_400;

const SHIFT: &str = r#"
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *time) {
    int failed = syscall(SYS_clock_gettime, clock, time);
    const char *path = getenv("TEST_SHIFT");
    if (failed == 0 && clock == CLOCK_REALTIME && path != NULL) {
        FILE *file = fopen(path, "r");
        long seconds = 0;
        if (file != NULL && fscanf(file, "%ld", &seconds) == 1)
            time->tv_sec += seconds;
        if (file != NULL)
            fclose(file);
    }
    return failed;
}
"#;
