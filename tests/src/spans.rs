//! `ProvenSpan`: the ends of some epochs of a test chain, proven.

use std::num::NonZeroU32;

use rpp_verifier::{
    ConsensusWitness, EpochEnd, Prover, SpanCircuit, SpanStatement, SpanWitness, VoteWitness,
};

use crate::provider::Provider;

/// The ends of some epochs, and the proof of them.
#[derive(Clone, Debug)]
pub struct ProvenSpan {
    /// The first epoch.
    pub first: u32,
    /// The last one.
    pub last: u32,
    /// The proof file.
    pub proof: Vec<u8>,
}

impl ProvenSpan {
    /// Proves the ends of the epochs from `first` to `last`.
    ///
    /// # Panics
    ///
    /// If the chain does not have all of them.
    #[must_use]
    pub fn new(chain: &Provider, prover: &Prover<SpanCircuit>, first: u32, last: u32) -> Self {
        let proof = prover.prove(&witness(chain, first, last));
        let proof = proof.expect("honest ends").to_bytes();
        Self { first, last, proof }
    }
}

/// Returns what a proof of the ends of the epochs from `first` to `last` is made from.
///
/// # Panics
///
/// If the chain does not have all of them.
#[must_use]
pub fn witness(chain: &Provider, first: u32, last: u32) -> SpanWitness {
    let length = chain.epoch_length();
    let end = |epoch: u32| (epoch + 1) * length - 1;
    let ends = (first..=last).map(|epoch| {
        let height = end(epoch);
        let before = (epoch > first).then(|| chain.ancestor(height - length, height));
        EpochEnd {
            header: chain.header(height).clone(),
            set: chain.witness(height).statement.set,
            path: before.map(|before| before.history_path),
            votes: quorum(chain.witness(height)),
        }
    });
    let ends: Vec<_> = ends.collect();
    let set = ends[0].header.validator_set_root;
    let length = NonZeroU32::new(length).expect("an epoch has blocks");
    let statement = SpanStatement::new(end(first), length, set, chain.header(end(last)));
    SpanWitness {
        statement: statement.expect("ends of epochs"),
        ends,
    }
}

/// Returns the fewest of the last votes that make a quorum: on a test chain the power grows with the index.
fn quorum(signed: &ConsensusWitness) -> Vec<VoteWitness> {
    let total = signed.statement.set.total_power;
    let mut power = 0;
    let needed = signed.votes.iter().rev().take_while(|vote| {
        let lacks = 3 * power <= 2 * u64::from(total);
        power += u64::from(vote.validator.power);
        lacks
    });
    let needed = needed.count();
    signed.votes[signed.votes.len() - needed..].to_vec()
}
