//! Giving an operation its leaf: what may be signed, and at which nonce.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{MAX_NONCE, Operation, Register, Rekey, SecretKey, Transfer, VerifiedAccount};

use super::super::contents::{Contents, Entry, Home, Successor};
use super::super::leaves::{Standing, ordinary_end, restored_leaves, transfer_end};
use super::error::SignerError;
use super::journal::Change;

/// What is to be transferred. The signer chooses the nonce.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Payment {
    /// The account that receives.
    pub to: u32,
    /// What is moved, in the chain's smallest unit.
    pub amount: u64,
    /// What the block's proposer gets, in the same unit.
    pub fee: u64,
}

/// When and how a key is changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    pub(super) fee: u64,
    pub(super) now_ms: u64,
    /// Drawn for this change.
    pub(super) drawn: u32,
}

impl Contents {
    /// Reserves the next leaf for a transfer.
    pub(super) fn reserve_payment(
        &mut self,
        seen: &VerifiedAccount,
        payment: &Payment,
    ) -> Result<Change<Operation>, SignerError> {
        let home = self.home.ok_or(SignerError::NoAccount)?;
        let &Payment { to, amount, fee } = payment;
        let transfer = Transfer {
            from: home.index,
            to,
            amount,
            fee,
            nonce: nonce(home, self.next_leaf())?,
        };
        self.reserve_transfer(seen, transfer)
    }

    /// Reserves the leaf of its nonce for a transfer; it may be the one that is reserved already.
    pub(super) fn reserve_transfer(
        &mut self,
        seen: &VerifiedAccount,
        transfer: Transfer,
    ) -> Result<Change<Operation>, SignerError> {
        let home = self.home.ok_or(SignerError::NoAccount)?;
        let operation = Operation::Transfer(transfer);
        if transfer.from != home.index {
            let (expected, got) = (home.index, transfer.from);
            return Err(SignerError::OtherAccount { expected, got });
        }
        let is_same = |entry: &Entry| *entry.operation() == operation;
        if self.entry.as_ref().is_some_and(is_same) {
            return Ok(Change::None(operation));
        }
        let (leaf, next) = (leaf(home, transfer.nonce), self.next_leaf());
        if leaf < next {
            return Err(SignerError::LeafUsed { leaf, next });
        }
        self.check_free()?;
        if self.standing == Standing::Restored {
            return Err(SignerError::Restored);
        }
        let count = self.leaf_count();
        if leaf >= transfer_end(count) {
            let left = count.saturating_sub(next);
            return Err(SignerError::RekeyOnly { left });
        }
        check_balance(seen, transfer.amount, transfer.fee)?;
        Ok(self.reserve(leaf, operation))
    }

    /// Reserves the next leaf for a registration at `index`, which was drawn.
    pub(super) fn reserve_registration(
        &mut self,
        index: u32,
    ) -> Result<Change<Operation>, SignerError> {
        if let Some(Home { index, .. }) = self.home {
            return Err(SignerError::Registered { index });
        }
        self.check_free()?;
        if self.standing == Standing::Restored {
            return Err(SignerError::Restored);
        }
        let leaf = self.next_leaf();
        if leaf >= transfer_end(self.leaf_count()) {
            return Err(SignerError::Exhausted);
        }
        let key_id = self.key.key_id();
        let operation = Operation::Register(Register {
            index,
            key_id,
            leaf,
        });
        Ok(self.reserve(leaf, operation))
    }

    /// Keeps `successor`, and reserves a leaf for the change to it.
    pub(super) fn reserve_rekey(
        &mut self,
        seen: &VerifiedAccount,
        successor: SecretKey,
        terms: Terms,
    ) -> Result<Change<Operation>, SignerError> {
        self.check_free()?;
        let (expected, got) = (self.key.chain_id(), successor.chain_id());
        if got != expected {
            return Err(SignerError::ChainId { expected, got });
        }
        let home = self.home.ok_or(SignerError::NoAccount)?;
        let at = self.rekey_leaf(seen, home, terms)?;
        let operation = self.rekey(seen, home, at, &successor, terms.fee)?;
        self.successor = Some(Successor {
            key: successor,
            // New, and in no other file.
            standing: Standing::Whole,
        });
        Ok(self.reserve(at, operation))
    }

    /// Reserves a leaf for the change of key that is under way, with another fee.
    pub(super) fn reserve_rekey_again(
        &mut self,
        seen: &VerifiedAccount,
        terms: Terms,
    ) -> Result<Change<Operation>, SignerError> {
        let home = self.home.ok_or(SignerError::NoAccount)?;
        let is_under_way = self.entry.as_ref().is_some_and(Entry::is_rekey);
        let successor = self.successor.as_ref().filter(|_| is_under_way);
        let successor = successor.ok_or(SignerError::NothingPending)?;
        let at = self.rekey_leaf(seen, home, terms)?;
        let operation = self.rekey(seen, home, at, &successor.key, terms.fee)?;
        // Both name the same key, so that it does not matter which of them is taken.
        self.burn();
        Ok(self.reserve(at, operation))
    }

    /// Returns the leaf that signs a change of key.
    fn rekey_leaf(
        &self,
        seen: &VerifiedAccount,
        home: Home,
        terms: Terms,
    ) -> Result<u32, SignerError> {
        let (next, count) = (self.next_leaf(), self.leaf_count());
        let (leaves, drawn) = match self.standing {
            Standing::Whole => (next..ordinary_end(count), 0),
            Standing::Restored => {
                check_age(seen, terms.now_ms)?;
                let account = seen.account().ok_or(SignerError::NoAccount)?;
                let leaves = restored_leaves(leaf(home, account.nonce), next, count);
                let length = leaves.end.saturating_sub(leaves.start);
                (leaves, terms.drawn.checked_rem(length).unwrap_or(0))
            }
        };
        let at = leaves.start.saturating_add(drawn);
        let found = leaves.contains(&at).then_some(at);
        found.ok_or(SignerError::Exhausted)
    }

    fn rekey(
        &self,
        seen: &VerifiedAccount,
        home: Home,
        leaf: u32,
        successor: &SecretKey,
        fee: u64,
    ) -> Result<Operation, SignerError> {
        check_balance(seen, 0, fee)?;
        Ok(Operation::Rekey(Rekey {
            index: home.index,
            new_key_id: successor.key_id(),
            fee,
            nonce: nonce(home, leaf)?,
        }))
    }

    /// Nothing is under way: what comes next would otherwise be a second payment of what may still arrive.
    fn check_free(&self) -> Result<(), SignerError> {
        let operation = self.entry.as_ref().map(|e| self.hash(e.operation()));
        operation.map_or(Ok(()), |operation| Err(SignerError::Pending { operation }))
    }

    fn reserve(&mut self, leaf: u32, operation: Operation) -> Change<Operation> {
        self.entry = Some(Entry::Reserved { leaf, operation });
        Change::Made(operation)
    }
}

/// Returns the leaf that signs an operation with this nonce.
const fn leaf(home: Home, nonce: u32) -> u32 {
    nonce.saturating_sub(home.key_offset)
}

/// Returns the nonce of the operation that this leaf signs.
fn nonce(home: Home, leaf: u32) -> Result<u32, SignerError> {
    let nonce = home.key_offset.checked_add(leaf);
    let nonce = nonce.filter(|&nonce| nonce <= MAX_NONCE);
    nonce.ok_or(SignerError::NoncePastEnd)
}

fn check_balance(seen: &VerifiedAccount, amount: u64, fee: u64) -> Result<(), SignerError> {
    let balance = seen.balance().ok_or(SignerError::NoAccount)?;
    let needed = u128::from(amount).saturating_add(fee.into());
    if needed > balance.into() {
        return Err(SignerError::Balance { balance, needed });
    }
    Ok(())
}

fn check_age(seen: &VerifiedAccount, now_ms: u64) -> Result<(), SignerError> {
    let age_ms = now_ms.saturating_sub(seen.timestamp_ms());
    let max_ms = MAX_AGE_MS;
    if age_ms > max_ms {
        return Err(SignerError::StaleAccount { age_ms, max_ms });
    }
    Ok(())
}

/// How old the header may be that a restored key jumps from: as old as a head that is not stale.
const MAX_AGE_MS: u64 = 5 * 60 * 1000;
