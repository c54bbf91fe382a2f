//! `Contents`: what a key file seals.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use core::fmt;

use rpp_verifier::{
    Digest, MAX_NONCE, Operation, OperationHash, Register, SecretKey, SignError, SignedOperation,
};

use super::before::Before;
use super::leaves::{Leaves, Standing, whole_end};

/// Everything that a signer keeps.
pub(super) struct Contents {
    pub(super) standing: Standing,
    pub(super) account: Claim,
    /// Whether a leaf was given out for that account, or the chain shows that the key has signed for it: then it is
    /// no other.
    pub(super) is_bound: bool,
    /// How many keys this file had before the present one: a file that goes back to an older key is told by it.
    pub(super) generation: u32,
    /// The records before this one.
    pub(super) before: Before,
    pub(super) key: SecretKey,
    /// The key that a change of key, which is under way, names.
    pub(super) successor: Option<Successor>,
    pub(super) entry: Option<Entry>,
    /// What was under way last, and is no more.
    pub(super) last: Option<OperationHash>,
}

/// The key that an account is to have, and what is known about its leaves: of a copied file, another copy
/// may come to sign with it as well.
pub(super) struct Successor {
    pub(super) key: SecretKey,
    pub(super) standing: Standing,
    /// The leaf of the first change of key that names it.
    pub(super) since: u32,
}

/// Which account is the key's, and who says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Claim {
    /// It is not known.
    None,
    /// Its owner named this one.
    Named(u32),
    /// Its owner vouches for this one, whatever it looks like.
    Vouched(u32),
    /// It was shown, and taken.
    Seen(Home),
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

impl Claim {
    pub(super) const fn index(self) -> Option<u32> {
        match self {
            Self::None => None,
            Self::Named(index) | Self::Vouched(index) | Self::Seen(Home { index, .. }) => {
                Some(index)
            }
        }
    }

    /// Returns the account that was shown.
    pub(super) const fn home(self) -> Option<Home> {
        match self {
            Self::Seen(home) => Some(home),
            Self::None | Self::Named(_) | Self::Vouched(_) => None,
        }
    }

    /// Returns the leaf that signs this operation, if the key can sign it at all.
    pub(super) fn leaf(self, operation: &Operation) -> Option<u32> {
        if let Operation::Register(Register { leaf, .. }) = operation {
            return Some(*leaf);
        }
        let home = self.home()?;
        let is_own = operation.signer() == home.index;
        let leaf = operation.nonce().checked_sub(home.key_offset);
        leaf.filter(|_| is_own)
    }
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

    pub(super) const fn is_reserved(&self) -> bool {
        matches!(self, Self::Reserved { .. })
    }

    pub(super) const fn is_rekey(&self) -> bool {
        matches!(self.operation(), Operation::Rekey(_))
    }

    pub(super) const fn is_registration(&self) -> bool {
        matches!(self.operation(), Operation::Register(_))
    }
}

impl Contents {
    /// Returns what a signer of this key starts with.
    pub(super) fn new(mut key: SecretKey, standing: Standing, account: Claim) -> Self {
        keep_share(&mut key, standing);
        Self {
            standing,
            account,
            is_bound: false,
            generation: 0,
            before: Before::default(),
            key,
            successor: None,
            entry: None,
            last: None,
        }
    }

    /// Takes for granted that another copy of this file signs.
    ///
    /// What is reserved and not signed is given up: the other copy may have given its leaf to something else.
    /// The next key stays, since a change to it may have been sent.
    pub(super) fn distrust(&mut self) {
        if self.entry.as_ref().is_some_and(Entry::is_reserved) {
            self.burn();
        }
        self.standing = Standing::Restored;
        keep_share(&mut self.key, self.standing);
        if let Some(successor) = &mut self.successor {
            successor.standing = Standing::Restored;
            keep_share(&mut successor.key, successor.standing);
        }
    }

    /// Returns whether a restored key has only those leaves that no whole one signs at.
    pub(super) fn is_apart(&self) -> bool {
        let next = self.successor.as_ref();
        let next = next.map(|next| (next.standing, &next.key));
        let keys = [Some((self.standing, &self.key)), next];
        let is_apart = |(standing, key): (Standing, &SecretKey)| {
            standing == Standing::Whole || key.next_leaf() >= whole_end(leaf_count(key))
        };
        keys.into_iter().flatten().all(is_apart)
    }

    /// Returns the first leaf that no operation has been given.
    pub(super) fn next_leaf(&self) -> u32 {
        let after = self.entry.as_ref().map(Entry::leaf);
        let after = after.map_or(0, |leaf| leaf.saturating_add(1));
        self.key.next_leaf().max(after)
    }

    /// Returns the nonce of the operation that the first free leaf signs, once the account is known.
    pub(super) fn next_nonce(&self) -> Option<u32> {
        let home = self.account.home()?;
        let nonce = home.key_offset.checked_add(self.next_leaf());
        nonce.filter(|&nonce| nonce <= MAX_NONCE)
    }

    /// Returns how many leaves the key has.
    pub(super) fn leaf_count(&self) -> u32 {
        leaf_count(&self.key)
    }

    pub(super) fn leaves(&self) -> Leaves {
        Leaves::from(self.next_leaf(), self.leaf_count(), self.standing)
    }

    pub(super) fn key_id(&self) -> Digest {
        self.key.key_id()
    }

    pub(super) fn hash(&self, operation: &Operation) -> OperationHash {
        operation.hash(self.key.chain_id())
    }

    /// Returns the hash of what is under way.
    pub(super) fn pending(&self) -> Option<OperationHash> {
        let entry = self.entry.as_ref();
        entry.map(|entry| self.hash(entry.operation()))
    }

    /// Signs what is reserved, and erases its leaf; does nothing if nothing is.
    ///
    /// Only `Stored::sign` calls this: what is signed is on disk.
    pub(super) fn sign(&mut self) -> Result<(), SignError> {
        if let Some(Entry::Reserved { leaf, operation }) = self.entry {
            let signed = sign(&mut self.key, leaf, operation)?;
            self.entry = Some(Entry::Signed { leaf, signed });
        }
        Ok(())
    }

    /// Ends what is under way, and keeps its hash; its leaf signs nothing else.
    pub(super) fn burn(&mut self) {
        self.key.erase_before(self.next_leaf());
        self.last = self.pending().or(self.last);
        self.entry = None;
    }
}

/// Erases the leaves at which a key of this standing signs nothing: of a restored one, those of whole keys.
fn keep_share(key: &mut SecretKey, standing: Standing) {
    if standing == Standing::Restored {
        key.erase_before(whole_end(leaf_count(key)));
    }
}

fn leaf_count(key: &SecretKey) -> u32 {
    let height = key.public_key().tree_height;
    1_u32.checked_shl(height).unwrap_or(u32::MAX)
}

/// Signs an operation with this leaf of a key; the same one again is the same bytes.
pub(super) fn sign(
    key: &mut SecretKey,
    leaf: u32,
    operation: Operation,
) -> Result<Box<SignedOperation>, SignError> {
    let message = operation.hash(key.chain_id());
    Ok(Box::new(SignedOperation {
        chain_id: key.chain_id(),
        operation,
        public_key: *key.public_key(),
        signature: key.sign(leaf, &message.0)?,
    }))
}

impl fmt::Debug for Contents {
    /// Prints only what is public.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Contents")
            .field("standing", &self.standing)
            .field("account", &self.account)
            .field("key", &self.key)
            .field("operation", &self.entry.as_ref().map(Entry::operation))
            .finish_non_exhaustive()
    }
}
