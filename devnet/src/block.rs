//! `SignedBlock`: a block of the devnet, and everything its proof is made from.

use std::sync::Arc;

use rpp_verifier::{
    Accounts, Bitmap, BlockOperationsError, Certificate, Consensus, ConsensusStatement,
    ConsensusWitness, Digest, Header, Key, ProofKey, PublicKey, Signature, SignedOperation, State,
    StateWitness, StatementError, Subject, Validator, ValidatorSet, VoteWitness,
};

use crate::DevnetError;

/// A block with the votes for it.
#[derive(Clone, Debug)]
pub struct SignedBlock {
    /// The header.
    pub header: Header,
    /// Its parent.
    pub parent: Header,
    /// Who voted for that, as the header says.
    pub parent_votes: Bitmap,
    /// The accounts after the parent.
    pub state: Accounts,
    /// Its operations, in their order.
    pub operations: Vec<SignedOperation>,
    /// The set that signs it.
    pub set: Arc<ValidatorSet>,
    /// The slot secret that the proposer showed.
    pub reveal: Digest,
    /// The votes for it, by increasing index; each index is one of the set.
    pub votes: Vec<Vote>,
}

/// One validator's vote.
#[derive(Clone, Debug)]
pub struct Vote {
    /// Index of the validator in the set.
    pub index: u32,
    /// Its key.
    pub public_key: PublicKey,
    /// Its signature of the vote message, at the leaf of the slot.
    pub signature: Signature,
}

impl SignedBlock {
    /// Returns who signed, and how much power they have.
    ///
    /// # Panics
    ///
    /// If a vote is not by a member of the set.
    #[must_use]
    pub fn certificate(&self) -> Certificate {
        let mut signers = Bitmap::default();
        let mut signed_power = 0;
        for vote in &self.votes {
            signers.insert(vote.index);
            // A set's total power is a u32, and no member votes twice.
            signed_power += self.member(vote.index).power;
        }
        Certificate {
            signed_power,
            signers: signers.signers(),
            set: self.set.opening(),
        }
    }

    /// Returns what the proof of the block's signatures is made from.
    ///
    /// # Errors
    ///
    /// [`StatementError`] if the set or the parent does not belong to the header.
    ///
    /// # Panics
    ///
    /// As [`SignedBlock::certificate`].
    pub fn witness(&self) -> Result<ConsensusWitness, StatementError> {
        let statement = ConsensusStatement::new(&self.header, &self.parent, &self.certificate())?;
        let vote = |vote: &Vote| VoteWitness {
            index: vote.index,
            validator: *self.member(vote.index),
            set_path: self.set.path(vote.index),
            public_key: vote.public_key,
            signature: vote.signature.clone(),
        };
        Ok(ConsensusWitness {
            statement,
            reveal: self.reveal,
            votes: self.votes.iter().map(vote).collect(),
        })
    }

    /// Returns what the proof of the block's operations is made from.
    ///
    /// # Errors
    ///
    /// [`BlockOperationsError::TooMany`].
    ///
    /// # Panics
    ///
    /// As [`SignedBlock::proposer`].
    pub fn state_witness(&self) -> Result<StateWitness, BlockOperationsError> {
        let (chain_id, account) = (self.header.chain_id, self.proposer().account);
        StateWitness::new(&self.state, chain_id, &self.operations, account)
    }

    /// Returns which proofs are due for the block, each with its witness in the encoding of its
    /// circuit.
    ///
    /// # Errors
    ///
    /// As [`SignedBlock::witness`] and [`SignedBlock::state_witness`].
    ///
    /// # Panics
    ///
    /// As [`SignedBlock::certificate`] and [`SignedBlock::proposer`].
    pub fn due(&self) -> Result<Vec<(ProofKey, Vec<u8>)>, DevnetError> {
        let Header {
            chain_id, height, ..
        } = self.header;
        let key = |circuit: Key| ProofKey {
            circuit: circuit.circuit(),
            subject: Subject::Height(height),
        };
        let signed = key(Key::of::<Consensus>(chain_id));
        let state = key(Key::of::<State>(chain_id));
        Ok(vec![
            (signed, self.witness()?.to_bytes()),
            (state, self.state_witness()?.to_bytes()),
        ])
    }

    /// Returns the validator that proposed it.
    ///
    /// # Panics
    ///
    /// If the header's proposer is not a member of the set.
    #[must_use]
    pub fn proposer(&self) -> &Validator {
        self.member(self.header.proposer)
    }

    fn member(&self, index: u32) -> &Validator {
        let member = usize::try_from(index).ok();
        let member = member.and_then(|index| self.set.members().get(index));
        member.expect("only members of the set propose and vote")
    }
}
