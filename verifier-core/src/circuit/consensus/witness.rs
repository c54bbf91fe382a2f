//! `ConsensusWitness`: what a consensus proof is made from.
//!
//! Nothing in it is secret: signatures are public, and the reveal is shown with the block.

use alloc::vec::Vec;

use p3_maybe_rayon::prelude::*;

use super::ConsensusStatement;
use crate::chain::{Bitmap, HeaderHash, SetOpening, SetPath, Validator, next_randomness};
use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, MerklePath};
use crate::limits::{
    MAX_TREE_HEIGHT, MAX_VALIDATORS, MAX_WITNESS_BYTES, MIN_TREE_HEIGHT, SET_DEPTH,
};
use crate::signature::{KeyPurpose, PublicKey, Signature, SignatureError, slot_digest};
use crate::stark::{Witness, WitnessFault};

/// One validator's vote and its place in the set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct VoteWitness {
    /// The validator's index in the set.
    pub index: u32,
    /// The validator's leaf in the set.
    pub validator: Validator,
    /// The path of that leaf.
    pub set_path: SetPath,
    /// The key behind the leaf's key id.
    pub public_key: PublicKey,
    /// Its signature of the vote.
    pub signature: Signature,
}

/// The votes behind a [`ConsensusStatement`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsensusWitness {
    /// The statement to prove.
    pub statement: ConsensusStatement,
    /// The slot secret that the proposer showed.
    pub reveal: Digest,
    /// The votes, by strictly increasing index.
    pub votes: Vec<VoteWitness>,
}

/// [`MAX_VALIDATORS`] as it stands in an encoding.
const MOST_VOTES: u32 = 1 << SET_DEPTH;

/// Why a witness does not show its statement: one variant for each sentence of it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// There are more votes than places.
    #[error("{got} votes, at most {max} allowed")]
    TooManyVotes {
        /// Most votes allowed.
        max: usize,
        /// Votes given.
        got: usize,
    },
    /// An index does not exceed the one before, or the set has no such place.
    #[error("vote {position} has index {index}, which is not above the one before and below 1,024")]
    Order {
        /// Place of the vote in the list.
        position: usize,
        /// Its index.
        index: u32,
    },
    /// A vote's key, leaf or path does not lead to the set's root.
    #[error("validator {index} is not in the set")]
    NotAMember {
        /// The validator.
        index: u32,
    },
    /// A key starts after the slot.
    #[error("validator {index}: the key starts at slot {start_slot}, after slot {slot}")]
    NotStarted {
        /// The validator.
        index: u32,
        /// The slot of the key's first leaf.
        start_slot: u32,
        /// The statement's slot.
        slot: u32,
    },
    /// A signature does not verify.
    #[error("validator {index}: {source}")]
    Signature {
        /// The validator.
        index: u32,
        /// What is wrong with its signature.
        source: SignatureError,
    },
    /// The powers do not sum to the claim.
    #[error("the votes' power is {got}, the statement claims {claimed}")]
    SignedPower {
        /// The claim.
        claimed: u32,
        /// The sum.
        got: u64,
    },
    /// The power is no more than two thirds of the total.
    #[error("power {signed} of {total} is not more than two thirds")]
    BelowThreshold {
        /// The signed power.
        signed: u32,
        /// The set's total.
        total: u32,
    },
    /// The proposer did not vote.
    #[error("the proposer, validator {proposer}, did not vote")]
    ProposerAbsent {
        /// The proposer.
        proposer: u32,
    },
    /// The reveal is not the secret behind the proposer's slot digest.
    #[error("the reveal is not the secret behind the proposer's slot digest")]
    WrongReveal,
    /// The reveal does not give the statement's randomness.
    #[error("the reveal does not lead to the statement's randomness")]
    WrongRandomness,
    /// The signers' digest is not that of the votes.
    #[error("the statement's signers are not those who voted")]
    WrongSigners,
}

impl WitnessError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooManyVotes { .. } => "witness-too-many-votes",
            Self::Order { .. } => "witness-order",
            Self::NotAMember { .. } => "witness-not-a-member",
            Self::NotStarted { .. } => "witness-not-started",
            Self::Signature { .. } => "witness-signature",
            Self::SignedPower { .. } => "witness-signed-power",
            Self::BelowThreshold { .. } => "witness-below-threshold",
            Self::ProposerAbsent { .. } => "witness-proposer-absent",
            Self::WrongReveal => "witness-wrong-reveal",
            Self::WrongRandomness => "witness-wrong-randomness",
            Self::WrongSigners => "witness-wrong-signers",
        }
    }
}

impl ConsensusWitness {
    const MAGIC: [u8; 4] = *b"RPPW";
    const VERSION: u32 = 1;

    /// Checks natively that the witness shows its statement, so that a prover says what is wrong
    /// instead of making a proof that nobody accepts.
    ///
    /// This is the oracle of the consensus AIR, not a part of its soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), WitnessError> {
        let statement = &self.statement;
        if self.votes.len() > MAX_VALIDATORS {
            return Err(WitnessError::TooManyVotes {
                max: MAX_VALIDATORS,
                got: self.votes.len(),
            });
        }
        let message = statement.vote_message();
        // Signatures take nearly all of the time; the first fault in order is still the one named.
        let checked = self.votes.par_iter().map(|v| {
            v.check(
                statement.chain_id,
                statement.slot,
                &statement.set.root,
                &message,
            )
        });
        let checked: Vec<_> = checked.collect();
        let mut signers = Bitmap::default();
        let mut power = 0u64;
        let mut next_index = 0;
        for (position, (vote, checked)) in self.votes.iter().zip(checked).enumerate() {
            let index = vote.index;
            if index < next_index || usize::try_from(index).map_or(true, |i| i >= MAX_VALIDATORS) {
                return Err(WitnessError::Order { position, index });
            }
            checked?;
            signers.insert(index);
            power += u64::from(vote.validator.power);
            next_index = index + 1;
        }
        self.check_reveal()?;
        if power != u64::from(statement.signed_power) {
            let claimed = statement.signed_power;
            return Err(WitnessError::SignedPower {
                claimed,
                got: power,
            });
        }
        if !statement.has_quorum() {
            let (signed, total) = (statement.signed_power, statement.set.total_power);
            return Err(WitnessError::BelowThreshold { signed, total });
        }
        if signers.signers() == statement.signers {
            Ok(())
        } else {
            Err(WitnessError::WrongSigners)
        }
    }

    fn check_reveal(&self) -> Result<(), WitnessError> {
        let statement = &self.statement;
        let proposer = statement.proposer;
        let vote = self.votes.iter().find(|vote| vote.index == proposer);
        let vote = vote.ok_or(WitnessError::ProposerAbsent { proposer })?;
        if slot_digest(&self.reveal) != vote.signature.slot_digest {
            return Err(WitnessError::WrongReveal);
        }
        if next_randomness(&statement.parent_randomness, &self.reveal) != statement.randomness {
            return Err(WitnessError::WrongRandomness);
        }
        Ok(())
    }

    /// Returns the encoding: see `docs/PROTOCOL.md`.
    ///
    /// # Panics
    ///
    /// If there are more than 2^32 votes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.bytes(&Self::MAGIC);
        w.u32(Self::VERSION);
        let s = &self.statement;
        w.u32(s.chain_id);
        w.digest(&s.header_hash.0);
        for x in [s.height, s.slot, s.proposer] {
            w.u32(x);
        }
        w.digest(&s.set.root);
        for x in [s.set.n, s.set.total_power, s.signed_power] {
            w.u32(x);
        }
        for digest in [
            &s.parent_randomness,
            &s.randomness,
            &s.signers,
            &self.reveal,
        ] {
            w.digest(digest);
        }
        w.u32(u32::try_from(self.votes.len()).expect("at most 1,024 votes"));
        for vote in &self.votes {
            vote.write(&mut w);
        }
        w.finish()
    }

    /// Decodes a witness; what it shows is for [`ConsensusWitness::check`] to say.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > MAX_WITNESS_BYTES {
            let (max, got) = (MAX_WITNESS_BYTES, bytes.len());
            return Err(DecodeError::TooLong {
                what: "witness",
                max,
                got,
            });
        }
        let mut r = Reader::new(bytes);
        if r.array("magic")? != Self::MAGIC {
            return Err(DecodeError::BadMagic { what: "witness" });
        }
        let got = r.u32("version")?;
        if got != Self::VERSION {
            let expected = Self::VERSION;
            return Err(DecodeError::UnsupportedVersion {
                what: "witness",
                expected,
                got,
            });
        }
        let chain_id = r.u32("chain_id")?;
        let header_hash = HeaderHash(r.digest("header_hash")?);
        let (height, slot) = (r.u32("height")?, r.u32("slot")?);
        let proposer = r.u32("proposer")?;
        let set = SetOpening {
            root: r.digest("set root")?,
            n: r.u32("set size")?,
            total_power: r.u32("total_power")?,
        };
        let statement = ConsensusStatement {
            chain_id,
            header_hash,
            height,
            slot,
            proposer,
            set,
            signed_power: r.u32("signed_power")?,
            parent_randomness: r.digest("parent_randomness")?,
            randomness: r.digest("randomness")?,
            signers: r.digest("signers")?,
        };
        let reveal = r.digest("reveal")?;
        let votes = r.u32_in(0, MOST_VOTES, "votes")?;
        let votes = (0..votes)
            .map(|_| VoteWitness::read(&mut r))
            .collect::<Result<_, _>>()?;
        r.finish()?;
        Ok(Self {
            statement,
            reveal,
            votes,
        })
    }
}

impl Witness for ConsensusWitness {
    type Statement = ConsensusStatement;

    fn statement(&self) -> &ConsensusStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}

impl VoteWitness {
    /// Checks that it is a vote of a member of the set with this tree, at a slot, for a message.
    pub(in crate::circuit) fn check(
        &self,
        chain_id: u32,
        slot: u32,
        tree: &Digest,
        message: &Digest,
    ) -> Result<(), WitnessError> {
        let index = self.index;
        let key_id = self.public_key.key_id(KeyPurpose::Vote, chain_id);
        let root = self.set_path.root(self.validator.leaf(), index);
        if key_id != self.validator.key_id || root != *tree {
            return Err(WitnessError::NotAMember { index });
        }
        let start_slot = self.validator.start_slot;
        let leaf = slot.checked_sub(start_slot);
        let leaf = leaf.ok_or(WitnessError::NotStarted {
            index,
            start_slot,
            slot,
        })?;
        let verified = self.public_key.verify(leaf, message, &self.signature);
        verified.map_err(|source| WitnessError::Signature { index, source })
    }

    pub(in crate::circuit) fn write(&self, w: &mut Writer) {
        w.u32(self.index);
        self.validator.write(w);
        for sibling in &self.set_path.0 {
            w.digest(sibling);
        }
        w.u32(self.public_key.tree_height);
        w.elements(&self.public_key.parameter);
        w.digest(&self.public_key.root);
        w.elements(&self.signature.randomizer);
        w.elements(self.signature.chain_values.as_flattened());
        w.digest(&self.signature.slot_digest);
        for sibling in &self.signature.path {
            w.digest(sibling);
        }
    }

    pub(in crate::circuit) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let index = r.u32("index")?;
        let validator = Validator::read(r)?;
        let set_path = MerklePath(r.digests("set path")?);
        let tree_height = r.u32_in(MIN_TREE_HEIGHT, MAX_TREE_HEIGHT, "tree_height")?;
        let parameter = r.elements("parameter")?;
        let public_key = PublicKey {
            tree_height,
            parameter,
            root: r.digest("key root")?,
        };
        let randomizer = r.elements("randomizer")?;
        let mut chain_values = [Default::default(); crate::signature::CHAINS];
        for value in &mut chain_values {
            *value = r.elements("chain values")?;
        }
        let slot_digest = r.digest("slot digest")?;
        let path = (0..tree_height)
            .map(|_| r.digest("key path"))
            .collect::<Result<_, _>>()?;
        let signature = Signature {
            randomizer,
            chain_values,
            slot_digest,
            path,
        };
        Ok(Self {
            index,
            validator,
            set_path,
            public_key,
            signature,
        })
    }
}
