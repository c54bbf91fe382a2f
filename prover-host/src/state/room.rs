//! A host and its disk: what was seen of it, and what follows.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::host::Host;
use super::space::{SpaceGuard, SpaceReport, SpaceWarning, SpaceWatch};

/// How the disk is watched, and what was seen.
#[derive(Debug)]
pub(super) struct Space {
    guard: SpaceGuard,
    started: Instant,
    watch: Mutex<SpaceWatch>,
}

impl Space {
    pub(super) fn guarded(guard: SpaceGuard) -> Self {
        Self {
            guard,
            started: Instant::now(),
            watch: Mutex::default(),
        }
    }
}

impl Default for Space {
    fn default() -> Self {
        Self::guarded(SpaceGuard::default())
    }
}

impl Host {
    /// Returns what was last seen of the disk, and what an operator has to know about it.
    #[must_use]
    pub fn space(&self) -> Option<(SpaceReport, Option<String>)> {
        let report = self.lock_space().report()?;
        Some((report, report.says(self.root(), &self.space.guard)))
    }

    /// Looks how much room there is, and says so in the log and to those who ask where somebody has to
    /// do something. Returns whether nothing more can be made.
    pub(crate) async fn is_full(&self) -> bool {
        let (guard, folders) = (self.space.guard.clone(), self.folder.disks());
        let read = tokio::task::spawn_blocking(move || guard.read(&folders)).await;
        let free = match read {
            Ok(Ok(Some(free))) => free,
            // What is not known keeps nobody from trying.
            _ => {
                self.set_trouble(WATCHING, None);
                return false;
            }
        };
        let (before, report) = {
            let (mut watch, guard) = (self.lock_space(), &self.space.guard);
            let before = watch.report().and_then(|report| report.warning);
            (
                before,
                watch.look(guard, self.space.started.elapsed(), free),
            )
        };
        let says = report.says(self.root(), &self.space.guard);
        if report.warning != before {
            match &says {
                Some(says) => tracing::warn!("{says}"),
                None => tracing::info!("there is room on the disk again"),
            }
        }
        let is_full = report.warning == Some(SpaceWarning::Full);
        self.set_trouble(WATCHING, says.filter(|_| is_full));
        is_full
    }

    /// Returns whether nothing more can be made, not even what makes room.
    pub(crate) async fn is_half_gone(&self) -> bool {
        let is_full = self.is_full().await;
        let report = self.lock_space().report();
        is_full && report.is_some_and(|report| self.space.guard.is_half_gone(report.free))
    }

    fn lock_space(&self) -> MutexGuard<'_, SpaceWatch> {
        let watch = self.space.watch.lock();
        watch.unwrap_or_else(PoisonError::into_inner)
    }
}

const WATCHING: &str = "watching the disk";
