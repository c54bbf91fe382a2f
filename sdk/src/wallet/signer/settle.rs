//! What a verified account says about what was signed.
#![deny(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::indexing_slicing
)]

use rpp_verifier::{Account, OperationHash, SecretKey, VerifiedAccount};

use super::super::contents::{Claim, Contents, Entry, Home, Successor};
use super::super::leaves::Standing;
use super::error::SignerError;
use super::journal::Change;

/// What a verified account says about the signer's key, and which operation is no longer under way.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Settled {
    /// Nothing that was not known.
    Nothing,
    /// There is no account at this number yet.
    Vacant,
    /// The operation that was under way has been taken, or another one with its nonce or a later one: only
    /// a [`VerifiedInclusion`](rpp_verifier::VerifiedInclusion) says which. Nothing is under way any more.
    Spent(OperationHash),
    /// The number that was to be registered has an account that this key did not register, so that no block takes
    /// the registration any more: register again, at another number.
    Taken(OperationHash),
    /// The account has its new key, which signs from now on; the old one is erased.
    Rekeyed(Option<OperationHash>),
    /// The chain has seen what this signer has not signed: another copy of the key signs. From now on the
    /// key can only be changed for a new one.
    Behind(Option<OperationHash>),
}

impl Settled {
    /// Returns what was under way before, and is no more.
    #[must_use]
    pub const fn operation(&self) -> Option<&OperationHash> {
        match self {
            Self::Nothing | Self::Vacant => None,
            Self::Spent(operation) | Self::Taken(operation) => Some(operation),
            Self::Rekeyed(operation) | Self::Behind(operation) => operation.as_ref(),
        }
    }
}

impl Contents {
    /// Takes note of what `seen` says, and then, in the same change, reserves something.
    ///
    /// What is under way stays so: were it cleared here, nobody would be told that it was taken, and a payment
    /// whose answer was lost would be made again.
    pub(super) fn settle_and_reserve<T>(
        &mut self,
        seen: &VerifiedAccount,
        reserve: impl FnOnce(&mut Self) -> Result<Change<T>, SignerError>,
    ) -> Result<Change<Result<T, SignerError>>, SignerError> {
        let (is_noted, settled) = match self.settle(seen)? {
            Change::Made(settled) => (true, settled),
            Change::None(settled) => (false, settled),
        };
        if let Some(&operation) = settled.operation() {
            return Err(SignerError::Unsettled { operation });
        }
        if matches!(settled, Settled::Behind(_)) {
            // That is kept, whatever was to be signed.
            return Ok(Change::Made(Err(SignerError::Restored)));
        }
        Ok(match reserve(self)? {
            Change::None(value) if !is_noted => Change::None(Ok(value)),
            Change::Made(value) | Change::None(value) => Change::Made(Ok(value)),
        })
    }

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
        // What a registration makes has no key offset; another key was there first, and gave it to this one.
        let is_own = is(&self.key) && account.key_offset == 0;
        let asked = self.entry.as_ref().filter(|entry| entry.is_registration());
        let is_asked = asked.is_some_and(|entry| entry.operation().signer() == seen.index());
        if let Some(operation) = self.pending().filter(|_| is_asked && !is_own) {
            self.burn();
            return Ok(Change::Made(Settled::Taken(operation)));
        }
        if !is(&self.key) {
            let (index, height) = (seen.index(), seen.height());
            return Err(SignerError::OtherKey { index, height });
        }
        self.check_claim(seen.index(), account)?;
        Ok(self.settle_own(seen.index(), account))
    }

    /// Checks that this is about the key's account, or the one that it asked for.
    fn check_place(&self, seen: &VerifiedAccount) -> Result<(), SignerError> {
        let (expected, got) = (self.key.chain_id(), seen.chain_id());
        if got != expected {
            return Err(SignerError::ChainId { expected, got });
        }
        let asked = self.entry.as_ref().map(|entry| entry.operation().signer());
        match self.account.index().or(asked) {
            Some(expected) if expected != seen.index() => {
                let got = seen.index();
                Err(SignerError::OtherAccount { expected, got })
            }
            _ => Ok(()),
        }
    }

    /// Checks that an account which names the key is the one that the key signs for. Anybody can give an
    /// account any key: one with a key offset shows nothing, until an operation of it was taken.
    ///
    /// No leaf depends on it, since a key keeps count of its own. But a restored key that changed a stranger's
    /// account would go on as that one's.
    fn check_claim(&self, index: u32, account: &Account) -> Result<(), SignerError> {
        let is_proven = match (self.account, self.standing) {
            (Claim::Vouched(_), _) => true,
            (Claim::Seen(home), _) => home.key_offset == account.key_offset,
            (Claim::None, Standing::Restored) => return Err(SignerError::AccountUnnamed),
            (Claim::Named(_), Standing::Restored) => account.nonce > account.key_offset,
            (Claim::None | Claim::Named(_), Standing::Whole) => account.key_offset == 0,
        };
        let unproven = SignerError::AccountUnproven { index };
        is_proven.then_some(()).ok_or(unproven)
    }

    /// The account has the next key.
    fn succeed(&mut self, successor: Successor, index: u32, account: &Account) -> Settled {
        let (pending, last) = (self.pending(), self.last);
        let Successor { key, standing, .. } = successor;
        let generation = self.generation.saturating_add(1);
        let before = self.before.clone();
        *self = Self {
            generation,
            before,
            last: pending.or(last),
            ..Self::new(key, standing, Claim::None)
        };
        match self.settle_own(index, account) {
            Change::Made(Settled::Behind(_)) => Settled::Behind(pending),
            _ => Settled::Rekeyed(pending),
        }
    }

    /// The account has this key.
    fn settle_own(&mut self, index: u32, account: &Account) -> Change<Settled> {
        let key_offset = account.key_offset;
        let claim = Claim::Seen(Home { index, key_offset });
        let is_new = self.account != claim;
        self.account = claim;
        // The first leaf that the chain has not seen. No account has a key offset above its nonce.
        let spent = account.nonce.saturating_sub(key_offset);
        let is_behind = self.standing == Standing::Whole && self.shows_another_copy(spent);
        let is_ahead = spent > self.key.next_leaf();
        // Of an account that was just given the key, no block has taken anything that it signed.
        let is_bound = self.is_bound || spent > 0;
        let is_news = is_new || is_ahead || is_bound != self.is_bound;
        self.is_bound = is_bound;
        let before = self.pending();
        let is_over = |entry: &Entry| entry.leaf() < spent || entry.is_registration();
        if self.entry.as_ref().is_some_and(is_over) {
            self.burn();
            // A change of key at a lower nonce than the account's can never be taken.
            self.successor = None;
        }
        self.key.erase_before(spent);
        if is_behind {
            self.distrust();
        }
        let over = before.filter(|_| self.entry.is_none());
        match over {
            _ if is_behind => Change::Made(Settled::Behind(over)),
            Some(operation) => Change::Made(Settled::Spent(operation)),
            None if is_news => Change::Made(Settled::Nothing),
            None => Change::None(Settled::Nothing),
        }
    }

    /// Returns whether the chain has seen something by this key that this copy of it has not sent.
    fn shows_another_copy(&self, spent: u32) -> bool {
        let entry = self.entry.as_ref();
        // Nobody has this copy's signature of what is only reserved.
        let is_unsent = entry.is_some_and(|entry| entry.leaf() < spent && entry.is_reserved());
        // Since the first change of key, this copy has signed nothing else, and the account has not changed it.
        let is_unchanged = self.successor.as_ref();
        let is_unchanged = is_unchanged.is_some_and(|next| next.since < spent);
        spent > self.next_leaf() || is_unsent || is_unchanged
    }
}
