//! Ends of epochs to measure.

use std::num::NonZeroU32;
use std::path::Path;
use std::{fs, io};

use rpp_verifier::{
    EpochEnd, Header, History, SecretKey, SpanStatement, SpanWitness, Validator, ValidatorSet,
    VoteWitness, vote_message,
};

use crate::chain::{TestChain, generate_key};
use crate::headers::chain;

/// The ends of the first epochs of a chain.
#[derive(Clone, Debug)]
pub struct Ends {
    /// What is proven of them.
    pub witness: SpanWitness,
}

impl Ends {
    /// Returns the ends of the first `count` epochs, each signed by as few of so many validators of equal power as make a quorum,
    /// with keys of this height.
    ///
    /// # Panics
    ///
    /// If the number of validators or of ends, or the height, is not allowed.
    #[must_use]
    pub fn new(count: u32, validators: u32, key_height: u32) -> Self {
        let keys = (0..validators).map(|index| generate_key(index, key_height));
        let mut keys: Vec<_> = keys.collect();
        let sets: Vec<_> = (0..=count).map(|epoch| set(&keys, epoch)).collect();
        let epoch = |height: u32| size(height / LENGTH);
        let names_sets = |header: &mut Header| {
            header.validator_set_root = sets[epoch(header.height)].set_root();
            header.next_validator_set_root = sets[epoch(header.height + 1)].set_root();
        };
        let headers = chain(LENGTH * count - 1, names_sets);
        let hashes: Vec<_> = headers.iter().map(Header::hash).collect();
        let mut ends: Vec<EpochEnd> = Vec::new();
        for (header, set) in headers.chunks(size(LENGTH)).zip(&sets) {
            let header = header.last().expect("an epoch has a header");
            let before = &hashes[..size(header.height)];
            let last = ends.last().map(|end| end.header.height);
            ends.push(EpochEnd {
                header: header.clone(),
                set: set.opening(),
                path: last.map(|last| History::new(before).path(last)),
                votes: votes(&mut keys, set, header),
            });
        }
        let last = &ends[ends.len() - 1].header;
        let length = NonZeroU32::new(LENGTH).expect("not zero");
        let statement = SpanStatement::new(LENGTH - 1, length, sets[0].set_root(), last);
        let statement = statement.expect("ends of epochs");
        let witness = SpanWitness { statement, ends };
        assert_eq!(witness.check(), Ok(()), "each end is signed");
        Self { witness }
    }

    /// Writes the last header to `folder`.
    ///
    /// # Errors
    ///
    /// The system's error about a file.
    pub fn write_last(&self, folder: &Path) -> io::Result<()> {
        let ends = &self.witness.ends;
        let last = &ends[ends.len() - 1].header;
        fs::write(folder.join("last.bin"), last.to_bytes())
    }
}

/// Returns the set of an epoch; no two epochs have the same.
fn set(keys: &[SecretKey], epoch: u32) -> ValidatorSet {
    let members = keys.iter().map(|key| Validator {
        key_id: key.key_id(),
        power: 1,
        account: epoch,
        start_slot: 0,
    });
    ValidatorSet::new(members.collect()).expect("distinct keys with power")
}

/// Returns the votes of as few members as make a quorum, the first ones.
fn votes(keys: &mut [SecretKey], set: &ValidatorSet, header: &Header) -> Vec<VoteWitness> {
    let Header { height, slot, .. } = *header;
    let message = vote_message(TestChain::CHAIN_ID, height, slot, &header.hash());
    let quorum = 2 * set.members().len() / 3 + 1;
    let voters = keys.iter_mut().zip(set.members()).zip(0..).take(quorum);
    let votes = voters.map(|((key, &validator), index)| VoteWitness {
        index,
        validator,
        set_path: set.path(index),
        public_key: *key.public_key(),
        signature: key.sign(slot, &message).expect("a leaf for each slot"),
    });
    votes.collect()
}

fn size(number: u32) -> usize {
    usize::try_from(number).expect("a u32 fits a usize")
}

/// How many heights an epoch has.
const LENGTH: u32 = 2;
