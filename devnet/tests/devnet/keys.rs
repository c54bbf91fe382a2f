//! Keys over the life of a chain: renewed before they run out, and erased as they are used.

use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use rpp_devnet::{DevnetConfig, Step, Steps};
use rpp_verifier::Header;
use sqlx::Row;

use crate::support::{CONFIG, Opened, connect};

#[tokio::test]
async fn a_chain_outlives_its_keys_over_restarts() {
    let config = DevnetConfig {
        epoch_length: 8,
        ..CONFIG
    };
    let leaves_of_a_key = 1 << config.key_height;
    let data = tempfile::tempdir().unwrap();
    let mut tip: Option<Header> = None;
    let mut keys = BTreeSet::new();
    while tip
        .as_ref()
        .is_none_or(|tip| tip.slot <= 3 * leaves_of_a_key)
    {
        let opened = Opened::at(config, data.path(), tip, Steps::default()).await;
        let mut opened = opened.unwrap();
        // Not a multiple of the epoch, so that it stops at other places of it each time.
        for _ in 0..21 {
            let block = opened.next().await.unwrap();
            let members = block.set.members().iter();
            for member in members {
                assert!(block.header.slot - member.start_slot < leaves_of_a_key);
                keys.insert((member.start_slot, member.key_id.to_bytes()));
            }
        }
        tip = Some(opened.close().await);
    }
    assert!(keys.len() > 3 * usize::try_from(config.validators).unwrap());
    assert!(tip.unwrap().height > 2 * leaves_of_a_key);
    let mut connection = connect(data.path()).await;
    let kept = sqlx::query("SELECT count(*) FROM key_states");
    let kept: u32 = kept.fetch_one(&mut connection).await.unwrap().get(0);
    // Two sets that overlap, and no key that was retired.
    assert!(kept <= 2 * config.validators);
}

/// Returns the ratchet states that are saved, at whatever leaf each is.
async fn saved_states(data: &Path) -> BTreeSet<Vec<u8>> {
    let mut connection = connect(data).await;
    let rows = sqlx::query("SELECT bytes FROM key_states");
    let rows = rows.fetch_all(&mut connection).await.unwrap();
    // Version and next leaf come before it.
    let state = |bytes: &[u8]| bytes[8..40].to_vec();
    rows.iter().map(|row| state(row.get("bytes"))).collect()
}

/// Returns how many of `secrets` are in any file of the folder.
///
/// SQLite makes and removes files beside its database at any moment: one that is gone by the time it
/// is read holds nothing.
fn on_disk(data: &Path, secrets: &BTreeSet<Vec<u8>>) -> usize {
    let entries = std::fs::read_dir(data).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let files: Vec<PathBuf> = files.filter(|path| path.is_file()).collect();
    let mut found = BTreeSet::new();
    for file in files {
        let bytes = match std::fs::read(file) {
            Err(gone) if gone.kind() == ErrorKind::NotFound => continue,
            read => read.unwrap(),
        };
        found.extend(
            bytes
                .windows(32)
                .filter(|w| secrets.contains(*w))
                .map(<[u8]>::to_vec),
        );
    }
    found.len()
}

/// Takes one block from a devnet, and returns it.
async fn run_one(folder: &Path, tip: Option<Header>, steps: Steps) -> Header {
    let opened = Opened::at(CONFIG, folder, tip, steps).await;
    let mut opened = opened.unwrap();
    opened.next().await.unwrap();
    opened.close().await
}

#[tokio::test]
async fn the_secrets_of_used_leaves_are_on_no_part_of_the_disk() {
    let data = tempfile::tempdir().unwrap();
    let tip = run_one(data.path(), None, Steps::default()).await;
    let before = saved_states(data.path()).await;
    // At each step of signing: how many of the secrets are still on the disk.
    let counted = Arc::new(Mutex::new(Vec::new()));
    let (path, secrets, counts) = (data.path().to_owned(), before.clone(), counted.clone());
    let steps = Steps::watched(move |step| {
        if matches!(step, Step::Signed | Step::StatesSaved | Step::SecretsErased) {
            counts
                .lock()
                .unwrap()
                .push((step, on_disk(&path, &secrets)));
        }
        Ok(())
    });
    run_one(data.path(), Some(tip), steps).await;
    let used = before.difference(&saved_states(data.path()).await).count();
    assert!(used > 2);
    let kept = before.len() - used;
    assert_eq!(
        *counted.lock().unwrap(),
        [
            (Step::Signed, before.len()),
            // The log has the new pages, the file still the old ones.
            (Step::StatesSaved, before.len()),
            (Step::SecretsErased, kept),
        ]
    );
    assert_eq!(on_disk(data.path(), &before), kept);
}

#[tokio::test]
async fn the_keys_of_a_killed_process_are_erased_at_the_next_start() {
    let data = tempfile::tempdir().unwrap();
    let copy = tempfile::tempdir().unwrap();
    let tip = run_one(data.path(), None, Steps::default()).await;
    let before = saved_states(data.path()).await;
    let (from, to) = (data.path().to_owned(), copy.path().to_owned());
    // What a process that is killed at this moment leaves behind.
    let steps = Steps::watched(move |step| {
        if step == Step::StatesSaved {
            for name in ["keys.db", "keys.db-wal", "signed"] {
                std::fs::copy(from.join(name), to.join(name)).unwrap();
            }
        }
        Ok(())
    });
    run_one(data.path(), Some(tip.clone()), steps).await;
    assert_eq!(on_disk(copy.path(), &before), before.len());
    let reopened = Opened::at(CONFIG, copy.path(), Some(tip), Steps::default());
    let mut reopened = reopened.await.unwrap();
    let after = on_disk(copy.path(), &before);
    assert!(after < before.len() - 2);
    let block = reopened.next().await.unwrap();
    assert_eq!(block.header.height, 2);
}

/// The chain goes on while somebody reads, and used secrets go with the next block after that.
#[tokio::test]
async fn used_secrets_are_erased_when_nobody_reads_the_file_any_more() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(CONFIG, data.path(), None, Steps::default())
        .await
        .unwrap();
    opened.next().await.unwrap();
    let before = saved_states(data.path()).await;
    let mut reader = connect(data.path()).await;
    sqlx::query("BEGIN").execute(&mut reader).await.unwrap();
    let read = sqlx::query("SELECT count(*) FROM key_states");
    read.fetch_one(&mut reader).await.unwrap();
    for _ in 0..2 {
        opened.next().await.unwrap();
    }
    assert_eq!(on_disk(data.path(), &before), before.len());
    sqlx::query("ROLLBACK").execute(&mut reader).await.unwrap();
    opened.next().await.unwrap();
    assert!(on_disk(data.path(), &before) < before.len());
    opened.close().await;
}
