//! The faucet: a leaf for each gift, however its process ends.

use std::collections::BTreeMap;
use std::fs;

use rpp_devnet::{Faucet, FaucetError, Home, Stage, Step, Steps, Stopped};
use rpp_verifier::{Digest, SignedOperation};
use sqlx::Row;

use crate::support::{CONFIG, HOME, Opened, connect};

fn stop_at(step: Step) -> Steps {
    Steps::watched(move |at| {
        let stopped = at == step;
        if stopped { Err(Stopped(at)) } else { Ok(()) }
    })
}

/// What each leaf that went out has signed.
#[derive(Default)]
struct Signed(BTreeMap<u32, Digest>);

impl Signed {
    fn saw(&mut self, gift: &SignedOperation) {
        let (leaf, message) = (gift.operation.nonce(), gift.hash().0);
        let verified = gift.public_key.verify(leaf, &message, &gift.signature);
        verified.unwrap();
        assert_eq!(self.0.insert(leaf, message), None, "leaf {leaf} twice");
    }
}

#[tokio::test]
async fn each_gift_has_a_leaf_of_its_own_wherever_the_process_ends() {
    let data = tempfile::tempdir().unwrap();
    let open = |steps| Opened::at(CONFIG, data.path(), None, steps);
    let mut signed = Signed::default();
    for step in Step::GIVING {
        let opened = open(Steps::default()).await.unwrap();
        for to in [1, 1, 2] {
            signed.saw(&opened.devnet.faucet().give(to).await.unwrap());
        }
        opened.close().await;
        let opened = open(stop_at(step)).await.unwrap();
        let killed = opened.devnet.faucet().give(3).await;
        assert!(matches!(killed, Err(FaucetError::Stopped(_))), "{step:?}");
        opened.close().await;
    }
    let opened = open(Steps::default()).await.unwrap();
    signed.saw(&opened.devnet.faucet().give(3).await.unwrap());
    opened.close().await;
    // Every leaf that went out was saved before, with the message that it signed.
    let mut connection = connect(data.path()).await;
    let rows = sqlx::query("SELECT leaf, message FROM account_leaves");
    let rows = rows.fetch_all(&mut connection).await.unwrap();
    let saved: BTreeMap<u32, Vec<u8>> = rows
        .iter()
        .map(|row| (row.get("leaf"), row.get("message")))
        .collect();
    // All but the first step come after a leaf was saved.
    assert_eq!(saved.len(), signed.0.len() + Step::GIVING.len() - 1);
    for (leaf, message) in signed.0 {
        assert_eq!(saved[&leaf], message.to_bytes());
    }
    for change in [
        "UPDATE account_leaves SET leaf = 1",
        "DELETE FROM account_leaves",
    ] {
        let error = sqlx::query(change)
            .execute(&mut connection)
            .await
            .unwrap_err();
        assert!(
            error.to_string().contains("a leaf keeps its message"),
            "{error}"
        );
    }
}

/// Of one time with the newest header, so nothing shows that it is a copy, however often there was a start
/// before and after it was put back.
#[tokio::test]
async fn a_copy_of_the_keys_that_lacks_gifts_signs_at_none_of_their_leaves() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(CONFIG, data.path(), None, Steps::default())
        .await
        .unwrap();
    let mut signed = Signed::default();
    signed.saw(&opened.devnet.faucet().give(1).await.unwrap());
    opened.next().await.unwrap();
    let keys = data.path().join("keys.db");
    let older = fs::read(&keys).unwrap();
    for _ in 0..Faucet::GIFTS_PER_BLOCK {
        signed.saw(&opened.devnet.faucet().give(1).await.unwrap());
    }
    let tip = opened.close().await;
    let open = || Opened::at(CONFIG, data.path(), Some(tip.clone()), Steps::default());
    for starts in 1..4 {
        for _ in 0..starts {
            let opened = open().await.unwrap();
            signed.saw(&opened.devnet.faucet().give(1).await.unwrap());
            signed.saw(&opened.devnet.faucet().give(1).await.unwrap());
            opened.close().await;
        }
        fs::write(&keys, &older).unwrap();
    }
    let mut opened = open().await.unwrap();
    for _ in 0..Faucet::GIFTS_PER_BLOCK {
        signed.saw(&opened.devnet.faucet().give(2).await.unwrap());
    }
    opened.next().await.unwrap();
}

#[tokio::test]
async fn what_says_how_far_the_faucet_has_given_is_not_made_anew() {
    let data = tempfile::tempdir().unwrap();
    let open = |home| Opened::in_home(home, CONFIG, data.path(), None, Steps::default());
    let opened = open(HOME).await.unwrap();
    opened.devnet.faucet().give(1).await.unwrap();
    opened.close().await;
    let given = data.path().join("given");
    let whole = fs::read(&given).unwrap();
    fs::remove_file(&given).unwrap();
    let complete = Home {
        stage: Stage::Complete,
        ..HOME
    };
    for home in [HOME, complete] {
        let error = open(home).await.err().unwrap();
        assert_eq!(error.code(), Some("data-damaged"), "{error}");
        assert!(error.to_string().contains("given is damaged"), "{error}");
    }
    fs::write(&given, whole).unwrap();
    open(complete).await.unwrap().close().await;
}

#[tokio::test]
async fn gifts_wait_for_the_next_block_when_there_were_many() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(CONFIG, data.path(), None, Steps::default())
        .await
        .unwrap();
    for _ in 0..2 {
        for _ in 0..Faucet::GIFTS_PER_BLOCK {
            opened.devnet.faucet().give(1).await.unwrap();
        }
        let error = opened.devnet.faucet().give(1).await.unwrap_err();
        assert!(matches!(error, FaucetError::Busy { .. }), "{error}");
        assert!(error.is_passing());
        opened.next().await.unwrap();
    }
}

#[tokio::test]
async fn a_key_without_leaves_gives_nothing() {
    let data = tempfile::tempdir().unwrap();
    let open = || Opened::at(CONFIG, data.path(), None, Steps::default());
    open().await.unwrap().close().await;
    let mut connection = connect(data.path()).await;
    let last = sqlx::query("INSERT INTO account_leaves VALUES (1024, 4095, zeroblob(32))");
    last.execute(&mut connection).await.unwrap();
    drop(connection);
    let opened = open().await.unwrap();
    let error = opened.devnet.faucet().give(1).await.unwrap_err();
    assert!(
        matches!(error, FaucetError::UsedUp { leaves: 4096 }),
        "{error}"
    );
    assert!(!error.is_passing());
}
