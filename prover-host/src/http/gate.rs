//! `Gate`: the work of answering, as many at a time as there are cores.

use std::sync::Arc;
use std::thread::available_parallelism;

use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::connections::Client;
use super::problem::{Problem, ProblemKind};
use super::shares::Shares;

/// Lets as many answers be made at a time as there are cores, on threads of their own, so that what is
/// cheap, as whether the host is alive, is answered at once however many ask for what is not. The places of
/// those who wait are shared among clients, so that one who asks for much waits alone.
///
/// What reads the database has turns of its own: it may have to wait for it, and nobody else has to then.
#[derive(Clone, Debug, Default)]
pub(super) struct Gate {
    making: Turns,
    reading: Turns,
}

/// Turns of one kind, and the places of those who wait for one.
#[derive(Clone, Debug)]
struct Turns {
    free: Arc<Semaphore>,
    waiting: Arc<Shares>,
}

impl Default for Turns {
    fn default() -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        Self {
            free: Arc::new(Semaphore::new(cores)),
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
        self.making.run(client, answer).await
    }

    /// The same of an answer that reads from the database.
    ///
    /// # Errors
    ///
    /// As [`Gate::make`].
    pub(super) async fn read<T: Send + 'static>(
        &self,
        client: Client,
        answer: impl Future<Output = T> + Send + 'static,
    ) -> Result<T, Problem> {
        let runtime = Handle::current();
        let answer = move || runtime.block_on(answer);
        self.reading.run(client, answer).await
    }
}

impl Turns {
    async fn run<T: Send + 'static>(
        &self,
        client: Client,
        answer: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let Some(_waiting) = self.waiting.take(client, 1) else {
            let detail = "more requests of this client wait than the host answers in a second";
            return Err(Problem::new(ProblemKind::Busy, detail));
        };
        let turn = self.free.clone().acquire_owned().await;
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
    use std::time::Duration;

    use tokio::time::timeout;
    use tokio_util::sync::CancellationToken;

    use super::*;

    fn client(last: u8) -> Client {
        Client::at(IpAddr::from([10, 0, 0, last]))
    }

    #[tokio::test]
    async fn rejects_who_would_wait_too_long_and_nobody_else() {
        let making = Turns {
            free: Arc::new(Semaphore::new(0)),
            waiting: Shares::new(8, 8),
        };
        let gate = Gate {
            making,
            ..Gate::default()
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
        gate.making.free.add_permits(1);
        for made in all {
            assert!(made.await.expect("it does not panic"));
        }
        assert!(gate.make(client(1), || 3).await.is_ok());
    }

    /// As while somebody has the database locked.
    #[tokio::test]
    async fn who_waits_for_the_database_keeps_nobody_from_what_needs_none() {
        let gate = Gate::default();
        let locked = CancellationToken::new();
        // Threads that wait end with the test, however it ends.
        let _unlock = locked.clone().drop_guard();
        let reads = (0..64).map(|_| {
            let (gate, locked) = (gate.clone(), locked.clone());
            tokio::spawn(async move { gate.read(client(1), locked.cancelled_owned()).await })
        });
        let reads: Vec<_> = reads.collect();
        tokio::task::yield_now().await;
        let made = timeout(Duration::from_secs(60), gate.make(client(1), || 1)).await;
        let made = made.expect("it does not wait for the database");
        assert_eq!(made.ok(), Some(1));
        assert!(reads.iter().all(|read| !read.is_finished()));
        locked.cancel();
        for read in reads {
            assert!(read.await.expect("it does not panic").is_ok());
        }
    }
}
