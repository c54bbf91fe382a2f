//! `Accounts`: the account tree, sparse and persistent.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::{Account, AccountPath, Opening, SupplyError};
use crate::hash::{Digest, MerklePath, compress, empty_nodes};
use crate::limits::STATE_DEPTH;

/// All accounts of a chain, in a Merkle tree of depth 32.
///
/// Only accounts and the nodes where two of them part are kept, so a tree takes about 200 bytes per
/// account. A changed tree shares what did not change with the one before: a clone costs nothing, and
/// the trees of the last 256 heights little more than one.
#[derive(Clone, Debug)]
pub struct Accounts {
    top: Option<Arc<Node>>,
    len: u32,
    root: Digest,
    /// The empty nodes of all levels, and the root of the empty tree.
    empty: Arc<([Digest; STATE_DEPTH], Digest)>,
}

#[derive(Debug)]
enum Node {
    Leaf {
        index: u32,
        account: Account,
    },
    Branch {
        /// The children part at bit `level - 1` of the index.
        level: u32,
        /// A number below the node: its bits from `level` on are those of all.
        index: u32,
        /// What the children are at `level - 1`.
        digests: [Digest; 2],
        children: [Arc<Self>; 2],
    },
}

impl Default for Accounts {
    fn default() -> Self {
        let empty = empty_nodes::<STATE_DEPTH>();
        Self {
            top: None,
            len: 0,
            root: empty.1,
            empty: Arc::new(empty),
        }
    }
}

impl Accounts {
    /// Returns the accounts that a chain starts with.
    ///
    /// # Errors
    ///
    /// The first rule that the list breaks, in the order of the variants of [`SupplyError`].
    pub fn genesis(
        accounts: impl IntoIterator<Item = (u32, Account)>,
    ) -> Result<Self, SupplyError> {
        let mut supply = 0_u64;
        let mut all = Self::default();
        for (index, account) in accounts {
            if all.get(index).is_some() {
                return Err(SupplyError::Twice { index });
            }
            if account.key_offset > account.nonce {
                return Err(SupplyError::KeyOffset { index });
            }
            let sum = supply.checked_add(account.balance);
            supply = sum.ok_or(SupplyError::Overflow)?;
            all = all.with(index, account);
        }
        Ok(all)
    }

    /// Returns the accounts of a list by strictly increasing number; `None` where the order is another one.
    ///
    /// For a long list this takes a fraction of the time of [`Accounts::with`] for each: every node is
    /// computed once, and with the feature `parallel` on all cores.
    ///
    /// # Panics
    ///
    /// If there are 2^32 of them, which fit no machine.
    #[must_use]
    pub fn from_sorted(accounts: &[(u32, Account)]) -> Option<Self> {
        let mut all = Self::default();
        if !accounts.is_sorted_by(|(one, _), (next, _)| one < next) {
            return None;
        }
        if !accounts.is_empty() {
            let top = all.built(accounts);
            all.root = all.lift(&top, DEPTH);
            all.len = u32::try_from(accounts.len()).expect("fewer than 2^32 accounts");
            all.top = Some(top);
        }
        Some(all)
    }

    /// Returns the node over accounts that are listed by number, at least one.
    fn built(&self, accounts: &[(u32, Account)]) -> Arc<Node> {
        let ((index, account), (last, _)) = (accounts[0], accounts[accounts.len() - 1]);
        // The first and the last part where all of them do.
        let Some(bit) = (index ^ last).checked_ilog2() else {
            return Arc::new(Node::Leaf { index, account });
        };
        let (left, right) =
            accounts.split_at(accounts.partition_point(|(index, _)| side(*index, bit) == 0));
        let build = |part: &[(u32, Account)]| {
            let child = self.built(part);
            (self.lift(&child, bit), child)
        };
        let ((left, left_child), (right, right_child)) = if accounts.len() < FEW {
            (build(left), build(right))
        } else {
            both(|| build(left), || build(right))
        };
        Arc::new(Node::Branch {
            level: bit + 1,
            index,
            digests: [left, right],
            children: [left_child, right_child],
        })
    }

    /// Returns the root of the tree: what a header has as its `state_root`.
    #[must_use]
    pub const fn root(&self) -> Digest {
        self.root
    }

    /// Returns how many accounts there are.
    #[must_use]
    pub const fn len(&self) -> u32 {
        self.len
    }

    /// Returns whether there is no account.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Returns the account at `index`.
    #[must_use]
    pub fn get(&self, index: u32) -> Option<&Account> {
        let mut node = self.top.as_deref()?;
        loop {
            match node {
                Node::Leaf {
                    index: found,
                    account,
                } => return (*found == index).then_some(account),
                Node::Branch {
                    level, children, ..
                } => node = &children[side(index, level - 1)],
            }
        }
    }

    /// Returns the accounts, by number.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &Account)> {
        let mut open: Vec<&Node> = self.top.as_deref().into_iter().collect();
        core::iter::from_fn(move || {
            loop {
                match open.pop()? {
                    Node::Leaf { index, account } => return Some((*index, account)),
                    Node::Branch { children, .. } => {
                        open.extend(children.iter().rev().map(Arc::as_ref));
                    }
                }
            }
        })
    }

    /// Returns the path of the leaf at `index`, vacant or not.
    #[must_use]
    pub fn path(&self, index: u32) -> AccountPath {
        let (mut siblings, _) = *self.empty;
        let mut node = self.top.as_ref();
        while let Some(here) = node.take() {
            if let Some(bit) = here.parts_at(index) {
                siblings[place(bit)] = self.lift(here, bit);
            } else if let Node::Branch {
                level,
                digests,
                children,
                ..
            } = here.as_ref()
            {
                let side = side(index, level - 1);
                siblings[place(level - 1)] = digests[side ^ 1];
                node = Some(&children[side]);
            }
        }
        MerklePath(siblings)
    }

    /// Returns what is at `index`, with its path.
    #[must_use]
    pub fn open(&self, index: u32) -> Opening {
        Opening {
            account: self.get(index).copied(),
            path: self.path(index),
        }
    }

    /// Returns the accounts in which the one at `index` is `account`, whether it was there before or not.
    #[must_use]
    pub fn with(&self, index: u32, account: Account) -> Self {
        let is_new = self.get(index).is_none();
        let top = match &self.top {
            None => Arc::new(Node::Leaf { index, account }),
            Some(top) => self.replaced(top, index, account),
        };
        Self {
            root: self.lift(&top, DEPTH),
            top: Some(top),
            // There is one account for each number but for at most one: 2^32 do not fit a machine.
            len: self.len.saturating_add(u32::from(is_new)),
            empty: Arc::clone(&self.empty),
        }
    }

    fn replaced(&self, node: &Arc<Node>, index: u32, account: Account) -> Arc<Node> {
        if let Some(bit) = node.parts_at(index) {
            let leaf = Arc::new(Node::Leaf { index, account });
            let children = if side(index, bit) == 0 {
                [leaf, Arc::clone(node)]
            } else {
                [Arc::clone(node), leaf]
            };
            let digests = [0, 1].map(|i| self.lift(&children[i], bit));
            return Arc::new(Node::Branch {
                level: bit + 1,
                index,
                digests,
                children,
            });
        }
        Arc::new(match node.as_ref() {
            Node::Leaf { .. } => Node::Leaf { index, account },
            Node::Branch {
                level,
                digests,
                children,
                ..
            } => {
                let side = side(index, level - 1);
                let child = self.replaced(&children[side], index, account);
                let (mut digests, mut children) = (*digests, children.clone());
                digests[side] = self.lift(&child, level - 1);
                children[side] = child;
                Node::Branch {
                    level: *level,
                    index,
                    digests,
                    children,
                }
            }
        })
    }

    /// Returns the node of the whole tree at `level` under which there is just `node`.
    fn lift(&self, node: &Node, level: u32) -> Digest {
        let (from, index, digest) = match node {
            Node::Leaf { index, account } => (0, *index, account.leaf()),
            Node::Branch {
                level,
                index,
                digests: [left, right],
                ..
            } => (*level, *index, compress(left, right)),
        };
        (from..level).fold(digest, |digest, level| {
            let empty = &self.empty.0[place(level)];
            if side(index, level) == 0 {
                compress(&digest, empty)
            } else {
                compress(empty, &digest)
            }
        })
    }
}

impl Node {
    /// Returns the highest bit in which `index` differs from what is below the node, if it is not below
    /// it.
    fn parts_at(&self, index: u32) -> Option<u32> {
        let (level, below) = match self {
            Self::Leaf { index, .. } => (0, *index),
            Self::Branch { level, index, .. } => (*level, *index),
        };
        let bit = (index ^ below).checked_ilog2()?;
        (bit >= level).then_some(bit)
    }
}

/// The depth of the tree.
const DEPTH: u32 = 32;
const _: () = assert!(STATE_DEPTH == 32);

/// Computes both, on two cores where there are two.
#[cfg(feature = "parallel")]
fn both<T: Send>(one: impl FnOnce() -> T + Send, other: impl FnOnce() -> T + Send) -> (T, T) {
    p3_maybe_rayon::prelude::join(one, other)
}

#[cfg(not(feature = "parallel"))]
fn both<T>(one: impl FnOnce() -> T, other: impl FnOnce() -> T) -> (T, T) {
    (one(), other())
}

/// Accounts that are not worth another core.
const FEW: usize = 64;

/// Returns which child of a node at level `bit + 1` is towards `index`.
fn side(index: u32, bit: u32) -> usize {
    usize::from(index >> bit & 1 == 1)
}

/// Returns a level as a place among siblings.
fn place(level: u32) -> usize {
    usize::try_from(level).expect("a level is below 32")
}
