//! `Course`: the setup's checkpoints that a chain has to lead through.
//!
//! A header that is taken has to be in the history of each checkpoint above it, and to have each checkpoint below it in
//! its own history, unless that was shown of the head already: what follows from the head follows from what the
//! head does.

use rpp_verifier::{
    Ancestor, Block, Checkpoint, Document, Header, TrustedChain, VerifiedSetup, is_ancestor,
};

use super::need::{Ask, Asked, Ticket, Tickets};
use super::trusted::Trusted;
use crate::config::OfflineCheckpoint;
use crate::error::{AnswerError, Error};
use crate::trust_error::TrustError;

/// The checkpoints that the head has not been shown to lead through.
#[derive(Debug, Default)]
pub(super) struct Course {
    /// The offline and the online checkpoint of the setup; none for a client that was given a checkpoint.
    of: Option<[Checkpoint; 2]>,
    points: Vec<Point>,
}

#[derive(Debug)]
struct Point {
    checkpoint: Checkpoint,
    /// Its header, once it was asked for.
    header: Option<Box<Header>>,
}

impl Course {
    /// Returns the course of a chain under a setup.
    pub(super) fn new(
        setup: &VerifiedSetup,
        offline: OfflineCheckpoint,
        trusted: &Trusted,
    ) -> Self {
        let of = checkpoints(setup);
        let [first, online] = of;
        let offline = match offline {
            OfflineCheckpoint::Required => Some(first),
            OfflineCheckpoint::Waived => None,
        };
        let offline = offline.filter(|offline| *offline != online);
        let points = offline.into_iter().chain([online]);
        let head = trusted.chain.head();
        let is_ahead = |one: &Checkpoint| {
            *one != trusted.start.checkpoint && (one.height, one.hash) != (head.height, head.hash)
        };
        let points = points.filter(is_ahead).map(|checkpoint| Point {
            checkpoint,
            header: None,
        });
        Self {
            of: Some(of),
            points: points.collect(),
        }
    }

    /// Returns whether these are the checkpoints of this setup.
    pub(super) fn is_of(&self, setup: &VerifiedSetup) -> bool {
        self.of == Some(checkpoints(setup))
    }

    /// Returns whether the head has not been shown to lead through this checkpoint.
    pub(super) fn has(&self, checkpoint: &Checkpoint) -> bool {
        self.points
            .iter()
            .any(|point| point.checkpoint == *checkpoint)
    }

    /// Returns the last epoch that a span may have from the trusted one on.
    ///
    /// A checkpoint that is not below the end of that epoch is the span's last header, or has it in its history, and so all ends before it: its hash
    /// vouches for them. A last header above it would have the checkpoint in its own history, which is whatever its signers say, and those may be of long
    /// ago.
    pub(super) fn last_of_span(&self, chain: &TrustedChain) -> Option<u32> {
        let (params, end) = (chain.params(), chain.epoch_end());
        let heights = self.points.iter().map(|point| point.checkpoint.height);
        let ahead = heights.filter(|height| *height >= end);
        let last = ahead.map(|height| params.epoch(height.saturating_add(1)).saturating_sub(1));
        last.min()
    }

    /// Returns the height that a provider has reached that is not behind.
    pub(super) fn height(&self) -> Option<u32> {
        self.points
            .iter()
            .map(|point| point.checkpoint.height)
            .max()
    }

    /// Asks for what shows that a header is on the course, which comes with its parent.
    ///
    /// # Errors
    ///
    /// [`TrustError::NotReached`] where nothing could.
    pub(super) fn ask(
        &self,
        [of, parent]: [&Header; 2],
        tickets: &mut Tickets,
    ) -> Result<Reaching, TrustError> {
        let mut links = Vec::new();
        for point in &self.points {
            let Point { checkpoint, header } = point;
            let seen = [of, parent]
                .into_iter()
                .find(|seen| seen.height == checkpoint.height);
            match seen {
                Some(seen) if seen.hash() == checkpoint.hash => {}
                Some(_) => return Err(not_reached(checkpoint, of.height)),
                None => links.push(Link::ask(checkpoint, header.as_deref(), of.height, tickets)),
            }
        }
        Ok(Reaching(links))
    }

    /// Takes that the head is now at a height, and how it was shown to be on the course.
    pub(super) fn pass(&mut self, height: u32, shown: Reaching) {
        self.points.retain(|point| point.checkpoint.height > height);
        for link in shown.0 {
            let mut points = self.points.iter_mut();
            let point = points.find(|point| point.checkpoint == link.checkpoint);
            if let (Some(point), Some(Asked::Have(header))) = (point, link.header) {
                point.header = Some(header);
            }
        }
    }
}

/// What is asked for to show that a header is on the course.
#[derive(Debug, Default)]
pub(super) struct Reaching(Vec<Link>);

/// What shows that of a header and a checkpoint that one is in the history of the other.
#[derive(Debug)]
struct Link {
    checkpoint: Checkpoint,
    /// The height of the header.
    height: u32,
    /// The header of the checkpoint, where that is the later one.
    header: Option<Asked<Box<Header>>>,
    path: Asked<Ancestor>,
}

impl Reaching {
    /// Returns the open questions.
    pub(super) fn open(&self) -> impl Iterator<Item = (Ticket, Ask)> + '_ {
        self.0.iter().flat_map(Link::open)
    }

    /// Takes the answer to one of its questions; returns it where it is none.
    pub(super) fn take(&mut self, ticket: Ticket, body: Vec<u8>) -> Result<Option<Vec<u8>>, Error> {
        for link in &mut self.0 {
            if link.path.open() == Some(ticket) {
                link.take_path(&body)?;
                return Ok(None);
            }
            if link.header.as_ref().and_then(Asked::open) == Some(ticket) {
                link.take_header(&body)?;
                return Ok(None);
            }
        }
        Ok(Some(body))
    }

    /// Returns whether everything is answered.
    pub(super) fn is_whole(&self) -> bool {
        self.open().next().is_none()
    }

    /// Checks that a header is on the course, once everything is answered.
    ///
    /// # Errors
    ///
    /// [`TrustError::NotReached`].
    pub(super) fn check(&self, header: &Header) -> Result<(), TrustError> {
        let off = self.0.iter().find(|link| !link.holds(header));
        off.map_or(Ok(()), |link| {
            Err(not_reached(&link.checkpoint, header.height))
        })
    }
}

impl Link {
    fn ask(
        checkpoint: &Checkpoint,
        header: Option<&Header>,
        height: u32,
        tickets: &mut Tickets,
    ) -> Self {
        let header = (checkpoint.height > height).then(|| match header {
            None => Asked::Open(tickets.draw()),
            Some(header) => Asked::Have(Box::new(header.clone())),
        });
        Self {
            checkpoint: *checkpoint,
            height,
            header,
            path: Asked::Open(tickets.draw()),
        }
    }

    fn open(&self) -> impl Iterator<Item = (Ticket, Ask)> {
        let (earlier, later) = self.heights();
        let block = Ask::Block { height: later };
        let header = self.header.as_ref().and_then(Asked::open);
        let path = Ask::Ancestor {
            height: earlier,
            within: later,
        };
        let path = self.path.open().map(|ticket| (ticket, path));
        header.map(|ticket| (ticket, block)).into_iter().chain(path)
    }

    /// Returns the height of the earlier one, and that of the later one.
    fn heights(&self) -> (u32, u32) {
        let (one, other) = (self.checkpoint.height, self.height);
        (one.min(other), one.max(other))
    }

    /// Takes the block of the checkpoint, of which nothing counts but the header, by its hash.
    fn take_header(&mut self, body: &[u8]) -> Result<(), Error> {
        let header = Block::from_bytes(body)?.header;
        if header.hash() != self.checkpoint.hash {
            return Err(not_reached(&self.checkpoint, self.height).into());
        }
        let _chain = self.checkpoint.start(&header)?;
        self.header = Some(Asked::Have(Box::new(header)));
        Ok(())
    }

    fn take_path(&mut self, body: &[u8]) -> Result<(), Error> {
        let path = Ancestor::from_bytes(body)?;
        let (height, within) = self.heights();
        if (path.height, path.within) != (height, within) {
            return Err(AnswerError::OtherAncestor { height, within }.into());
        }
        self.path = Asked::Have(path);
        Ok(())
    }

    fn holds(&self, header: &Header) -> bool {
        let Asked::Have(Ancestor { history_path, .. }) = &self.path else {
            return false;
        };
        let (earlier, hash, later) = match &self.header {
            None => (self.checkpoint.height, self.checkpoint.hash, header),
            Some(Asked::Have(later)) => (header.height, header.hash(), &**later),
            Some(Asked::Open(_)) => return false,
        };
        is_ancestor(
            &hash,
            earlier,
            history_path,
            later.height,
            &later.history_root,
        )
    }
}

const fn checkpoints(setup: &VerifiedSetup) -> [Checkpoint; 2] {
    [setup.offline_checkpoint(), setup.online_checkpoint()]
}

const fn not_reached(checkpoint: &Checkpoint, height: u32) -> TrustError {
    TrustError::NotReached {
        checkpoint: *checkpoint,
        height,
    }
}
