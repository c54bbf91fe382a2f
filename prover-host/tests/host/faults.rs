//! A host that ends at each step of making, signing, proving and storing a block, and goes on.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use rpp_devnet::{
    FAUCET_ACCOUNT, Faucet, SUPPLY, Step as Signing, Steps as SigningSteps,
    Stopped as SigningStopped,
};
use rpp_prover_host::prove::Witnesses;
use rpp_prover_host::source::{BlockSource, Candidates, ChainInfo, SourceBlock};
use rpp_prover_host::state::Host;
use rpp_prover_host::steps::{Step, Steps, Stopped};
use rpp_verifier::{Accounts, ConsensusWitness, Digest, Header, KeyPurpose, vote_message};
use tokio_util::sync::CancellationToken;

use crate::audit::{Seen, audit_now};
use crate::support::{CONFIG, Opened};

/// A step of the devnet or of the host.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Point {
    Signing(Signing),
    Serving(Step),
}

/// Stops devnet and host when they reach `point` for the `nth` time. Once stopped, they do nothing more.
fn stop_at(point: Point, nth: u32) -> (SigningSteps, Steps) {
    let (reached, dead) = (AtomicU32::new(0), AtomicBool::new(false));
    let is_dead = Arc::new(move |at: Point| {
        if at == point && reached.fetch_add(1, Ordering::SeqCst) + 1 == nth {
            dead.store(true, Ordering::SeqCst);
        }
        dead.load(Ordering::SeqCst)
    });
    let other = is_dead.clone();
    let signing = SigningSteps::watched(move |at| {
        let stopped = is_dead(Point::Signing(at));
        if stopped {
            Err(SigningStopped(at))
        } else {
            Ok(())
        }
    });
    let serving = Steps::watched(move |at| {
        let stopped = other(Point::Serving(at));
        if stopped { Err(Stopped(at)) } else { Ok(()) }
    });
    (signing, serving)
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

    fn chain(&self) -> ChainInfo {
        self.source.chain()
    }

    fn genesis_accounts(&self) -> Accounts {
        self.source.genesis_accounts()
    }

    async fn child_of(
        &mut self,
        parent: &Header,
        state: &Accounts,
        pool: &dyn Candidates,
    ) -> Result<SourceBlock, S::Error> {
        let block = self.source.child_of(parent, state, pool).await?;
        let header = &block.header;
        let (chain_id, slot) = (header.chain_id, header.slot);
        let message = vote_message(chain_id, header.height, slot, &header.hash());
        let mut votes = self.votes.lock().unwrap();
        let witness = ConsensusWitness::from_bytes(&block.due[0].witness).unwrap();
        for vote in &witness.votes {
            let key = vote
                .public_key
                .key_id(KeyPurpose::Vote, chain_id)
                .to_bytes();
            let leaf = slot - vote.validator.start_slot;
            let before = votes.insert((key, leaf), message);
            assert!(
                before.is_none_or(|before| before == message),
                "a leaf signed twice"
            );
        }
        drop(votes);
        Ok(block)
    }

    fn is_passing(error: &S::Error) -> bool {
        S::is_passing(error)
    }
}

/// Gifts of the faucet that were sent to a host as operations.
#[derive(Default)]
struct Sent {
    taken: u64,
    /// The host ended before it answered.
    unanswered: u64,
}

impl Sent {
    /// Sends operations for the next blocks.
    async fn send(&mut self, opened: &Opened) {
        for to in 0..3 {
            let Ok(gift) = opened.devnet.faucet().give(to).await else {
                return;
            };
            let checked = opened.host.check_operation(&gift.to_bytes()).await;
            match opened.host.take_operation(checked.unwrap()).await {
                Ok(_) => self.taken += 1,
                Err(_) => self.unanswered += 1,
            }
        }
    }

    /// Asserts that everything that was taken is in a block, once, or still waits for one: a run that has
    /// enough blocks to prove makes none.
    fn assert_kept(&self, host: &Host, what: Point) {
        let (_, accounts) = host.newest_accounts();
        let left = accounts.get(FAUCET_ACCOUNT).unwrap().balance;
        let gift = Faucet::AMOUNT + Faucet::FEE;
        let waiting = u64::try_from(host.pool().len()).unwrap();
        let kept = (SUPPLY - left) / gift + waiting;
        assert_eq!((SUPPLY - left) % gift, 0, "{what:?}");
        let possible = self.taken..=self.taken + self.unanswered;
        assert!(possible.contains(&kept), "{what:?}: {kept} of {possible:?}");
        let supply: u64 = accounts.iter().map(|(_, account)| account.balance).sum();
        assert_eq!(supply, SUPPLY, "{what:?}");
    }
}

/// Runs until `blocks` more blocks are proven or the steps stop it, and notes what it served.
/// Returns whether it was stopped.
async fn run(
    data: &Path,
    (signing, serving): (SigningSteps, Steps),
    blocks: u32,
    (seen, sent): (&mut Seen, &mut Sent),
    votes: &Votes,
) -> bool {
    let Ok(opened) = Opened::watched(data, serving, signing).await else {
        return true;
    };
    sent.send(&opened).await;
    let pipeline = opened.pipeline(Witnesses::Drop);
    let votes = votes.clone();
    let Opened {
        host,
        devnet: source,
        keys,
    } = opened;
    let source = Noted { source, votes };
    let ran = pipeline.run(source, Some(blocks), CancellationToken::new());
    let stopped = ran.await.is_err();
    seen.saw_all(&host);
    host.database().close().await;
    keys.close().await;
    stopped
}

#[tokio::test]
async fn the_chain_goes_on_after_an_end_at_each_step() {
    for step in points() {
        // The genesis is drawn once, and within five blocks one set.
        let once = [
            Signing::ConfigSaved,
            Signing::GenesisDrawn,
            Signing::GenesisSaved,
            Signing::SetDrawn,
            Signing::SetSaved,
        ];
        let nth = if once.map(Point::Signing).contains(&step) {
            1
        } else {
            2
        };
        let data = tempfile::tempdir().unwrap();
        let (mut seen, mut given, votes) = (Seen::default(), Sent::default(), Votes::default());
        let mut until = async |steps, blocks| {
            let noted = (&mut seen, &mut given);
            run(data.path(), steps, blocks, noted, &votes).await
        };
        assert!(until(stop_at(step, nth), 5).await, "{step:?}");
        // It ends there a second time, the first time that it comes there again.
        until(stop_at(step, 1), 2).await;
        // As many as it may have left unproven.
        assert!(!until(Default::default(), 5).await, "{step:?}");
        let audited = audit_now(data.path()).await;
        assert_eq!(audited.proven, audited.latest, "{step:?}");
        assert!(audited.latest >= 4, "{step:?}");
        given.assert_kept(&audited.host, step);
        seen.saw_all(&audited.host);
        // The votes of a block that nobody was sent may be missing; none may be unknown.
        let sent = votes.lock().unwrap().len();
        assert!(audited.leaves >= sent && sent > 0, "{step:?}");
    }
}

fn points() -> impl Iterator<Item = Point> {
    let signing = Signing::ALL.map(Point::Signing);
    signing.into_iter().chain(Step::ALL.map(Point::Serving))
}

#[test]
fn the_steps_are_all_listed() {
    assert_eq!(CONFIG.epoch_length, 4, "five blocks turn an epoch");
    let last = (Signing::SecretsErased, Step::ProofServed);
    assert_eq!(points().count(), 12 + 6);
    assert_eq!(
        (*Signing::ALL.last().unwrap(), *Step::ALL.last().unwrap()),
        last
    );
}
