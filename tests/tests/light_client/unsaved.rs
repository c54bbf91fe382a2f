//! A store that takes nothing for a while: what may not be forgotten is written later.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};

use rpp_light_client::{Choice, LightClient, MemoryStore, Step, Store, StoreError, StoreFault};
use rpp_tests::provider::Provider;

use crate::support::*;

/// Another branch, from the third epoch on.
static OTHER: LazyLock<Provider> = LazyLock::new(|| Provider::forked(4, TOP, EPOCH, 9));

/// A store that may be full.
#[derive(Default)]
struct Full {
    kept: MemoryStore,
    is_full: AtomicBool,
}

impl Full {
    fn turn(&self, is_full: bool) {
        self.is_full.store(is_full, Ordering::Relaxed);
    }

    async fn copy(&self) -> MemoryStore {
        let state = self.kept.load().await.unwrap();
        state.map_or_else(MemoryStore::default, MemoryStore::with)
    }
}

impl Store for Full {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        self.kept.load().await
    }

    async fn save(&self, state: &[u8]) -> Result<(), StoreError> {
        if self.is_full.load(Ordering::Relaxed) {
            return Err(StoreError {
                fault: StoreFault::Failed,
                action: "write",
                detail: "no space left on device".to_owned(),
            });
        }
        self.kept.save(state).await
    }
}

type Client = LightClient<Told, Full, TestClock>;

/// Returns a client with a full store whose provider has just shown it another branch.
async fn stopped() -> (Arc<Teller>, Client) {
    let teller = Teller::honest(9);
    let mut client = client_with(config(), &teller, Full::default(), &TestClock::new());
    follow_to(&mut client, 9).await.unwrap();
    client.store().turn(true);
    *teller.tell.lock().unwrap() = Box::new(|request, _| Ok(OTHER.get(&request.path, TOP)));
    assert_eq!(code(&mut client).await, "conflicting-headers");
    assert!(client.store_error().is_some());
    (teller, client)
}

async fn code<S: Store>(client: &mut LightClient<Told, S, TestClock>) -> &'static str {
    client.next().await.unwrap_err().code()
}

/// Returns a client that finds what the store of another one has.
async fn restarted(
    teller: &Arc<Teller>,
    client: &Client,
) -> LightClient<Told, MemoryStore, TestClock> {
    let store = client.store().copy().await;
    client_with(config(), teller, store, &TestClock::new())
}

/// The evidence is lost with the process otherwise, and the next one goes on as if nothing had been.
#[tokio::test]
async fn what_has_stopped_a_client_is_written_once_it_can_be() {
    let (teller, mut client) = stopped().await;
    assert_eq!(code(&mut client).await, "conflicting-headers");
    let mut forgetful = restarted(&teller, &client).await;
    let verdict = forgetful.next().await.unwrap();
    assert_eq!((verdict.step(), verdict.header().height), (Step::Stored, 9));
    client.store().turn(false);
    teller.take_asked();
    assert_eq!(code(&mut client).await, "conflicting-headers");
    assert!(client.store_error().is_none());
    let mut again = restarted(&teller, &client).await;
    assert_eq!(code(&mut again).await, "conflicting-headers");
    assert_eq!(again.evidence(), client.evidence());
    assert_eq!(
        teller.take_asked(),
        [""; 0],
        "a client that is stopped asks nothing"
    );
}

#[tokio::test]
async fn what_an_owner_has_chosen_is_written_once_it_can_be() {
    for choice in [Choice::Head, Choice::Conflicting, Choice::Checkpoint] {
        let (teller, mut client) = stopped().await;
        client.store().turn(false);
        assert_eq!(code(&mut client).await, "conflicting-headers");
        client.store().turn(true);
        client.choose(choice).await.unwrap();
        assert!(client.store_error().is_some());
        let head = client.status().head;
        let mut forgetful = restarted(&teller, &client).await;
        assert_eq!(code(&mut forgetful).await, "conflicting-headers");
        // Its provider has nothing to say meanwhile.
        *teller.tell.lock().unwrap() = Box::new(|_, mut answer| {
            answer.status = 503;
            Ok(answer)
        });
        client.store().turn(false);
        for _ in 0..3 {
            client.next().await.unwrap_err();
        }
        assert!(client.store_error().is_none(), "{choice:?}");
        let mut again = restarted(&teller, &client).await;
        let first = again.next().await;
        assert!(
            first
                .as_ref()
                .err()
                .is_none_or(|error| error.is_transient()),
            "{first:?}"
        );
        assert!(!again.status().is_stopped);
        assert_eq!(again.evidence(), client.evidence());
        if choice != Choice::Checkpoint {
            assert_eq!(again.status().head, head);
        }
    }
}
