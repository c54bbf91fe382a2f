//! Spans: over the ends of epochs on the way to a goal, by one proof in place of one for each.
//!
//! A span is asked for wherever two ends or more lie below the goal: its proof is hardly longer than that of one end. Where the provider has none from the trusted
//! epoch on, or keeps its proof no longer, the client goes on by the end of that epoch. What comes after a span is as after a hop, but for what the header at its
//! end lacks: it is no head, and where a span or the way from there turns out to be wrong, the client goes back to its head and on from there without spans,
//! so that two branches are found as they always are.

use rpp_verifier::{
    Ancestor, CircuitId, Document, HistoryPath, Key, ProofKey, ServedSpan, SpanCandidate,
    SpanCircuit, Subject, TrustedHead,
};

use super::Turn;
use super::need::{Ask, Asked, Ticket};
use super::reach::Reaching;
use super::sync::{Syncing, course};
use super::task::Task;
use crate::config::Follow;
use crate::error::{AnswerError, Error};

/// From which epochs on spans are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Spans {
    /// From any.
    Any {
        /// How often there was trouble about the next one.
        troubles: u32,
    },
    /// Not from this epoch on: the provider has none.
    NotFrom(u32),
    /// From none, until the provider's head is reached or single proofs do not lead there: it knows of no spans, or they were no good.
    None,
}

impl Default for Spans {
    fn default() -> Self {
        Self::Any { troubles: 0 }
    }
}

impl Spans {
    fn after_trouble(self, epoch: u32) -> Self {
        match self {
            Self::Any { troubles } if troubles < PATIENCE => Self::Any {
                troubles: troubles.saturating_add(1),
            },
            // That an earlier epoch starts no span says nothing of this one.
            Self::NotFrom(earlier) if earlier != epoch => Self::Any { troubles: 1 },
            _ => Self::NotFrom(epoch),
        }
    }
}

/// What a question is about.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum About {
    /// A span.
    Span,
    /// A header by itself.
    Step,
    /// The provider's head, or another branch.
    Other,
}

/// A span whose last header keeps every rule that can be checked without the head's path and the proof.
#[derive(Debug)]
pub(super) struct Leap {
    first: u32,
    last: u32,
    candidate: SpanCandidate,
    path: Asked<HistoryPath>,
    proof: Asked<Vec<u8>>,
    reaching: Reaching,
}

impl Leap {
    /// Returns the open questions of a client whose head is at this height.
    pub(super) fn open(&self, head: u32) -> impl Iterator<Item = (Ticket, Ask)> + '_ {
        let within = self.candidate.header.height;
        let path = Ask::Ancestor {
            height: head,
            within,
        };
        let path = self.path.open().map(|ticket| (ticket, path));
        let proof = self.proof.open();
        let proof = proof.map(|ticket| (ticket, ask_for_proof(self.first, self.last)));
        let asks = path.into_iter().chain(proof);
        asks.chain(self.reaching.open())
    }

    fn take(&mut self, ticket: Ticket, body: Vec<u8>, head: &TrustedHead) -> Result<(), Error> {
        let Some(body) = self.reaching.take(ticket, body)? else {
            return Ok(());
        };
        if self.proof.open() == Some(ticket) {
            self.proof = Asked::Have(body);
            return Ok(());
        }
        let ancestor = Ancestor::from_bytes(&body)?;
        let (height, within) = (head.height, self.candidate.header.height);
        let is_asked = (ancestor.height, ancestor.within) == (height, within);
        if !is_asked || ancestor.header_hash != head.hash {
            return Err(AnswerError::OtherAncestor { height, within }.into());
        }
        self.path = Asked::Have(ancestor.history_path);
        Ok(())
    }
}

impl Syncing {
    /// Asks which span leads from the trusted epoch towards `goal`, or else for the block to verify next.
    pub(super) fn ask_for_next(&self, goal: u32, turn: &mut Turn<'_>) -> Task {
        match self.last_of_span(goal, turn) {
            Some(last) => Task::Span {
                ticket: turn.tickets.draw(),
                last,
                goal,
            },
            None => self.ask_for_block(goal, turn),
        }
    }

    /// Returns the epoch that a span may lead to: the one before that of the goal, if it is not the trusted one. A head has a proof of its own, and
    /// so has the end of an epoch alone.
    fn last_of_span(&self, goal: u32, turn: &Turn<'_>) -> Option<u32> {
        let chain = &self.trusted.chain;
        let params = chain.params();
        let last = params.epoch(goal).checked_sub(1)?;
        let last = self
            .course
            .last_of_span(chain)
            .map_or(last, |most| last.min(most));
        let is_wanted = match self.spans {
            Spans::Any { .. } => true,
            Spans::NotFrom(epoch) => epoch != chain.epoch(),
            Spans::None => false,
        };
        let skips = matches!(turn.config.follow, Follow::Every(_));
        let is_listed = || {
            let end = params.epoch_end(last);
            turn.keys.key::<SpanCircuit>(params.chain_id(), end).is_ok()
        };
        let is_strong = KEY.stark_bits() >= turn.config.floor.stark_bits;
        let takes = skips && is_wanted && last > chain.epoch() && is_strong && is_listed();
        takes.then_some(last)
    }

    /// Takes which span the provider has, and checks what can be checked before more is requested about it.
    pub(super) fn offer_span(
        &mut self,
        served: ServedSpan,
        last: u32,
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        let chain = &self.trusted.chain;
        let (first, params) = (chain.epoch(), chain.params());
        let is_asked = served.first == first && first < served.last && served.last <= last;
        if !is_asked || served.header.height != params.epoch_end(served.last) {
            return Err(AnswerError::OtherSpan { first, last }.into());
        }
        let last = served.last;
        // Its own place is not in its history; what is, is asked for.
        let path = served.parent.history_path;
        let candidate = served.into_candidate(path);
        self.check_age(turn)?;
        let _statement = chain.check_span_offer(&candidate, turn.now.unix_ms)?;
        let (chain_id, height) = (params.chain_id(), candidate.header.height);
        if turn.keys.key::<SpanCircuit>(chain_id, height).is_err() {
            self.spans = Spans::NotFrom(first);
            return Ok(self.ask_for_next(goal, turn));
        }
        let seen = [&candidate.header, &candidate.parent];
        let reaching = self.course.ask(seen, turn.tickets)?;
        let leap = Leap {
            first,
            last,
            candidate,
            path: Asked::Open(turn.tickets.draw()),
            proof: Asked::Open(turn.tickets.draw()),
            reaching,
        };
        Ok(Task::Leap {
            leap: Box::new(leap),
            goal,
        })
    }

    /// Takes an answer about a span, and goes over it once everything is there that shows it.
    pub(super) fn take_leap(
        &mut self,
        mut leap: Box<Leap>,
        (ticket, body): (Ticket, Vec<u8>),
        goal: u32,
        turn: &mut Turn<'_>,
    ) -> Result<Task, Error> {
        leap.take(ticket, body, self.trusted.chain.head())?;
        let (Asked::Have(path), Asked::Have(proof), true) =
            (&leap.path, &leap.proof, leap.reaching.is_whole())
        else {
            return Ok(Task::Leap { leap, goal });
        };
        let candidate = SpanCandidate {
            head_path: *path,
            ..leap.candidate
        };
        // The proof may have been long in coming.
        self.check_age(turn)?;
        let (header, chain) = (&candidate.header, &self.trusted.chain);
        let checked = chain.check_span(&candidate, turn.now.unix_ms)?;
        leap.reaching.check(header)?;
        self.trusted.leap(header, checked, proof, &turn.keys)?;
        self.course.pass(header.height, leap.reaching);
        self.spans = Spans::default();
        turn.pace.succeed();
        Ok(self.ask_for_next(goal, turn))
    }

    /// Goes on without the span that was asked about, which the provider has not; returns whether that was the question.
    pub(super) fn pass_over_span(&mut self, ask: Ask, error: &Error, turn: &mut Turn<'_>) -> bool {
        let (Task::Span { goal, .. } | Task::Leap { goal, .. }) = self.task else {
            return false;
        };
        let is_about_span = match ask {
            Ask::Span { .. } => true,
            Ask::Proof(ProofKey { circuit, .. }) => circuit == SPAN,
            _ => false,
        };
        if is_about_span {
            self.spans = match error.is_unknown_path() {
                true => Spans::None,
                false => Spans::NotFrom(self.trusted.chain.epoch()),
            };
            self.task = self.ask_for_next(goal, turn);
        }
        is_about_span
    }

    /// Returns what the open questions are about.
    pub(super) const fn about(&self) -> About {
        match self.task {
            Task::Span { .. } | Task::Leap { .. } => About::Span,
            Task::Block { .. } | Task::Path { .. } | Task::Proof { .. } => About::Step,
            _ => About::Other,
        }
    }

    /// Takes why a question failed: what is wrong after a span leads back to the head, and where spans do not lead on, single proofs may, as
    /// spans may where single proofs do not.
    pub(super) fn set_back(&mut self, about: About, error: &Error, turn: &Turn<'_>) {
        let is_refused = !error.is_transient();
        let goes_back = is_refused && self.go_back(turn);
        self.spans = match about {
            _ if goes_back => Spans::None,
            About::Span if is_refused => Spans::None,
            About::Span => self.spans.after_trouble(self.trusted.chain.epoch()),
            About::Step => Spans::default(),
            About::Other => return,
        };
    }

    /// Goes back to the head, if the last step was a span; returns whether it was.
    pub(super) fn go_back(&mut self, turn: &Turn<'_>) -> bool {
        let goes_back = self.trusted.go_back();
        if goes_back {
            self.course = course(&self.trusted, turn);
        }
        goes_back
    }
}

/// The proof of the ends of some epochs.
const fn ask_for_proof(first: u32, last: u32) -> Ask {
    Ask::Proof(ProofKey {
        circuit: SPAN,
        subject: Subject::Range { first, last },
    })
}

/// How often trouble about a span is waited out before the client goes on by a single proof.
const PATIENCE: u32 = 4;
const KEY: Key = Key::of::<SpanCircuit>(0);
const SPAN: CircuitId = KEY.circuit();
