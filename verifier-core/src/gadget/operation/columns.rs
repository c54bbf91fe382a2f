//! The columns of an operation.

use crate::gadget::columns::{columns, kinds};
use crate::gadget::permutation::Permutation;
use crate::gadget::row::take;
use crate::gadget::signature::{SignatureCols, SignatureRow};
use crate::gadget::update::Update;

kinds! {
    /// The kinds of rows of an operation beside those of its signature, as places in
    /// [`OperationCols::kind`].
    pub enum Kind {
        /// Digits of what the payer has left. Starts an operation.
        Start,
        /// Digits of the fee.
        Fee,
        /// Digits of the nonce, and of how far it is above the account's.
        Nonce,
        /// Digits of the amount, in a transfer.
        Amount,
        /// First block of the operation's hash.
        Op0,
        /// Second block of the operation's hash.
        Op1,
        /// Third block of the operation's hash, in a change of key.
        Op2,
        /// Digits of the balance that is credited. Starts the change of an account that only receives.
        Balance,
        /// First block of the account before: the key id.
        Old0,
        /// Second block of the account before: balance, nonce, key offset.
        Old1,
        /// First block of the account after.
        New0,
        /// Second block of the account after.
        New1,
        /// One level of the account tree, over the account before.
        OldPath,
        /// The same level, over the account after.
        NewPath,
    }
}

columns! {
    /// The columns beside those of the signature check. Outside of the rows named, a column is free
    /// unless said.
    pub struct OperationCols, OperationCells, OperationPlaces {
        /// One-hot over [`Kind`], together with the other kinds of the circuit.
        kind: [Kind::COUNT],
        /// The operation is a transfer. A bit; as all below down to `body`, constant from one Start to
        /// the next.
        transfer: cell,
        /// The operation is a registration. A bit.
        register: cell,
        /// The operation is a change of key. A bit.
        rekey: cell,
        /// Number of the account that signs; its path bounds the limbs.
        index: [2],
        /// The fee; zero in a registration. Fee bounds the limbs.
        fee: [4],
        /// The nonce, or the leaf of a registration. Nonce bounds the limbs.
        nonce: [2],
        /// How far the nonce is above the account's; zero in a registration. Nonce bounds the limbs.
        gap: [2],
        /// Second block of the hash: receiver, amount and nonce, or a key id. Amount and the receiver's
        /// path bound the limbs.
        body: [8],
        /// The balance of the account that is changed, after the change. Start and Balance bound the
        /// limbs; constant from one of them to the next.
        left: [4],
        /// The account that is changed only receives. A bit; constant from a Start or Balance to the next.
        receiver: cell,
        /// OldPath, NewPath: the level is one of the upper sixteen. A bit everywhere.
        high: cell,
        /// The root of the accounts; it changes where a NewPath is the last of its path.
        root: [8],
        /// New0, New1: the leaf before. OldPath, NewPath: the node that the row does not compress.
        node: [8],
    }
}

impl<T: Copy> OperationCols<'_, T> {
    /// Returns the selector of `kind`.
    #[must_use]
    pub const fn is(&self, kind: Kind) -> T {
        self.kind[kind.place()]
    }
}

/// One row of a circuit that applies operations.
#[derive(Clone, Copy, Debug)]
pub struct OperationRow<'a, T> {
    /// The permutation and the columns of the signature check.
    pub signature: SignatureRow<'a, T>,
    /// The operation's own.
    pub cols: OperationCols<'a, T>,
}

impl<'a, T: Copy> OperationRow<'a, T> {
    /// Reads the columns of an operation off the front of a row.
    ///
    /// # Panics
    ///
    /// If the row is narrower.
    #[must_use]
    pub fn first_of(mut row: &'a [T]) -> Self {
        Self::take(&mut row)
    }

    /// Takes the columns of an operation off the front of a row.
    ///
    /// # Panics
    ///
    /// If the row is narrower.
    pub fn take(row: &mut &'a [T]) -> Self {
        let permutation = Permutation::new(take(row));
        let signature = SignatureRow {
            permutation,
            cols: SignatureCols::take(row),
        };
        Self {
            signature,
            cols: OperationCols::take(row),
        }
    }

    /// Returns the selector of `kind`.
    #[must_use]
    pub const fn is(&self, kind: Kind) -> T {
        self.cols.is(kind)
    }

    /// Returns what a row of a path reads.
    #[must_use]
    pub const fn update(&self) -> Update<'a, T> {
        Update {
            permutation: self.signature.permutation,
            walk: self.signature.cols.walk(),
            other: self.cols.node,
        }
    }
}

/// What a circuit says about the operations that it applies.
#[derive(Clone, Debug)]
pub struct OperationInputs<E> {
    /// The chain's id in two limbs.
    pub chain_id: [E; 2],
    /// Selector, in the next row, of what follows the hash of an operation.
    pub hashed: E,
    /// Selector, in the next row, of what may follow a change of an account that no other one follows.
    pub done: E,
    /// The account that is paid at the end, where a circuit has one.
    pub collector: Option<Collector<E>>,
}

/// An account that is credited though no operation names it. Its rows start with a Balance.
#[derive(Clone, Debug)]
pub struct Collector<E> {
    /// Whether the row is about it. A bit, and zero where `receiver` is one.
    pub is_row: E,
    /// Selector, in the next row, of the circuit's own row between its Balance and its Old0.
    pub carries: E,
    /// Its number, in two limbs that are bounded elsewhere.
    pub index: [E; 2],
    /// What it is credited, in four limbs: sums without carries.
    pub credit: [E; 4],
}
