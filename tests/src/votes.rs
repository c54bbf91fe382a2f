//! A validator's votes to measure.

use std::path::Path;
use std::{fs, io};

use rpp_verifier::hazmat::{Domain, hash, u32_limbs};
use rpp_verifier::{Bitmap, Header, UptimeStatement, UptimeWitness, Validator, ValidatorSet};

use crate::chain::TestChain;
use crate::headers::chain;

/// Votes for headers that nobody signed.
#[derive(Clone, Debug)]
pub struct Votes {
    /// What is proven of them.
    pub witness: UptimeWitness,
}

impl Votes {
    /// Returns the votes for the first `count` headers after the genesis, by the last of 96 validators.
    ///
    /// # Panics
    ///
    /// If `count` is 0 or above 1,024.
    #[must_use]
    pub fn new(count: u32) -> Self {
        let members = (0..VALIDATORS).map(member).collect();
        let set = ValidatorSet::new(members).expect("distinct keys with power");
        let names_set_and_votes = |header: &mut Header| {
            header.validator_set_root = set.set_root();
            header.participation_root = votes(header.height).participation_root();
        };
        let headers = chain(count + 1, names_set_and_votes).split_off(1);
        let votes: Vec<_> = (2..=count + 1).map(votes).collect();
        let signed = votes.iter().map(|votes| u32::from(votes.contains(INDEX)));
        let member = member(INDEX);
        let statement = UptimeStatement {
            chain_id: TestChain::CHAIN_ID,
            head_hash: headers[votes.len()].hash(),
            first: 1,
            last: count,
            validator_set_root: set.set_root(),
            index: INDEX,
            key_id: member.key_id,
            signed: signed.sum(),
        };
        let witness = UptimeWitness {
            statement,
            headers,
            votes,
            member,
            path: set.path(INDEX),
            set: set.opening(),
        };
        assert_eq!(witness.check(), Ok(()), "the votes are as counted");
        Self { witness }
    }

    /// Writes the header after the others to `folder`.
    ///
    /// # Errors
    ///
    /// The system's error about a file.
    pub fn write_head(&self, folder: &Path) -> io::Result<()> {
        let head = &self.witness.headers[self.witness.votes.len()];
        fs::write(folder.join("head.bin"), head.to_bytes())
    }
}

/// Returns the votes that the header at a height names: one in seven is missing.
fn votes(height: u32) -> Bitmap {
    let mut votes = Bitmap::default();
    let voted = (0..VALIDATORS).filter(|index| !(height + index).is_multiple_of(7));
    voted.for_each(|index| votes.insert(index));
    votes
}

fn member(index: u32) -> Validator {
    Validator {
        key_id: hash(Domain::Slot, &u32_limbs(index)),
        power: 1,
        account: index,
        start_slot: 0,
    }
}

/// How many validators there are.
const VALIDATORS: u32 = 96;
/// Whose votes are counted.
const INDEX: u32 = VALIDATORS - 1;
