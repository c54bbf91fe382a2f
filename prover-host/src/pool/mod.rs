//! Operations that wait for a block: which of them may, and in which order blocks take them.
//!
//! Nothing here reads or writes; the host saves what it takes before anybody is told.

mod dropped;
mod entry;
mod refusal;
#[cfg(test)]
mod tests;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, HashMap, HashSet};
use std::sync::Arc;

use rpp_verifier::{Accounts, Operation, OperationError, OperationHash, SignedOperation};

pub use self::dropped::DropReason;
pub use self::entry::Entry;
pub use self::refusal::PoolRefusal;
use crate::source::BlockRoom;

/// The operations that wait for a block.
///
/// Those that pay are kept by account and nonce, and go by their fee; registrations, which pay nothing,
/// are kept beside them and go by their age. Whoever floods it fills their own share: where there is no
/// room, the account whose cheapest operation pays the least loses its last one to an operation that pays
/// more than that. What an account pays for one operation protects no other one. Of one account one change of key waits,
/// the one that pays the most.
#[derive(Clone, Debug, Default)]
pub struct Pool {
    paying: BTreeMap<u32, BTreeMap<u32, Entry>>,
    registrations: BTreeMap<u64, Entry>,
    places: HashMap<OperationHash, Place>,
}

/// Where an operation is kept.
#[derive(Clone, Copy, Debug)]
enum Place {
    Paying { account: u32, nonce: u32 },
    Registration { number: u64 },
}

/// What has to go for an operation to be taken, and why, if anything has to.
pub type Victim = Option<(OperationHash, DropReason)>;

impl Pool {
    /// Most operations that wait, registrations aside.
    pub const MAX_PAYING: usize = 4096;
    /// Most operations of one account that wait.
    pub const MAX_OF_ACCOUNT: usize = 64;
    /// Most registrations that wait.
    pub const MAX_REGISTRATIONS: usize = 256;
    /// For how many blocks an operation waits.
    pub const MAX_AGE: u32 = 256;

    /// Returns how many operations wait.
    #[must_use]
    pub fn len(&self) -> usize {
        self.places.len()
    }

    /// Returns whether none waits.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// Returns the operation of this hash, if it waits.
    #[must_use]
    pub fn get(&self, hash: &OperationHash) -> Option<&Entry> {
        match *self.places.get(hash)? {
            Place::Paying { account, nonce } => self.paying.get(&account)?.get(&nonce),
            Place::Registration { number } => self.registrations.get(&number),
        }
    }

    /// Checks that an operation that is valid on `accounts` may wait beside the others, and returns which
    /// one has to make room for it.
    ///
    /// # Errors
    ///
    /// [`PoolRefusal`].
    pub fn admit(&self, entry: &Entry, accounts: &Accounts) -> Result<Victim, PoolRefusal> {
        // A block may have come since it was checked.
        entry.check(accounts, 0)?;
        match &entry.signed().operation {
            Operation::Register(_) => self.admit_registration(entry).map(|()| None),
            operation => {
                let account = operation.signer();
                let own = self.paying.get(&account);
                let replaced = own.and_then(|own| replaced(own, operation));
                self.admit_beside(entry, own, replaced, accounts)?;
                if let Some(replaced) = replaced {
                    return Ok(Some((replaced.hash(), DropReason::Replaced)));
                }
                self.victim_for(operation.fee(), own.map_or(0, BTreeMap::len))
            }
        }
    }

    fn admit_registration(&self, entry: &Entry) -> Result<(), PoolRefusal> {
        let new = entry.signed();
        let same = |other: &Entry| {
            let other = other.signed();
            other.public_key == new.public_key || other.operation.signer() == new.operation.signer()
        };
        if self.registrations.values().any(same) {
            return Err(PoolRefusal::Conflict);
        }
        if self.registrations.len() >= Self::MAX_REGISTRATIONS {
            return Err(PoolRefusal::Full);
        }
        Ok(())
    }

    /// Checks an operation against those of the same account, except the one that it replaces.
    fn admit_beside(
        &self,
        entry: &Entry,
        own: Option<&BTreeMap<u32, Entry>>,
        replaced: Option<&Entry>,
        accounts: &Accounts,
    ) -> Result<(), PoolRefusal> {
        let Some(own) = own else { return Ok(()) };
        let new = &entry.signed().operation;
        let replaced = replaced.map(Entry::hash);
        let others = || {
            let others = own.iter();
            others.filter(|(_, other)| Some(other.hash()) != replaced)
        };
        // After a change of key another key signs: what comes behind one cannot be checked before it.
        let conflicts = others().any(|(&nonce, other)| {
            nonce == new.nonce()
                || nonce < new.nonce() && is_rekey(&other.signed().operation)
                || nonce > new.nonce() && is_rekey(new)
        });
        if conflicts {
            return Err(PoolRefusal::Conflict);
        }
        let spent = others().map(|(_, other)| other.needed()).sum();
        Ok(entry.check(accounts, spent)?)
    }

    /// Returns what has to go for an operation that pays `fee`, of an account that has `of_account` waiting.
    fn victim_for(&self, fee: u64, of_account: usize) -> Result<Victim, PoolRefusal> {
        if of_account >= Self::MAX_OF_ACCOUNT {
            return Err(PoolRefusal::Full);
        }
        let paying = self.places.len() - self.registrations.len();
        if paying < Self::MAX_PAYING {
            return Ok(None);
        }
        // Of those that pay the same the one whose last operation is the youngest.
        let ranked = self.paying.values().filter_map(|own| {
            // None is left behind that counts on it.
            let last = own.values().next_back()?;
            Some((lowest_fee(own)?, Reverse(last.number()), last))
        });
        let cheapest = ranked.min_by_key(|&(fee, age, _)| (fee, age));
        match cheapest {
            Some((lowest, _, last)) if lowest < fee => Ok(Some((last.hash(), DropReason::Outbid))),
            _ => Err(PoolRefusal::Full),
        }
    }

    /// Adds an operation that was admitted.
    pub fn insert(&mut self, entry: Entry) {
        let hash = entry.hash();
        self.remove(&hash);
        let (operation, number) = (&entry.signed().operation, entry.number());
        let place = match operation {
            Operation::Register(_) => Place::Registration { number },
            operation => Place::Paying {
                account: operation.signer(),
                nonce: operation.nonce(),
            },
        };
        self.places.insert(hash, place);
        match place {
            Place::Registration { number } => drop(self.registrations.insert(number, entry)),
            Place::Paying { account, nonce } => {
                self.paying.entry(account).or_default().insert(nonce, entry);
            }
        }
    }

    /// Removes an operation, if it waits.
    pub fn remove(&mut self, hash: &OperationHash) {
        match self.places.remove(hash) {
            None => {}
            Some(Place::Registration { number }) => drop(self.registrations.remove(&number)),
            Some(Place::Paying { account, nonce }) => {
                let own = self.paying.entry(account).or_default();
                own.remove(&nonce);
                if own.is_empty() {
                    self.paying.remove(&account);
                }
            }
        }
    }

    /// Removes all but these operations.
    pub fn retain(&mut self, waiting: &HashSet<OperationHash>) {
        let hashes = self.places.keys();
        let gone: Vec<_> = hashes
            .filter(|hash| !waiting.contains(hash))
            .copied()
            .collect();
        gone.iter().for_each(|hash| self.remove(hash));
    }

    /// Returns what may wait no longer once `accounts` are those after the block at `height`, beside the
    /// operations that the block has.
    #[must_use]
    pub fn outdated(
        &self,
        accounts: &Accounts,
        height: u32,
        included: &HashSet<OperationHash>,
    ) -> Vec<(OperationHash, DropReason)> {
        let mut outdated = Vec::new();
        let registrations = self.registrations.values().map(std::iter::once);
        let own = self.paying.values().map(BTreeMap::values);
        let mut look = |entries: &mut dyn Iterator<Item = &Entry>| {
            let mut spent = 0_u128;
            for entry in entries.filter(|entry| !included.contains(&entry.hash())) {
                match entry.check(accounts, spent) {
                    Err(error) => outdated.push((entry.hash(), DropReason::Invalid(error))),
                    Ok(()) if entry.height().saturating_add(Self::MAX_AGE) <= height => {
                        outdated.push((entry.hash(), DropReason::Expired));
                    }
                    Ok(()) => spent = spent.saturating_add(entry.needed()),
                }
            }
        };
        registrations.for_each(|mut one| look(&mut one));
        own.for_each(|mut own| look(&mut own));
        outdated
    }

    /// Returns the operations that a block should take, in this order: registrations by their age, then
    /// the others by their fee, but those of an account by their nonce.
    #[must_use]
    pub fn best(&self, room: BlockRoom) -> Vec<Arc<SignedOperation>> {
        let most = to_usize(room.operations);
        let registrations = to_usize(room.registrations).min(most);
        let registrations = self.registrations.values().take(registrations);
        let mut best: Vec<_> = registrations.map(Entry::shared).collect();
        let mut accounts: Vec<_> = self.paying.values().map(BTreeMap::values).collect();
        let mut next = BinaryHeap::new();
        for (account, own) in accounts.iter_mut().enumerate() {
            next.extend(own.next().map(|entry| Offer::of(entry, account)));
        }
        while best.len() < most
            && let Some(offer) = next.pop()
        {
            best.push(offer.signed);
            let own = &mut accounts[offer.account];
            next.extend(own.next().map(|entry| Offer::of(entry, offer.account)));
        }
        best
    }
}

/// Returns the change of key of the same account that a new one takes the place of, if it pays a tenth more, and at
/// least 1 more: so what an account can pay bounds how often it may try.
///
/// A key that changes its account's key a second time does so at another leaf, and thus with another nonce; with the
/// same nonce, it would be a second message at one leaf, which no wallet sends.
fn replaced<'a>(own: &'a BTreeMap<u32, Entry>, new: &Operation) -> Option<&'a Entry> {
    // Nothing waits behind a change of key.
    let (&nonce, last) = own.last_key_value()?;
    let old = &last.signed().operation;
    let least = old.fee().checked_add((old.fee() / 10).max(1))?;
    let is_other = nonce != new.nonce() && new.fee() >= least;
    (is_rekey(old) && is_rekey(new) && is_other).then_some(last)
}

const fn is_rekey(operation: &Operation) -> bool {
    matches!(operation, Operation::Rekey(_))
}

/// Returns what the cheapest of an account's operations pays.
fn lowest_fee(own: &BTreeMap<u32, Entry>) -> Option<u64> {
    let fees = own.values().map(|entry| entry.signed().operation.fee());
    fees.min()
}

/// The next operation of an account; the best one is the greatest.
struct Offer {
    fee: u64,
    number: Reverse<u64>,
    account: usize,
    signed: Arc<SignedOperation>,
}

impl Offer {
    fn of(entry: &Entry, account: usize) -> Self {
        Self {
            fee: entry.signed().operation.fee(),
            number: Reverse(entry.number()),
            account,
            signed: entry.shared(),
        }
    }

    const fn rank(&self) -> (u64, Reverse<u64>) {
        (self.fee, self.number)
    }
}

impl Ord for Offer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank().cmp(&other.rank())
    }
}

impl PartialOrd for Offer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Offer {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Offer {}

fn to_usize(n: u32) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl From<OperationError> for PoolRefusal {
    fn from(error: OperationError) -> Self {
        Self::Invalid(error)
    }
}
