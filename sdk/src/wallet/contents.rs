//! `Contents`: what a key file seals.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use core::fmt;

use rpp_verifier::{
    DecodeError, Operation, OperationHash, Reader, SecretKey, SignError, SignedOperation, Writer,
};
use zeroize::Zeroizing;

use super::key_file::TAG_BYTES;
use super::leaves::{Leaves, Standing};

/// Everything that a signer keeps.
pub(super) struct Contents {
    pub(super) standing: Standing,
    pub(super) home: Option<Home>,
    pub(super) key: SecretKey,
    /// The key that a change of key, which is under way, names.
    pub(super) successor: Option<Successor>,
    pub(super) entry: Option<Entry>,
}

/// The key that an account is to have, and what is known about its leaves: of a copied file, another copy
/// may come to sign with it as well.
pub(super) struct Successor {
    pub(super) key: SecretKey,
    pub(super) standing: Standing,
}

/// Where the key signs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Home {
    /// The account's number.
    pub(super) index: u32,
    /// The nonce that the key's leaf 0 signs.
    pub(super) key_offset: u32,
}

/// The operation that is under way, at its leaf.
pub(super) enum Entry {
    /// It may have been signed or not; nobody has seen a signature.
    Reserved { leaf: u32, operation: Operation },
    /// It is signed, and may have been sent.
    Signed {
        leaf: u32,
        signed: Box<SignedOperation>,
    },
}

impl Entry {
    pub(super) const fn leaf(&self) -> u32 {
        match self {
            Self::Reserved { leaf, .. } | Self::Signed { leaf, .. } => *leaf,
        }
    }

    pub(super) const fn operation(&self) -> &Operation {
        match self {
            Self::Reserved { operation, .. } => operation,
            Self::Signed { signed, .. } => &signed.operation,
        }
    }
}

impl Contents {
    /// Returns what a signer of this key starts with.
    pub(super) const fn new(key: SecretKey, standing: Standing) -> Self {
        Self {
            standing,
            home: None,
            key,
            successor: None,
            entry: None,
        }
    }

    /// Takes for granted that another copy of this file signs.
    pub(super) const fn distrust(&mut self) {
        self.standing = Standing::Restored;
        if let Some(successor) = &mut self.successor {
            successor.standing = Standing::Restored;
        }
    }

    /// Returns the first leaf that no operation has been given.
    pub(super) fn next_leaf(&self) -> u32 {
        let after = self.entry.as_ref().map(Entry::leaf);
        let after = after.map_or(0, |leaf| leaf.saturating_add(1));
        self.key.next_leaf().max(after)
    }

    /// Returns how many leaves the key has.
    pub(super) fn leaf_count(&self) -> u32 {
        let height = self.key.public_key().tree_height;
        1_u32.checked_shl(height).unwrap_or(u32::MAX)
    }

    pub(super) fn leaves(&self) -> Leaves {
        Leaves::from(self.next_leaf(), self.leaf_count())
    }

    pub(super) fn hash(&self, operation: &Operation) -> OperationHash {
        operation.hash(self.key.chain_id())
    }

    /// Signs what is reserved, and erases its leaf; does nothing if nothing is.
    ///
    /// Only `Stored::sign` calls this: what is signed is on disk.
    pub(super) fn sign(&mut self) -> Result<(), SignError> {
        if let Some(Entry::Reserved { leaf, operation }) = self.entry {
            let message = self.hash(&operation);
            let signed = SignedOperation {
                chain_id: self.key.chain_id(),
                operation,
                public_key: *self.key.public_key(),
                signature: self.key.sign(leaf, &message.0)?,
            };
            let signed = Box::new(signed);
            self.entry = Some(Entry::Signed { leaf, signed });
        }
        Ok(())
    }

    /// Gives up the operation that is under way; its leaf signs nothing else.
    pub(super) fn burn(&mut self) {
        self.key.erase_before(self.next_leaf());
        self.entry = None;
    }

    /// Returns the encoding, with room for a tag.
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        let key = Parts::of(&self.key);
        let successor = self.successor.as_ref();
        let successor = successor.map(|next| (next.standing, Parts::of(&next.key)));
        let length = successor.as_ref().map_or(0, |(_, parts)| parts.length());
        let length = length.saturating_add(key.length());
        let room = length.saturating_add(ENTRY_ROOM).saturating_add(TAG_BYTES);
        let mut w = Writer::with_capacity(room);
        w.u32(number(self.standing));
        w.u32(u32::from(self.home.is_some()));
        if let Some(home) = &self.home {
            w.u32(home.index);
            w.u32(home.key_offset);
        }
        key.write(&mut w);
        match successor {
            None => w.u32(0),
            Some((standing, parts)) => {
                w.u32(number(standing).saturating_add(1));
                parts.write(&mut w);
            }
        }
        self.write_entry(&mut w);
        Zeroizing::new(w.finish())
    }

    fn write_entry(&self, w: &mut Writer) {
        match &self.entry {
            None => w.u32(0),
            Some(Entry::Reserved { leaf, operation }) => {
                w.u32(1);
                w.u32(*leaf);
                operation.write(w);
            }
            Some(Entry::Signed { leaf, signed }) => {
                w.u32(2);
                w.u32(*leaf);
                write_part(w, &signed.to_bytes());
            }
        }
    }

    /// Decodes what [`Contents::encode`] returns.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let standing = standing(r.u32_in(0, 1, "standing")?);
        let home = match r.u32_in(0, 1, "whether there is an account")? {
            0 => None,
            _ => Some(Home {
                index: r.u32("account")?,
                key_offset: r.u32("key offset")?,
            }),
        };
        let key = read_key(&mut r)?;
        let successor = match r
            .u32_in(0, 2, "whether there is a next key")?
            .checked_sub(1)
        {
            None => None,
            Some(known) => Some(Successor {
                standing: self::standing(known),
                key: read_key(&mut r)?,
            }),
        };
        let entry = match r.u32_in(0, 2, "what is under way")? {
            0 => None,
            1 => Some(Entry::Reserved {
                leaf: r.u32("leaf")?,
                operation: Operation::read(&mut r)?,
            }),
            _ => Some(Entry::Signed {
                leaf: r.u32("leaf")?,
                signed: Box::new(SignedOperation::from_bytes(read_part(
                    &mut r,
                    "operation",
                )?)?),
            }),
        };
        r.finish()?;
        Ok(Self {
            standing,
            home,
            key,
            successor,
            entry,
        })
    }
}

/// A key's tree and state.
struct Parts {
    tree: Vec<u8>,
    state: Zeroizing<Vec<u8>>,
}

impl Parts {
    fn of(key: &SecretKey) -> Self {
        Self {
            tree: key.tree_to_bytes(),
            state: key.state_to_bytes(),
        }
    }

    fn length(&self) -> usize {
        self.tree.len().saturating_add(self.state.len())
    }

    fn write(&self, w: &mut Writer) {
        write_part(w, &self.tree);
        write_part(w, &self.state);
    }
}

const fn number(standing: Standing) -> u32 {
    match standing {
        Standing::Whole => 0,
        Standing::Restored => 1,
    }
}

const fn standing(number: u32) -> Standing {
    match number {
        0 => Standing::Whole,
        _ => Standing::Restored,
    }
}

fn read_key(r: &mut Reader<'_>) -> Result<SecretKey, DecodeError> {
    let tree = read_part(r, "key tree")?;
    let state = read_part(r, "key state")?;
    SecretKey::from_parts(tree, state)
}

fn write_part(w: &mut Writer, part: &[u8]) {
    w.u32(u32::try_from(part.len()).unwrap_or(u32::MAX));
    w.bytes(part);
}

fn read_part<'a>(r: &mut Reader<'a>, field: &'static str) -> Result<&'a [u8], DecodeError> {
    let length = r.u32(field)?;
    r.bytes(usize::try_from(length).unwrap_or(usize::MAX), field)
}

impl fmt::Debug for Contents {
    /// Prints only what is public.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents")
            .field("standing", &self.standing)
            .field("home", &self.home)
            .field("key", &self.key)
            .field("operation", &self.entry.as_ref().map(Entry::operation))
            .finish_non_exhaustive()
    }
}

/// All but the keys: lengths, an account, an operation with its signature.
const ENTRY_ROOM: usize = 4 << 10;
