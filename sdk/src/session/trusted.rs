//! `Trusted`: what a client trusts, and what that depends on.

use rpp_verifier::{
    CIRCUITS, Candidate, CheckedCandidate, CheckedSpan, Checkpoint, CheckpointError, Digest,
    HeadCircuit, Header, Key, Proof, SpanCircuit, TrustedChain, Verified,
};

use super::transition::ShownTransition;
use crate::conflict::{Seen, SpanKey};
use crate::error::Error;
use crate::keys::Keys;
use crate::state::{Restored, State, StateError, check_chain_id, check_checkpoint, check_keys};
use crate::taken_span::TakenSpan;
use crate::verdict::Anchor;

/// A chain followed from a checkpoint, with the keys used to verify its steps.
#[derive(Debug)]
pub(super) struct Trusted {
    pub(super) start: Start,
    /// The header that its checkpoint names.
    anchor: Header,
    pub(super) chain: TrustedChain,
    /// The way by spans from the last header that has a proof of its own, or was given.
    way: Option<Box<Way>>,
    keys: Vec<Digest>,
    /// From this height on, every header was verified by its own proof.
    pub(super) unskipped_since: u32,
    /// From this height on, it was proven of every block what it did to the accounts.
    pub(super) transitions_since: Option<u32>,
}

/// A way by spans, which has not yet led to a header with a proof of its own.
#[derive(Debug)]
struct Way {
    from: TrustedChain,
    spans: Vec<TakenSpan>,
}

/// Where a chain is started, and on whose word.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Start {
    pub(super) checkpoint: Checkpoint,
    pub(super) anchor: Anchor,
}

/// The circuits that a head rests on.
#[derive(Debug)]
pub(super) struct RestsOn {
    /// That of its own proof, which has to be listed for its height.
    pub(super) head: Key,
    /// Its height.
    pub(super) height: u32,
    /// That of the spans on the way, which has to be listed still.
    pub(super) span: Option<Key>,
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
            way: None,
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
            way: None,
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
        let chain = conflict.at_head().clone();
        let keys = head.iter().map(|head| *head.key_digest());
        let params = chain.params();
        let epochs = params
            .epoch(height)
            .abs_diff(params.epoch(checkpoint.height));
        let span = Key::of::<SpanCircuit>(params.chain_id()).digest();
        let span = seen.span.counts(epochs > 1).then_some(span);
        Self {
            start: Start { checkpoint, anchor },
            anchor: evidence.anchor.clone(),
            keys: keys.chain(span).collect(),
            chain,
            way: None,
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
        let height = self.shown().head().height;
        check_keys(&self.keys, self.anchor.chain_id, height, keys)
    }

    /// Returns what the head rests on; nothing at the checkpoint.
    pub(super) fn rests_on(&self) -> Option<RestsOn> {
        let chain_id = self.anchor.chain_id;
        let span = Key::of::<SpanCircuit>(chain_id);
        (!self.keys.is_empty()).then(|| RestsOn {
            head: Key::of::<HeadCircuit>(chain_id),
            height: self.shown().head().height,
            span: self.keys.contains(&span.digest()).then_some(span),
        })
    }

    /// Returns the header that the checkpoint names.
    pub(super) const fn anchor(&self) -> &Header {
        &self.anchor
    }

    /// Returns the key of the spans that led to the head.
    pub(super) fn span_key(&self) -> SpanKey {
        let span = Key::of::<SpanCircuit>(self.anchor.chain_id).digest();
        SpanKey::Known(self.keys.contains(&span).then_some(span))
    }

    /// Returns the digests of the keys that the head rests on.
    pub(super) fn keys(&self) -> Vec<Digest> {
        self.keys.clone()
    }

    /// Returns the height of the last header that was accepted: the head, or the end of a span.
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
        let is_child = self.way.is_none() && height - before == 1;
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

    /// Moves epoch and set over a span whose last header is `header` and whose proof file is `proof`, if that verifies.
    pub(super) fn leap(
        &mut self,
        header: &Header,
        checked: CheckedSpan,
        proof: &[u8],
        keys: &Keys,
    ) -> Result<(), Error> {
        let key = keys.key::<SpanCircuit>(header.chain_id, header.height)?;
        let (proof_bytes, proof) = (proof.len(), Proof::from_bytes(proof, &CIRCUITS)?);
        let verified = key.verify(checked.statement().clone(), &proof)?;
        let from = self.chain.clone();
        self.chain.accept_span(checked, &verified)?;
        let spans = Vec::new();
        let way = self
            .way
            .get_or_insert_with(|| Box::new(Way { from, spans }));
        way.spans.push(TakenSpan {
            verified,
            proof_bytes,
        });
        Ok(())
    }

    /// Takes that the way by spans has led to a head, which rests on them; returns the spans.
    pub(super) fn arrive(&mut self) -> Vec<TakenSpan> {
        let spans = self.way.take().map_or_else(Vec::new, |way| way.spans);
        for span in &spans {
            self.add_key(*span.key_digest());
        }
        spans
    }

    /// Goes back to where the way by spans began; returns whether there was one.
    pub(super) fn go_back(&mut self) -> bool {
        let Some(way) = self.way.take() else {
            return false;
        };
        self.chain = way.from;
        true
    }

    /// Returns the chain at its head, which has a proof of its own or was given.
    pub(super) fn shown(&self) -> &TrustedChain {
        self.way.as_ref().map_or(&self.chain, |way| &way.from)
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
