//! Headers on another branch than the head: they are refused unless they are proven, and then the owner chooses.

use rpp_verifier::{
    Ancestry, Block, Candidate, Evidence, EvidenceError, HeaderError, MAX_CLOCK_DRIFT_MS,
    SignedHeader,
};

use super::Turn;
use super::sync::{Syncing, course};
use super::task::Task;
use crate::conflict::{Choice, ChoiceError, Seen, Standing};
use crate::error::Error;
use crate::keys::Keys;
use crate::state::State;
use crate::verdict::Verdict;

impl Syncing {
    /// Takes the provider's block at the height of the head.
    pub(super) fn take_own(
        &self,
        block: Block,
        refusal: Error,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let own = self.trusted.chain.head();
        if block.header.height != own.height || block.header.hash() == own.hash {
            return Err(refusal);
        }
        self.take_other(block, refusal, turn)
    }

    /// Takes another block at the height of the head.
    pub(super) fn take_other(
        &self,
        block: Block,
        refusal: Error,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        match block.into_candidate(None) {
            Ok(candidate) => self.suspect(candidate, None, None, refusal, turn),
            Err(_) => Err(refusal),
        }
    }

    /// Asks for the proof of a header that the chain cannot have beside the head, if only the proof is
    /// missing. A provider's word alone stops nobody.
    pub(super) fn suspect(
        &self,
        candidate: Candidate,
        ancestry: Option<Ancestry>,
        proof: Option<Vec<u8>>,
        refusal: Error,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        if self.trusted.chain.is_between() {
            return Err(refusal);
        }
        // Whose keys have been stolen since may sign any other header.
        self.check_age(turn)?;
        let timestamp_ms = candidate.header.timestamp_ms;
        let has_proof = proof.is_some();
        let evidence = Evidence {
            checkpoint: self.trusted.start.checkpoint,
            anchor: self.trusted.anchor().clone(),
            head: self.last.as_ref().map(|state| state.signed()),
            conflicting: SignedHeader {
                header: candidate.header,
                parent: candidate.parent,
                certificate: candidate.certificate,
                proof: proof.unwrap_or_default(),
            },
            parent_path: candidate.parent_path,
            ancestry,
        };
        let height = self.trusted.height();
        let seen = turn.seen.as_deref();
        let is_rejected = seen.is_some_and(|seen| seen.is_rejected(height, evidence.other_hash()));
        if is_rejected || evidence.check_headers().is_err() {
            return Err(refusal);
        }
        let max = turn.now.unix_ms.saturating_add(MAX_CLOCK_DRIFT_MS);
        if timestamp_ms > max {
            let got = timestamp_ms;
            return Err(HeaderError::Future { max, got }.into());
        }
        if has_proof {
            return self.convict(evidence, refusal, turn);
        }
        Ok(Task::Branch {
            evidence: Box::new(evidence),
            ticket: turn.tickets.draw(),
            refusal: Box::new(refusal),
        })
    }

    /// Stops the client if the evidence holds.
    pub(super) fn convict(
        &self,
        evidence: Evidence,
        refusal: Error,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        // The proof may have been long in coming.
        self.check_age(turn)?;
        let conflict = match turn.keys.check(&evidence) {
            // Nobody can prove it with what this client verifies.
            Err(EvidenceError::Circuit(error)) => return Err(error.into()),
            Err(_) => return Err(refusal),
            Ok(conflict) => conflict,
        };
        let (span, standing) = (self.trusted.span_key(), Standing::Open);
        *turn.seen = Some(Box::new(Seen {
            evidence,
            conflict,
            span,
            standing,
        }));
        turn.pace.succeed();
        Ok(Task::Save {
            verdict: None,
            goal: 0,
        })
    }

    /// Follows the owner's choice, which is then to be saved.
    pub(super) fn choose(
        &mut self,
        choice: Choice,
        turn: &mut Turn<'_>,
    ) -> Result<(), ChoiceError> {
        let seen = turn.seen.take();
        let chosen = self.chosen(choice, seen.as_deref(), turn);
        *turn.seen = seen;
        let (standing, verdict) = chosen?;
        if let Some(seen) = turn.seen {
            seen.standing = standing;
        }
        // What a setup lists that has expired is not said again before there is a newer one.
        let verdict = verdict.filter(|_| !matches!(turn.keys, Keys::None));
        let verdict = verdict.map(Box::new);
        self.task = Task::Save { verdict, goal: 0 };
        Ok(())
    }

    fn chosen(
        &mut self,
        choice: Choice,
        seen: Option<&Seen>,
        turn: &Turn<'_>,
    ) -> Result<(Standing, Option<Verdict>), ChoiceError> {
        let open = seen.filter(|seen| seen.is_open());
        match choice {
            Choice::Checkpoint => {
                let started = self.trusted.start_again(&turn.keys);
                started.map_err(|_| ChoiceError::NotStopped)?;
                self.last = None;
                self.course = course(&self.trusted, turn);
                Ok((Standing::Checkpoint, None))
            }
            Choice::Head => {
                let seen = open.ok_or(ChoiceError::NotStopped)?;
                // There may be a newer setup by now.
                self.course = course(&self.trusted, turn);
                let proven = self.last().zip(seen.conflict.head());
                let verdict = proven.map(|(state, head)| self.stored(state, head.clone(), turn));
                Ok((Standing::Head, verdict))
            }
            Choice::Conflicting => {
                let seen = open.ok_or(ChoiceError::NotStopped)?;
                if self.last.is_none() {
                    return Err(ChoiceError::AgainstCheckpoint);
                }
                self.trusted.change_over(seen);
                self.course = course(&self.trusted, turn);
                let (evidence, keys) = (&seen.evidence, self.trusted.keys());
                let state = State::chosen(evidence, &evidence.conflicting, keys);
                let verified = seen.conflict.conflicting().clone();
                let verdict = self.stored(&state, verified, turn);
                self.last = Some(Box::new(state));
                Ok((Standing::Conflicting, Some(verdict)))
            }
        }
    }
}
