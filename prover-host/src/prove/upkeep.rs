//! What a host does beside its blocks: it retires proofs, and keeps an eye on its disk.

use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::retry::{After, Retry, until_done};
use crate::state::{Host, PublishError, Retention};

/// Retires the proofs that are kept no longer, as blocks come, until `stop` is cancelled.
///
/// # Errors
///
/// [`PublishError`] if that cannot be saved.
pub(super) async fn retire(
    host: Arc<Host>,
    retention: Retention,
    stop: CancellationToken,
) -> Result<(), PublishError> {
    let mut count = 0_u64;
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            () = host.wait_to_retire(retention) => {}
        }
        let batch = host.unserve(retention).await?;
        if !batch.is_empty() {
            let retry = Retry::new(&host, "retiring proofs", &stop);
            if until_done!(retry, PublishError::is_passing, host.forget(&batch)).is_none() {
                return Ok(());
            }
        }
        let before = count;
        count += u64::try_from(batch.len()).unwrap_or(u64::MAX);
        if count / SAY > before / SAY {
            let from = host.ledger().retained_from();
            tracing::info!(count, from, "retired proofs of old blocks");
        }
        // Blocks and answers come first.
        sleep(PAUSE).await;
    }
}

/// Looks at the disk now and then, until `stop` is cancelled.
pub(super) async fn watch_disk(host: Arc<Host>, stop: CancellationToken) {
    loop {
        host.is_full().await;
        tokio::select! {
            () = stop.cancelled() => return,
            () = sleep(LOOK) => {}
        }
    }
}

/// Waits while nothing more may be written, or until `stop` is cancelled.
pub(super) async fn wait_for_room(host: &Host, stop: &CancellationToken) {
    while host.is_full().await {
        look_again(stop).await;
        if stop.is_cancelled() {
            return;
        }
    }
}

/// Waits until the disk may have more room, or until `stop` is cancelled.
pub(super) async fn look_again(stop: &CancellationToken) {
    tokio::select! {
        () = stop.cancelled() => {}
        () = sleep(LOOK_AGAIN) => {}
    }
}

/// Shows what the source of blocks is waiting for, to those who ask whether the host is ready, until it is
/// dropped.
pub(super) async fn show(host: &Host, waits: Option<&mut watch::Receiver<Option<String>>>) {
    if let Some(waits) = waits {
        loop {
            let says = waits.borrow_and_update().clone();
            host.set_trouble(WAITING, says);
            if waits.changed().await.is_err() {
                break;
            }
        }
    }
    // A source that has nothing more to say may still have a block.
    pending().await
}

/// What a source is doing when it says what it is waiting for.
pub(super) const WAITING: &str = "waiting for a block";
/// The log says so each time that this many more are retired.
const SAY: u64 = 1000;
/// Between two batches of a long chain.
const PAUSE: Duration = Duration::from_millis(50);
/// How often the disk is looked at when all is well.
const LOOK: Duration = Duration::from_secs(30);
/// A person who frees the disk does not want to wait for much longer than that.
const LOOK_AGAIN: Duration = Duration::from_secs(1);
