//! What a verified account says about what was signed.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{Account, Operation, OperationHash, SecretKey, VerifiedAccount};

use super::super::contents::{Contents, Entry, Home, Successor};
use super::super::leaves::Standing;
use super::error::SignerError;
use super::journal::Change;

/// What a verified account says about the signer's key.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Settled {
    /// Nothing that was not known.
    Nothing,
    /// There is no account at this number yet.
    Vacant,
    /// The operation that was under way has been taken, or another one with its nonce or a later one: only
    /// a [`VerifiedInclusion`](rpp_verifier::VerifiedInclusion) says which. Nothing is under way any more.
    Spent(OperationHash),
    /// The number that was to be registered belongs to another key: register again, at another number.
    Taken,
    /// The account has its new key, which signs from now on; the old one is erased.
    Rekeyed,
    /// The chain has seen leaves that this signer has not used: another copy of the key signs. From now on
    /// the key can only be changed for a new one.
    Behind,
}

impl Contents {
    /// Takes note of what `seen` says.
    pub(super) fn settle(
        &mut self,
        seen: &VerifiedAccount,
    ) -> Result<Change<Settled>, SignerError> {
        self.check_place(seen)?;
        let Some(account) = seen.account() else {
            return Ok(Change::None(Settled::Vacant));
        };
        let is = |key: &SecretKey| key.key_id() == account.key_id;
        if let Some(successor) = self.successor.take_if(|next| is(&next.key)) {
            return Ok(Change::Made(self.succeed(successor, seen.index(), account)));
        }
        if !is(&self.key) {
            return self.settle_stranger(seen);
        }
        Ok(self.settle_own(seen.index(), account))
    }

    /// Checks that this is about the key's account, or the one that it asked for.
    fn check_place(&self, seen: &VerifiedAccount) -> Result<(), SignerError> {
        let (expected, got) = (self.key.chain_id(), seen.chain_id());
        if got != expected {
            return Err(SignerError::ChainId { expected, got });
        }
        let asked = self.entry.as_ref().map(|entry| entry.operation().signer());
        let own = self.home.map(|home| home.index).or(asked);
        match own {
            Some(expected) if expected != seen.index() => {
                let got = seen.index();
                Err(SignerError::OtherAccount { expected, got })
            }
            _ => Ok(()),
        }
    }

    /// The account has the next key.
    fn succeed(&mut self, successor: Successor, index: u32, account: &Account) -> Settled {
        *self = Self::new(successor.key, successor.standing);
        match self.settle_own(index, account) {
            Change::Made(Settled::Behind) => Settled::Behind,
            _ => Settled::Rekeyed,
        }
    }

    /// The account has somebody else's key.
    fn settle_stranger(&mut self, seen: &VerifiedAccount) -> Result<Change<Settled>, SignerError> {
        let entry = self.entry.as_ref();
        if entry.is_some_and(|entry| matches!(entry.operation(), Operation::Register(_))) {
            self.burn();
            return Ok(Change::Made(Settled::Taken));
        }
        let (index, height) = (seen.index(), seen.height());
        Err(SignerError::OtherKey { index, height })
    }

    /// The account has this key.
    fn settle_own(&mut self, index: u32, account: &Account) -> Change<Settled> {
        let key_offset = account.key_offset;
        let home = Some(Home { index, key_offset });
        let is_new = self.home != home;
        self.home = home;
        // The first leaf that the chain has not seen. No account has a key offset above its nonce.
        let spent = account.nonce.saturating_sub(key_offset);
        let is_behind = spent > self.next_leaf() && self.standing == Standing::Whole;
        let entry = self.entry.take_if(|entry| entry.leaf() < spent);
        let taken = entry.map(|entry| self.hash(entry.operation()));
        if taken.is_some() {
            // A change of key at a lower nonce than the account's can never be taken.
            self.successor = None;
        }
        let is_ahead = spent > self.key.next_leaf();
        self.key.erase_before(spent);
        if is_behind {
            self.distrust();
            return Change::Made(Settled::Behind);
        }
        match taken {
            Some(operation) => Change::Made(Settled::Spent(operation)),
            None if is_new || is_ahead => Change::Made(Settled::Nothing),
            None => Change::None(Settled::Nothing),
        }
    }
}

impl Entry {
    pub(super) const fn is_rekey(&self) -> bool {
        matches!(self.operation(), Operation::Rekey(_))
    }
}
