//! Giving an operation its leaf: what may be signed, and at which nonce.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{
    Digest, MAX_CLOCK_DRIFT_MS, MAX_NONCE, Operation, OperationHash, Register, Rekey, SecretKey,
    Transfer, VerifiedAccount,
};

use super::super::contents::{Claim, Contents, Entry, Home, Successor};
use super::super::leaves::{
    Standing, ordinary_end, rekey_reach, restored_leaves, transfer_end, transfer_reach,
};
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

/// What a reservation comes to: the hash of what has the leaf.
type Reserved = Result<Change<OperationHash>, SignerError>;

impl Contents {
    /// Reserves the next leaf for a transfer.
    pub(super) fn reserve_payment(
        &mut self,
        seen: &VerifiedAccount,
        payment: &Payment,
    ) -> Reserved {
        let home = self.home()?;
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
    ) -> Reserved {
        let home = self.home()?;
        let operation = Operation::Transfer(transfer);
        if transfer.from != home.index {
            let (expected, got) = (home.index, transfer.from);
            return Err(SignerError::OtherAccount { expected, got });
        }
        let is_same = |entry: &Entry| *entry.operation() == operation;
        if self.entry.as_ref().is_some_and(is_same) {
            return Ok(Change::None(self.hash(&operation)));
        }
        let (leaf, next) = (leaf(home, transfer.nonce)?, self.next_leaf());
        if leaf < next {
            return Err(SignerError::LeafUsed { leaf, next });
        }
        self.check_free()?;
        self.check_transfer_leaf(leaf, spent(seen, home)?)?;
        check_balance(seen, transfer.amount, transfer.fee)?;
        Ok(self.reserve(leaf, operation))
    }

    /// Checks that a transfer may be signed at this leaf, where `spent` is the first that the chain has not seen.
    fn check_transfer_leaf(&self, leaf: u32, spent: u32) -> Result<(), SignerError> {
        self.check_whole()?;
        let (next, count) = (self.next_leaf(), self.leaf_count());
        if leaf >= transfer_end(count) {
            let left = ordinary_end(count).saturating_sub(next);
            return Err(SignerError::RekeyOnly { left });
        }
        check_reach(leaf, transfer_reach(spent, count))
    }

    /// Reserves the next leaf for a registration at `index`, which was drawn.
    pub(super) fn reserve_registration(&mut self, index: u32) -> Reserved {
        self.check_whole()?;
        if let Some(index) = self.account.index() {
            return Err(SignerError::Registered { index });
        }
        self.check_free()?;
        let (leaf, count) = (self.next_leaf(), self.leaf_count());
        if leaf >= transfer_end(count) {
            return Err(SignerError::Exhausted);
        }
        // The chain has seen nothing of a key that has no account; which registration it takes, is not known.
        check_reach(leaf, transfer_reach(0, count))?;
        let key_id = self.key_id();
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
    ) -> Reserved {
        if self.successor.is_some() {
            return Err(SignerError::RekeyPending);
        }
        self.check_free()?;
        let (expected, got) = (self.key.chain_id(), successor.chain_id());
        if got != expected {
            return Err(SignerError::ChainId { expected, got });
        }
        let new_key_id = successor.key_id();
        if new_key_id == self.key_id() {
            return Err(SignerError::SameKey);
        }
        let (leaf, operation) = self.rekey(seen, new_key_id, terms)?;
        self.successor = Some(Successor {
            key: successor,
            // New, and in no other file.
            standing: Standing::Whole,
            since: leaf,
        });
        Ok(self.reserve(leaf, operation))
    }

    /// Reserves a leaf for the change of key that is under way, with another fee.
    pub(super) fn reserve_rekey_again(&mut self, seen: &VerifiedAccount, terms: Terms) -> Reserved {
        let successor = self.successor.as_ref();
        let successor = successor.ok_or(SignerError::NothingPending)?;
        let (leaf, operation) = self.rekey(seen, successor.key.key_id(), terms)?;
        // All name the same key, so that it does not matter which of them is taken.
        self.burn();
        Ok(self.reserve(leaf, operation))
    }

    /// Returns a change of key, and the leaf that signs it.
    fn rekey(
        &self,
        seen: &VerifiedAccount,
        new_key_id: Digest,
        terms: Terms,
    ) -> Result<(u32, Operation), SignerError> {
        let home = self.home()?;
        let leaf = self.rekey_leaf(seen, spent(seen, home)?, terms)?;
        check_balance(seen, 0, terms.fee)?;
        let operation = Operation::Rekey(Rekey {
            index: home.index,
            new_key_id,
            fee: terms.fee,
            nonce: nonce(home, leaf)?,
        });
        Ok((leaf, operation))
    }

    /// Returns the leaf that signs a change of key.
    fn rekey_leaf(
        &self,
        seen: &VerifiedAccount,
        spent: u32,
        terms: Terms,
    ) -> Result<u32, SignerError> {
        let (next, count) = (self.next_leaf(), self.leaf_count());
        if self.standing == Standing::Whole {
            if next >= ordinary_end(count) {
                return Err(SignerError::Exhausted);
            }
            check_reach(next, rekey_reach(spent, count))?;
            return Ok(next);
        }
        check_age(seen, terms.now_ms)?;
        let leaves = restored_leaves(spent, next, count);
        let length = leaves.end.saturating_sub(leaves.start);
        let drawn = terms.drawn.checked_rem(length);
        let drawn = drawn.ok_or(SignerError::Exhausted)?;
        Ok(leaves.start.saturating_add(drawn))
    }

    /// Takes the owner's word for which account is the key's.
    pub(super) fn vouch(&mut self, index: u32) -> Result<Change<()>, SignerError> {
        if self.successor.is_some() {
            return Err(SignerError::RekeyPending);
        }
        self.check_free()?;
        match self.account {
            Claim::Seen(home) if home.index != index => {
                let (expected, got) = (home.index, index);
                Err(SignerError::OtherAccount { expected, got })
            }
            account if account == Claim::Vouched(index) => Ok(Change::None(())),
            _ => {
                self.account = Claim::Vouched(index);
                Ok(Change::Made(()))
            }
        }
    }

    /// Gives up what is under way, if it is this.
    pub(super) fn abandon(&mut self, given_up: OperationHash) -> Result<Change<()>, SignerError> {
        match (&self.entry, self.pending()) {
            (Some(entry), Some(operation)) if operation == given_up => {
                if entry.is_rekey() {
                    return Err(SignerError::RekeyPending);
                }
                self.burn();
                Ok(Change::Made(()))
            }
            (_, Some(operation)) => Err(SignerError::Pending { operation }),
            (_, None) => Err(SignerError::NothingPending),
        }
    }

    fn home(&self) -> Result<Home, SignerError> {
        self.account.home().ok_or(SignerError::NoAccount)
    }

    /// Nothing is under way: what comes next would otherwise be a second payment of what may still arrive.
    fn check_free(&self) -> Result<(), SignerError> {
        let pending = self.pending();
        pending.map_or(Ok(()), |operation| Err(SignerError::Pending { operation }))
    }

    fn check_whole(&self) -> Result<(), SignerError> {
        match self.standing {
            Standing::Whole => Ok(()),
            Standing::Restored => Err(SignerError::Restored),
        }
    }

    fn reserve(&mut self, leaf: u32, operation: Operation) -> Change<OperationHash> {
        self.entry = Some(Entry::Reserved { leaf, operation });
        Change::Made(self.hash(&operation))
    }
}

/// Returns the leaf that signs an operation with this nonce.
fn leaf(home: Home, nonce: u32) -> Result<u32, SignerError> {
    if nonce > MAX_NONCE {
        return Err(SignerError::NoncePastEnd);
    }
    let first = home.key_offset;
    let leaf = nonce.checked_sub(first);
    leaf.ok_or(SignerError::NonceUsed { nonce, first })
}

/// Returns the nonce of the operation that this leaf signs.
fn nonce(home: Home, leaf: u32) -> Result<u32, SignerError> {
    let nonce = home.key_offset.checked_add(leaf);
    let nonce = nonce.filter(|&nonce| nonce <= MAX_NONCE);
    nonce.ok_or(SignerError::NoncePastEnd)
}

/// Returns the first leaf that the chain has not seen.
fn spent(seen: &VerifiedAccount, home: Home) -> Result<u32, SignerError> {
    let account = seen.account().ok_or(SignerError::NoAccount)?;
    Ok(account.nonce.saturating_sub(home.key_offset))
}

fn check_reach(leaf: u32, end: u32) -> Result<(), SignerError> {
    if leaf >= end {
        return Err(SignerError::LeafAhead { leaf, end });
    }
    Ok(())
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
    let (ahead_ms, max_ms) = (
        seen.timestamp_ms().saturating_sub(now_ms),
        MAX_CLOCK_DRIFT_MS,
    );
    if ahead_ms > max_ms {
        return Err(SignerError::FutureAccount { ahead_ms, max_ms });
    }
    let (age_ms, max_ms) = (now_ms.saturating_sub(seen.timestamp_ms()), MAX_AGE_MS);
    if age_ms > max_ms {
        return Err(SignerError::StaleAccount { age_ms, max_ms });
    }
    Ok(())
}

/// How old the header may be that a restored key jumps from: as old as a head that is not stale.
const MAX_AGE_MS: u64 = 5 * 60 * 1000;
