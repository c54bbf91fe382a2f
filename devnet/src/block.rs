//! `SignedBlock`: a block of the devnet, and everything its proof is made from.

use std::sync::Arc;

use rpp_verifier::{
    Bitmap, Certificate, Consensus, ConsensusStatement, ConsensusWitness, Digest, Header, Key,
    ProofKey, PublicKey, Signature, StatementError, Subject, ValidatorSet, VoteWitness,
};

/// A block with the votes for it.
#[derive(Clone, Debug)]
pub struct SignedBlock {
    /// The header.
    pub header: Header,
    /// Its parent.
    pub parent: Header,
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

    /// Returns which proofs are due for the block, each with its witness in the encoding of its
    /// circuit.
    ///
    /// # Errors
    ///
    /// As [`SignedBlock::witness`].
    ///
    /// # Panics
    ///
    /// As [`SignedBlock::certificate`].
    pub fn due(&self) -> Result<Vec<(ProofKey, Vec<u8>)>, StatementError> {
        let signed = ProofKey {
            circuit: Key::of::<Consensus>(self.header.chain_id).circuit(),
            subject: Subject::Height(self.header.height),
        };
        Ok(vec![(signed, self.witness()?.to_bytes())])
    }

    fn member(&self, index: u32) -> &rpp_verifier::Validator {
        let member = usize::try_from(index).ok();
        let member = member.and_then(|index| self.set.members().get(index));
        member.expect("only members of the set vote")
    }
}
