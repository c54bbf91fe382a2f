//! `Anchoring`: from a bare checkpoint to a chain, and to the provider's head.

use rpp_verifier::{Block, Document, Head};

use super::Turn;
use super::need::{Ask, Asked, Ticket};
use super::trusted::Trusted;
use crate::error::Error;

/// Requests the checkpoint's block and the provider's head at the same time: neither needs the
/// other.
#[derive(Debug)]
pub(super) struct Anchoring {
    trusted: Asked<Box<Trusted>>,
    head: Asked<Box<Head>>,
}

impl Anchoring {
    /// Starts asking.
    pub(super) fn new(turn: &mut Turn<'_>) -> Self {
        Self {
            trusted: Asked::Open(turn.tickets.draw()),
            head: Asked::Open(turn.tickets.draw()),
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
    pub(super) fn open(&self, checkpoint_height: u32) -> Vec<(Ticket, Ask)> {
        let block = Ask::Block {
            height: checkpoint_height,
        };
        let asks = [(self.trusted.open(), block), (self.head.open(), Ask::Head)];
        let open = asks.into_iter();
        open.filter_map(|(ticket, ask)| Some((ticket?, ask)))
            .collect()
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
        if self.trusted.open() == Some(ticket) {
            let anchor = Block::from_bytes(body)?.header;
            let trusted = Trusted::start(&turn.config.checkpoint, anchor)?;
            self.trusted = Asked::Have(Box::new(trusted));
        } else {
            let head = Head::from_bytes(body)?;
            turn.pace.head_came(turn.now);
            self.head = Asked::Have(Box::new(head));
        }
        Ok(())
    }

    /// Returns both answers, or itself while one is still missing.
    pub(super) fn finish(self) -> Result<(Trusted, Head), Self> {
        match self {
            Self {
                trusted: Asked::Have(trusted),
                head: Asked::Have(head),
            } => Ok((*trusted, *head)),
            waiting => Err(waiting),
        }
    }
}
