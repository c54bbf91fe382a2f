//! `Chain`: proposes and signs the blocks of the devnet, one after the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rpp_verifier::{
    Accounts, Bitmap, Digest, Header, HistoryFrontier, SignError, SignedOperation, next_randomness,
    vote_message,
};

use crate::DevnetError;
use crate::block::{SignedBlock, Vote};
use crate::body::Body;
use crate::database::{Draft, KeyState, Proposal, Serial};
use crate::epochs::Epochs;
use crate::roster::Roster;
use crate::turnout::Turnout;

/// The newest block that has been taken, and everything the next one is made from.
#[derive(Debug)]
pub(crate) struct Chain {
    pub(crate) epochs: Epochs,
    pub(crate) roster: Roster,
    pub(crate) turnout: Turnout,
    pub(crate) tip: Header,
    pub(crate) history: HistoryFrontier,
    /// Who voted for the tip.
    pub(crate) voters: Bitmap,
    /// The epoch of the current set.
    pub(crate) epoch: u32,
    /// The earliest slot of that epoch.
    pub(crate) first_slot: u32,
}

/// What each leaf signs, to be saved before it signs.
#[derive(Debug)]
pub(crate) struct Intent {
    pub(crate) message: Digest,
    pub(crate) leaves: Vec<(Serial, u32)>,
}

/// A block, and the keys that signed it, in the form to save before it goes out.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) block: SignedBlock,
    pub(crate) states: Vec<(Serial, KeyState)>,
}

/// A vote, and the key that cast it, in the form to save.
type KeyVote = (Vote, (Serial, KeyState));

impl Chain {
    /// Decides the next block: its header, its operations, and who votes for it. Nothing is signed.
    ///
    /// # Errors
    ///
    /// [`DevnetError::Sign`] if the proposer's key has no leaf for the slot; [`DevnetError::Operations`].
    pub(crate) fn propose(
        &mut self,
        now_ms: u64,
        state: &Accounts,
        candidates: Vec<Arc<SignedOperation>>,
    ) -> Result<Draft, DevnetError> {
        let set = self.roster.present().set().clone();
        let skipped = self.turnout.skipped_slots(self.skips_left());
        let slot = self.tip.slot + 1 + skipped;
        let proposer = slot % set.opening().n;
        let reveal = self.reveal(slot, proposer)?;
        let account = self.roster.present().account(proposer);
        let body = Body::new(self.tip.chain_id, state, candidates, account)?;
        let header = self.header(slot, proposer, reveal, now_ms, &body);
        let voters = self.turnout.voters(&set, proposer);
        Ok(Draft {
            proposal: Proposal { header, voters },
            operations: body.operations,
        })
    }

    /// Returns which leaf of which key is to sign what.
    pub(crate) fn intent(&self, proposal: &Proposal) -> Intent {
        let header = &proposal.header;
        let present = self.roster.present();
        let leaf = |index| {
            let serial = present.serial(index);
            (serial, self.roster.keys().get(serial).leaf(header.slot))
        };
        Intent {
            message: message(header),
            leaves: proposal.voters.indices().map(leaf).collect(),
        }
    }

    /// Signs a draft of a child of the tip, whose accounts are `state`; the intent to sign it is already saved. Signing it
    /// again, with keys saved before or after the first time, gives the same block.
    ///
    /// # Errors
    ///
    /// [`SignError`]; the chain must not continue.
    pub(crate) fn sign(&mut self, draft: Draft, state: Accounts) -> Result<Signed, SignError> {
        let Draft {
            proposal: Proposal { header, voters },
            operations,
        } = draft;
        let reveal = self.reveal(header.slot, header.proposer)?;
        let mut signed = self.votes(&header, &voters)?;
        signed.sort_by_key(|(vote, _)| vote.index);
        let (votes, states) = signed.into_iter().unzip();
        let block = SignedBlock {
            header,
            parent: self.tip.clone(),
            parent_votes: self.voters,
            state,
            operations,
            set: self.roster.present().set().clone(),
            reveal,
            votes,
        };
        Ok(Signed { block, states })
    }

    /// Moves the tip to a signed child of it.
    pub(crate) fn adopt(&mut self, proposal: &Proposal) {
        self.history.append(&proposal.header.hash());
        self.tip = proposal.header.clone();
        self.voters = proposal.voters;
    }

    /// Returns how many slots of this epoch may still pass without a block: those that were
    /// skipped before a restart count.
    fn skips_left(&self) -> u32 {
        let slots = self.tip.slot + 1 - self.first_slot;
        let blocks = self.tip.height + 1 - self.epochs.first_height(self.epoch);
        (self.epochs.skips() + blocks).saturating_sub(slots)
    }

    fn reveal(&self, slot: u32, proposer: u32) -> Result<Digest, SignError> {
        let serial = self.roster.present().serial(proposer);
        self.roster.keys().get(serial).reveal(slot)
    }

    fn header(&self, slot: u32, proposer: u32, reveal: Digest, now_ms: u64, body: &Body) -> Header {
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
            state_root: body.state_root,
            tx_root: body.tx_root,
            validator_set_root: present,
            next_validator_set_root: next,
            participation_root: self.voters.participation_root(),
            history_root: self.history.history_root(),
            randomness: next_randomness(&parent.randomness, &reveal),
        }
    }

    fn votes(&mut self, header: &Header, voters: &Bitmap) -> Result<Vec<KeyVote>, SignError> {
        let message = message(header);
        let present = self.roster.present();
        let mut index_of: BTreeMap<_, _> =
            voters.indices().map(|i| (present.serial(i), i)).collect();
        let keys = self.roster.keys_mut().iter_mut();
        let signers: Vec<_> = keys
            .filter_map(|(serial, key)| Some((index_of.remove(&serial)?, serial, key)))
            .collect();
        let votes = signers.into_par_iter().map(|(index, serial, key)| {
            let signature = key.sign(header.slot, &message)?;
            let public_key = *key.public_key();
            let vote = Vote {
                index,
                public_key,
                signature,
            };
            Ok((vote, (serial, key.state())))
        });
        votes.collect()
    }
}

fn message(header: &Header) -> Digest {
    vote_message(header.chain_id, header.height, header.slot, &header.hash())
}
