//! `Roster`: the validator sets of the devnet, from epoch to epoch.

use std::collections::BTreeMap;
use std::sync::Arc;

use rpp_verifier::{SetError, Validator, ValidatorSet};

use crate::database::{Seat, Serial, StoredKey};
use crate::epochs::Epochs;
use crate::past::InUse;
use crate::turnout::Turnout;
use crate::vote_key::VoteKey;

/// A set and the keys of its members.
#[derive(Clone, Debug)]
pub(crate) struct Members {
    set: Arc<ValidatorSet>,
    seats: Vec<Seat>,
}

impl Members {
    /// Returns the set.
    pub(crate) const fn set(&self) -> &Arc<ValidatorSet> {
        &self.set
    }

    /// Returns the seats of the set.
    pub(crate) fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Returns the number of the key of the member at `index`.
    pub(crate) fn serial(&self, index: u32) -> Serial {
        self.seats[usize::try_from(index).expect("a u32 fits a usize")].serial
    }

    /// Returns the account of the member at `index`, which is that of its seat.
    pub(crate) fn account(&self, index: u32) -> u32 {
        let member = usize::try_from(index).expect("a u32 fits a usize");
        self.set.members()[member].account
    }

    fn new(seats: Vec<Seat>, keys: &Keys) -> Result<Self, SetError> {
        let member = |(account, seat): (u32, &Seat)| {
            let key = keys.get(seat.serial);
            Validator {
                key_id: key.id(),
                power: seat.power,
                account,
                start_slot: key.start_slot(),
            }
        };
        let set = ValidatorSet::new((0..).zip(&seats).map(member).collect())?;
        let set = Arc::new(set);
        Ok(Self { set, seats })
    }
}

/// Every key that is in use or announced.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    by_serial: BTreeMap<Serial, VoteKey>,
    drawn: Serial,
}

impl Keys {
    /// Returns the key of this number.
    ///
    /// # Panics
    ///
    /// If it was retired.
    pub(crate) fn get(&self, serial: Serial) -> &VoteKey {
        self.by_serial
            .get(&serial)
            .expect("keys in use are not retired")
    }

    /// Returns the keys of these numbers, as they are to be saved.
    pub(crate) fn to_stored(&self, serials: impl Iterator<Item = Serial>) -> Vec<StoredKey> {
        serials
            .map(|serial| self.get(serial).to_stored(serial))
            .collect()
    }

    /// Returns all keys, for signing.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = (Serial, &mut VoteKey)> {
        self.by_serial
            .iter_mut()
            .map(|(&serial, key)| (serial, key))
    }

    fn add(&mut self, key: VoteKey) -> Serial {
        let serial = self.drawn;
        self.drawn += 1;
        self.by_serial.insert(serial, key);
        serial
    }
}

/// The set after the next one, before its epoch's turn.
#[derive(Debug)]
pub(crate) struct Announced {
    pub(crate) members: Members,
    /// Its new keys, to be saved.
    pub(crate) newcomers: Vec<StoredKey>,
}

/// The current set and the next one.
#[derive(Debug)]
pub(crate) struct Roster {
    keys: Keys,
    present: Members,
    next: Members,
}

impl Roster {
    /// Returns the roster of epoch 0, with the set of epoch 1 announced: `newcomers` holds its one
    /// new key.
    ///
    /// # Errors
    ///
    /// [`SetError`] if the first set is invalid.
    pub(crate) fn new(
        first: Vec<VoteKey>,
        newcomers: Vec<VoteKey>,
        turnout: &mut Turnout,
    ) -> Result<Self, SetError> {
        let mut keys = Keys::default();
        let seat = |key| Seat {
            serial: keys.add(key),
            power: turnout.power(),
        };
        let seats: Vec<_> = first.into_iter().map(seat).collect();
        let present = Members::new(seats, &keys)?;
        let next = present.clone();
        let mut roster = Self {
            keys,
            present,
            next,
        };
        roster.next = roster.successor(&[0], newcomers, turnout)?;
        Ok(roster)
    }

    /// Returns the saved roster, with the number that the next key gets.
    ///
    /// # Errors
    ///
    /// [`SetError`] if the seats do not form a valid set.
    ///
    /// # Panics
    ///
    /// If the key of a seat is not among `keys`.
    pub(crate) fn restore(
        keys: BTreeMap<Serial, VoteKey>,
        drawn: Serial,
        present: Vec<Seat>,
        next: Vec<Seat>,
    ) -> Result<Self, SetError> {
        let keys = Keys {
            by_serial: keys,
            drawn,
        };
        Ok(Self {
            present: Members::new(present, &keys)?,
            next: Members::new(next, &keys)?,
            keys,
        })
    }

    /// Returns the set that currently signs.
    pub(crate) const fn present(&self) -> &Members {
        &self.present
    }

    /// Returns the set of the next epoch.
    pub(crate) const fn next(&self) -> &Members {
        &self.next
    }

    /// Returns all keys.
    pub(crate) const fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Returns all keys, for signing.
    pub(crate) const fn keys_mut(&mut self) -> &mut Keys {
        &mut self.keys
    }

    /// Returns which keys may still sign.
    pub(crate) fn in_use(&self) -> InUse {
        let start_slots = self.keys.by_serial.values().map(VoteKey::start_slot);
        InUse {
            keys: self.keys.by_serial.keys().copied().collect(),
            first_slot: start_slots.min().unwrap_or(0),
        }
    }

    /// Returns the seats of the next set that get a new key in the set after it: all whose leaves
    /// would run out or, if there are none, the one with the oldest key. `first` is the earliest
    /// slot of the current epoch.
    pub(crate) fn outgoing(&self, epochs: Epochs, first: u32) -> Vec<usize> {
        let start_slot = |seat: &Seat| self.keys.get(seat.serial).start_slot();
        let seats = self.next.seats.iter().enumerate();
        let short: Vec<_> = seats
            .clone()
            .filter(|(_, seat)| !epochs.lasts_two_more(start_slot(seat), first))
            .map(|(i, _)| i)
            .collect();
        if !short.is_empty() {
            return short;
        }
        let oldest = seats.min_by_key(|(_, seat)| (start_slot(seat), seat.serial));
        oldest.map(|(i, _)| i).into_iter().collect()
    }

    /// Makes the set after the next one: `newcomers` take the seats `outgoing` of the next one.
    ///
    /// # Errors
    ///
    /// [`SetError`] if it is invalid.
    pub(crate) fn announce(
        &mut self,
        outgoing: &[usize],
        newcomers: Vec<VoteKey>,
        turnout: &mut Turnout,
    ) -> Result<Announced, SetError> {
        let first = self.keys.drawn;
        let members = self.successor(outgoing, newcomers, turnout)?;
        let newcomers = self.keys.to_stored(first..self.keys.drawn);
        Ok(Announced { members, newcomers })
    }

    /// Begins the next epoch, with `announced` as the set after it.
    pub(crate) fn advance(&mut self, announced: Members) {
        self.present = std::mem::replace(&mut self.next, announced);
        let (present, next) = (&self.present, &self.next);
        let in_use = |serial: Serial| {
            let mut seats = present.seats.iter().chain(&next.seats);
            seats.any(|seat| seat.serial == serial)
        };
        self.keys.by_serial.retain(|&serial, _| in_use(serial));
    }

    /// Returns the set after the next one.
    fn successor(
        &mut self,
        outgoing: &[usize],
        newcomers: Vec<VoteKey>,
        turnout: &mut Turnout,
    ) -> Result<Members, SetError> {
        let mut seats = self.next.seats.clone();
        for (&place, key) in outgoing.iter().zip(newcomers) {
            seats[place].serial = self.keys.add(key);
            seats[place].power = turnout.power();
        }
        for seat in &mut seats {
            if turnout.changes_power() {
                seat.power = turnout.power();
            }
        }
        Members::new(seats, &self.keys)
    }
}
