//! `SpanWitness`: what a span proof is made from. Nothing in it is secret.

use alloc::vec::Vec;

use p3_maybe_rayon::prelude::*;

use super::SpanStatement;
use crate::chain::{Header, HeaderHash, HistoryPath, SetOpening, is_ancestor, vote_message};
use crate::circuit::consensus::{VoteWitness, WitnessError};
use crate::codec::{DecodeError, Format, Reader, Writer};
use crate::hash::MerklePath;
use crate::limits::{MAX_SPAN, MAX_VALIDATORS, MAX_WITNESS_BYTES, SET_DEPTH};
use crate::stark::{Statement as _, Witness, WitnessFault};

/// The end of an epoch, and who signed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct EpochEnd {
    /// The header.
    pub header: Header,
    /// The set that signs it.
    pub set: SetOpening,
    /// The path of the end before, in this header's history; none for the first.
    pub path: Option<HistoryPath>,
    /// The votes, by strictly increasing index.
    pub votes: Vec<VoteWitness>,
}

/// The ends behind a [`SpanStatement`].
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SpanWitness {
    /// The statement to prove.
    pub statement: SpanStatement,
    /// The ends of epochs, in their order.
    pub ends: Vec<EpochEnd>,
}

/// Why a witness does not show its statement.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SpanWitnessError {
    /// The statement is false by itself.
    #[error("{1}")]
    Statement(&'static str, &'static str),
    /// There are more or fewer ends than the statement says, or one has no path that is not the first, or the first has one.
    #[error("the witness does not have the ends of its span, all but the first with a path")]
    Length,
    /// A header is of another chain, version or height than its place says.
    #[error("the header at {height} is of another chain, version or height")]
    Place {
        /// The height of its place.
        height: u32,
    },
    /// A header names another set than the one that signs there, or the opening is that of another.
    #[error("the header at {height} names another set")]
    Set {
        /// Its height.
        height: u32,
    },
    /// The end before is not in a header's history.
    #[error("the header at {height} does not have the end before in its history")]
    History {
        /// Its height.
        height: u32,
    },
    /// A vote for a header does not count.
    #[error("the header at {height}: {source}")]
    Vote {
        /// Its height.
        height: u32,
        /// Why the vote does not count.
        source: WitnessError,
    },
    /// No more than two thirds signed.
    #[error(
        "the header at {height} has {signed} of {total} signed, which is not more than two thirds"
    )]
    BelowThreshold {
        /// Its height.
        height: u32,
        /// The power that signed.
        signed: u64,
        /// The set's.
        total: u32,
    },
    /// The last header is another one.
    #[error("the last header is another one")]
    Last,
}

impl SpanWitnessError {
    /// Returns the stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Statement(code, _) => code,
            Self::Length => "witness-length",
            Self::Place { .. } => "witness-place",
            Self::Set { .. } => "witness-set",
            Self::History { .. } => "witness-history",
            Self::Vote { source, .. } => source.code(),
            Self::BelowThreshold { .. } => "witness-below-threshold",
            Self::Last => "witness-link",
        }
    }
}

impl SpanWitness {
    const FORMAT: Format = Format {
        what: "span witness",
        magic: *b"RPPR",
        version: 1,
        max_bytes: MAX_WITNESS_BYTES,
    };

    /// Checks natively that the witness shows its statement: the oracle of the AIR, not a part of its
    /// soundness.
    ///
    /// # Errors
    ///
    /// The first sentence of the statement that does not hold.
    pub fn check(&self) -> Result<(), SpanWitnessError> {
        let statement = &self.statement;
        let checked = statement.check();
        checked.map_err(|fault| SpanWitnessError::Statement(fault.code, fault.message))?;
        let mut ends = self.ends.iter().enumerate();
        let have_paths = ends.all(|(place, end)| end.path.is_some() == (place > 0));
        if u32::try_from(self.ends.len()) != Ok(statement.ends) || !have_paths {
            return Err(SpanWitnessError::Length);
        }
        let mut set = statement.validator_set_root;
        let mut before: Option<(u32, HeaderHash)> = None;
        let mut height = statement.first_height;
        for end in &self.ends {
            if let Some((last, _)) = before {
                // The statement's check has it that the last height is one.
                height = last.saturating_add(statement.epoch_length.get());
            }
            let header = &end.header;
            let place = (header.version, header.chain_id, header.height);
            if place != (Header::VERSION, statement.chain_id, height) {
                return Err(SpanWitnessError::Place { height });
            }
            if header.validator_set_root != set || end.set.set_root() != set {
                return Err(SpanWitnessError::Set { height });
            }
            if let (Some((last, hash)), Some(path)) = (&before, &end.path)
                && !is_ancestor(hash, *last, path, height, &header.history_root)
            {
                return Err(SpanWitnessError::History { height });
            }
            let hash = header.hash();
            end.check_votes(statement.chain_id, &hash)?;
            set = header.next_validator_set_root;
            before = Some((height, hash));
        }
        match before {
            Some((_, hash)) if hash == statement.last_hash => Ok(()),
            _ => Err(SpanWitnessError::Last),
        }
    }

    /// Decodes what [`Self::to_bytes`] returns; nothing is checked yet.
    ///
    /// # Errors
    ///
    /// The first rule of the encoding that `bytes` break.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::open(bytes, &Self::FORMAT)?;
        let statement = SpanStatement {
            chain_id: r.u32("chain_id")?,
            epoch_length: r
                .u32_in(1, u32::MAX, "epoch_length")?
                .try_into()
                .unwrap_or(core::num::NonZeroU32::MIN),
            first_height: r.u32("first_height")?,
            validator_set_root: r.digest("validator_set_root")?,
            ends: r.u32("ends")?,
            last_hash: HeaderHash(r.digest("last_hash")?),
        };
        let count = r.u32_in(0, MAX_SPAN, "ends")?;
        let ends = (0..count).map(|_| EpochEnd::read(&mut r));
        let ends = ends.collect::<Result<_, DecodeError>>()?;
        r.finish()?;
        Ok(Self { statement, ends })
    }

    /// Returns the encoding.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let statement = &self.statement;
        let mut w = Writer::open(&Self::FORMAT, 0);
        w.u32(statement.chain_id);
        w.u32(statement.epoch_length.get());
        w.u32(statement.first_height);
        w.digest(&statement.validator_set_root);
        w.u32(statement.ends);
        w.digest(&statement.last_hash.0);
        w.u32(u32::try_from(self.ends.len()).unwrap_or(u32::MAX));
        for end in &self.ends {
            end.write(&mut w);
        }
        w.finish()
    }
}

impl EpochEnd {
    fn check_votes(&self, chain_id: u32, hash: &HeaderHash) -> Result<(), SpanWitnessError> {
        let Header { height, slot, .. } = self.header;
        let message = vote_message(chain_id, height, slot, hash);
        let check = |vote: &VoteWitness| vote.check(chain_id, slot, &self.set.root, &message);
        let checked: Vec<_> = self.votes.par_iter().map(check).collect();
        let mut signed = 0;
        let mut next_index = 0;
        for (position, (vote, checked)) in self.votes.iter().zip(checked).enumerate() {
            let index = vote.index;
            let vote_error = |source| SpanWitnessError::Vote { height, source };
            if index < next_index || usize::try_from(index).map_or(true, |i| i >= MAX_VALIDATORS) {
                return Err(vote_error(WitnessError::Order { position, index }));
            }
            checked.map_err(vote_error)?;
            signed += u64::from(vote.validator.power);
            next_index = index + 1;
        }
        let total = self.set.total_power;
        match 3 * signed > 2 * u64::from(total) {
            true => Ok(()),
            false => Err(SpanWitnessError::BelowThreshold {
                height,
                signed,
                total,
            }),
        }
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let header = Header::read(r)?;
        let set = SetOpening::read(r)?;
        let path = match r.u32_in(0, 1, "path")? {
            0 => None,
            _ => Some(MerklePath(r.digests("history path")?)),
        };
        let votes = r.u32_in(0, 1 << SET_DEPTH, "votes")?;
        let votes = (0..votes).map(|_| VoteWitness::read(r));
        Ok(Self {
            header,
            set,
            path,
            votes: votes.collect::<Result<_, DecodeError>>()?,
        })
    }

    fn write(&self, w: &mut Writer) {
        self.header.write(w);
        self.set.write(w);
        w.u32(u32::from(self.path.is_some()));
        if let Some(path) = &self.path {
            path.0.iter().for_each(|digest| w.digest(digest));
        }
        w.u32(u32::try_from(self.votes.len()).unwrap_or(u32::MAX));
        for vote in &self.votes {
            vote.write(w);
        }
    }
}

impl Witness for SpanWitness {
    type Statement = SpanStatement;

    fn statement(&self) -> &SpanStatement {
        &self.statement
    }

    fn check(&self) -> Result<(), WitnessFault> {
        Self::check(self).map_err(|error| WitnessFault::new(error.code(), &error))
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeError> {
        Self::from_bytes(bytes)
    }
}
