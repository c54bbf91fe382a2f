//! `Need`: what a session needs from outside, and the tickets of its questions.

use core::time::Duration;

use rpp_verifier::{Ancestor, Block, Head, ProofKey, Proposer, Route, ServedSpan, SetupBundle};

use super::providers::ProviderId;
use crate::transport::Request;

/// What a session needs from outside before it can go on.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Need {
    /// Read the stored state, and hand it to [`Session::loaded`](super::Session::loaded).
    Load,
    /// Ask all of these questions, at the same time if possible, and hand each answer to
    /// [`Session::answer`](super::Session::answer) as it arrives. A question whose ticket is
    /// already in flight need not be asked again; one that is in flight but not in the list may be
    /// dropped.
    Fetch(Vec<Fetch>),
    /// Write [`Session::state`](super::Session::state) to the store, and call
    /// [`Session::saved`](super::Session::saved).
    Save,
    /// Wait this long, then ask again what is needed.
    Wait(Duration),
    /// Tell the owner that the client is stopped by a [`Session::conflict`](super::Session::conflict), and
    /// hand the choice to [`Session::choose`](super::Session::choose).
    Choose,
}

/// A question to a provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Fetch {
    /// Identifies the question; the answer is handed in with it.
    pub ticket: Ticket,
    /// Whom to ask.
    pub provider: ProviderId,
    /// What to ask for.
    pub ask: Ask,
}

/// Identifies a question of one session. A session accepts one answer per question; further
/// answers, and answers to questions it has dropped, are ignored.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Ticket(u32);

impl Ticket {
    /// Returns the ticket with this number, for drivers in other languages.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// Returns its number.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }
}

/// Issues tickets, each different from all that are open.
#[derive(Debug, Default)]
pub(super) struct Tickets(u32);

impl Tickets {
    /// Returns the next ticket. Numbers repeat after 2^32 questions, when all but the last few are
    /// long closed.
    pub(super) const fn draw(&mut self) -> Ticket {
        self.0 = self.0.wrapping_add(1);
        Ticket(self.0)
    }
}

/// What a session asks a provider for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Ask {
    /// The newest proven block.
    Head,
    /// The block at a height.
    Block {
        /// The height.
        height: u32,
    },
    /// The position of a header in the history of a later one.
    Ancestor {
        /// Height of the header.
        height: u32,
        /// Height of the later header.
        within: u32,
    },
    /// Who proposed the block at a height.
    Proposer {
        /// The height.
        height: u32,
    },
    /// The longest span from an epoch on.
    Span {
        /// The first epoch.
        first: u32,
        /// The last one that it may have.
        last: u32,
    },
    /// A proof.
    Proof(ProofKey),
    /// The newest setup.
    Setup {
        /// Version of the first root that is to come with it.
        root: u32,
    },
}

impl Ask {
    /// Returns the route that answers.
    #[must_use]
    pub const fn route(self) -> Route {
        match self {
            Self::Head => Route::Head,
            Self::Block { height } => Route::Block { height },
            Self::Ancestor { height, within } => Route::Ancestor { height, within },
            Self::Proposer { height } => Route::Proposer { height },
            Self::Span { first, last } => Route::Span { first, last },
            Self::Proof(key) => Route::ProofOf(key),
            Self::Setup { root } => Route::Setup { root },
        }
    }

    /// Returns the request to send.
    #[must_use]
    pub fn request(self) -> Request {
        match self {
            Self::Head => Request::document::<Head>(&self.route()),
            Self::Block { .. } => Request::document::<Block>(&self.route()),
            Self::Ancestor { .. } => Request::document::<Ancestor>(&self.route()),
            Self::Proposer { .. } => Request::document::<Proposer>(&self.route()),
            Self::Span { .. } => Request::document::<ServedSpan>(&self.route()),
            Self::Proof(key) => Request::proof(key),
            Self::Setup { .. } => Request::document::<SetupBundle>(&self.route()),
        }
    }
}

/// A question that is open, or its answer.
#[derive(Debug)]
pub(super) enum Asked<T> {
    /// Nothing has arrived yet.
    Open(Ticket),
    /// The answer has arrived.
    Have(T),
}

impl<T> Asked<T> {
    /// Returns the ticket of an open question.
    pub(super) const fn open(&self) -> Option<Ticket> {
        match self {
            Self::Open(ticket) => Some(*ticket),
            Self::Have(_) => None,
        }
    }
}
