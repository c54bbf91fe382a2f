//! `Progress`: how a devnet says that it does something that takes long.

use std::fmt;
use std::sync::Arc;

/// Shows what is being done; by default nobody looks.
pub trait Progress: fmt::Debug + Send + Sync {
    /// Says that something of `length` steps begins; the bar is dropped when it ends.
    fn begin(&self, what: String, length: u64) -> Box<dyn Bar>;
}

/// How far something is that takes long.
pub trait Bar: Send + Sync {
    /// Says that `done` steps are done; threads report out of order.
    fn reach(&self, done: u64);
}

/// Who looks at the progress of a devnet.
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
