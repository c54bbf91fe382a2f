//! `Gate`: the work of answering, as many at a time as there are cores.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::connections::Client;
use super::problem::{Problem, ProblemKind};
use super::shares::Shares;

/// Lets as many answers be made at a time as there are cores, on threads of their own, so that what is
/// cheap, as whether the host is alive, is answered at once however many ask for what is not. The places of
/// those who wait are shared among clients, so that one who asks for much waits alone.
#[derive(Clone, Debug)]
pub(super) struct Gate {
    working: Arc<Semaphore>,
    waiting: Arc<Shares>,
}

impl Default for Gate {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            working: Arc::new(Semaphore::new(cores)),
            waiting: Shares::new(MAX_WAITING, MAX_WAITING),
        }
    }
}

impl Gate {
    /// Makes an answer to a client when it is its turn.
    ///
    /// # Errors
    ///
    /// [`ProblemKind::Busy`] if too many wait already, in all or of this client.
    pub(super) async fn make<T: Send + 'static>(
        &self,
        client: Client,
        answer: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Some(_waiting) = self.waiting.take(client, 1) else {
            let detail = "more requests of this client wait than the host answers in a second";
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
    use std::net::IpAddr;

    use super::*;

    fn client(last: u8) -> Client {
        Client::at(IpAddr::from([10, 0, 0, last]))
    }

    #[tokio::test]
    async fn rejects_who_would_wait_too_long_and_nobody_else() {
        let gate = Gate {
            working: Arc::new(Semaphore::new(0)),
            waiting: Shares::new(8, 8),
        };
        let waits = |last| {
            let gate = gate.clone();
            tokio::spawn(async move { gate.make(client(last), || 1).await.is_ok() })
        };
        let mut all: Vec<_> = (0..4).map(|_| waits(1)).collect();
        tokio::task::yield_now().await;
        assert!(gate.make(client(1), || 2).await.is_err());
        // Another one's requests wait behind them.
        all.extend((0..2).map(|_| waits(2)));
        tokio::task::yield_now().await;
        gate.working.add_permits(1);
        for made in all {
            assert!(made.await.expect("it does not panic"));
        }
        assert!(gate.make(client(1), || 3).await.is_ok());
    }
}
