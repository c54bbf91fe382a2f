//! `TestChain`: blocks signed with real keys, the same on every run.

use rpp_verifier::hazmat::{Domain, Val, hash};
use rpp_verifier::{
    Bitmap, Certificate, ConsensusStatement, ConsensusWitness, Digest, Header, HeaderHash,
    HistoryFrontier, KeyPurpose, SecretKey, Validator, ValidatorSet, VoteWitness, genesis,
    next_randomness,
};

/// A chain with the same validators in every epoch, all of whom vote for every block. Their powers
/// change from epoch to epoch, so each epoch has its own set.
#[derive(Debug)]
pub struct TestChain {
    epoch_length: u32,
    keys: Vec<SecretKey>,
    set: ValidatorSet,
    history: HistoryFrontier,
    voted: Bitmap,
    head: Header,
    /// How many slots pass before the next block.
    skipped: u32,
    /// How many milliseconds more than one pass before the next block.
    pause_ms: u64,
    /// From which epoch on the sets are others.
    renamed_from: u32,
    /// A height, and the header that its validators say is there.
    claimed: Option<(u32, HeaderHash)>,
}

/// A block, with everything needed to prove that it was signed.
#[derive(Clone, Debug)]
pub struct TestBlock {
    /// The header before it.
    pub parent: Header,
    /// Its header.
    pub header: Header,
    /// The votes for it.
    pub witness: ConsensusWitness,
    /// What those after it have in their history at its height: its own hash, if nobody lies.
    pub in_history: HeaderHash,
}

impl TestChain {
    /// The chain's id.
    pub const CHAIN_ID: u32 = 7;
    /// Number of heights in an epoch, large enough that the first one never ends.
    pub const ENDLESS: u32 = 1 << 20;

    /// Makes the keys of `validators` and their genesis; `progress` is told how many keys are done.
    ///
    /// # Panics
    ///
    /// If the number of validators or the key height is not allowed.
    #[must_use]
    pub fn new(
        validators: u32,
        tree_height: u32,
        epoch_length: u32,
        mut progress: impl FnMut(u32),
    ) -> Self {
        let mut keys = Vec::new();
        for index in 0..validators {
            keys.push(generate_key(index, tree_height));
            progress(index + 1);
        }
        let set = set_of_epoch(&keys, 0);
        let head = genesis(
            Self::CHAIN_ID,
            epoch_length,
            GENESIS_MS,
            Digest::ZERO,
            set.set_root(),
            hash(Domain::Random, &[Val::default(); 8]),
        );
        let mut history = HistoryFrontier::default();
        history.append(&head.hash());
        Self {
            epoch_length,
            keys,
            set,
            history,
            voted: Bitmap::default(),
            head,
            skipped: 0,
            pause_ms: 0,
            renamed_from: u32::MAX,
            claimed: None,
        }
    }

    /// Names other sets than another chain of the same keys does, from `epoch` on.
    pub const fn rename_sets(&mut self, epoch: u32) {
        self.renamed_from = epoch;
    }

    /// Has later headers say that another header is at a height.
    pub const fn claim(&mut self, height: u32, header: HeaderHash) {
        self.claimed = Some((height, header));
    }

    /// Lets a slot pass without a block: two chains of the same keys fork here.
    pub const fn skip_slot(&mut self) {
        self.skipped += 1;
    }

    /// Lets time pass without a block.
    pub const fn pause(&mut self, ms: u64) {
        self.pause_ms = ms;
    }

    /// Returns the newest header.
    #[must_use]
    pub const fn head(&self) -> &Header {
        &self.head
    }

    /// Makes the next block, signed by all validators.
    ///
    /// # Panics
    ///
    /// If the keys have no leaf left for it.
    #[must_use]
    pub fn next_block(&mut self) -> TestBlock {
        self.next_signed_by(u32::MAX)
    }

    /// Makes the next block, whose votes are not kept: to sign takes most of the time.
    ///
    /// # Panics
    ///
    /// If the keys have no leaf left for it.
    #[must_use]
    pub fn next_unsigned(&mut self) -> TestBlock {
        self.next_signed_by(0)
    }

    /// Makes the next block, signed by so many validators at most.
    fn next_signed_by(&mut self, most: u32) -> TestBlock {
        let parent = self.head.clone();
        let slot = parent.slot + 1 + std::mem::take(&mut self.skipped);
        let proposer = slot % self.set.opening().n;
        let proposing = self
            .keys
            .iter()
            .zip(0..)
            .find(|&(_, index)| index == proposer);
        let (key, _) = proposing.expect("the proposer is in the set");
        let reveal = key
            .reveal_slot_secret(slot)
            .expect("no leaf of this slot was used");
        let epoch = (parent.height + 2) / self.epoch_length;
        let shift = if epoch < self.renamed_from { 0 } else { 100 };
        let next_set = set_of_epoch(&self.keys, epoch + shift);
        let header = Header {
            next_validator_set_root: next_set.set_root(),
            ..self.child(&parent, slot, proposer, &reveal)
        };
        let witness = self.sign(&header, &parent, reveal, most);
        self.set = next_set;
        let claimed = self.claimed.filter(|(height, _)| *height == header.height);
        let in_history = claimed.map_or_else(|| header.hash(), |(_, claimed)| claimed);
        self.history.append(&in_history);
        self.voted = Bitmap::default();
        (0..self.set.opening().n).for_each(|index| self.voted.insert(index));
        self.head = header.clone();
        TestBlock {
            parent,
            header,
            witness,
            in_history,
        }
    }

    fn child(&mut self, parent: &Header, slot: u32, proposer: u32, reveal: &Digest) -> Header {
        let pause_ms = std::mem::take(&mut self.pause_ms);
        Header {
            height: parent.height + 1,
            slot,
            proposer,
            timestamp_ms: parent.timestamp_ms + 1 + pause_ms,
            parent_hash: parent.hash().0,
            validator_set_root: self.set.set_root(),
            participation_root: self.voted.participation_root(),
            history_root: self.history.history_root(),
            randomness: next_randomness(&parent.randomness, reveal),
            ..parent.clone()
        }
    }

    fn sign(
        &mut self,
        header: &Header,
        parent: &Header,
        reveal: Digest,
        most: u32,
    ) -> ConsensusWitness {
        let mut signers = Bitmap::default();
        (0..self.set.opening().n).for_each(|index| signers.insert(index));
        let opening = self.set.opening();
        let statement = ConsensusStatement::new(
            header,
            parent,
            &Certificate {
                signed_power: opening.total_power,
                signers: signers.signers(),
                set: opening,
            },
        )
        .expect("the chain's own header, parent and set");
        let message = statement.vote_message();
        let voters = self.keys.iter_mut().zip(self.set.members()).zip(0..most);
        let votes = voters.map(|((key, &validator), index)| VoteWitness {
            index,
            validator,
            set_path: self.set.path(index),
            public_key: *key.public_key(),
            signature: key
                .sign(header.slot, &message)
                .expect("a leaf for each slot"),
        });
        let votes = votes.collect();
        ConsensusWitness {
            statement,
            reveal,
            votes,
        }
    }
}

/// Returns the key of a validator.
pub(crate) fn generate_key(index: u32, tree_height: u32) -> SecretKey {
    let mut seed = [0; 32];
    seed[..4].copy_from_slice(&index.to_le_bytes());
    let key = SecretKey::generate(
        seed,
        KeyPurpose::Vote,
        TestChain::CHAIN_ID,
        tree_height,
        &|_| {},
    );
    key.expect("a tree height that keys may have")
}

fn set_of_epoch(keys: &[SecretKey], epoch: u32) -> ValidatorSet {
    let members = keys.iter().zip(0..);
    let members = members.map(|(key, index)| member(key, index, epoch));
    ValidatorSet::new(members.collect()).expect("distinct keys with power")
}

fn member(key: &SecretKey, index: u32, epoch: u32) -> Validator {
    Validator {
        key_id: key.key_id(),
        power: 100 + index + epoch,
        account: index,
        start_slot: 0,
    }
}

/// When the chain begins, in milliseconds since the Unix epoch.
const GENESIS_MS: u64 = 1_700_000_000_000;
