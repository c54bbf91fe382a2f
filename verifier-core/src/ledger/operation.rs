//! `Operation`: what changes accounts, and the message that is signed for it.

use core::{fmt, iter};

use p3_field::PrimeCharacteristicRing;

use crate::codec::{DecodeError, Reader, Writer};
use crate::hash::{Digest, Domain, Val, hash, u32_limbs, u64_limbs};
use crate::limits::MAX_TREE_HEIGHT;

/// The hash of an operation on a chain: what its key signs, and its leaf in a block's tree.
#[derive(Clone, Copy, Eq, PartialEq, Hash)]
pub struct OperationHash(pub Digest);

impl fmt::Display for OperationHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for OperationHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Moves `amount` from one account to another, and pays `fee`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Transfer {
    /// The account that pays.
    pub from: u32,
    /// The account that receives; it may be `from`.
    pub to: u32,
    /// What is moved, in the chain's smallest unit.
    pub amount: u64,
    /// What the block's proposer gets, in the same unit.
    pub fee: u64,
    /// At least the nonce of `from`, which becomes this one plus one.
    pub nonce: u32,
}

/// Makes an account, signed by the key that it will have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Register {
    /// The account's number, which must be vacant: draw it at random.
    pub index: u32,
    /// Id of the key that will sign for the account.
    pub key_id: Digest,
    /// The leaf of the key that signs this; the account's nonce becomes the next one.
    pub leaf: u32,
}

/// Gives an account another key, signed by the old one, and pays `fee`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rekey {
    /// The account.
    pub index: u32,
    /// Id of the key that signs from now on; never one that was used before.
    pub new_key_id: Digest,
    /// What the block's proposer gets, in the chain's smallest unit.
    pub fee: u64,
    /// At least the account's nonce. Nonce and key offset become this one plus one.
    pub nonce: u32,
}

/// One change of the accounts.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Operation {
    /// A transfer.
    Transfer(Transfer),
    /// A registration.
    Register(Register),
    /// A change of key.
    Rekey(Rekey),
}

impl Operation {
    /// Returns the hash of the operation on a chain: the message that its key signs.
    ///
    /// | operation | hash |
    /// |---|---|
    /// | transfer | `hash(TRANSFER, chain_id ‖ from ‖ fee ‖ to ‖ amount ‖ nonce)` |
    /// | registration | `hash(REGISTER, chain_id ‖ index ‖ leaf as one element ‖ 0 ‖ 0 ‖ 0 ‖ key_id)` |
    /// | change of key | `hash(REKEY, chain_id ‖ index ‖ fee ‖ new_key_id ‖ nonce)` |
    #[must_use]
    pub fn hash(&self, chain_id: u32) -> OperationHash {
        let chain_id = u32_limbs(chain_id);
        let digest = match *self {
            Self::Transfer(Transfer {
                from,
                to,
                amount,
                fee,
                nonce,
            }) => {
                let mut elements = [Val::ZERO; 16];
                elements[..2].copy_from_slice(&chain_id);
                elements[2..4].copy_from_slice(&u32_limbs(from));
                elements[4..8].copy_from_slice(&u64_limbs(fee));
                elements[8..10].copy_from_slice(&u32_limbs(to));
                elements[10..14].copy_from_slice(&u64_limbs(amount));
                elements[14..].copy_from_slice(&u32_limbs(nonce));
                hash(Domain::Transfer, &elements)
            }
            Self::Register(Register {
                index,
                key_id,
                leaf,
            }) => {
                let mut elements = [Val::ZERO; 16];
                elements[..2].copy_from_slice(&chain_id);
                elements[2..4].copy_from_slice(&u32_limbs(index));
                elements[4] = Val::from_u32(leaf);
                elements[8..].copy_from_slice(&key_id.0);
                hash(Domain::Register, &elements)
            }
            Self::Rekey(Rekey {
                index,
                new_key_id,
                fee,
                nonce,
            }) => {
                let mut elements = [Val::ZERO; 18];
                elements[..2].copy_from_slice(&chain_id);
                elements[2..4].copy_from_slice(&u32_limbs(index));
                elements[4..8].copy_from_slice(&u64_limbs(fee));
                elements[8..16].copy_from_slice(&new_key_id.0);
                elements[16..].copy_from_slice(&u32_limbs(nonce));
                hash(Domain::Rekey, &elements)
            }
        };
        OperationHash(digest)
    }

    /// Returns the number of the account that signs: the one that pays, is made, or changes its key.
    #[must_use]
    pub const fn signer(&self) -> u32 {
        match self {
            Self::Transfer(transfer) => transfer.from,
            Self::Register(register) => register.index,
            Self::Rekey(rekey) => rekey.index,
        }
    }

    /// Returns the numbers of the accounts that the operation is about, each once: who signs, and who
    /// receives. It changes these and, by its fee, the proposer's.
    pub fn accounts(&self) -> impl Iterator<Item = u32> + use<> {
        let signer = self.signer();
        let receiver = match self {
            Self::Transfer(transfer) => Some(transfer.to),
            Self::Register(_) | Self::Rekey(_) => None,
        };
        iter::once(signer).chain(receiver.filter(move |&to| to != signer))
    }

    /// Returns the nonce, which says what leaf signs; of a registration the leaf itself.
    #[must_use]
    pub const fn nonce(&self) -> u32 {
        match self {
            Self::Transfer(transfer) => transfer.nonce,
            Self::Register(register) => register.leaf,
            Self::Rekey(rekey) => rekey.nonce,
        }
    }

    /// Returns what the operation pays to the block's proposer; a registration pays nothing.
    #[must_use]
    pub const fn fee(&self) -> u64 {
        match self {
            Self::Transfer(transfer) => transfer.fee,
            Self::Register(_) => 0,
            Self::Rekey(rekey) => rekey.fee,
        }
    }

    /// Appends kind and fields: the encoding of section 23 without what goes before and after it.
    pub fn write(&self, w: &mut Writer) {
        match self {
            Self::Transfer(transfer) => {
                w.u32(TRANSFER);
                w.u32(transfer.from);
                w.u32(transfer.to);
                w.u64(transfer.amount);
                w.u64(transfer.fee);
                w.u32(transfer.nonce);
            }
            Self::Register(register) => {
                w.u32(REGISTER);
                w.u32(register.index);
                w.digest(&register.key_id);
                w.u32(register.leaf);
            }
            Self::Rekey(rekey) => {
                w.u32(REKEY);
                w.u32(rekey.index);
                w.digest(&rekey.new_key_id);
                w.u64(rekey.fee);
                w.u32(rekey.nonce);
            }
        }
    }

    /// Takes what [`Operation::write`] appends.
    ///
    /// # Errors
    ///
    /// [`DecodeError::OutOfRange`] if the kind is not 1 to 3, or the leaf of a registration in no tree, or
    /// another [`DecodeError`].
    pub fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match r.u32_in(TRANSFER, REKEY, "kind")? {
            TRANSFER => Self::Transfer(Transfer {
                from: r.u32("from")?,
                to: r.u32("to")?,
                amount: r.u64("amount")?,
                fee: r.u64("fee")?,
                nonce: r.u32("nonce")?,
            }),
            REGISTER => Self::Register(Register {
                index: r.u32("index")?,
                key_id: r.digest("key_id")?,
                // A leaf of some tree: it is one element of the hash, and has no other reading there.
                leaf: r.u32_in(0, (1 << MAX_TREE_HEIGHT) - 1, "leaf")?,
            }),
            _ => Self::Rekey(Rekey {
                index: r.u32("index")?,
                new_key_id: r.digest("new_key_id")?,
                fee: r.u64("fee")?,
                nonce: r.u32("nonce")?,
            }),
        })
    }
}

const TRANSFER: u32 = 1;
const REGISTER: u32 = 2;
const REKEY: u32 = 3;
