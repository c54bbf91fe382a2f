//! Stored state: believed only as far as it is checked again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use rpp_light_client::{
    Clock, Config, FileStore, Freshness, MemoryStore, Step, Store, StoreError, StoreFault,
};

use rpp_tests::provider::Provider;

use crate::support::*;

/// Returns the state that a client leaves behind at the head.
async fn saved() -> Vec<u8> {
    let store = MemoryStore::default();
    let mut client = client_with(config(), &Teller::honest(TOP), store, &TestClock::new());
    follow_to(&mut client, TOP).await.unwrap();
    client.store().load().await.unwrap().unwrap()
}

/// Returns the first verdict or code of a client that finds `state`, and what it asked for.
async fn resumed(config: Config, state: Vec<u8>) -> Result<(Step, u32), &'static str> {
    let teller = Teller::honest(TOP);
    let clock = TestClock::new();
    let mut client = client_with(config, &teller, MemoryStore::with(state), &clock);
    let verdict = client.next().await.map_err(|error| stark_or(error.code()));
    // Whatever was found, the client gets to the head, and never below it.
    if verdict.is_err() {
        follow_to(&mut client, TOP).await.unwrap();
    }
    assert_eq!(client.status().head, Some((TOP, CHAIN.header(TOP).hash())));
    verdict.map(|verdict| (verdict.step(), verdict.header().height))
}

#[tokio::test]
async fn goes_on_where_it_was_without_asking_anybody() {
    let teller = Teller::lying(TOP, |_, _| panic!("nothing is asked"));
    let clock = TestClock::new();
    let store = MemoryStore::with(saved().await);
    let mut client = client_with(config(), &teller, store, &clock);
    let verdict = client.next().await.unwrap();
    let freshness = verdict.freshness(clock.now().unix_ms);
    let place = (verdict.step(), verdict.header().height, freshness);
    assert_eq!(place, (Step::Stored, TOP, Freshness::Fresh));
    assert_eq!(verdict.unskipped_since(), TOP);
}

#[tokio::test]
async fn rejects_a_state_that_is_cut_or_extended() {
    let state = saved().await;
    for len in [0, 3, 4, 7, 8, 56, 400, state.len() - 1] {
        assert_eq!(
            resumed(config(), state[..len].to_vec()).await,
            Err("truncated"),
            "{len}"
        );
    }
    let extended = [state.as_slice(), &[0]].concat();
    assert_eq!(resumed(config(), extended).await, Err("trailing-bytes"));
    let endless = vec![0; 2 << 20];
    assert_eq!(resumed(config(), endless).await, Err("too-long"));
}

#[tokio::test]
async fn rejects_a_state_with_any_changed_byte() {
    let state = saved().await;
    // All bytes before the proof, and a sample of it.
    for index in (0..1400).chain((1400..state.len()).step_by(4001)) {
        let mut changed = state.clone();
        changed[index] ^= 1;
        let teller = Teller::honest(TOP);
        let store = MemoryStore::with(changed);
        let mut client = client_with(config(), &teller, store, &TestClock::new());
        let refused = client.next().await;
        let refused = refused.expect_err(&format!("byte {index}"));
        assert_eq!(refused.kind().name(), "state", "byte {index}: {refused}");
    }
}

#[tokio::test]
async fn rejects_a_state_of_another_version_chain_or_checkpoint() {
    let state = saved().await;
    let mut older = state.clone();
    older[4] = 0;
    assert_eq!(resumed(config(), older).await, Err("unsupported-version"));
    let elsewhere = Config::new(CHAIN.checkpoint(2));
    assert_eq!(
        resumed(elsewhere, state.clone()).await,
        Err("state-other-checkpoint")
    );
    let longer = rpp_light_client::Checkpoint {
        epoch_length: 5,
        ..CHAIN.checkpoint(0)
    };
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let store = MemoryStore::with(state);
    let mut client = client_with(Config::new(longer), &teller, store, &clock);
    assert_eq!(
        client.next().await.unwrap_err().code(),
        "state-other-checkpoint"
    );
}

#[tokio::test]
async fn an_older_state_is_only_a_longer_way() {
    let store = MemoryStore::default();
    let teller = Teller::honest(2);
    let mut client = client_with(config(), &teller, store, &TestClock::new());
    follow_to(&mut client, 2).await.unwrap();
    let older = client.store().load().await.unwrap().unwrap();
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let mut client = client_with(config(), &teller, MemoryStore::with(older), &clock);
    let steps = follow_to(&mut client, TOP).await.unwrap();
    let (hop, head) = (Step::Hop, Step::Head);
    assert_eq!(
        steps,
        [
            (Step::Stored, 2),
            (hop, 3),
            (hop, 7),
            (hop, 11),
            (head, TOP)
        ]
    );
}

/// Whoever can write a client's state can make a chain of their own validators; not in the epoch whose
/// set the checkpoint names.
#[tokio::test]
async fn rejects_a_state_under_another_set_in_the_checkpoints_own_epoch() {
    let other = Provider::new(5, 2, EPOCH);
    let checkpoint = other.checkpoint(0);
    let teller = Teller::lying(2, move |request, _| Ok(other.get(&request.path, 2)));
    let (store, clock) = (MemoryStore::default(), TestClock::new());
    let mut client = client_with(Config::new(checkpoint), &teller, store, &clock);
    follow_to(&mut client, 2).await.unwrap();
    let theirs = client.store().load().await.unwrap().unwrap();
    // Magic, version, checkpoint, its header and the keys are the client's own.
    let own = 4 + 4 + 48 + 284 + 4 + 32;
    let state = [&saved().await[..own], &theirs[own..]].concat();
    assert_eq!(resumed(config(), state).await, Err("header-set"));
}

/// A state at its checkpoint says nothing that the checkpoint does not, and one below leads back.
#[tokio::test]
async fn rejects_a_state_that_is_not_above_its_checkpoint() {
    let kept = async |config: Config, head| {
        let (store, clock) = (MemoryStore::default(), TestClock::new());
        let mut client = client_with(config, &Teller::honest(head), store, &clock);
        follow_to(&mut client, head).await.unwrap();
        client.store().load().await.unwrap().unwrap()
    };
    let later = || Config::new(CHAIN.checkpoint(2));
    let own = 4 + 4 + 48 + 284 + 4 + 32;
    let above = kept(later(), 3).await;
    for head in [1, 2] {
        let at_most = kept(config(), head).await;
        let state = [&above[..own], &at_most[own..]].concat();
        assert_eq!(resumed(later(), state).await, Err("state-not-ahead"));
    }
}

/// A store whose disk is full.
#[derive(Default)]
struct Full(Mutex<u32>);

impl Store for Full {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }

    async fn save(&self, _: &[u8]) -> Result<(), StoreError> {
        *self.0.lock().unwrap() += 1;
        let detail = "no space left".to_owned();
        Err(StoreError {
            fault: StoreFault::Failed,
            action: "write",
            detail,
        })
    }
}

#[tokio::test]
async fn goes_on_in_memory_where_the_storage_is_full() {
    let teller = Teller::honest(TOP);
    let mut client = client_with(config(), &teller, Full::default(), &TestClock::new());
    follow_to(&mut client, TOP).await.unwrap();
    assert_eq!(client.store_error().unwrap().action, "write");
    assert_eq!(*client.store().0.lock().unwrap(), 4);
}

#[tokio::test]
async fn a_file_holds_the_state_and_belongs_to_one_client() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let store = FileStore::open(&path).unwrap();
    let taken = FileStore::open(&path).unwrap_err();
    assert_eq!(taken.action, "lock");
    let (teller, clock) = (Teller::honest(TOP), TestClock::new());
    let mut client = client_with(config(), &teller, store, &clock);
    follow_to(&mut client, TOP).await.unwrap();
    drop(client);
    let mut client = client_with(config(), &teller, FileStore::open(&path).unwrap(), &clock);
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.step(), verdict.header().height),
        (Step::Stored, TOP)
    );
    drop(client);
    std::fs::write(&path, b"RPPL").unwrap();
    let mut client = client_with(config(), &teller, FileStore::open(&path).unwrap(), &clock);
    assert_eq!(client.next().await.unwrap_err().code(), "truncated");
    follow_to(&mut client, TOP).await.unwrap();
}

#[tokio::test]
async fn a_file_of_something_else_is_reported_once_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    std::fs::write(&path, b"a letter").unwrap();
    let store = FileStore::open(&path).unwrap();
    let mut client = client_with(config(), &Teller::honest(TOP), store, &TestClock::new());
    let error = client.next().await.unwrap_err();
    assert_eq!(
        (error.code(), error.is_transient()),
        ("storage-foreign", false)
    );
    assert!(error.to_string().contains("rpp-foreign-"), "{error}");
    follow_to(&mut client, TOP).await.unwrap();
    let names = std::fs::read_dir(folder.path()).unwrap();
    let mut paths = names.map(|entry| entry.unwrap().path());
    let aside = paths.find(|path| path.to_string_lossy().contains("rpp-foreign-"));
    assert_eq!(std::fs::read(aside.unwrap()).unwrap(), b"a letter");
    drop(client);
    let (teller, store) = (Teller::honest(TOP), FileStore::open(&path).unwrap());
    let mut client = client_with(config(), &teller, store, &TestClock::new());
    assert_eq!(client.next().await.unwrap().step(), Step::Stored);
}

/// A store whose disk cannot be read the first few times, and that saves slowly.
struct Slow {
    kept: MemoryStore,
    failures: AtomicU32,
    clock: TestClock,
}

impl Store for Slow {
    async fn load(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let failed = self
            .failures
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                left.checked_sub(1)
            });
        if failed.is_ok() {
            let detail = "too many open files".to_owned();
            return Err(StoreError {
                fault: StoreFault::Failed,
                action: "read",
                detail,
            });
        }
        self.kept.load().await
    }

    async fn save(&self, state: &[u8]) -> Result<(), StoreError> {
        self.clock.turn(3_600_000);
        self.kept.save(state).await
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_read_just_now_is_no_reason_to_step_back() {
    let clock = TestClock::new();
    let store = Slow {
        kept: MemoryStore::with(saved().await),
        failures: AtomicU32::new(3),
        clock: clock.clone(),
    };
    // The provider hides what is newer than the first epoch.
    let mut client = client_with(config(), &Teller::honest(3), store, &clock);
    for _ in 0..3 {
        let error = client.next().await.unwrap_err();
        assert_eq!((error.code(), error.is_transient()), ("store", true));
    }
    let verdict = client.next().await.unwrap();
    assert_eq!(
        (verdict.step(), verdict.header().height),
        (Step::Stored, TOP)
    );
    assert_eq!(client.next().await.unwrap_err().code(), "head-behind");
}

#[tokio::test]
async fn a_verdict_that_was_long_in_saving_is_as_old_as_it_is() {
    let clock = TestClock::new();
    let store = Slow {
        kept: MemoryStore::default(),
        failures: AtomicU32::new(0),
        clock: clock.clone(),
    };
    let mut client = client_with(config(), &Teller::honest(1), store, &clock);
    let verdict = client.next().await.unwrap();
    assert_eq!(verdict.freshness(clock.now().unix_ms), Freshness::Stale);
}

#[tokio::test]
async fn rejects_a_state_that_names_a_key_twice() {
    let mut state = saved().await;
    let number = 4 + 4 + 48 + 284;
    assert_eq!(state[number..number + 4], 1u32.to_le_bytes());
    state[number] = 2;
    let key = state[number + 4..number + 36].to_vec();
    state.splice(number + 4..number + 4, key);
    assert_eq!(resumed(config(), state).await, Err("out-of-range"));
}

/// Each save but the last is dropped at a random moment, as by a timeout around the client's step.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn saves_that_are_cancelled_tear_nothing_and_overtake_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    let store = FileStore::open(&path).unwrap();
    let state = |byte| [b"RPPL".as_slice(), &[byte; 100_000]].concat();
    for round in 0..60u8 {
        for part in 0..4 {
            let state = state(round * 4 + part);
            let save = store.save(&state);
            let patience = Duration::from_micros(u64::from(part) * 40);
            let _ = tokio::time::timeout(patience, save).await;
        }
        let last = state(round * 4 + 3);
        store.save(&last).await.unwrap();
        for _ in 0..3 {
            assert_eq!(store.load().await.unwrap().as_ref(), Some(&last));
        }
    }
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 2, "the state and its lock: {left:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state");
    FileStore::open(&path).unwrap().save(b"x").await.unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}
