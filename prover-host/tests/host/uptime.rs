//! `prove uptime`: a validator's votes for a devnet's headers, from a witness file.

use std::num::NonZeroU32;

use rpp_prover_host::state::Host;
use rpp_verifier::{
    Bitmap, ConsensusWitness, Digest, Uptime, UptimeClaim, UptimeStatement, UptimeWitness,
    VerifyingKey,
};

use crate::from_file::{Change, FromFile, header};
use crate::support::{CHAIN, CONFIG};

const PROVE: FromFile<UptimeWitness> = FromFile {
    circuit: "uptime",
    to_bytes: UptimeWitness::to_bytes,
};

fn votes(height: u32) -> Bitmap {
    voters(&CHAIN.host, height)
}

/// Returns who voted for a block: of all bitmaps that it can be, the one that the header after it names.
pub(crate) fn voters(host: &Host, height: u32) -> Bitmap {
    let recorded = host.ledger().header(height + 1).unwrap().participation_root;
    let mut all = (0u16..1 << CONFIG.validators).map(|limb| {
        let mut limbs = [0; Bitmap::LIMBS];
        limbs[0] = limb;
        Bitmap::from_limbs(limbs)
    });
    all.find(|votes| votes.participation_root() == recorded)
        .unwrap()
}

/// Returns the witness about the blocks from `first` to `last`, of a validator that voted for the first.
fn witness(first: u32, last: u32) -> UptimeWitness {
    let kept = CHAIN.data.path().join("witnesses/consensus");
    let kept = std::fs::read(kept.join(first.to_string())).unwrap();
    let vote = ConsensusWitness::from_bytes(&kept).unwrap().votes.pop();
    let vote = vote.unwrap();
    let block = CHAIN.host.ledger().block(first).unwrap();
    let set = block.certificate.unwrap().set;
    let votes: Vec<_> = (first..=last).map(votes).collect();
    let signed = votes
        .iter()
        .map(|votes| u32::from(votes.contains(vote.index)));
    UptimeWitness {
        statement: UptimeStatement {
            chain_id: CONFIG.chain_id,
            head_hash: header(last + 1).hash(),
            first,
            last,
            validator_set_root: set.set_root(),
            index: vote.index,
            key_id: vote.validator.key_id,
            signed: signed.sum(),
        },
        headers: (first..=last + 1).map(header).collect(),
        votes,
        member: vote.validator,
        path: vote.set_path,
        set,
    }
}

/// Returns the statement that a client makes of the header after the blocks and of a claim.
fn statement(of: &UptimeStatement) -> UptimeStatement {
    let claim = UptimeClaim {
        first: of.first,
        validator_set_root: of.validator_set_root,
        index: of.index,
        key_id: of.key_id,
        signed: of.signed,
    };
    let epoch_length = NonZeroU32::new(CONFIG.epoch_length).unwrap();
    UptimeStatement::new(&header(of.last + 1), epoch_length, &claim).unwrap()
}

#[test]
fn votes_for_blocks_of_a_chain_are_proven_from_a_file() {
    // Of the first epoch all that there are votes for, of the second all, and one.
    for (first, last) in [(1, 3), (4, 7), (6, 6)] {
        let witness = witness(first, last);
        let proof = PROVE.proof(&witness);
        let statement = statement(&witness.statement);
        let key = VerifyingKey::<Uptime>::new(CONFIG.chain_id);
        let verified = key.verify(statement.clone(), &proof).unwrap();
        assert_eq!(verified.statement(), &statement);
    }
}

#[test]
fn the_proof_of_votes_is_no_proof_of_a_block() {
    PROVE.assert_proves_no_block(&witness(4, 7), 8);
}

#[test]
fn a_false_count_is_refused_and_nothing_is_written() {
    let changes: [(Change<UptimeWitness>, &str); 11] = [
        (|w| w.statement.first = 0, "uptime-window"),
        (|w| w.statement.index = 1024, "uptime-index"),
        (|w| w.statement.signed = 4, "uptime-count"),
        (|w| w.votes.truncate(2), "witness-length"),
        (|w| w.headers.truncate(3), "witness-length"),
        (|w| w.headers.swap(1, 2), "witness-place"),
        (
            |w| w.statement.head_hash = w.headers[2].hash(),
            "witness-link",
        ),
        (
            |w| w.statement.validator_set_root = Digest::ZERO,
            "witness-set",
        ),
        (|w| w.votes[1].insert(1023), "witness-votes"),
        (|w| w.member.power += 1, "witness-not-a-member"),
        (|w| w.statement.signed ^= 1, "witness-count"),
    ];
    PROVE.assert_refuses(&witness(1, 3), &changes);
}
