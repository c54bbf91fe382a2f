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
    Standing, change_leaf, skip_end, transfer_end, transfer_leaf, whole_end,
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
        self.check_transfer_leaf(leaf)?;
        check_balance(seen, transfer.amount, transfer.fee)?;
        Ok(self.reserve(leaf, operation))
    }

    /// Checks that a transfer may be signed at this leaf.
    fn check_transfer_leaf(&self, leaf: u32) -> Result<(), SignerError> {
        self.check_whole()?;
        let (next, count) = (self.next_leaf(), self.leaf_count());
        let end = skip_end(next, count);
        if leaf >= end {
            return Err(SignerError::LeafAhead { leaf, end });
        }
        let left = whole_end(count).saturating_sub(next.max(transfer_end(count)));
        let leaf = transfer_leaf(leaf, count);
        leaf.map(drop).ok_or(SignerError::RekeyOnly { left })
    }

    /// Reserves the next leaf for a registration at `index`, which was drawn.
    pub(super) fn reserve_registration(&mut self, index: u32) -> Reserved {
        self.check_whole()?;
        if let Some(index) = self.account.index() {
            return Err(SignerError::Registered { index });
        }
        self.check_free()?;
        let leaf = transfer_leaf(self.next_leaf(), self.leaf_count());
        let leaf = leaf.ok_or(SignerError::Exhausted)?;
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
        let leaf = self.rekey_leaf(seen, terms)?;
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
    fn rekey_leaf(&self, seen: &VerifiedAccount, terms: Terms) -> Result<u32, SignerError> {
        if self.standing == Standing::Restored {
            // Whether another restored copy has changed the key by now, only a new account shows.
            check_age(seen, terms.now_ms)?;
        }
        // All that the chain has seen is below, in whichever account it was shown.
        let (next, count) = (self.next_leaf(), self.leaf_count());
        let leaf = change_leaf(self.standing, next, count, terms.drawn);
        leaf.ok_or(SignerError::Exhausted)
    }

    /// Takes the owner's word for which account is the key's.
    pub(super) fn vouch(&mut self, index: u32) -> Result<Change<()>, SignerError> {
        if self.successor.is_some() {
            return Err(SignerError::RekeyPending);
        }
        self.check_free()?;
        let own = self.account.index().filter(|_| self.is_bound);
        if let Some(expected) = own.filter(|own| *own != index) {
            let got = index;
            return Err(SignerError::OtherAccount { expected, got });
        }
        let vouched = Claim::Vouched(index);
        if self.account == vouched {
            return Ok(Change::None(()));
        }
        self.account = vouched;
        Ok(Change::Made(()))
    }

    /// Gives up what is under way, if it is this.
    pub(super) fn abandon(&mut self, given_up: OperationHash) -> Result<Change<()>, SignerError> {
        match (&self.entry, self.pending()) {
            (Some(entry), Some(operation)) if operation == given_up => {
                if entry.is_rekey() {
                    return Err(SignerError::RekeyPending);
                }
                if entry.is_registration() {
                    return Err(SignerError::RegistrationPending);
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
        // A registration is for no account yet.
        self.is_bound = self.is_bound || self.account.home().is_some();
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

/// How old the header may be that a restored key believes: as old as a head that is not stale.
const MAX_AGE_MS: u64 = 5 * 60 * 1000;
