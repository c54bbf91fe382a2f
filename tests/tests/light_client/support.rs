//! A provider in this process, a clock that only moves when somebody sleeps, and one shared chain.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use rpp_light_client::{
    Answer, Clock, Config, Error, Follow, LightClient, MemoryStore, Now, Request, Step, Store,
    Transport, TransportError, Verdict,
};
use rpp_tests::provider::Provider;
use rpp_tests::setup::SignedSetup;

/// Blocks of an epoch.
pub(crate) const EPOCH: u32 = 4;
/// Height of the newest block: in the fourth epoch.
pub(crate) const TOP: u32 = 13;

/// The chain that all tests of this binary read.
pub(crate) static CHAIN: LazyLock<Provider> = LazyLock::new(|| Provider::new(4, TOP, EPOCH));

/// What a transport does with the provider's answer.
pub(crate) type Tell =
    Box<dyn Fn(&Request, Answer) -> Result<Answer, TransportError> + Send + Sync>;

/// Answers about a chain, and changes what it answers.
pub(crate) struct Teller {
    chain: &'static Provider,
    pub(crate) head: AtomicU32,
    pub(crate) tell: Mutex<Tell>,
    pub(crate) asked: Mutex<Vec<String>>,
    /// The setup that is served.
    pub(crate) setup: Mutex<Option<SignedSetup>>,
}

impl Teller {
    /// Returns an honest provider whose newest block is at `head`.
    pub(crate) fn honest(head: u32) -> Arc<Self> {
        Self::lying(head, |_, answer| Ok(answer))
    }

    /// Returns one that changes its answers.
    pub(crate) fn lying(
        head: u32,
        tell: impl Fn(&Request, Answer) -> Result<Answer, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Self::of(&CHAIN, head, tell)
    }

    /// Returns one that changes its answers about another chain.
    pub(crate) fn of(
        chain: &'static Provider,
        head: u32,
        tell: impl Fn(&Request, Answer) -> Result<Answer, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self {
            chain,
            head: AtomicU32::new(head),
            tell: Mutex::new(Box::new(tell)),
            asked: Mutex::default(),
            setup: Mutex::default(),
        })
    }

    /// Makes it honest.
    pub(crate) fn repent(&self) {
        *self.tell.lock().unwrap() = Box::new(|_, answer| Ok(answer));
    }

    /// Serves a setup from now on.
    pub(crate) fn serve(&self, setup: SignedSetup) {
        *self.setup.lock().unwrap() = Some(setup);
    }

    /// Serves no setup any more.
    pub(crate) fn withhold(&self) {
        *self.setup.lock().unwrap() = None;
    }

    /// Returns what was asked since this was asked for last.
    pub(crate) fn take_asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }

    pub(crate) fn grow(&self, head: u32) {
        self.head.store(head, Ordering::Relaxed);
    }
}

/// A provider as a transport.
pub(crate) struct Told(pub(crate) Arc<Teller>);

impl Transport for Told {
    async fn send(&self, request: &Request) -> Result<Answer, TransportError> {
        let head = self.0.head.load(Ordering::Relaxed);
        let setup = self.0.setup.lock().unwrap().clone();
        let setup = setup.and_then(|setup| setup.get(&request.path));
        let answer = setup.unwrap_or_else(|| self.0.chain.get(&request.path, head));
        self.0.asked.lock().unwrap().push(request.path.clone());
        self.0.tell.lock().unwrap()(request, answer)
    }
}

/// A clock that moves when somebody sleeps.
#[derive(Clone)]
pub(crate) struct TestClock {
    slept_ms: Arc<AtomicU64>,
    unix_ms: Arc<AtomicU64>,
}

impl TestClock {
    /// Returns a clock that shows one second after the newest block.
    pub(crate) fn new() -> Self {
        Self::at(CHAIN.header(TOP).timestamp_ms + 1000)
    }

    /// Returns a clock that shows this time.
    pub(crate) fn at(unix_ms: u64) -> Self {
        Self {
            slept_ms: Arc::default(),
            unix_ms: Arc::new(unix_ms.into()),
        }
    }

    pub(crate) fn turn(&self, ms: i64) {
        self.unix_ms
            .fetch_add(ms.cast_unsigned(), Ordering::Relaxed);
    }

    pub(crate) fn slept(&self) -> Duration {
        Duration::from_millis(self.slept_ms.load(Ordering::Relaxed))
    }
}

impl Clock for TestClock {
    fn now(&self) -> Now {
        let slept_ms = self.slept_ms.load(Ordering::Relaxed);
        Now {
            unix_ms: self.unix_ms.load(Ordering::Relaxed) + slept_ms,
            uptime: Duration::from_millis(slept_ms),
        }
    }

    async fn sleep(&self, duration: Duration) {
        let ms = u64::try_from(duration.as_millis()).unwrap();
        self.slept_ms.fetch_add(ms, Ordering::Relaxed);
    }
}

/// Returns a configuration that starts at the genesis.
pub(crate) fn config() -> Config {
    Config::new(CHAIN.checkpoint(0)).follow(Follow::Every(Duration::from_secs(1)))
}

/// Returns a client of `teller` without stored state.
pub(crate) fn client(teller: &Arc<Teller>) -> LightClient<Told, MemoryStore, TestClock> {
    client_with(config(), teller, MemoryStore::default(), &TestClock::new())
}

pub(crate) fn client_with<S: Store>(
    config: Config,
    teller: &Arc<Teller>,
    store: S,
    clock: &TestClock,
) -> LightClient<Told, S, TestClock> {
    LightClient::new(config, Told(teller.clone()), store, clock.clone()).unwrap()
}

/// Steps until the verdict on the block at `height`, and returns all steps.
pub(crate) async fn follow_to<S: Store>(
    client: &mut LightClient<Told, S, TestClock>,
    height: u32,
) -> Result<Vec<(Step, u32)>, Error> {
    let mut steps = Vec::new();
    loop {
        let verdict: Verdict = client.next().await?;
        steps.push((verdict.step(), verdict.header().height));
        if verdict.header().height >= height {
            return Ok(steps);
        }
    }
}

/// What a proof of another statement is refused with: its challenges are others, and which check
/// they fail first differs from chain to chain.
pub(crate) const STARK: &str = "proof-of-work or opening";

/// Returns `code`, or [`STARK`] for the two codes of a proof of another statement.
pub(crate) fn stark_or(code: &'static str) -> &'static str {
    match code {
        "proof-of-work" | "opening" => STARK,
        code => code,
    }
}
