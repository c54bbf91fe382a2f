//! `AskedTransition`: the questions about what a block's operations did, and their answers.

use rpp_verifier::{
    CIRCUITS, Candidate, ClaimError, Document, Key, Proof, ProofKey, Proposer, Subject,
    TransitionCircuit, TransitionStatement,
};

use super::need::{Ask, Asked, Ticket, Tickets};
use crate::error::{AnswerError, Error};
use crate::keys::Keys;

/// What is to show that a block's operations lead from its parent's accounts to its own.
#[derive(Clone, Copy, Debug)]
pub(super) struct ShownTransition<'a> {
    proposer: &'a Proposer,
    proof: &'a [u8],
}

/// What is asked for to show that.
#[derive(Debug)]
pub(super) struct AskedTransition {
    height: u32,
    proposer: Asked<Proposer>,
    proof: Asked<Vec<u8>>,
    /// How often the proof was not there yet.
    waits: u32,
}

impl AskedTransition {
    pub(super) fn new(height: u32, tickets: &mut Tickets) -> Self {
        Self {
            height,
            proposer: Asked::Open(tickets.draw()),
            proof: Asked::Open(tickets.draw()),
            waits: 0,
        }
    }

    /// Returns the open questions. The proof is made after that of the block, so it is asked for once that
    /// one is there: nothing else is under way while it is waited for.
    pub(super) fn open(&self, has_proof: bool) -> impl Iterator<Item = (Ticket, Ask)> {
        let height = self.height;
        let proposer = self.proposer.open();
        let proposer = proposer.map(|ticket| (ticket, Ask::Proposer { height }));
        let proof = self.proof.open().filter(|_| has_proof);
        let proof = proof.map(|ticket| (ticket, ask_for_proof(height)));
        proposer.into_iter().chain(proof)
    }

    /// Takes the answer to one of its questions; returns it where it is none.
    pub(super) fn take(&mut self, ticket: Ticket, body: Vec<u8>) -> Result<Option<Vec<u8>>, Error> {
        if self.proof.open() == Some(ticket) {
            self.proof = Asked::Have(body);
            return Ok(None);
        }
        if self.proposer.open() != Some(ticket) {
            return Ok(Some(body));
        }
        let proposer = Proposer::from_bytes(&body)?;
        let (expected, got) = (self.height, proposer.height);
        if got != expected {
            return Err(AnswerError::OtherHeight { expected, got }.into());
        }
        self.proposer = Asked::Have(proposer);
        Ok(None)
    }

    /// Asks again for a proof that is not there yet, a few times; returns whether it does, which needs that
    /// `ticket` was that question.
    pub(super) fn ask_again(&mut self, ticket: Ticket, tickets: &mut Tickets) -> bool {
        let asks = self.proof.open() == Some(ticket) && self.waits < MOST_WAITS;
        if asks {
            self.waits = self.waits.saturating_add(1);
            self.proof = Asked::Open(tickets.draw());
        }
        asks
    }

    /// Returns what was answered, once both answers are there.
    pub(super) fn shown(&self) -> Option<ShownTransition<'_>> {
        match (&self.proposer, &self.proof) {
            (Asked::Have(proposer), Asked::Have(proof)) => {
                Some(ShownTransition { proposer, proof })
            }
            _ => None,
        }
    }
}

impl ShownTransition<'_> {
    /// Checks that the proof is of what the candidate's block did.
    pub(super) fn verify(self, candidate: &Candidate, keys: &Keys) -> Result<(), Error> {
        let Candidate {
            header,
            parent,
            certificate,
            ..
        } = candidate;
        let Proposer {
            validator, path, ..
        } = self.proposer;
        let statement = TransitionStatement::new(header, parent, &certificate.set, validator, path);
        let statement = statement.map_err(ClaimError::from)?;
        let key = keys.key::<TransitionCircuit>(header.chain_id, header.height)?;
        let proof = Proof::from_bytes(self.proof, &CIRCUITS)?;
        drop(key.verify(statement, &proof)?);
        Ok(())
    }
}

/// The proof of what the block at a height did.
const fn ask_for_proof(height: u32) -> Ask {
    Ask::Proof(ProofKey {
        circuit: Key::of::<TransitionCircuit>(0).circuit(),
        subject: Subject::Height(height),
    })
}

/// How often a proof that is not there yet is asked for before the provider is asked for its head again: waits
/// that double from 250 ms are half a minute by then.
const MOST_WAITS: u32 = 7;
