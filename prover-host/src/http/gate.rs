//! `Gate`: the work of answering, as many at a time as there are cores.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::problem::{Problem, ProblemKind};

/// Lets as many answers be made at a time as there are cores, on threads of their own, so that what is
/// cheap, as whether the host is alive, is answered at once however many ask for what is not.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    working: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
}

impl Default for Gate {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            working: Arc::new(Semaphore::new(cores)),
            waiting: Arc::new(Semaphore::new(MAX_WAITING)),
        }
    }
}

impl Gate {
    /// Makes an answer when it is its turn.
    ///
    /// # Errors
    ///
    /// [`ProblemKind::Busy`] if too many wait already.
    pub(super) async fn make<T: Send + 'static>(
        &self,
        answer: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Ok(_waiting) = self.waiting.try_acquire() else {
            let detail = "more requests wait than the host answers in a few seconds";
            return Err(Problem::new(ProblemKind::Busy, detail).retry_after(1));
        };
        let turn = self.working.clone().acquire_owned().await;
        let turn = turn.map_err(|e| Problem::internal(&e))?;
        let made = spawn_blocking(move || {
            // Kept until it is made, even if nobody waits for it any more.
            let _turn = turn;
            answer()
        });
        made.await.map_err(|e| Problem::internal(&e))
    }
}

/// The dearest answer, a page of 64 blocks, takes a few milliseconds: nobody waits for a second.
const MAX_WAITING: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn rejects_who_would_wait_too_long() {
        let gate = Gate {
            working: Arc::new(Semaphore::new(0)),
            waiting: Arc::new(Semaphore::new(1)),
        };
        let first = tokio::spawn({
            let gate = gate.clone();
            async move { gate.make(|| 1).await.is_ok() }
        });
        while gate.waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(gate.make(|| 2).await.is_err());
        gate.working.add_permits(1);
        assert!(first.await.expect("it does not panic"));
        assert!(gate.make(|| 3).await.is_ok());
    }
}
