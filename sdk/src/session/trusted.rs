//! `Trusted`: what a client trusts, and what that depends on.

use rpp_verifier::{
    CIRCUITS, Candidate, CheckedCandidate, Checkpoint, CheckpointError, Digest, HeadCircuit,
    Header, Key, Proof, TrustedChain, Verified,
};

use super::transition::ShownTransition;
use crate::conflict::Seen;
use crate::error::Error;
use crate::keys::Keys;
use crate::state::{Restored, State, StateError, check_chain_id, check_checkpoint};
use crate::verdict::Anchor;

/// A chain followed from a checkpoint, with the keys used to verify its steps.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) start: Start,
    /// The header that its checkpoint names.
    anchor: Header,
    pub(super) chain: TrustedChain,
    keys: Vec<Digest>,
    /// From this height on, every header was verified by its own proof.
    pub(super) unskipped_since: u32,
    /// From this height on, it was proven of every block what it did to the accounts.
    pub(super) transitions_since: Option<u32>,
}

/// Where a chain is started, and on whose word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Start {
    pub(super) checkpoint: Checkpoint,
    pub(super) anchor: Anchor,
}

/// A header that satisfies every rule but still lacks its proof.
#[derive(Debug)]
pub(super) struct Candidacy {
    pub(super) candidate: Candidate,
    pub(super) checked: CheckedCandidate,
}

impl Trusted {
    /// Trusts a checkpoint and nothing else.
    pub(super) fn start(
        start: Start,
        anchor: Header,
        keys: &Keys,
    ) -> Result<Self, CheckpointError> {
        let chain = start.checkpoint.start(&anchor)?;
        check_chain_id(chain.params().chain_id(), keys)?;
        Ok(Self {
            start,
            anchor,
            unskipped_since: chain.head().height.saturating_add(1),
            chain,
            keys: Vec::new(),
            transitions_since: None,
        })
    }

    /// Trusts a stored head that was checked again.
    pub(super) fn restore(restored: &Restored, anchor: Anchor) -> Self {
        let Restored { state, chain, .. } = restored;
        let checkpoint = state.checkpoint;
        Self {
            start: Start { checkpoint, anchor },
            anchor: state.anchor.clone(),
            chain: chain.clone(),
            keys: state.keys.clone(),
            // For what was verified earlier there is only the store's word.
            unskipped_since: state.header.height,
            transitions_since: None,
        }
    }

    /// Trusts the head of a client that is stopped.
    pub(super) fn stopped(seen: &Seen, anchor: Anchor) -> Self {
        let (evidence, conflict) = (&seen.evidence, &seen.conflict);
        let checkpoint = evidence.checkpoint;
        let head = conflict.head();
        let height = evidence.head_header().height;
        Self {
            start: Start { checkpoint, anchor },
            anchor: evidence.anchor.clone(),
            chain: conflict.at_head().clone(),
            keys: head.iter().map(|head| *head.key_digest()).collect(),
            unskipped_since: height.saturating_add(u32::from(head.is_none())),
            transitions_since: None,
        }
    }

    /// Trusts the header that conflicts with the head.
    pub(super) fn change_over(&mut self, seen: &Seen) {
        let conflict = &seen.conflict;
        self.chain = conflict.at_conflicting().clone();
        self.unskipped_since = self.height();
        self.transitions_since = None;
        self.add_key(*conflict.conflicting().key_digest());
    }

    /// Goes back to the checkpoint.
    pub(super) fn start_again(&mut self, keys: &Keys) -> Result<(), CheckpointError> {
        *self = Self::start(self.start, self.anchor.clone(), keys)?;
        Ok(())
    }

    /// Checks that what is trusted still rests on nothing that the setup has revoked.
    pub(super) fn check(&self, keys: &Keys) -> Result<(), StateError> {
        check_checkpoint(&self.start.checkpoint, None, keys)?;
        if self.keys.is_empty() {
            return Ok(());
        }
        let key = keys.key::<HeadCircuit>(self.anchor.chain_id, self.height());
        key.map(drop).map_err(StateError::Revoked)
    }

    /// Returns what the head rests on: the circuit's key, and the height; nothing at the checkpoint.
    pub(super) fn rests_on(&self) -> Option<(Key, u32)> {
        let key = Key::of::<HeadCircuit>(self.anchor.chain_id);
        (!self.keys.is_empty()).then(|| (key, self.height()))
    }

    /// Returns the header that the checkpoint names.
    pub(super) const fn anchor(&self) -> &Header {
        &self.anchor
    }

    /// Returns the digests of the keys that the head rests on.
    pub(super) fn keys(&self) -> Vec<Digest> {
        self.keys.clone()
    }

    /// Returns the height of the head.
    pub(super) const fn height(&self) -> u32 {
        self.chain.head().height
    }

    /// Moves the head to a header whose proof file is `proof`, if that verifies, and with it what is shown
    /// of its block's operations.
    pub(super) fn verify(
        &mut self,
        step: &Candidacy,
        proof: &[u8],
        transition: Option<ShownTransition<'_>>,
        keys: &Keys,
    ) -> Result<Verified<HeadCircuit>, Error> {
        let Candidacy { candidate, checked } = step;
        let (before, height) = (self.height(), candidate.header.height);
        let key = keys.key::<HeadCircuit>(candidate.header.chain_id, height)?;
        let proof = Proof::from_bytes(proof, &CIRCUITS)?;
        let verified = key.verify(checked.statement().clone(), &proof)?;
        if let Some(transition) = transition {
            transition.verify(candidate, keys)?;
        }
        self.chain.accept(checked.clone(), &verified)?;
        let is_child = height - before == 1;
        if !is_child {
            self.unskipped_since = height;
        }
        self.transitions_since = match self.transitions_since {
            since @ Some(_) if is_child && transition.is_some() => since,
            _ => transition.map(|_| height),
        };
        self.add_key(*verified.key_digest());
        Ok(verified)
    }

    fn add_key(&mut self, key: Digest) {
        if !self.keys.contains(&key) {
            self.keys.push(key);
        }
    }

    /// Returns what to store about the latest step.
    pub(super) fn state(&self, candidate: Candidate, proof: Vec<u8>) -> State {
        State {
            checkpoint: self.start.checkpoint,
            anchor: self.anchor.clone(),
            keys: self.keys.clone(),
            header: candidate.header,
            parent: candidate.parent,
            certificate: candidate.certificate,
            proof,
        }
    }
}
