//! Turns a signed block into the witness of its consensus proof.

use rpp_verifier::{
    Bitmap, Certificate, ConsensusStatement, ConsensusWitness, Header, StatementError,
    ValidatorSet, VoteWitness,
};

use crate::source::{SignedBlock, Vote};

/// Why a signed block has no witness: its source is at fault.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BlockFault {
    /// A vote's index is not in the set, or its power does not fit the sum.
    #[error("the vote of validator {index} is not one of this set")]
    ForeignVote {
        /// The index of the vote.
        index: u32,
    },
    /// The set or the parent is not the header's.
    #[error(transparent)]
    Statement(#[from] StatementError),
}

/// Returns the witness of `block`, the child of `parent`.
///
/// Signatures are for [`ConsensusWitness::check`], which the prover runs.
///
/// # Errors
///
/// [`BlockFault`].
pub fn consensus_witness(
    block: SignedBlock,
    parent: &Header,
) -> Result<ConsensusWitness, BlockFault> {
    let mut signers = Bitmap::default();
    let mut signed_power = 0u32;
    let mut votes = Vec::with_capacity(block.votes.len());
    for vote in block.votes {
        let index = vote.index;
        let vote = vote_witness(&block.set, vote).ok_or(BlockFault::ForeignVote { index })?;
        let sum = signed_power.checked_add(vote.validator.power);
        signed_power = sum.ok_or(BlockFault::ForeignVote { index })?;
        signers.insert(index);
        votes.push(vote);
    }
    let certificate = Certificate {
        signed_power,
        signers: signers.signers(),
        set: block.set.opening(),
    };
    let statement = ConsensusStatement::new(&block.header, parent, &certificate)?;
    Ok(ConsensusWitness {
        statement,
        reveal: block.reveal,
        votes,
    })
}

fn vote_witness(set: &ValidatorSet, vote: Vote) -> Option<VoteWitness> {
    let place = usize::try_from(vote.index).ok()?;
    Some(VoteWitness {
        index: vote.index,
        validator: *set.members().get(place)?,
        set_path: set.path(vote.index),
        public_key: vote.public_key,
        signature: vote.signature,
    })
}
