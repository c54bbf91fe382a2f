//! `Syncing`: from the trusted head to the provider's, by verified proofs.

use core::mem;

use rpp_verifier::{
    Ancestor, Block, Candidate, Document, Head, HeadCircuit, Key, ProofKey, Subject,
};

use super::Turn;
use super::need::{Ask, Asked, Ticket};
use super::trusted::{Candidacy, Trusted};
use crate::config::Follow;
use crate::error::{AnswerError, Error};
use crate::state::{Restored, State};
use crate::verdict::{Freshness, Step, Verdict};

/// A trusted chain, and what is being done to extend it.
#[derive(Debug)]
pub(super) struct Syncing {
    pub(super) trusted: Trusted,
    task: Task,
}

/// The current task. `goal` is the height of the provider's head: it says how far to go, not what
/// to trust.
#[derive(Debug)]
enum Task {
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
    /// Asks for the proof of a header that satisfies every rule.
    Proof {
        step: Box<Candidacy>,
        ticket: Ticket,
        goal: u32,
    },
    /// A step was taken, and is waiting to be saved.
    Save {
        verdict: Box<Verdict>,
        state: Box<State>,
        goal: u32,
    },
}

impl Syncing {
    /// Starts by asking for the provider's head.
    pub(super) fn new(trusted: Trusted, turn: &mut Turn<'_>) -> Self {
        let task = ask_for_head(turn);
        Self { trusted, task }
    }

    /// Resumes from a stored state, and returns the verdict on its head.
    pub(super) fn resume(restored: Restored, turn: &mut Turn<'_>) -> (Self, Verdict) {
        let trusted = Trusted::restore(&restored);
        let Restored {
            state,
            chain,
            verified,
        } = restored;
        let height = state.header.height;
        let verdict = Verdict {
            step: Step::Stored,
            freshness: Freshness::of(state.header.timestamp_ms, turn.config, turn.now),
            header: state.header,
            verified,
            proof_bytes: state.proof.len(),
            spent: turn.provider.spent,
            epoch: chain.params().epoch(height),
            ends_epoch: chain.params().ends_epoch(height),
            unskipped_since: trusted.unskipped_since,
        };
        (Self::new(trusted, turn), verdict)
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
            Task::Proof { step, ticket, .. } => {
                vec![(*ticket, ask_for_proof(step.candidate.header.height))]
            }
            Task::Save { .. } => Vec::new(),
        }
    }

    /// Returns the state to be saved, if a step was taken.
    pub(super) const fn unsaved(&self) -> Option<&State> {
        match &self.task {
            Task::Save { state, .. } => Some(state),
            _ => None,
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
            Task::Proof { step, goal, .. } => self.take_proof(*step, body, goal, turn)?,
            save @ Task::Save { .. } => save,
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

    /// Drops everything unverified, and every open question. A step that was taken is kept.
    pub(super) fn reopen(&mut self, turn: &mut Turn<'_>) {
        if !matches!(self.task, Task::Save { .. }) {
            self.task = ask_for_head(turn);
        }
    }

    /// Notes that the state was written, and returns the verdict on the step; `None` if no step was
    /// waiting to be saved.
    pub(super) fn saved(&mut self, turn: &mut Turn<'_>) -> Option<Verdict> {
        let (mut verdict, goal) = match self.leave(turn) {
            Task::Save { verdict, goal, .. } => (verdict, goal),
            other => {
                self.task = other;
                return None;
            }
        };
        if goal > self.trusted.height() {
            self.task = self.ask_for_next(goal, turn);
        } else {
            turn.pace.rest(turn.config.follow, turn.now);
        }
        // Saving may have taken a long time.
        verdict.freshness = Freshness::of(verdict.header.timestamp_ms, turn.config, turn.now);
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
                return Err(AnswerError::OtherHead { height: goal }.into());
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
        let own = self.trusted.height();
        if candidate.header.height.checked_sub(1) == Some(own) {
            let step = self.check(candidate, turn)?;
            let ticket = turn.tickets.draw();
            return Ok(Task::Proof { step, ticket, goal });
        }
        self.trusted
            .chain
            .check_offer(&candidate, turn.now.unix_ms)?;
        Ok(Task::Path {
            candidate: Box::new(candidate),
            path: turn.tickets.draw(),
            proof: Asked::Open(turn.tickets.draw()),
            goal,
        })
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
        let told = (ancestor.height, ancestor.within, ancestor.header_hash);
        if told != (height, within, own.hash) {
            return Err(AnswerError::OtherAncestor { height, within }.into());
        }
        candidate.head_path = ancestor.history_path;
        let step = self.check(candidate, turn)?;
        match proof {
            Asked::Open(ticket) => Ok(Task::Proof { step, ticket, goal }),
            Asked::Have(proof) => self.take_proof(*step, proof, goal, turn),
        }
    }

    fn check(&self, candidate: Candidate, turn: &Turn<'_>) -> Result<Box<Candidacy>, Error> {
        let checked = self.trusted.chain.check(&candidate, turn.now.unix_ms)?;
        Ok(Box::new(Candidacy { candidate, checked }))
    }

    fn take_proof(
        &mut self,
        step: Candidacy,
        proof: Vec<u8>,
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let epoch = self.trusted.chain.epoch();
        let verified = self.trusted.verify(&step, &proof)?;
        let header = step.candidate.header.clone();
        let height = header.height;
        let is_head = goal == height;
        let verdict = Verdict {
            step: if is_head { Step::Head } else { Step::Hop },
            freshness: Freshness::of(header.timestamp_ms, turn.config, turn.now),
            header,
            verified,
            proof_bytes: proof.len(),
            spent: turn.provider.spent,
            epoch,
            ends_epoch: self.trusted.chain.params().ends_epoch(height),
            unskipped_since: self.trusted.unskipped_since,
        };
        turn.pace.succeed();
        let checkpoint = &turn.config.checkpoint;
        Ok(Task::Save {
            verdict: Box::new(verdict),
            state: Box::new(self.trusted.state(checkpoint, step.candidate, proof)),
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

fn ask_for_head(turn: &mut Turn<'_>) -> Task {
    let ticket = turn.tickets.draw();
    Task::Head { ticket }
}

/// The proof of the block at a height, of the kind that moves a head.
const fn ask_for_proof(height: u32) -> Ask {
    Ask::Proof(ProofKey {
        circuit: Key::of::<HeadCircuit>(0).circuit(),
        subject: Subject::Height(height),
    })
}
