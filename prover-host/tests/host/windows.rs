//! Proofs about a validator in an epoch, made for whoever asks.

use std::num::NonZeroU32;
use std::path::Path;
use std::sync::Arc;

use rpp_prover_host::source::SourceBlock;
use rpp_prover_host::state::{Host, PublishError};
use rpp_verifier::{
    Bitmap, Header, ServedUptime, Uptime, UptimeClaim, UptimeStatement, Validator, ValidatorSet,
    VerifyingKey,
};
use sqlx::Connection as _;
use tempfile::TempDir;

use crate::audit::connect;
use crate::node::block_of;
use crate::operations::Chain;
use crate::requested::{proof, prove, refused, request};
use crate::support::{CONFIG, Opened, get_of, read};
use crate::uptime::voters;

fn proof_path(validator: u32, epoch: u32) -> String {
    format!("/v1/proofs/uptime/{validator}@{epoch}")
}

fn path(validator: u32, epoch: u32) -> String {
    format!("/v1/uptime/{validator}?epoch={epoch}")
}

fn header(host: &Host, height: u32) -> Header {
    host.ledger().header(height).unwrap().clone()
}

/// Asserts that the proof is of what the host says, and returns that.
async fn proven(host: &Arc<Host>, validator: u32, epoch: u32) -> ServedUptime {
    let served: ServedUptime = read(host, &path(validator, epoch)).await;
    let claim = UptimeClaim {
        first: served.first,
        validator_set_root: served.validator_set_root,
        index: validator,
        key_id: served.key_id,
        signed: served.signed,
    };
    let head = header(host, served.last + 1);
    let epoch_length = NonZeroU32::new(CONFIG.epoch_length).unwrap();
    let statement = UptimeStatement::new(&head, epoch_length, &claim).unwrap();
    let proof = proof(host, &proof_path(validator, epoch)).await;
    let key = VerifyingKey::<Uptime>::new(CONFIG.chain_id);
    assert!(key.verify(statement, &proof).is_ok());
    served
}

/// Every validator of a devnet, in each epoch that is over, after a restart.
#[tokio::test]
async fn every_validator_is_proven_to_have_voted_as_often_as_the_headers_say() {
    let data = tempfile::tempdir().unwrap();
    let opened = Opened::at(data.path()).await.unwrap();
    drop(opened.run(9).await.unwrap());
    let opened = Opened::at(data.path()).await.unwrap();
    let host = opened.host.clone();
    let windows = [(0, 1, 3), (1, 4, 7)];
    for (epoch, _, last) in windows {
        for validator in 0..CONFIG.validators {
            let path = proof_path(validator, epoch);
            assert_eq!(get_of(&host, &path).await.problem_code(), "unknown-proof");
            // Whoever asks twice gets the same answer.
            for _ in 0..2 {
                let asked = request(&host, &path).await;
                assert_eq!(asked.status(), 202, "{asked:?}");
                let said = asked.json();
                assert_eq!(said["validator"], validator);
                assert_eq!(said["epoch"], epoch);
                assert_eq!(said["height"], last + 1);
                let hash = header(&host, last + 1).hash();
                assert_eq!(said["header_hash"], hash.to_string());
            }
            assert_eq!(get_of(&host, &path).await.problem_code(), "not-proven-yet");
        }
    }
    prove(&host).await;
    let mut votes = 0;
    for (epoch, first, last) in windows {
        for validator in 0..CONFIG.validators {
            let served = proven(&host, validator, epoch).await;
            let voted = (first..=last).filter(|&h| voters(&host, h).contains(validator));
            assert_eq!(served.signed, u32::try_from(voted.count()).unwrap());
            assert_eq!((served.validator, served.epoch), (validator, epoch));
            assert_eq!((served.first, served.last), (first, last));
            assert_eq!(served.header_hash, header(&host, last + 1).hash());
            let root = header(&host, first).validator_set_root;
            assert_eq!(served.validator_set_root, root);
            let set = host.database().set(&root).await.unwrap().unwrap();
            let member = set.members()[usize::try_from(validator).unwrap()];
            assert_eq!(served.key_id, member.key_id);
            votes += served.signed;
        }
    }
    let of_all = (1..=7).map(|height| voters(&host, height).count());
    assert_eq!(votes, of_all.sum::<u32>());
    drop(opened);
}

/// Makes a block whose parent the only validator has voted for, or not.
async fn block(chain: &Chain, voted: bool) {
    let block = made(chain, voted);
    chain.host.publish_block(block).await.unwrap();
}

fn made(chain: &Chain, voted: bool) -> SourceBlock {
    let parent = chain.host.ledger().latest_header().clone();
    let (_, state) = chain.host.newest_accounts();
    let mut block = block_of(&parent, &state, &[]);
    if voted {
        block.parent_votes.insert(0);
    }
    block.header.participation_root = block.parent_votes.participation_root();
    block
}

/// Returns a chain of two epochs, whose validator has voted for the blocks at 2, 3, 5 and 7.
async fn two_epochs() -> Chain {
    let chain = Chain::new().await;
    for voted in [false, false, true, true, false, true, false, true] {
        block(&chain, voted).await;
    }
    chain
}

async fn signed(host: &Arc<Host>, epoch: u32) -> u32 {
    let served: ServedUptime = read(host, &path(0, epoch)).await;
    served.signed
}

#[tokio::test]
async fn a_proof_that_is_lost_is_made_again_when_somebody_asks() {
    let mut chain = two_epochs().await;
    assert_eq!(request(&chain.host, &proof_path(0, 1)).await.status(), 202);
    // Whatever was promised is made after a restart.
    chain = chain.restarted().await;
    assert_eq!(chain.host.ledger().requests(), 1);
    prove(&chain.host).await;
    assert_eq!(proven(&chain.host, 0, 1).await.signed, 2);
    for file in std::fs::read_dir(chain.data.path().join("proofs")).unwrap() {
        let file = file.unwrap().path();
        // The other one says which folder it is.
        if !file.ends_with("identity") {
            std::fs::remove_file(file).unwrap();
        }
    }
    change(&chain.data, &["DELETE FROM witnesses"]).await;
    chain = chain.restarted().await;
    let lost = get_of(&chain.host, &proof_path(0, 1)).await;
    assert_eq!(lost.problem_code(), "proof-lost");
    let again = request(&chain.host, &proof_path(0, 1)).await;
    assert_eq!((again.status(), &again.json()["height"]), (202, &8.into()));
    prove(&chain.host).await;
    assert_eq!(proven(&chain.host, 0, 1).await.signed, 2);
}

async fn change(data: &TempDir, changes: &[&'static str]) {
    let mut connection = connect(&data.path().join("chain.db")).await;
    for &change in changes {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn rejects_what_nobody_can_prove_with_its_code() {
    let chain = two_epochs().await;
    for (validator, epoch, code) in [
        // The header at 12 would be after it.
        (0, 2, "unknown-block"),
        (0, 1000, "unknown-block"),
        // No header can be.
        (0, u32::MAX / 4, "unknown-proof"),
        (0, u32::MAX, "unknown-proof"),
        (1, 0, "unknown-validator"),
        (1024, 0, "unknown-validator"),
        (u32::MAX, 0, "unknown-validator"),
    ] {
        let code = (404, code.to_owned());
        let asked = refused(&chain.host, &proof_path(validator, epoch)).await;
        assert_eq!(asked, code, "{validator}@{epoch}");
        let read = get_of(&chain.host, &path(validator, epoch)).await;
        assert_eq!((read.status(), read.problem_code()), code);
    }
    for (path, status, code) in [
        ("/v1/proofs/uptime/4-7", 404, "unknown-proof-kind"),
        ("/v1/proofs/consensus/0@1", 404, "unknown-proof-kind"),
        ("/v1/proofs/uptime/0@01", 400, "bad-subject"),
    ] {
        let refusal = refused(&chain.host, path).await;
        assert_eq!(refusal, (status, code.to_owned()), "{path}");
    }
    for (path, code) in [
        ("/v1/uptime/00?epoch=0", "bad-validator"),
        ("/v1/uptime/0", "bad-query"),
    ] {
        let read = get_of(&chain.host, path).await;
        assert_eq!((read.status(), read.problem_code()), (400, code.to_owned()));
    }
    assert_eq!(request(&chain.host, &path(0, 1)).await.status(), 405);
    // It is over once there is a header after it.
    for _ in 0..4 {
        block(&chain, true).await;
    }
    assert_eq!(signed(&chain.host, 2).await, 4);
}

/// The tables of the release that kept no votes.
async fn forget_votes(data: &Path) {
    let mut connection = connect(&data.join("chain.db")).await;
    for change in [
        "DROP TABLE members",
        "DROP TABLE pruned",
        "DROP TABLE spans",
        "ALTER TABLE blocks DROP COLUMN votes",
        "DELETE FROM _sqlx_migrations WHERE version >= 6",
    ] {
        sqlx::query(change).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_folder_of_the_release_before_has_no_votes_and_gets_those_of_its_next_epochs() {
    let mut chain = two_epochs().await;
    block(&chain, true).await;
    chain.host.database().close().await;
    forget_votes(chain.data.path()).await;
    chain = chain.restarted().await;
    // To the end of the third epoch, which has begun before, and of the fourth.
    for voted in [true, true, true, false, true, false, true] {
        block(&chain, voted).await;
    }
    chain = chain.restarted().await;
    for epoch in 0..3 {
        let unknown = (404, "votes-unknown".to_owned());
        let read = get_of(&chain.host, &path(0, epoch)).await;
        assert_eq!((read.status(), read.problem_code()), unknown);
        assert_eq!(refused(&chain.host, &proof_path(0, epoch)).await, unknown);
    }
    assert_eq!(signed(&chain.host, 3).await, 2);
}

#[tokio::test]
async fn a_count_is_true_or_there_is_none() {
    for damage in [
        "UPDATE blocks SET votes = zeroblob(128) WHERE height = 4",
        "UPDATE blocks SET votes = zeroblob(127) WHERE height = 4",
        "UPDATE members SET power = 2",
        "UPDATE members SET power = 0",
    ] {
        let mut chain = two_epochs().await;
        assert_eq!(signed(&chain.host, 0).await, 2);
        change(&chain.data, &[damage]).await;
        // It was counted before: nothing is read for whoever asks after that, nor for a validator that is not there.
        assert_eq!(signed(&chain.host, 0).await, 2);
        let unknown = get_of(&chain.host, &path(1, 0)).await;
        assert_eq!(unknown.problem_code(), "unknown-validator");
        chain = chain.restarted().await;
        let read = get_of(&chain.host, &path(0, 0)).await;
        assert_eq!(
            (read.status(), read.problem_code()),
            (500, "internal".into())
        );
        let asked = refused(&chain.host, &proof_path(0, 0)).await;
        assert_eq!(asked, (500, "internal".into()), "{damage}");
    }
}

#[tokio::test]
async fn rejects_a_block_with_other_votes_or_members() {
    let chain = two_epochs().await;
    let mut block = made(&chain, true);
    block.parent_votes = Bitmap::default();
    let refused = chain.host.publish_block(block).await.unwrap_err();
    assert!(
        matches!(refused, PublishError::OtherVotes { height: 9 }),
        "{refused}"
    );
    let mut block = made(&chain, true);
    let member = Validator {
        account: 7,
        ..block.set.members()[0]
    };
    block.set = ValidatorSet::new(vec![member]).unwrap().into();
    let refused = chain.host.publish_block(block).await.unwrap_err();
    assert!(
        matches!(refused, PublishError::OtherMembers { height: 9 }),
        "{refused}"
    );
    assert_eq!(chain.host.ledger().latest_height(), 8);
    self::block(&chain, true).await;
}
