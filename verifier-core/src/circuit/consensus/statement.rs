//! `Statement`: what a proof is about, and its public inputs.

use alloc::vec::Vec;

use crate::chain::{self, Certificate, Header, HeaderHash, SetOpening};
use crate::gadget::public_values::public_values;
use crate::hash::{Digest, Val, u32_limbs};
use crate::stark::{Statement, StatementFault};

/// "Distinct validators of `set` with `signed_power` together, more than two thirds of its total,
/// signed the vote for this header; the proposer is among them, and the secret that it showed
/// leads from `parent_randomness` to `randomness`; `signers` has exactly their bits."
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ConsensusStatement {
    /// The chain that the votes are for.
    pub chain_id: u32,
    /// The header that was signed.
    pub header_hash: HeaderHash,
    /// Its height.
    pub height: u32,
    /// Its slot.
    pub slot: u32,
    /// Its proposer's index in the set.
    pub proposer: u32,
    /// The set whose members signed.
    pub set: SetOpening,
    /// Sum of the signers' powers.
    pub signed_power: u32,
    /// Randomness of the parent header.
    pub parent_randomness: Digest,
    /// Randomness of the header.
    pub randomness: Digest,
    /// `hash(SIGNERS, bitmap)` of the signers.
    pub signers: Digest,
}

public_values! {
    /// The public values of [`ConsensusStatement`], each number as two limbs of 16 bits.
    pub struct PublicValues {
        /// Chain id.
        chain_id: [2],
        /// The message that each vote signs: it stands for header hash, height and slot, which the
        /// verifier hashes from the header that it checks.
        message: [8],
        /// Root of the tree of validators: it stands for the set root, in the same way.
        set_root: [8],
        /// Slot.
        slot: [2],
        /// Index of the proposer.
        proposer: [2],
        /// Sum of the signers' powers.
        signed_power: [2],
        /// Sum of the members' powers.
        total_power: [2],
        /// Randomness of the parent.
        parent_randomness: [8],
        /// Randomness of the header.
        randomness: [8],
        /// Digest of the signers' bitmap.
        signers: [8],
    }
}

impl ConsensusStatement {
    /// Number of public values.
    pub const PUBLIC_VALUES: usize = PublicValues::COUNT;

    /// Returns the statement about `header`, a child of `parent`.
    ///
    /// The set of `certificate` and `parent` are checked to be the header's own, so that trust in the
    /// header's hash is trust in all that they say; the other header rules are for the caller.
    ///
    /// # Errors
    ///
    /// [`StatementError::SetOpening`] if the certificate's set is not the opening of the header's set root,
    /// [`StatementError::ParentHash`] if `parent` does not hash to the header's parent hash.
    pub fn new(
        header: &Header,
        parent: &Header,
        certificate: &Certificate,
    ) -> Result<Self, StatementError> {
        let Certificate {
            signed_power,
            signers,
            set,
        } = *certificate;
        if set.set_root() != header.validator_set_root {
            return Err(StatementError::SetOpening);
        }
        if parent.hash().0 != header.parent_hash {
            return Err(StatementError::ParentHash);
        }
        Ok(Self {
            chain_id: header.chain_id,
            header_hash: header.hash(),
            height: header.height,
            slot: header.slot,
            proposer: header.proposer,
            set,
            signed_power,
            parent_randomness: parent.randomness,
            randomness: header.randomness,
            signers,
        })
    }

    /// Returns whether `signed_power` is more than two thirds of the set's total.
    #[must_use]
    pub fn has_quorum(&self) -> bool {
        3 * u64::from(self.signed_power) > 2 * u64::from(self.set.total_power)
    }

    /// Returns the message that each vote signs.
    #[must_use]
    pub fn vote_message(&self) -> Digest {
        chain::vote_message(self.chain_id, self.height, self.slot, &self.header_hash)
    }
}

/// V13: there is no quorum; the constraints check this too.
const BELOW_THRESHOLD: StatementFault = StatementFault {
    code: "below-threshold",
    message: "the signed power is not more than two thirds of the set's",
};

impl Statement for ConsensusStatement {
    #[cfg(feature = "json")]
    type Document = super::ConsensusJson;

    #[cfg(feature = "json")]
    fn document(&self) -> super::ConsensusJson {
        self.into()
    }

    fn chain_id(&self) -> u32 {
        self.chain_id
    }

    fn check(&self) -> Result<(), StatementFault> {
        if self.has_quorum() {
            return Ok(());
        }
        Err(BELOW_THRESHOLD)
    }

    fn public_values(&self) -> Vec<Val> {
        PublicValues {
            chain_id: u32_limbs(self.chain_id),
            message: self.vote_message().0,
            set_root: self.set.root.0,
            slot: u32_limbs(self.slot),
            proposer: u32_limbs(self.proposer),
            signed_power: u32_limbs(self.signed_power),
            total_power: u32_limbs(self.set.total_power),
            parent_randomness: self.parent_randomness.0,
            randomness: self.randomness.0,
            signers: self.signers.0,
        }
        .into_vec()
    }
}

/// Why a header, a parent and a certificate do not make a statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// The opening is not that of the header's validator-set root.
    #[error("the opening of the validator set does not hash to the header's root")]
    SetOpening,
    /// The parent does not hash to the header's parent hash.
    #[error("the parent does not hash to the header's parent hash")]
    ParentHash,
}

impl StatementError {
    /// Returns the stable code, the same as that of the header rule.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::SetOpening => "header-set-opening",
            Self::ParentHash => "header-parent-hash",
        }
    }
}

#[cfg(test)]
mod tests {
    use p3_field::PrimeCharacteristicRing;

    use super::*;

    fn digest(x: u32) -> Digest {
        Digest(core::array::from_fn(|i| {
            Val::from_usize(i) + Val::from_u32(x)
        }))
    }

    fn pair() -> (Header, Header, SetOpening) {
        let set = SetOpening {
            root: digest(1),
            n: 3,
            total_power: 0x0004_0005,
        };
        let parent = Header {
            version: 1,
            chain_id: 0x0006_0007,
            height: 8,
            slot: 9,
            proposer: 0,
            timestamp_ms: 10,
            parent_hash: digest(2),
            state_root: digest(3),
            tx_root: digest(4),
            validator_set_root: set.set_root(),
            next_validator_set_root: set.set_root(),
            participation_root: digest(5),
            history_root: digest(6),
            randomness: digest(7),
        };
        let header = Header {
            height: 9,
            slot: 0x000b_000c,
            proposer: 2,
            parent_hash: parent.hash().0,
            randomness: digest(8),
            ..parent.clone()
        };
        (header, parent, set)
    }

    /// The fingerprint of the AIR names places of public values, this test what stands there.
    #[test]
    fn public_values_are_in_the_order_of_the_air() {
        let (header, parent, set) = pair();
        let certificate = Certificate {
            signed_power: 0x000d_000e,
            signers: digest(9),
            set,
        };
        let statement = ConsensusStatement::new(&header, &parent, &certificate).unwrap();
        let mut expected = [0x0007, 0x0006].map(Val::from_u32).to_vec();
        expected.extend(statement.vote_message().0);
        expected.extend(digest(1).0);
        expected.extend([0x000c, 0x000b, 2, 0, 0x000e, 0x000d, 5, 4].map(Val::from_u32));
        expected.extend(digest(7).0);
        expected.extend(digest(8).0);
        expected.extend(digest(9).0);
        assert_eq!(statement.public_values(), expected);
        assert_eq!(expected.len(), PublicValues::COUNT);
    }

    #[test]
    fn rejects_a_set_or_a_parent_that_is_not_the_headers() {
        let (header, parent, set) = pair();
        let new = |parent: &Header, set| {
            let certificate = Certificate {
                signed_power: 1,
                signers: Digest::ZERO,
                set,
            };
            ConsensusStatement::new(&header, parent, &certificate).unwrap_err()
        };
        for other in [
            SetOpening { n: 4, ..set },
            SetOpening {
                total_power: 1,
                ..set
            },
            SetOpening {
                root: digest(0),
                ..set
            },
        ] {
            assert_eq!(new(&parent, other), StatementError::SetOpening);
        }
        let other = Header {
            randomness: digest(0),
            ..parent.clone()
        };
        assert_eq!(new(&other, set), StatementError::ParentHash);
        assert_eq!(new(&header, set), StatementError::ParentHash);
    }
}
