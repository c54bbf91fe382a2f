//! The signals that end the host, and one that must not.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` at SIGTERM, SIGINT or SIGHUP; a second SIGTERM or SIGINT ends the process at once.
///
/// A SIGHUP that is ignored, as under `nohup`, stays so. It never counts as the second signal: whoever ends
/// a session may send it together with SIGTERM.
///
/// # Errors
///
/// What the operating system answers.
pub fn cancel_on_signal(stop: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut hangup = match is_hangup_ignored() {
        true => None,
        false => Some(signal(SignalKind::hangup())?),
    };
    tokio::spawn(async move {
        let mut is_told = false;
        loop {
            let hung_up = async {
                match &mut hangup {
                    Some(hangup) => hangup.recv().await,
                    None => std::future::pending().await,
                }
            };
            let is_order = tokio::select! {
                _ = terminate.recv() => true,
                _ = interrupt.recv() => true,
                _ = hung_up => false,
            };
            if is_told && is_order {
                std::process::exit(1);
            }
            is_told |= is_order;
            if !stop.is_cancelled() {
                tracing::info!("stopping; the proof that is being made is finished first");
                stop.cancel();
            }
        }
    });
    Ok(())
}

/// Returns whether this process was started with SIGHUP ignored. Where the system does not say, it is left
/// alone.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.is_none_or(|mask| mask & (1 << (libc::SIGHUP - 1)) != 0)
}

/// Keeps a limit on the size of files (`ulimit -f`) from killing the process: the write that is too
/// long fails instead, with a sentence. Stays in force as long as the process lives.
///
/// # Errors
///
/// What the operating system answers.
pub fn outlive_file_size_limit() -> io::Result<()> {
    // A signal that is taken is not fatal, whether anybody waits for it or not.
    signal(SignalKind::from_raw(libc::SIGXFSZ)).map(drop)
}
