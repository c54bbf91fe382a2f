//! The domain tags of the state hash, all in one place.

use p3_field::PrimeCharacteristicRing;

use crate::hash::Val;

/// What a hash is for; its tag sits in the capacity of the sponge.
///
/// Tags are non-zero and distinct, so hashes for different purposes never coincide.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum Domain {
    /// The parameters of a chain: the parent hash of its genesis.
    Params = 1,
    /// A header.
    Header = 2,
    /// A validator set: tree root, size and total power.
    Set = 3,
    /// A leaf of the validator-set tree.
    SetLeaf = 4,
    /// The bitmap of those who voted for the parent block.
    Participation = 5,
    /// The bitmap of those whose votes a consensus proof counts.
    Signers = 6,
    /// The history of all earlier headers: count and tree root.
    History = 7,
    /// The chain's randomness.
    Random = 8,
    /// The digest of the slot secret that a signature carries.
    Slot = 9,
    /// One step of a hash chain of a signature (a tweak, not a sponge).
    Chain = 10,
    /// The message digest that a signature encodes.
    SigMessage = 11,
    /// The chain ends of a one-time key.
    SigLeaf = 12,
    /// The id of a key that signs votes.
    KeyVote = 13,
    /// The id of a key that signs for an account.
    KeyAccount = 14,
    /// A vote.
    Vote = 15,
    /// A transfer.
    Transfer = 16,
    /// The registration of an account.
    Register = 17,
    /// The change of an account's key.
    Rekey = 18,
    /// An account.
    Account = 19,
    /// The operations of a block: count and tree root.
    Txs = 20,
    /// The fold over pruned blocks.
    Fold = 21,
    /// The seed of a proof's transcript.
    Transcript = 22,
    /// The fingerprint of an AIR.
    Fingerprint = 23,
    /// The digest of a verifying key.
    VerifyingKey = 24,
    /// The id of a key that signs files of the setup.
    KeySetup = 25,
    /// A file of the setup.
    Setup = 26,
}

impl Domain {
    /// Every domain.
    pub const ALL: [Self; 26] = [
        Self::Params,
        Self::Header,
        Self::Set,
        Self::SetLeaf,
        Self::Participation,
        Self::Signers,
        Self::History,
        Self::Random,
        Self::Slot,
        Self::Chain,
        Self::SigMessage,
        Self::SigLeaf,
        Self::KeyVote,
        Self::KeyAccount,
        Self::Vote,
        Self::Transfer,
        Self::Register,
        Self::Rekey,
        Self::Account,
        Self::Txs,
        Self::Fold,
        Self::Transcript,
        Self::Fingerprint,
        Self::VerifyingKey,
        Self::KeySetup,
        Self::Setup,
    ];

    /// Returns the tag as a field element.
    #[expect(
        clippy::as_conversions,
        reason = "the discriminant of a `repr(u8)` enum is a `u8`"
    )]
    pub fn tag(self) -> Val {
        Val::from_u8(self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_distinct_and_not_zero() {
        for (i, a) in Domain::ALL.iter().enumerate() {
            assert_ne!(a.tag(), Val::ZERO);
            assert!(Domain::ALL[..i].iter().all(|b| a.tag() != b.tag()));
        }
    }
}
