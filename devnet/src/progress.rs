//! `Progress`: how a devnet reports a step that takes a long time.

use std::fmt;
use std::sync::Arc;

/// Shows what is being done; ignored by default.
pub trait Progress: fmt::Debug + Send + Sync {
    /// Reports that a task of `length` steps begins; the bar is dropped when it ends.
    fn begin(&self, what: String, length: u64) -> Box<dyn Bar>;
}

/// The progress of a long task.
pub trait Bar: Send + Sync {
    /// Reports that `done` steps are done; threads report out of order.
    fn reach(&self, done: u64);
}

/// The observer of a devnet's progress.
pub type SharedProgress = Arc<dyn Progress>;

/// Shows nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _: String, _: u64) -> Box<dyn Bar> {
        Box::new(Self)
    }
}

impl Bar for Silent {
    fn reach(&self, _: u64) {}
}
