//! `Chain`: proposes and signs the blocks of the devnet, one after the other.

use std::collections::BTreeMap;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rpp_verifier::bitmap::Bitmap;
use rpp_verifier::digest::Digest;
use rpp_verifier::header::{Header, HeaderHash};
use rpp_verifier::history::HistoryFrontier;
use rpp_verifier::signature::SignError;
use rpp_verifier::statement::{next_randomness, vote_message};

use super::epochs::Epochs;
use super::roster::Roster;
use super::turnout::Turnout;
use crate::source::{SignedBlock, Vote};

/// The newest block of the devnet and all that the next one is made from.
#[derive(Debug)]
pub(super) struct Chain {
    epochs: Epochs,
    pub(super) roster: Roster,
    pub(super) turnout: Turnout,
    tip: Header,
    history: HistoryFrontier,
    /// Who voted for the tip.
    voters: Bitmap,
    skips_left: u32,
}

impl Chain {
    /// Returns the chain that has only its genesis.
    pub(super) fn new(genesis: Header, epochs: Epochs, roster: Roster, turnout: Turnout) -> Self {
        let mut history = HistoryFrontier::default();
        history.append(&genesis.hash());
        Self {
            epochs,
            roster,
            turnout,
            tip: genesis,
            history,
            voters: Bitmap::default(),
            skips_left: epochs.skips(),
        }
    }

    /// Returns the newest header.
    pub(super) const fn tip(&self) -> &Header {
        &self.tip
    }

    /// Proposes the next block and has it signed.
    ///
    /// # Errors
    ///
    /// [`SignError`]; the leaves of the slot may be spent then, and the chain is not to go on.
    pub(super) fn next_block(&mut self, now_ms: u64) -> Result<SignedBlock, SignError> {
        let set = self.roster.present().set().clone();
        if self.epochs.is_first(self.tip.height + 1) {
            self.skips_left = self.epochs.skips();
        }
        let skipped = self.turnout.skipped_slots(self.skips_left);
        self.skips_left -= skipped;
        let slot = self.tip.slot + 1 + skipped;
        let proposer = slot % set.opening().n;
        let serial = self.roster.present().serial(proposer);
        let reveal = self.roster.keys().get(serial).reveal(slot)?;
        let header = self.propose(slot, proposer, reveal, now_ms);
        let hash = header.hash();
        let voters = self.turnout.voters(&set, proposer);
        let votes = self.sign(&header, &hash, &voters)?;
        self.history.append(&hash);
        self.tip = header.clone();
        self.voters = voters;
        Ok(SignedBlock {
            header,
            set,
            reveal,
            votes,
        })
    }

    fn propose(&self, slot: u32, proposer: u32, reveal: Digest, now_ms: u64) -> Header {
        let parent = &self.tip;
        let height = parent.height + 1;
        let present = self.roster.present().set().set_root();
        let next = if self.epochs.is_last(height) {
            self.roster.next().set().set_root()
        } else {
            present
        };
        Header {
            version: Header::VERSION,
            chain_id: parent.chain_id,
            height,
            slot,
            proposer,
            timestamp_ms: now_ms.max(parent.timestamp_ms + 1),
            parent_hash: parent.hash().0,
            state_root: parent.state_root,
            // No block of the devnet has an operation.
            tx_root: parent.tx_root,
            validator_set_root: present,
            next_validator_set_root: next,
            participation_root: self.voters.participation_root(),
            history_root: self.history.history_root(),
            randomness: next_randomness(&parent.randomness, &reveal),
        }
    }

    fn sign(
        &mut self,
        header: &Header,
        hash: &HeaderHash,
        voters: &Bitmap,
    ) -> Result<Vec<Vote>, SignError> {
        let message = vote_message(header.chain_id, header.height, header.slot, hash);
        let present = self.roster.present();
        let mut index_of: BTreeMap<_, _> =
            voters.indices().map(|i| (present.serial(i), i)).collect();
        let keys = self.roster.keys().iter_mut();
        let signers: Vec<_> = keys
            .filter_map(|(serial, key)| Some((index_of.remove(&serial)?, key)))
            .collect();
        let votes = signers.into_par_iter().map(|(index, key)| {
            let signature = key.sign(header.slot, &message)?;
            let public_key = *key.public_key();
            Ok(Vote {
                index,
                public_key,
                signature,
            })
        });
        let mut votes: Vec<_> = votes.collect::<Result<_, SignError>>()?;
        votes.sort_by_key(|vote| vote.index);
        Ok(votes)
    }
}
