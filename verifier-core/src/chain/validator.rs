//! Validator sets: who may vote, and with what weight.

use alloc::vec::Vec;

use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Domain, MerklePath, MerkleTree, Val, hash, u32_limbs};
use crate::limits::{MAX_VALIDATORS, SET_DEPTH};

/// A path in the validator-set tree.
pub type SetPath = MerklePath<SET_DEPTH>;

/// One member of a validator set.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validator {
    /// Id of the key that signs its votes.
    pub key_id: Digest,
    /// Weight of its vote.
    pub power: u32,
    /// The account that receives its fees.
    pub account: u32,
    /// The slot of the key's leaf 0; never changes for a key.
    pub start_slot: u32,
}

impl Validator {
    /// Returns `hash(SET_LEAF, key_id ‖ power ‖ account ‖ start_slot)`.
    #[must_use]
    pub fn leaf(&self) -> Digest {
        let mut elements = [Val::default(); 14];
        elements[..8].copy_from_slice(&self.key_id.0);
        for (limbs, x) in
            elements[8..]
                .chunks_mut(2)
                .zip([self.power, self.account, self.start_slot])
        {
            limbs.copy_from_slice(&u32_limbs(x));
        }
        hash(Domain::SetLeaf, &elements)
    }

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            key_id: r.digest("key_id")?,
            power: r.u32("power")?,
            account: r.u32("account")?,
            start_slot: r.u32("start_slot")?,
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.digest(&self.key_id);
        w.u32(self.power);
        w.u32(self.account);
        w.u32(self.start_slot);
    }
}

/// The opening of a validator-set root: `hash(SET, root ‖ n ‖ total power)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct SetOpening {
    /// Root of the tree over the members' leaves.
    pub root: Digest,
    /// How many members the set has.
    pub n: u32,
    /// Sum of their powers.
    pub total_power: u32,
}

impl SetOpening {
    /// Returns the validator-set root.
    #[must_use]
    pub fn set_root(&self) -> Digest {
        let mut elements = [Val::default(); 12];
        elements[..8].copy_from_slice(&self.root.0);
        elements[8..10].copy_from_slice(&u32_limbs(self.n));
        elements[10..].copy_from_slice(&u32_limbs(self.total_power));
        hash(Domain::Set, &elements)
    }

    /// Length of the encoding.
    pub(crate) const BYTES: usize = Digest::BYTES + 2 * 4;

    pub(crate) fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Self {
            root: r.digest("set root")?,
            n: r.u32("set size")?,
            total_power: r.u32("total_power")?,
        })
    }

    pub(crate) fn write(&self, w: &mut Writer) {
        w.digest(&self.root);
        w.u32(self.n);
        w.u32(self.total_power);
    }
}

/// Why a list of validators is not a valid set.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SetError {
    /// A set has at least one member and at most 1,024.
    #[error("{got} validators, 1 to {max} allowed")]
    Size {
        /// Maximum number of members allowed.
        max: usize,
        /// Number of members given.
        got: usize,
    },
    /// A power is zero.
    #[error("validator {index} has power 0")]
    NoPower {
        /// Index of the member without power.
        index: usize,
    },
    /// Two members share a key id.
    #[error("validators {first} and {second} have the same key id")]
    DuplicateKey {
        /// The first of the two.
        first: usize,
        /// The second of the two.
        second: usize,
    },
    /// The sum of the powers does not fit a `u32`.
    #[error("the total power does not fit in 32 bits")]
    TotalPower,
}

impl SetError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Size { .. } => "set-size",
            Self::NoPower { .. } => "set-no-power",
            Self::DuplicateKey { .. } => "set-duplicate-key",
            Self::TotalPower => "set-total-power",
        }
    }
}

/// A validator set: dense indices, distinct key ids, positive powers and their sum.
#[derive(Clone, Debug)]
pub struct ValidatorSet {
    members: Vec<Validator>,
    tree: MerkleTree<SET_DEPTH>,
    total_power: u32,
}

impl ValidatorSet {
    /// Checks `members` and builds their tree.
    ///
    /// # Errors
    ///
    /// The first rule of a valid set that `members` break.
    pub fn new(members: Vec<Validator>) -> Result<Self, SetError> {
        if members.is_empty() || members.len() > MAX_VALIDATORS {
            return Err(SetError::Size {
                max: MAX_VALIDATORS,
                got: members.len(),
            });
        }
        if let Some(index) = members.iter().position(|v| v.power == 0) {
            return Err(SetError::NoPower { index });
        }
        check_distinct(&members)?;
        let total = members
            .iter()
            .try_fold(0u32, |sum, v| sum.checked_add(v.power));
        let total_power = total.ok_or(SetError::TotalPower)?;
        let tree = MerkleTree::new(members.iter().map(Validator::leaf).collect());
        Ok(Self {
            members,
            tree,
            total_power,
        })
    }

    /// Returns the members, by index.
    #[must_use]
    pub fn members(&self) -> &[Validator] {
        &self.members
    }

    /// Returns the opening of the set's root.
    #[must_use]
    #[expect(clippy::missing_panics_doc, reason = "no set is larger than 1,024")]
    pub fn opening(&self) -> SetOpening {
        let n = u32::try_from(self.members.len()).expect("a set has at most 1,024 members");
        SetOpening {
            root: self.tree.root(),
            n,
            total_power: self.total_power,
        }
    }

    /// Returns the validator-set root.
    #[must_use]
    pub fn set_root(&self) -> Digest {
        self.opening().set_root()
    }

    /// Returns the path of the member at `index`.
    #[must_use]
    pub fn path(&self, index: u32) -> SetPath {
        self.tree.path(index)
    }
}

fn check_distinct(members: &[Validator]) -> Result<(), SetError> {
    let mut order: Vec<_> = (0..members.len()).collect();
    order.sort_by_key(|&i| (members[i].key_id.to_bytes(), i));
    let twins = order
        .windows(2)
        .find(|w| members[w[0]].key_id == members[w[1]].key_id);
    twins.map_or(Ok(()), |w| {
        Err(SetError::DuplicateKey {
            first: w[0],
            second: w[1],
        })
    })
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn member(i: u32) -> Validator {
        let key_id = hash(Domain::KeyVote, &u32_limbs(i));
        Validator {
            key_id,
            power: i + 1,
            account: i,
            start_slot: 0,
        }
    }

    #[test]
    fn accepts_a_set_and_opens_it() {
        let set = ValidatorSet::new((0..5).map(member).collect()).unwrap();
        assert_eq!(set.opening().total_power, 15);
        for i in 0..5 {
            assert_eq!(set.path(i).root(member(i).leaf(), i), set.opening().root);
        }
    }

    #[test]
    fn rejects_each_broken_rule() {
        let broken = |members| ValidatorSet::new(members).err();
        assert_eq!(broken(vec![]).map(|error| error.code()), Some("set-size"));
        assert_eq!(broken(vec![]), Some(SetError::Size { max: 1024, got: 0 }));
        assert_eq!(
            broken((0..1025).map(member).collect()),
            Some(SetError::Size {
                max: 1024,
                got: 1025
            })
        );
        let idle = Validator {
            power: 0,
            ..member(1)
        };
        assert_eq!(
            broken(vec![member(0), idle]),
            Some(SetError::NoPower { index: 1 })
        );
        assert_eq!(
            broken(vec![member(2), member(0), member(2)]),
            Some(SetError::DuplicateKey {
                first: 0,
                second: 2
            })
        );
        let giant = |i| Validator {
            power: u32::MAX,
            ..member(i)
        };
        assert_eq!(broken(vec![giant(0), giant(1)]), Some(SetError::TotalPower));
    }
}
