//! `Trusted`: what a client trusts, and what that depends on.

use rpp_verifier::{
    CIRCUITS, Candidate, CheckedCandidate, Checkpoint, CheckpointError, Digest, HeadCircuit,
    Header, Proof, TrustedChain, Verified, VerifyingKey,
};

use super::transition::ShownTransition;
use crate::conflict::Seen;
use crate::error::Error;
use crate::state::{Restored, State};

/// A chain followed from a checkpoint, with the keys used to verify its steps.
#[derive(Debug)]
pub(super) struct Trusted {
    /// The header that the checkpoint names.
    anchor: Header,
    pub(super) chain: TrustedChain,
    keys: Vec<Digest>,
    /// From this height on, every header was verified by its own proof.
    pub(super) unskipped_since: u32,
    /// From this height on, it was proven of every block what it did to the accounts.
    pub(super) transitions_since: Option<u32>,
}

/// A header that satisfies every rule but still lacks its proof.
#[derive(Debug)]
pub(super) struct Candidacy {
    pub(super) candidate: Candidate,
    pub(super) checked: CheckedCandidate,
}

impl Trusted {
    /// Trusts a checkpoint and nothing else.
    pub(super) fn start(checkpoint: &Checkpoint, anchor: Header) -> Result<Self, CheckpointError> {
        let chain = checkpoint.start(&anchor)?;
        Ok(Self {
            anchor,
            unskipped_since: chain.head().height.saturating_add(1),
            chain,
            keys: Vec::new(),
            transitions_since: None,
        })
    }

    /// Trusts a stored head that was checked again.
    pub(super) fn restore(restored: &Restored) -> Self {
        let Restored { state, chain, .. } = restored;
        Self {
            anchor: state.anchor.clone(),
            chain: chain.clone(),
            keys: state.keys.clone(),
            // For what was verified earlier there is only the store's word.
            unskipped_since: state.header.height,
            transitions_since: None,
        }
    }

    /// Trusts the head of a client that is stopped.
    pub(super) fn stopped(seen: &Seen) -> Self {
        let (evidence, conflict) = (&seen.evidence, &seen.conflict);
        let head = conflict.head();
        let height = evidence.head_header().height;
        Self {
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
    pub(super) fn start_again(&mut self, checkpoint: &Checkpoint) -> Result<(), CheckpointError> {
        *self = Self::start(checkpoint, self.anchor.clone())?;
        Ok(())
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
    ) -> Result<Verified<HeadCircuit>, Error> {
        let Candidacy { candidate, checked } = step;
        let (before, height) = (self.height(), candidate.header.height);
        let key = VerifyingKey::<HeadCircuit>::new(candidate.header.chain_id);
        let proof = Proof::from_bytes(proof, &CIRCUITS)?;
        let verified = key.verify(checked.statement().clone(), &proof)?;
        if let Some(transition) = transition {
            transition.verify(candidate)?;
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
    pub(super) fn state(
        &self,
        checkpoint: &Checkpoint,
        candidate: Candidate,
        proof: Vec<u8>,
    ) -> State {
        State {
            checkpoint: *checkpoint,
            anchor: self.anchor.clone(),
            keys: self.keys.clone(),
            header: candidate.header,
            parent: candidate.parent,
            certificate: candidate.certificate,
            proof,
        }
    }
}
