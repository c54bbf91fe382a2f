//! `Anchoring`: from a bare checkpoint to a chain, and to the provider's head.

use rpp_verifier::{Block, Document, Head};

use super::Turn;
use super::need::{Ask, Asked, Ticket};
use super::trusted::{Start, Trusted};
use crate::error::Error;

/// Requests the checkpoint's block and the provider's head at the same time: neither needs the
/// other.
#[derive(Debug)]
pub(super) struct Anchoring {
    /// None before a setup is verified.
    start: Option<Start>,
    trusted: Asked<Box<Trusted>>,
    head: Asked<Box<Head>>,
}

impl Anchoring {
    /// Starts asking.
    pub(super) fn new(start: Option<Start>, turn: &mut Turn<'_>) -> Self {
        Self {
            start,
            trusted: Asked::Open(turn.tickets.draw()),
            head: Asked::Open(turn.tickets.draw()),
        }
    }

    /// Takes where the chain is started by a setup.
    pub(super) fn point(&mut self, start: Option<Start>, turn: &mut Turn<'_>) {
        if self.start != start {
            self.start = start;
            self.trusted = Asked::Open(turn.tickets.draw());
        }
    }

    /// Drops everything unverified, and every open question.
    pub(super) fn reopen(&mut self, turn: &mut Turn<'_>) {
        if let Asked::Open(ticket) = &mut self.trusted {
            *ticket = turn.tickets.draw();
        }
        self.head = Asked::Open(turn.tickets.draw());
    }

    /// Returns what is believed so far.
    pub(super) fn trusted(&self) -> Option<&Trusted> {
        match &self.trusted {
            Asked::Open(_) => None,
            Asked::Have(trusted) => Some(trusted),
        }
    }

    /// Returns the open questions.
    pub(super) fn open(&self) -> Vec<(Ticket, Ask)> {
        let block = self.trusted.open().zip(self.start);
        let block = block.map(|(ticket, start)| {
            let height = start.checkpoint.height;
            (ticket, Ask::Block { height })
        });
        let head = self.head.open().map(|ticket| (ticket, Ask::Head));
        block.into_iter().chain(head).collect()
    }

    /// Handles an answer to an open question.
    ///
    /// Only the header of the checkpoint's block is used, since its hash is trusted.
    pub(super) fn take(
        &mut self,
        ticket: Ticket,
        body: &[u8],
        turn: &mut Turn<'_>,
    ) -> Result<(), Error> {
        match self.start {
            Some(start) if self.trusted.open() == Some(ticket) => {
                let anchor = Block::from_bytes(body)?.header;
                let trusted = Trusted::start(start, anchor, &turn.keys)?;
                self.trusted = Asked::Have(Box::new(trusted));
            }
            _ => {
                let head = Head::from_bytes(body)?;
                turn.pace.head_came(turn.now);
                self.head = Asked::Have(Box::new(head));
            }
        }
        Ok(())
    }

    /// Returns both answers, or itself while one is still missing.
    pub(super) fn finish(self) -> Result<(Trusted, Head), Self> {
        match self {
            Self {
                trusted: Asked::Have(trusted),
                head: Asked::Have(head),
                ..
            } => Ok((*trusted, *head)),
            waiting => Err(waiting),
        }
    }
}
