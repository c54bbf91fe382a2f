//! `Syncing`: from the trusted head to the provider's, by verified proofs.

use core::mem;

use rpp_verifier::{
    Ancestor, Ancestry, Block, Candidate, Document, Evidence, Head, HeadCircuit, HeaderError, Key,
    ProofKey, Subject, Verified,
};

use super::Turn;
use super::branch::convict;
use super::freshness::stale_at_ms;
use super::need::{Ask, Asked, Ticket};
use super::transition::AskedTransition;
use super::trusted::{Candidacy, Trusted};
use crate::config::Follow;
use crate::conflict::Seen;
use crate::error::{AnswerError, Error};
use crate::state::{Restored, State};
use crate::verdict::{Step, Verdict};

/// A trusted chain, and what is being done to extend it.
#[derive(Debug)]
pub(super) struct Syncing {
    pub(super) trusted: Trusted,
    /// The head with all that proves it; none at the checkpoint. It is what a client can show against a
    /// header that conflicts.
    pub(super) last: Option<Box<State>>,
    pub(super) task: Task,
}

/// The current task. `goal` is the height of the provider's head: it says how far to go, not what
/// to trust.
#[derive(Debug)]
pub(super) enum Task {
    /// Asks for the provider's head.
    Head { ticket: Ticket },
    /// Asks for the block to verify next.
    Block {
        ticket: Ticket,
        height: u32,
        goal: u32,
    },
    /// Asks for the position of the client's own head in a header's history and for the proof of
    /// the header, which satisfies every rule that can be checked without them.
    Path {
        candidate: Box<Candidate>,
        path: Ticket,
        proof: Asked<Vec<u8>>,
        goal: u32,
    },
    /// Asks for the proof of a header that satisfies every rule, and where its owner wants that, for what shows
    /// what its block did.
    Proof {
        step: Box<Candidacy>,
        proof: Asked<Vec<u8>>,
        transition: Option<Box<AskedTransition>>,
        goal: u32,
    },
    /// Asks for the provider's block at the height of the head: the one after it names another set.
    Own { ticket: Ticket, refusal: Box<Error> },
    /// Asks for the proof of a header that the chain cannot have beside the head. Where it is not proven,
    /// it is refused as `refusal` says.
    Branch {
        evidence: Box<Evidence>,
        ticket: Ticket,
        refusal: Box<Error>,
    },
    /// A step was taken, a conflict was found or a choice was made, and waits to be saved.
    Save {
        verdict: Option<Box<Verdict>>,
        goal: u32,
    },
    /// Nothing is done before the owner has chosen.
    Stopped,
}

impl Syncing {
    /// Starts by asking for the provider's head.
    pub(super) fn new(trusted: Trusted, turn: &mut Turn<'_>) -> Self {
        let task = ask_for_head(turn);
        let last = None;
        Self {
            trusted,
            last,
            task,
        }
    }

    /// Goes on where a conflict has stopped the client.
    pub(super) fn stopped(seen: &Seen) -> Self {
        let trusted = Trusted::stopped(seen);
        let head = seen.evidence.head.as_ref();
        let state = head.map(|head| State::chosen(&seen.evidence, head, trusted.keys()));
        Self {
            trusted,
            last: state.map(Box::new),
            task: Task::Stopped,
        }
    }

    /// Resumes from a stored state, and returns the verdict on its head.
    pub(super) fn resume(restored: Restored, turn: &mut Turn<'_>) -> (Self, Verdict) {
        let trusted = Trusted::restore(&restored);
        let Restored {
            state, verified, ..
        } = restored;
        let mut syncing = Self::new(trusted, turn);
        let verdict = syncing.stored(&state, verified, turn);
        syncing.last = Some(Box::new(state));
        (syncing, verdict)
    }

    /// Returns the verdict on a head that was verified before.
    pub(super) fn stored(
        &self,
        state: &State,
        verified: Verified<HeadCircuit>,
        turn: &Turn<'_>,
    ) -> Verdict {
        let params = self.trusted.chain.params();
        let header = state.header.clone();
        Verdict {
            step: Step::Stored,
            stale_at_ms: stale_at_ms(header.timestamp_ms, turn.config),
            verified,
            proof_bytes: state.proof.len(),
            spent: turn.provider.spent,
            epoch: params.epoch(header.height),
            ends_epoch: params.ends_epoch(header.height),
            unskipped_since: self.trusted.unskipped_since,
            transitions_since: self.trusted.transitions_since,
            header,
        }
    }

    /// Returns the head with all that proves it.
    pub(super) fn last(&self) -> Option<&State> {
        self.last.as_deref()
    }

    /// Returns whether the client waits for its owner's choice.
    pub(super) const fn is_stopped(&self) -> bool {
        matches!(self.task, Task::Stopped)
    }

    /// Returns the open questions.
    pub(super) fn open(&self) -> Vec<(Ticket, Ask)> {
        match &self.task {
            Task::Head { ticket } => vec![(*ticket, Ask::Head)],
            Task::Block { ticket, height, .. } => {
                let height = *height;
                vec![(*ticket, Ask::Block { height })]
            }
            Task::Path {
                candidate,
                path,
                proof,
                ..
            } => {
                let within = candidate.header.height;
                let height = self.trusted.height();
                let path = (*path, Ask::Ancestor { height, within });
                let proof = proof.open().map(|ticket| (ticket, ask_for_proof(within)));
                [path].into_iter().chain(proof).collect()
            }
            Task::Proof {
                step,
                proof,
                transition,
                ..
            } => {
                let height = step.candidate.header.height;
                let proof = proof.open().map(|ticket| (ticket, ask_for_proof(height)));
                let has_proof = proof.is_none();
                let transition = transition.iter().flat_map(|asked| asked.open(has_proof));
                proof.into_iter().chain(transition).collect()
            }
            Task::Own { ticket, .. } => {
                let height = self.trusted.height();
                vec![(*ticket, Ask::Block { height })]
            }
            Task::Branch {
                evidence, ticket, ..
            } => {
                let height = evidence.conflicting.header.height;
                vec![(*ticket, ask_for_proof(height))]
            }
            Task::Save { .. } | Task::Stopped => Vec::new(),
        }
    }

    /// Returns whether there is something to be saved.
    pub(super) const fn is_unsaved(&self) -> bool {
        matches!(self.task, Task::Save { .. })
    }

    /// Returns why a question failed that has no good answer: a header that nobody proves is refused for
    /// what is wrong with it.
    pub(super) fn unanswered(&mut self, error: Error) -> Error {
        match &mut self.task {
            Task::Own { refusal, .. } | Task::Branch { refusal, .. } if is_refused(&error) => {
                mem::replace(refusal, error)
            }
            _ => error,
        }
    }

    /// Handles an answer to an open question. After an error everything unverified is dropped, and
    /// the provider's head is requested again.
    pub(super) fn take(
        &mut self,
        ticket: Ticket,
        body: Vec<u8>,
        turn: &mut Turn<'_>,
    ) -> Result<(), Error> {
        self.task = match self.leave(turn) {
            Task::Head { .. } => {
                turn.pace.head_came(turn.now);
                self.take_head(Head::from_bytes(&body)?, turn)?
            }
            Task::Block { height, goal, .. } => {
                let block = Block::from_bytes(&body)?;
                let (expected, got) = (height, block.header.height);
                if got != expected {
                    return Err(AnswerError::OtherHeight { expected, got }.into());
                }
                self.offer(block, goal, turn)?
            }
            Task::Path {
                candidate,
                path,
                proof,
                goal,
            } => {
                if ticket == path {
                    let ancestor = Ancestor::from_bytes(&body)?;
                    self.take_path(ancestor, *candidate, proof, goal, turn)?
                } else {
                    Task::Path {
                        candidate,
                        path,
                        proof: Asked::Have(body),
                        goal,
                    }
                }
            }
            Task::Proof {
                step,
                proof,
                mut transition,
                goal,
            } => {
                let body = match &mut transition {
                    Some(asked) => asked.take(ticket, body)?,
                    None => Some(body),
                };
                let proof = body.map_or(proof, Asked::Have);
                self.take_step(*step, proof, transition, goal, turn)?
            }
            Task::Own { refusal, .. } => {
                let block = Block::from_bytes(&body)?;
                self.take_own(block, *refusal, turn)?
            }
            Task::Branch {
                mut evidence,
                refusal,
                ..
            } => {
                evidence.conflicting.proof = body;
                convict(*evidence, *refusal, turn)?
            }
            done @ (Task::Save { .. } | Task::Stopped) => done,
        };
        Ok(())
    }

    /// Moves towards the head that the provider shows, or rests once it is reached.
    pub(super) fn begin(&mut self, head: Head, turn: &mut Turn<'_>) -> Result<(), Error> {
        self.task = self.take_head(head, turn)?;
        Ok(())
    }

    /// Goes on past a block whose proof the provider keeps no longer, as a client does that skips blocks:
    /// to the end of the epoch, or to the provider's head. Returns whether that is another block.
    pub(super) fn pass_over(&mut self, ask: Ask, turn: &mut Turn<'_>) -> bool {
        let Ask::Proof(ProofKey {
            subject: Subject::Height(gone),
            ..
        }) = ask
        else {
            return false;
        };
        let (Task::Path { goal, .. } | Task::Proof { goal, .. }) = self.task else {
            return false;
        };
        let height = goal.min(self.trusted.chain.epoch_end());
        if height == gone {
            return false;
        }
        let ticket = turn.tickets.draw();
        self.task = Task::Block {
            ticket,
            height,
            goal,
        };
        true
    }

    /// Asks again for a proof that comes later than that of its block, and drops nothing; returns whether that
    /// was the question.
    pub(super) fn ask_again(&mut self, ticket: Ticket, turn: &mut Turn<'_>) -> bool {
        match &mut self.task {
            Task::Proof {
                transition: Some(asked),
                ..
            } => asked.ask_again(ticket, turn.tickets),
            _ => false,
        }
    }

    /// Drops everything unverified, and every open question. A step that was taken is kept.
    pub(super) fn reopen(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.task, Task::Save { .. } | Task::Stopped) {
            self.task = ask_for_head(turn);
        }
    }

    /// Notes that the state was written, and returns the verdict on the step; `None` if no step was
    /// waiting to be saved.
    pub(super) fn saved(&mut self, turn: &mut Turn<'_>) -> Option<Verdict> {
        let (verdict, goal) = match self.leave(turn) {
            Task::Save { .. } if turn.is_open() => {
                self.task = Task::Stopped;
                return None;
            }
            Task::Save { verdict, goal } => (verdict, goal),
            other => {
                self.task = other;
                return None;
            }
        };
        let verdict = verdict?;
        if goal > self.trusted.height() {
            self.task = self.ask_for_next(goal, turn);
        } else if verdict.step != Step::Stored {
            turn.pace.rest(turn.config.follow, turn.now);
        }
        Some(*verdict)
    }

    /// Takes the current task, leaving a request for the provider's head in its place.
    fn leave(&mut self, turn: &mut Turn<'_>) -> Task {
        mem::replace(&mut self.task, ask_for_head(turn))
    }

    fn take_head(&self, head: Head, turn: &mut Turn<'_>) -> Result<Task, Error> {
        turn.provider.latest_height = Some(head.latest_height);
        let (own, block) = (self.trusted.chain.head(), head.block);
        let goal = block.header.height;
        if goal < own.height {
            let (head, got) = (own.height, goal);
            return Err(AnswerError::HeadBehind { head, got }.into());
        }
        if goal == own.height {
            if block.header.hash() != own.hash {
                let refusal = AnswerError::OtherHead { height: goal };
                return self.take_other(block, refusal.into(), turn);
            }
            turn.pace.rest(turn.config.follow, turn.now);
            return Ok(ask_for_head(turn));
        }
        if self.target(goal, turn) == goal {
            return self.offer(block, goal, turn);
        }
        Ok(self.ask_for_next(goal, turn))
    }

    fn ask_for_next(&self, goal: u32, turn: &mut Turn<'_>) -> Task {
        Task::Block {
            ticket: turn.tickets.draw(),
            height: self.target(goal, turn),
            goal,
        }
    }

    /// Checks what can be checked about a block before requesting more about it.
    fn offer(&self, block: Block, goal: u32, turn: &mut Turn<'_>) -> Result<Task, Error> {
        let candidate = block.into_candidate(None).map_err(AnswerError::from)?;
        let (chain, own) = (&self.trusted.chain, self.trusted.height());
        let now_ms = turn.now.unix_ms;
        let is_child = candidate.header.height.checked_sub(1) == Some(own);
        let fault = if is_child {
            match chain.check(&candidate, now_ms) {
                Ok(checked) => {
                    let height = candidate.header.height;
                    return Ok(Task::Proof {
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
                    return Ok(Task::Path {
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
            HeaderError::Set if own > 0 && chain.params().ends_epoch(own) => {
                let (ticket, refusal) = (turn.tickets.draw(), Box::new(fault.into()));
                Ok(Task::Own { ticket, refusal })
            }
            _ => Err(fault.into()),
        }
    }

    fn take_path(
        &mut self,
        ancestor: Ancestor,
        mut candidate: Candidate,
        proof: Asked<Vec<u8>>,
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
        self.take_step(step, proof, transition, goal, turn)
    }

    /// Moves the head once everything is there that shows the step.
    fn take_step(
        &mut self,
        step: Candidacy,
        proof: Asked<Vec<u8>>,
        transition: Option<Box<AskedTransition>>,
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let shown = transition.as_deref().map(AskedTransition::shown);
        let (Asked::Have(file), None | Some(Some(_))) = (&proof, &shown) else {
            return Ok(Task::Proof {
                step: Box::new(step),
                proof,
                transition,
                goal,
            });
        };
        let epoch = self.trusted.chain.epoch();
        let verified = self.trusted.verify(&step, file, shown.flatten())?;
        let header = step.candidate.header.clone();
        let height = header.height;
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
        };
        turn.pace.succeed();
        let checkpoint = &turn.config.checkpoint;
        let state = self.trusted.state(checkpoint, step.candidate, file.clone());
        self.last = Some(Box::new(state));
        Ok(Task::Save {
            verdict: Some(Box::new(verdict)),
            goal,
        })
    }

    /// Returns the height to verify next on the way to `goal`, above the head: epochs are not
    /// skipped, since the last header of each names the next set.
    fn target(&self, goal: u32, turn: &Turn<'_>) -> u32 {
        match turn.config.follow {
            Follow::EveryBlock => self.trusted.height().saturating_add(1),
            Follow::Every(_) => goal.min(self.trusted.chain.epoch_end()),
        }
    }
}

/// Whether the provider has no proof to give, or none that holds: what may be had later is waited for.
fn is_refused(error: &Error) -> bool {
    !error.is_transient() || error.code() == "provider-refused"
}

fn ask_for_head(turn: &mut Turn<'_>) -> Task {
    let ticket = turn.tickets.draw();
    Task::Head { ticket }
}

/// Asks for what shows what a block did, where the owner wants that.
fn ask_for_transition(height: u32, turn: &mut Turn<'_>) -> Option<Box<AskedTransition>> {
    let asked = turn.config.transitions;
    asked.then(|| Box::new(AskedTransition::new(height, turn.tickets)))
}

/// The proof of the block at a height, of the kind that moves a head.
const fn ask_for_proof(height: u32) -> Ask {
    Ask::Proof(ProofKey {
        circuit: Key::of::<HeadCircuit>(0).circuit(),
        subject: Subject::Height(height),
    })
}
