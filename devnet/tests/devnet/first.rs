//! A first start that is killed: the next one makes the chain that was asked for, from what is there.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use rpp_devnet::{Database, DevnetError, DevnetOptions, Step, Steps, Stopped};

use crate::support::{CONFIG, HOME, Opened, connect, system_clock};

/// Stops at a step when it is reached for the `nth` time.
fn stop_at(step: Step, nth: u32) -> Steps {
    let reached = Arc::new(AtomicU32::new(0));
    Steps::watched(move |at| {
        let stopped = at == step && reached.fetch_add(1, Ordering::SeqCst) + 1 == nth;
        if stopped { Err(Stopped(at)) } else { Ok(()) }
    })
}

async fn key_ids(folder: &Path) -> BTreeSet<Vec<u8>> {
    let mut connection = connect(folder).await;
    let ids = sqlx::query_scalar("SELECT key_id FROM keys");
    let ids: Vec<Vec<u8>> = ids.fetch_all(&mut connection).await.unwrap();
    ids.into_iter().collect()
}

#[tokio::test]
async fn started_without_options_it_is_the_chain_that_was_asked_for_first() {
    for (step, nth, saved) in [
        (Step::ConfigSaved, 1, 0),
        (Step::KeySaved, 1, 1),
        (Step::KeySaved, 3, 3),
        (Step::GenesisDrawn, 1, 5),
        (Step::GenesisSaved, 1, 5),
    ] {
        let data = tempfile::tempdir().unwrap();
        let killed = Opened::at(CONFIG, data.path(), None, stop_at(step, nth)).await;
        assert!(matches!(killed.err(), Some(DevnetError::Stopped(_))));
        let before = key_ids(data.path()).await;
        assert_eq!(before.len(), saved, "{step:?}");
        let database = Database::open(data.path(), HOME).await.unwrap();
        let stored = database.config().await.unwrap();
        database.close().await;
        drop(database);
        let config = DevnetOptions::default().resolve(stored.as_ref(), system_clock);
        let opened = Opened::at(config, data.path(), None, Steps::default()).await;
        let mut opened = opened.unwrap();
        assert_eq!(opened.devnet.config().validators, CONFIG.validators);
        let block = opened.next().await.unwrap();
        assert_eq!(block.header.chain_id, CONFIG.chain_id);
        assert_eq!(block.set.members().len(), 4);
        opened.close().await;
        // The keys that were there are used, and the rest is drawn.
        let after = key_ids(data.path()).await;
        assert!(after.is_superset(&before), "{step:?}");
        assert!(after.len() > saved || saved == 5);
    }
}

#[tokio::test]
async fn started_with_other_options_it_says_which_differs() {
    let data = tempfile::tempdir().unwrap();
    let stop = stop_at(Step::KeySaved, 2);
    Opened::at(CONFIG, data.path(), None, stop)
        .await
        .err()
        .unwrap();
    let other = rpp_devnet::DevnetConfig {
        validators: 7,
        ..CONFIG
    };
    let refused = Opened::at(other, data.path(), None, Steps::default()).await;
    let error = refused.err().unwrap();
    assert_eq!(error.code(), Some("data-other-chain"), "{error}");
}

#[tokio::test]
async fn a_key_that_was_damaged_meanwhile_is_not_used() {
    let data = tempfile::tempdir().unwrap();
    let stop = stop_at(Step::KeySaved, 3);
    Opened::at(CONFIG, data.path(), None, stop)
        .await
        .err()
        .unwrap();
    let mut connection = connect(data.path()).await;
    let lose = sqlx::query("DELETE FROM key_states WHERE key = 1");
    lose.execute(&mut connection).await.unwrap();
    drop(connection);
    let refused = Opened::at(CONFIG, data.path(), None, Steps::default()).await;
    assert_eq!(refused.err().unwrap().code(), Some("data-damaged"));
}
