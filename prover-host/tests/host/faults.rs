//! A host that ends at each step of making, signing, proving and storing a block, and goes on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rpp_prover_host::pipeline::Witnesses;
use rpp_prover_host::source::{BlockSource, SignedBlock};
use rpp_prover_host::steps::{Step, Steps, Stopped};
use rpp_verifier::{Digest, KeyPurpose, vote_message};
use tokio_util::sync::CancellationToken;

use crate::audit::{Seen, audit_now};
use crate::support::{CONFIG, Opened};

/// Stops the host when it reaches `step` for the `nth` time. Once stopped, it does nothing more.
fn stop_at(step: Step, nth: u32) -> Steps {
    let (reached, dead) = (AtomicU32::new(0), AtomicBool::new(false));
    Steps::watched(move |at| {
        if at == step && reached.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            dead.store(true, Ordering::SeqCst);
        }
        let stopped = dead.load(Ordering::SeqCst);
        if stopped { Err(Stopped(at)) } else { Ok(()) }
    })
}

/// Every signature that ever left a devnet: what each leaf of each key signed.
type Votes = Arc<Mutex<BTreeMap<([u8; 32], u32), Digest>>>;

/// A source whose votes are noted as they go out.
struct Noted<S> {
    source: S,
    votes: Votes,
}

impl<S: BlockSource> BlockSource for Noted<S> {
    type Error = S::Error;

    async fn next_block(&mut self) -> Result<SignedBlock, S::Error> {
        let block = self.source.next_block().await?;
        let header = &block.header;
        let (chain_id, slot) = (header.chain_id, header.slot);
        let message = vote_message(chain_id, header.height, slot, &header.hash());
        let mut votes = self.votes.lock().unwrap();
        for vote in &block.votes {
            let key = vote
                .public_key
                .key_id(KeyPurpose::Vote, chain_id)
                .to_bytes();
            let member = block.set.members()[usize::try_from(vote.index).unwrap()];
            let before = votes.insert((key, slot - member.start_slot), message);
            assert!(
                before.is_none_or(|before| before == message),
                "a leaf signed twice"
            );
        }
        drop(votes);
        Ok(block)
    }
}

/// Runs until `blocks` more blocks are proven or the steps stop it, and notes what it served.
/// Returns whether it was stopped.
async fn run(data: &Path, steps: Steps, blocks: u32, seen: &mut Seen, votes: &Votes) -> bool {
    let Ok(opened) = Opened::at(data, steps).await else {
        return true;
    };
    let pipeline = opened.pipeline(Witnesses::Drop);
    let votes = votes.clone();
    let source = opened.devnet;
    let source = Noted { source, votes };
    let ran = pipeline.run(source, Some(blocks), CancellationToken::new());
    let stopped = ran.await.is_err();
    seen.saw_all(&opened.host);
    opened.host.database().close().await;
    stopped
}

#[tokio::test]
async fn the_chain_goes_on_after_an_end_at_each_step() {
    for step in Step::ALL {
        // The genesis is drawn once, and within five blocks one set.
        let nth = match step {
            Step::GenesisDrawn | Step::GenesisSaved | Step::SetDrawn | Step::SetSaved => 1,
            _ => 2,
        };
        let data = tempfile::tempdir().unwrap();
        let (mut seen, votes) = (Seen::default(), Votes::default());
        let stopped = run(data.path(), stop_at(step, nth), 5, &mut seen, &votes).await;
        assert!(stopped, "{step:?}");
        // It ends there a second time, the first time that it comes there again.
        run(data.path(), stop_at(step, 1), 2, &mut seen, &votes).await;
        let stopped = run(data.path(), Steps::default(), 4, &mut seen, &votes).await;
        assert!(!stopped, "{step:?}");
        let audited = audit_now(data.path()).await;
        assert_eq!(audited.proven, audited.latest, "{step:?}");
        assert!(audited.latest >= 4, "{step:?}");
        seen.saw_all(&audited.host);
        // The votes of a block that nobody was sent may be missing; none may be unknown.
        let sent = votes.lock().unwrap().len();
        assert!(audited.leaves >= sent && sent > 0, "{step:?}");
    }
}

#[tokio::test]
async fn a_decided_header_is_signed_as_it_stands() {
    let data = tempfile::tempdir().unwrap();
    for step in [
        Step::ProposalSaved,
        Step::Signed,
        Step::StatesSaved,
        Step::SecretsErased,
    ] {
        let mut opened = Opened::at(data.path(), stop_at(step, 1)).await.unwrap();
        opened.devnet.next_block().await.unwrap_err();
        opened.host.database().close().await;
    }
    // All four processes signed, or were about to sign, the header that the first one decided.
    let mut opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    let block = opened.devnet.next_block().await.unwrap();
    assert_eq!(block.header.height, 1);
    opened.host.database().close().await;
    drop(opened);
    let mut again = Opened::at(data.path(), Steps::default()).await.unwrap();
    let repeated = again.devnet.next_block().await.unwrap();
    assert_eq!(repeated.header, block.header);
    assert_eq!(repeated.reveal, block.reveal);
    let signatures = |block: &SignedBlock| -> Vec<_> {
        let votes = block.votes.iter();
        votes
            .map(|vote| (vote.index, vote.signature.clone()))
            .collect()
    };
    assert_eq!(signatures(&repeated), signatures(&block));
}

#[tokio::test]
async fn a_header_that_was_not_saved_is_decided_anew() {
    let data = tempfile::tempdir().unwrap();
    let mut opened = Opened::at(data.path(), stop_at(Step::Proposed, 1))
        .await
        .unwrap();
    opened.devnet.next_block().await.unwrap_err();
    opened.host.database().close().await;
    drop(opened);
    assert_eq!(audit_now(data.path()).await.leaves, 0);
    let opened = Opened::at(data.path(), Steps::default()).await.unwrap();
    opened.run(1).await.unwrap().database().close().await;
    assert_eq!(audit_now(data.path()).await.latest, 1);
}

#[test]
fn the_steps_are_all_listed() {
    assert_eq!(CONFIG.epoch_length, 4, "five blocks turn an epoch");
    let last = Step::ALL.last().copied();
    assert_eq!((Step::ALL.len(), last), (15, Some(Step::ProofServed)));
}
