//! `UptimeWitness`: what an uptime proof is made from. Nothing in it is secret.

use alloc::vec::Vec;

use super::UptimeStatement;
use crate::chain::{Bitmap, Header, HeaderHash, SetOpening, SetPath, Validator};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::MerklePath;
use crate::limits::{MAX_WINDOW, MAX_WITNESS_BYTES};
use crate::stark::{Statement as _, Witness, WitnessFault};

/// The headers of a window, who voted for each, and the validator in its set.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct UptimeWitness {
    /// The statement to prove.
    pub statement: UptimeStatement,
    /// The headers whose votes are counted, and the one after them.
    pub headers: Vec<Header>,
    /// Who voted for each header but the last, by what the next one says.
    pub votes: Vec<Bitmap>,
    /// The validator.
    pub member: Validator,
    /// Its path in the set's tree.
    pub path: SetPath,
    /// The set.
    pub set: SetOpening,
}

/// Why a witness does not show its statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum UptimeWitnessError {
    /// The statement is false by itself.
    #[error("{1}")]
    Statement(&'static str, &'static str),
    /// There are more or fewer headers than the window has, or not the votes for all but the last.
    #[error(
        "the witness does not have the headers of its window, with the votes for all but the last"
    )]
    Length,
    /// A header is of another chain, version or height than its place says.
    #[error("the header at {height} is of another chain, version or height")]
    Place {
        /// The height of its place.
        height: u32,
    },
    /// A header does not follow the one before it, or the last is not the statement's.
    #[error("the header at {height} is not the one that belongs there")]
    Link {
        /// Its height.
        height: u32,
    },
    /// A header names another set.
    #[error("the header at {height} names another set")]
    Set {
        /// Its height.
        height: u32,
    },
    /// A header names other votes for the one before it.
    #[error("the header at {height} has other votes for the one before it")]
    Votes {
        /// Its height.
        height: u32,
    },
    /// The key is not at the index in the set.
    #[error("the key is not at index {index} of the set")]
    NotAMember {
        /// The index.
        index: u32,
    },
    /// The validator has voted more or less often.
    #[error("the validator has voted {counted} times, not {signed}")]
    Count {
        /// As often as the votes have its bit.
        counted: u32,
        /// As often as the statement says.
        signed: u32,
    },
}

impl UptimeWitnessError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Statement(code, _) => code,
            Self::Length => "witness-length",
            Self::Place { .. } => "witness-place",
            Self::Link { .. } => "witness-link",
            Self::Set { .. } => "witness-set",
            Self::Votes { .. } => "witness-votes",
            Self::NotAMember { .. } => "witness-not-a-member",
            Self::Count { .. } => "witness-count",
        }
    }
}

impl UptimeWitness {
    const FORMAT: Format = Format {
        what: "uptime witness",
        magic: *b"RPPC",
        version: 1,
        max_bytes: MAX_WITNESS_BYTES,
    };

    /// Checks natively that the witness shows its statement: the oracle of the AIR, not a part of its
    /// soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), UptimeWitnessError> {
        let statement = &self.statement;
        let checked = statement.check();
        checked.map_err(|fault| UptimeWitnessError::Statement(fault.code, fault.message))?;
        let voted = statement.voted().and_then(|n| usize::try_from(n).ok());
        if voted != Some(self.votes.len()) || self.headers.len() != self.votes.len() + 1 {
            return Err(UptimeWitnessError::Length);
        }
        self.check_headers()?;
        self.check_sets()?;
        self.check_votes()?;
        self.check_member()?;
        let is_counted = |votes: &&Bitmap| votes.contains(statement.index);
        let counted = self.votes.iter().filter(is_counted).count();
        let counted = u32::try_from(counted).unwrap_or(u32::MAX);
        if counted != statement.signed {
            let signed = statement.signed;
            return Err(UptimeWitnessError::Count { counted, signed });
        }
        Ok(())
    }

    fn check_headers(&self) -> Result<(), UptimeWitnessError> {
        let statement = &self.statement;
        let mut before: Option<HeaderHash> = None;
        let mut last = statement.first;
        for (height, header) in (statement.first..).zip(&self.headers) {
            let place = (header.version, header.chain_id, header.height);
            if place != (Header::VERSION, statement.chain_id, height) {
                return Err(UptimeWitnessError::Place { height });
            }
            if before.is_some_and(|before| before.0 != header.parent_hash) {
                return Err(UptimeWitnessError::Link { height });
            }
            (before, last) = (Some(header.hash()), height);
        }
        match before == Some(statement.head_hash) {
            true => Ok(()),
            false => Err(UptimeWitnessError::Link { height: last }),
        }
    }

    fn check_sets(&self) -> Result<(), UptimeWitnessError> {
        let voted = self.headers.iter().take(self.votes.len());
        let root = self.statement.validator_set_root;
        let mut others = voted.filter(|header| header.validator_set_root != root);
        others.next().map_or(Ok(()), |header| {
            let height = header.height;
            Err(UptimeWitnessError::Set { height })
        })
    }

    fn check_votes(&self) -> Result<(), UptimeWitnessError> {
        let mut recorded = self.headers.iter().skip(1).zip(&self.votes);
        let other = recorded
            .find(|(header, votes)| votes.participation_root() != header.participation_root);
        other.map_or(Ok(()), |(header, _)| {
            let height = header.height;
            Err(UptimeWitnessError::Votes { height })
        })
    }

    fn check_member(&self) -> Result<(), UptimeWitnessError> {
        let (statement, member) = (&self.statement, &self.member);
        let index = statement.index;
        let is_member = member.key_id == statement.key_id
            && self.path.root(member.leaf(), index) == self.set.root
            && self.set.set_root() == statement.validator_set_root;
        match is_member {
            true => Ok(()),
            false => Err(UptimeWitnessError::NotAMember { index }),
        }
    }

    /// Decodes what [`Self::to_bytes`] returns; nothing is checked yet.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let statement = UptimeStatement {
            chain_id: r.u32("chain_id")?,
            head_hash: HeaderHash(r.digest("head_hash")?),
            first: r.u32("first")?,
            last: r.u32("last")?,
            validator_set_root: r.digest("validator_set_root")?,
            index: r.u32("index")?,
            key_id: r.digest("key_id")?,
            signed: r.u32("signed")?,
        };
        let count = r.u32_in(0, MAX_WINDOW + 1, "headers")?;
        let headers = (0..count).map(|_| Header::read(&mut r));
        let headers = headers.collect::<Result<_, DecodeError>>()?;
        let count = r.u32_in(0, MAX_WINDOW, "votes")?;
        let votes = (0..count).map(|_| Bitmap::read(&mut r));
        let votes = votes.collect::<Result<_, DecodeError>>()?;
        let member = Validator::read(&mut r)?;
        let path = MerklePath(r.digests("set path")?);
        let set = SetOpening::read(&mut r)?;
        r.finish()?;
        Ok(Self {
            statement,
            headers,
            votes,
            member,
            path,
            set,
        })
    }

    /// Returns the encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let statement = &self.statement;
        let mut w = Writer::open(&Self::FORMAT, 0);
        w.u32(statement.chain_id);
        w.digest(&statement.head_hash.0);
        w.u32(statement.first);
        w.u32(statement.last);
        w.digest(&statement.validator_set_root);
        w.u32(statement.index);
        w.digest(&statement.key_id);
        w.u32(statement.signed);
        w.u32(u32::try_from(self.headers.len()).unwrap_or(u32::MAX));
        for header in &self.headers {
            header.write(&mut w);
        }
        w.u32(u32::try_from(self.votes.len()).unwrap_or(u32::MAX));
        for votes in &self.votes {
            votes.write(&mut w);
        }
        self.member.write(&mut w);
        self.path.0.iter().for_each(|digest| w.digest(digest));
        self.set.write(&mut w);
        w.finish()
    }
}

impl Witness for UptimeWitness {
    type Statement = UptimeStatement;

    fn statement(&self) -> &UptimeStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}
