//! `Syncing`: from the trusted head to the provider's, by verified proofs.

use core::mem;

use rpp_verifier::{
    Ancestor, Block, Document, Head, HeadCircuit, ProofKey, ServedSpan, Subject, Verified,
};

use super::Turn;
use super::freshness::stale_at_ms;
use super::leap::{About, Spans};
use super::need::{Ask, Asked, Ticket};
use super::reach::Course;
use super::task::Task;
use super::trusted::Trusted;
use crate::config::Follow;
use crate::conflict::Seen;
use crate::error::{AnswerError, Error};
use crate::state::{Restored, State};
use crate::verdict::{Anchor, Step, Verdict};

/// A trusted chain, and what is being done to extend it.
#[derive(Debug)]
pub(super) struct Syncing {
    pub(super) trusted: Trusted,
    /// The head with all that proves it; none at the checkpoint. It is what a client can show against a
    /// header that conflicts.
    pub(super) last: Option<Box<State>>,
    /// The setup's checkpoints that the next headers have to lead to or from.
    pub(super) course: Course,
    pub(super) spans: Spans,
    pub(super) task: Task,
}

impl Syncing {
    /// Starts by asking for the provider's head.
    pub(super) fn new(trusted: Trusted, turn: &mut Turn<'_>) -> Self {
        let task = ask_for_head(turn);
        let last = None;
        Self {
            course: course(&trusted, turn),
            trusted,
            last,
            spans: Spans::default(),
            task,
        }
    }

    /// Goes on where a conflict has stopped the client.
    pub(super) fn stopped(seen: &Seen, anchor: Anchor, turn: &Turn<'_>) -> Self {
        let trusted = Trusted::stopped(seen, anchor);
        let head = seen.evidence.head.as_ref();
        let state = head.map(|head| State::chosen(&seen.evidence, head, trusted.keys()));
        Self {
            course: course(&trusted, turn),
            trusted,
            last: state.map(Box::new),
            spans: Spans::default(),
            task: Task::Stopped,
        }
    }

    /// Resumes from a stored state, and returns the verdict on its head.
    pub(super) fn resume(
        restored: Restored,
        anchor: Anchor,
        turn: &mut Turn<'_>,
    ) -> (Self, Verdict) {
        let trusted = Trusted::restore(&restored, anchor);
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
            spans: Vec::new(),
            anchor: self.trusted.start.anchor,
            header,
        }
    }

    /// Takes the checkpoints of a setup that was verified after what is under way had begun.
    pub(super) fn renew(&mut self, turn: &mut Turn<'_>) {
        let goes_back = self.go_back(turn);
        if goes_back || self.about() == About::Span {
            self.reopen(turn);
        }
        let setup = turn.keys.setup();
        if setup.is_some_and(|setup| self.course.is_of(setup)) {
            return;
        }
        self.course = course(&self.trusted, turn);
        self.reopen(turn);
    }

    /// Returns the head with all that proves it.
    pub(super) fn last(&self) -> Option<&State> {
        self.last.as_deref()
    }

    /// Returns whether nothing was verified yet, and no owner has gone back to here.
    pub(super) fn is_new(&self) -> bool {
        self.last.is_none() && !self.is_unsaved()
    }

    /// Returns whether the client waits for its owner's choice.
    pub(super) const fn is_stopped(&self) -> bool {
        matches!(self.task, Task::Stopped)
    }

    /// Returns the open questions.
    pub(super) fn open(&self) -> Vec<(Ticket, Ask)> {
        let chain = &self.trusted.chain;
        self.task.open(chain.head().height, chain.epoch())
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
            Task::Span { last, goal, .. } => {
                let served = ServedSpan::from_bytes(&body)?;
                self.offer_span(served, last, goal, turn)?
            }
            Task::Leap { leap, goal } => self.take_leap(leap, (ticket, body), goal, turn)?,
            Task::Path {
                candidate,
                path,
                proof,
                mut reaching,
                goal,
            } => {
                if ticket == path {
                    let ancestor = Ancestor::from_bytes(&body)?;
                    self.take_path(ancestor, *candidate, proof, reaching, goal, turn)?
                } else {
                    let body = reaching.take(ticket, body)?;
                    Task::Path {
                        candidate,
                        path,
                        proof: body.map_or(proof, Asked::Have),
                        reaching,
                        goal,
                    }
                }
            }
            Task::Proof {
                step,
                proof,
                mut transition,
                mut reaching,
                goal,
            } => {
                let body = match reaching.take(ticket, body)? {
                    None => None,
                    Some(body) => match &mut transition {
                        Some(asked) => asked.take(ticket, body)?,
                        None => Some(body),
                    },
                };
                let proof = body.map_or(proof, Asked::Have);
                self.take_step(*step, proof, transition, reaching, goal, turn)?
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
                self.convict(*evidence, *refusal, turn)?
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

    fn take_head(&mut self, head: Head, turn: &mut Turn<'_>) -> Result<Task, Error> {
        turn.provider.latest_height = Some(head.latest_height);
        if head.block.header.height <= self.trusted.height() {
            // The end of a span is no head to compare one with.
            self.go_back(turn);
        }
        let (own, block) = (self.trusted.chain.head(), head.block);
        let goal = block.header.height;
        if goal < own.height {
            let (head, got) = (own.height, goal);
            return Err(AnswerError::HeadBehind { head, got }.into());
        }
        if let Some(checkpoint) = self.course.height().filter(|height| goal < *height) {
            let got = goal;
            return Err(AnswerError::BehindCheckpoint { checkpoint, got }.into());
        }
        if goal == own.height {
            if block.header.hash() != own.hash {
                let refusal = AnswerError::OtherHead { height: goal };
                return self.take_other(block, refusal.into(), turn);
            }
            self.spans = Spans::default();
            turn.pace.rest(turn.config.follow, turn.now);
            return Ok(ask_for_head(turn));
        }
        if self.target(goal, turn) == goal {
            return self.offer(block, goal, turn);
        }
        Ok(self.ask_for_next(goal, turn))
    }

    pub(super) fn ask_for_block(&self, goal: u32, turn: &mut Turn<'_>) -> Task {
        Task::Block {
            ticket: turn.tickets.draw(),
            height: self.target(goal, turn),
            goal,
        }
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

/// Returns the checkpoints that a chain has to lead through.
pub(super) fn course(trusted: &Trusted, turn: &Turn<'_>) -> Course {
    let setup = turn.keys.setup();
    setup.map_or_else(Course::default, |setup| {
        Course::new(setup, turn.config.offline_checkpoint, trusted)
    })
}
