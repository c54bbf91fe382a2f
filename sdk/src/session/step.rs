//! One step: from a block that the provider shows to a head that is proven.

use rpp_verifier::{
    Ancestor, Ancestry, Block, Candidate, CircuitError, HeadCircuit, Header, HeaderError,
    TransitionCircuit,
};

use super::Turn;
use super::freshness::stale_at_ms;
use super::leap::Spans;
use super::need::Asked;
use super::reach::Reaching;
use super::sync::Syncing;
use super::task::Task;
use super::transition::AskedTransition;
use super::trusted::Candidacy;
use crate::error::{AnswerError, Error};
use crate::trust_error::TrustError;
use crate::verdict::{Step, Verdict};

impl Syncing {
    /// Checks what can be checked about a block before requesting more about it.
    pub(super) fn offer(
        &self,
        block: Block,
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let candidate = block.into_candidate(None).map_err(AnswerError::from)?;
        let (chain, own) = (&self.trusted.chain, self.trusted.height());
        self.check_age(turn)?;
        let now_ms = turn.now.unix_ms;
        let is_child = candidate.header.height.checked_sub(1) == Some(own);
        let fault = if is_child {
            match chain.check(&candidate, now_ms) {
                Ok(checked) => {
                    let height = candidate.header.height;
                    check_circuits(&candidate.header, turn)?;
                    return Ok(Task::Proof {
                        reaching: self.course.ask(seen(&candidate), turn.tickets)?,
                        step: Box::new(Candidacy { candidate, checked }),
                        proof: Asked::Open(turn.tickets.draw()),
                        transition: ask_for_transition(height, turn),
                        goal,
                    });
                }
                Err(fault) => fault,
            }
        } else {
            match chain.check_offer(&candidate, now_ms) {
                Ok(()) => {
                    check_circuits(&candidate.header, turn)?;
                    return Ok(Task::Path {
                        reaching: self.course.ask(seen(&candidate), turn.tickets)?,
                        candidate: Box::new(candidate),
                        path: turn.tickets.draw(),
                        proof: Asked::Open(turn.tickets.draw()),
                        goal,
                    });
                }
                Err(fault) => fault,
            }
        };
        match fault {
            // Its parent is at the height of the head, and is not the head.
            HeaderError::HeadNotInHistory => {
                let ancestry = Ancestry {
                    header_hash: candidate.parent.hash(),
                    history_path: candidate.parent_path,
                };
                self.suspect(candidate, Some(ancestry), None, fault.into(), turn)
            }
            // The head named the set that signs this block: on a branch that left below it, another head did.
            HeaderError::Set
                if own > 0 && !chain.is_between() && chain.params().ends_epoch(own) =>
            {
                let (ticket, refusal) = (turn.tickets.draw(), Box::new(fault.into()));
                Ok(Task::Own { ticket, refusal })
            }
            _ => Err(fault.into()),
        }
    }

    pub(super) fn take_path(
        &mut self,
        ancestor: Ancestor,
        mut candidate: Candidate,
        proof: Asked<Vec<u8>>,
        reaching: Reaching,
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let own = self.trusted.chain.head();
        let (height, within) = (own.height, candidate.header.height);
        let refusal = AnswerError::OtherAncestor { height, within };
        if (ancestor.height, ancestor.within) != (height, within) {
            return Err(refusal.into());
        }
        if ancestor.header_hash != own.hash {
            let other = Ancestry {
                header_hash: ancestor.header_hash,
                history_path: ancestor.history_path,
            };
            let proof = match proof {
                Asked::Open(_) => None,
                Asked::Have(proof) => Some(proof),
            };
            return self.suspect(candidate, Some(other), proof, refusal.into(), turn);
        }
        candidate.head_path = ancestor.history_path;
        let checked = self.trusted.chain.check(&candidate, turn.now.unix_ms)?;
        let transition = ask_for_transition(within, turn);
        let step = Candidacy { candidate, checked };
        self.take_step(step, proof, transition, reaching, goal, turn)
    }

    /// Moves the head once everything is there that shows the step.
    pub(super) fn take_step(
        &mut self,
        step: Candidacy,
        proof: Asked<Vec<u8>>,
        transition: Option<Box<AskedTransition>>,
        reaching: Reaching,
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let shown = transition.as_deref().map(AskedTransition::shown);
        let is_whole = reaching.is_whole();
        let (Asked::Have(file), None | Some(Some(_)), true) = (&proof, &shown, is_whole) else {
            return Ok(Task::Proof {
                step: Box::new(step),
                proof,
                transition,
                reaching,
                goal,
            });
        };
        // The proof may have been long in coming.
        self.check_age(turn)?;
        let header = step.candidate.header.clone();
        reaching.check(&header)?;
        let epoch = self.trusted.chain.epoch();
        let (shown, keys) = (shown.flatten(), &turn.keys);
        let verified = self.trusted.verify(&step, file, shown, keys)?;
        let spans = self.trusted.arrive();
        let height = header.height;
        self.course.pass(height, reaching);
        let is_head = goal == height;
        let verdict = Verdict {
            step: if is_head { Step::Head } else { Step::Hop },
            stale_at_ms: stale_at_ms(header.timestamp_ms, turn.config),
            header,
            verified,
            proof_bytes: file.len(),
            spent: turn.provider.spent,
            epoch,
            ends_epoch: self.trusted.chain.params().ends_epoch(height),
            unskipped_since: self.trusted.unskipped_since,
            transitions_since: self.trusted.transitions_since,
            spans,
            anchor: self.trusted.start.anchor,
        };
        if is_head {
            self.spans = Spans::default();
        }
        turn.pace.succeed();
        let state = self.trusted.state(step.candidate, file.clone());
        self.last = Some(Box::new(state));
        Ok(Task::Save {
            verdict: Some(Box::new(verdict)),
            goal,
        })
    }

    /// Checks that the head is not too old to name what comes next, or that what comes next has to lead to a
    /// checkpoint that is not.
    pub(super) fn check_age(&self, turn: &Turn<'_>) -> Result<(), TrustError> {
        let timestamp_ms = self.trusted.chain.head().timestamp_ms;
        if !turn.config.is_aged(timestamp_ms, turn.time_ms) {
            return Ok(());
        }
        let max_age_ms = turn.config.max_trust_age_ms();
        let online = turn.keys.setup().map(|setup| setup.online_checkpoint());
        match online {
            None => Err(TrustError::HeadTooOld {
                timestamp_ms,
                max_age_ms,
            }),
            // It was recent when the setup was verified, and may have aged since.
            Some(online)
                if self.course.has(&online)
                    && !turn.config.is_aged(online.timestamp_ms, turn.time_ms) =>
            {
                Ok(())
            }
            Some(online) => Err(TrustError::CheckpointTooOld {
                timestamp_ms: online.timestamp_ms,
                max_age_ms,
            }),
        }
    }
}

/// Returns the headers that come with a candidate.
const fn seen(candidate: &Candidate) -> [&Header; 2] {
    [&candidate.header, &candidate.parent]
}

/// Checks that the circuits count whose proofs are to be asked for.
fn check_circuits(header: &Header, turn: &Turn<'_>) -> Result<(), CircuitError> {
    let (chain_id, height) = (header.chain_id, header.height);
    let _key = turn.keys.key::<HeadCircuit>(chain_id, height)?;
    if turn.config.transitions {
        let _key = turn.keys.key::<TransitionCircuit>(chain_id, height)?;
    }
    Ok(())
}

/// Asks for what shows what a block did, where the owner wants that.
fn ask_for_transition(height: u32, turn: &mut Turn<'_>) -> Option<Box<AskedTransition>> {
    let asked = turn.config.transitions;
    asked.then(|| Box::new(AskedTransition::new(height, turn.tickets)))
}
