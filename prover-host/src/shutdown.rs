//! The signals that end the host, and one that must not.

use std::io;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Cancels `stop` at SIGTERM or SIGINT; a second one ends the process at once.
///
/// # Errors
///
/// What the operating system answers.
pub fn cancel_on_signal(stop: CancellationToken) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    tokio::spawn(async move {
        for tries in 0.. {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if tries > 0 {
                std::process::exit(1);
            }
            tracing::info!("stopping; the proof that is being made is finished first");
            stop.cancel();
        }
    });
    Ok(())
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
